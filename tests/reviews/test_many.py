"""Many decisions in one step come to what they come to one after another, and take the time of their rows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from core.reviews import VERDICTS, By, Decision, Journal, current, decide
from core.reviews.classes import rename_class
from core.reviews.decisions import REPEATED, UndecidableAmongMany, decide_each
from core.reviews.entries import ENTRY_COLUMNS
from tests.reviewing import decision, relabel
from tests.reviews.conftest import CLASSES

TIME = "2024-05-01T12:00:00.000+00:00"


def drawn(seed: int, count: int = 60) -> list[tuple[Decision, By]]:
    """Decisions on few images by few reviewers, who have seen this or that of each other."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        what, seen = rng.choice(VERDICTS), rng.choice([0, 0, number])
        names = CLASSES if seen == 0 else CLASSES[:2]  # the third has another name by then
        label = rng.choice(names) if what in ("relabelled", "confirmed") else None
        second = rng.choice(names) if what == "ambiguous" else None
        one = decision(
            rng.choice("abc"), what, label, second_label=second, seen=seen,
            blind=rng.random() < 0.2, given=rng.choice(CLASSES),
        )  # fmt: skip
        reviewer = rng.choice(["ann", "bob"])
        made.append((one, By(reviewer, f"outbox of {reviewer}", number, TIME)))
    return made


def entries(journal: Journal) -> list[tuple[object, ...]]:
    return [tuple(row) for row in journal.rows(f"SELECT {', '.join(ENTRY_COLUMNS)} FROM entry ORDER BY sequence")]


@pytest.mark.parametrize("seed", range(8))
def test_many_at_once_are_the_entries_that_one_after_another_are(tmp_path: Path, seed: int) -> None:
    singly, together = Journal(tmp_path / "a.sqlite", CLASSES), Journal(tmp_path / "b.sqlite", CLASSES)
    for journal in (singly, together):
        relabel(journal, "a", "coat", "cy")
        rename_class(journal, "dress", "gown", By("cy", "cy", 1, TIME))
    for one, by in drawn(seed):
        decide(singly, one, by)
    tally = decide_each(together, drawn(seed))
    first = len(entries(singly)) - 60
    assert entries(together)[first:] == entries(singly)[first:]
    assert {key: state[:-2] for key, state in current(together).items()} == {
        key: state[:-2] for key, state in current(singly).items()
    }
    assert sum(tally.values()) == 60
    assert decide_each(together, drawn(seed)) == {REPEATED: 60}  # the same again changes nothing
    assert len(entries(together)) == len(entries(singly))
    for journal in (singly, together):
        journal.close()


def test_one_that_cannot_be_made_is_named_and_none_is_written(journal: Journal) -> None:
    sent = [*drawn(1, 700), (decision("a", "relabelled", "zebra"), By("ann", "outbox of ann", 700))]
    with pytest.raises(UndecidableAmongMany, match="There is no class 'zebra'") as refused:
        decide_each(journal, sent)
    assert refused.value.number == 700
    assert journal.last == 0


@pytest.mark.parametrize("images", [1, 100_000])
@pytest.mark.parametrize("reviewers", [1, 100_000])
def test_ten_times_as_many_take_ten_times_the_steps(tmp_path: Path, images: int, reviewers: int) -> None:
    steps = {}
    for count in (1000, 10_000):
        journal = Journal(tmp_path / f"{count}.sqlite", CLASSES)
        steps[count] = 0

        def step(count: int = count) -> int:
            steps[count] += 1
            return 0

        journal._connection.set_progress_handler(step, 100)
        sent = (
            (decision(str(i % images), "relabelled", CLASSES[i % 3]), By(f"r{i % reviewers}", f"of {i % reviewers}", i))
            for i in range(count)
        )
        decide_each(journal, sent)
        current(journal)
        journal.close()
    assert steps[10_000] < 12 * steps[1000]
