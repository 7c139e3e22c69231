from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.reviews import Journal

CLASSES = ("shirt", "coat", "dress")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "reviews.sqlite", CLASSES)
    yield opened
    opened.close()
