"""Which of several is ahead is said with a paired difference and with how many it was picked from."""

from __future__ import annotations

from core.answers.estimates import leading

LABELS = ["CE", "L1", "focal"]


def test_the_leader_is_said_with_its_paired_lead_and_how_many_there_are() -> None:
    # Seeds differ by far more than methods do, and alike on both sides: ranges overlap, the difference is clear.
    figures = [{s: 5.0 + s for s in range(5)}, {s: 4.0 + s + 0.1 * (s % 2) for s in range(5)}, {0: 9.0, 1: 9.5}]
    said = leading(LABELS, figures, higher_is_better=False)
    assert said.startswith("lowest mean of 3: L1, 6.04; less CE, paired by seed: −0.960 [−1.0")
    assert "not told apart" not in said
    assert "best" not in said


def test_a_lead_that_a_difference_does_not_show_is_none() -> None:
    figures = [{0: 5.0, 1: 6.0, 2: 5.5}, {0: 5.2, 1: 5.7, 2: 5.5}, {}]
    assert leading(LABELS, figures, higher_is_better=True).endswith(", not told apart")
    alone = leading(LABELS, [{0: 1.0}, {}, {}], higher_is_better=True)
    assert alone == "CE: mean 1.00"
    same = leading(["A", "B"], [{0: 0.5, 1: 0.7}, {0: 0.6, 1: 0.8}], higher_is_better=True)
    assert same.endswith("not told apart as each shared seed differs by the same")
    assert "without shared seeds" in leading(LABELS, [{0: 1.0}, {1: 2.0}, {}], higher_is_better=True)
