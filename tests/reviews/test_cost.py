"""What a decision costs, in steps of SQLite's machine: the same on every computer, unlike seconds."""

from __future__ import annotations

from core.reviews import Journal
from tests.reviewing import relabel


def steps_of_a_decision(journal: Journal, label: str) -> int:
    """Tens of steps that one more decision on the same image takes."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    journal._connection.set_progress_handler(step, 10)
    relabel(journal, "a.png", label)
    journal._connection.set_progress_handler(None, 10)
    return count


def test_one_more_decision_on_an_image_takes_as_many_steps_after_a_thousand_as_after_ten(journal: Journal) -> None:
    names = journal.class_names[:2]
    with journal.together():
        for i in range(10):
            relabel(journal, "a.png", names[i % 2])
        early = steps_of_a_decision(journal, names[0])
        for i in range(1000):
            relabel(journal, "a.png", names[i % 2])
        late = steps_of_a_decision(journal, names[0])
    assert 0 < late < 1.2 * early + 5
