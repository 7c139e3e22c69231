"""A short run of what `python -m tests.attacks.fuzz_images` does at length."""

from __future__ import annotations

from tests.attacks.fuzz_images import fuzz


def test_damaged_images_are_read_or_refused_and_nothing_else() -> None:
    outcome = fuzz(400, seed=1)
    assert outcome.faults == []
    assert outcome.formats >= 12
    assert outcome.read > 20
    assert outcome.read + outcome.refused.total() == 400
