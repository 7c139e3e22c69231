"""Names that stand in an input more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ..errors import BadInput
from ..images.filenames import to_text


def repeated(names: Iterable[str]) -> list[str]:
    """Those that are there more than once, in order: columns and classes may be many thousand, so each is seen once."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def refuse_twice(names: Iterable[str], path: Path) -> None:
    """Raise BadInput on a column that is there twice."""
    if twice := repeated(names):
        raise BadInput(f"{to_text(path.name)} has the column {twice[0]!r} twice.", "Rename one of them.")
