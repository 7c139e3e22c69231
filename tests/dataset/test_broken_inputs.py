from __future__ import annotations

from tests.dataset.fuzz import run_here


def test_a_broken_table_or_array_is_read_or_refused_in_words() -> None:
    outcomes = run_here(range(50))
    assert sum(outcomes.values()) == 50
    assert outcomes["refused"] > 10
