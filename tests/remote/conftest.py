"""What the tests of URLs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.remote.fetching import WAITS
from tests.remote.serving import Site, serving


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A served folder, `tmp_path / "site"`; whoever asks it waits for nothing between attempts."""
    monkeypatch.setattr("core.remote.fetching.WAITS", (0.0,) * len(WAITS))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site") as found:
        yield found
