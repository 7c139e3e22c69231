"""Names that stand in an input more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def repeated(names: Iterable[str]) -> list[str]:
    """Those that are there more than once, in order: columns and classes may be many thousand, so each is seen once."""
    return sorted(name for name, times in Counter(names).items() if times > 1)
