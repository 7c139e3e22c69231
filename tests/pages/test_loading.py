"""What answers are kept under: two questions that differ anywhere are two, however much of them is alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.view.reader import Reader, open_reader
from core.types import Ints
from pages.components.layout.loading import answer, large_answer
from tests.audits import build_audit


def total(reader: Reader, ids: Ints, *, of: Ints) -> int:
    return int(ids.sum() + of.sum())


@pytest.mark.parametrize("ask", [answer, large_answer])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_long_lists_with_the_same_ends_are_two_questions(tmp_path: Path, ask: object, dtype: type) -> None:
    """NumPy writes three numbers of either end of an array and its length: its text is no key."""
    reader = open_reader(build_audit(tmp_path, n=10, runs=False).audit)
    one: Ints = np.arange(5000, dtype=dtype)
    other = one.copy()
    other[2500] = 0
    assert repr(one) == repr(other)
    for ids in (one, other):
        assert ask(total, reader, ids, of=one) == ids.sum() + one.sum()  # type: ignore[operator]
        assert ask(total, reader, one, of=ids) == ids.sum() + one.sum()  # type: ignore[operator]
