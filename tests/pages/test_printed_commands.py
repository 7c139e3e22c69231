"""Every command that a page prints parses, and means the audit that the page shows, whatever that is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.cli.test_printed_commands import KINDS, check, photos
from tests.pages.conftest import text
from tests.serving import PAGES

ADDRESSES: dict[str, list[dict[str, str]]] = {
    "label_suspects": [{}, {"mode": "one"}], "hardest_easiest": [{}, {"image": "0"}],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_command_on_every_page_means_the_audit_that_is_shown(
    show: Callable[..., AppTest], tmp_path: Path, kind: str
) -> None:
    photos(tmp_path, **KINDS[kind])
    said = []
    for page in PAGES.values():
        for address in ADDRESSES.get(page, [{}]):
            app = show(page, address)
            assert not app.exception
            said.append(text(app).replace("&#x27;", "'").replace("</code>", "\n"))
    check("\n".join(said), least=3)
