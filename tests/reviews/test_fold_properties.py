"""The journal against a model of it: a list of states, with a place in it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.reviews import EXCLUDED, RELABELLED, By, Journal, conflicts, current, decide_bulk, redo, restore, undo
from tests.reviewing import decision, relabel

CLASSES = ("shirt", "coat", "dress")
KEYS = ("a", "b", "c")
REVIEWERS = ("ann", "bob")

ONE_REVIEWER = st.lists(
    st.one_of(
        st.tuples(st.just("one"), st.sampled_from(KEYS), st.sampled_from(CLASSES)),
        st.tuples(st.just("bulk"), st.sampled_from(CLASSES)),
        st.tuples(st.just("undo")),
        st.tuples(st.just("redo")),
    ),
    max_size=14,
)


def fresh() -> Journal:
    return Journal(Path(tempfile.mkdtemp()) / "reviews.sqlite", CLASSES)


def done(journal: Journal) -> None:
    journal.close()
    shutil.rmtree(journal.path.parent)


def labels(journal: Journal, at: int | None = None) -> dict[str, str | None]:
    return {key: state.label for key, state in current(journal, at).items()}


def act(journal: Journal, step: tuple[str, ...], reviewer: str = "ann") -> None:
    if step[0] == "one":
        relabel(journal, step[1], step[2], reviewer)
    elif step[0] == "bulk":
        seen = journal.last
        decide_bulk(journal, [decision(key, RELABELLED, step[1], seen=seen) for key in KEYS], "", By(reviewer))
    else:
        (undo if step[0] == "undo" else redo)(journal, By(reviewer))


@settings(max_examples=40, deadline=None)
@given(ONE_REVIEWER)
def test_the_fold_is_what_a_list_of_undoable_steps_gives(steps: list[tuple[str, ...]]) -> None:
    journal, past, future = fresh(), [{}], []  # type: ignore[var-annotated]
    seen = []
    for step in steps:
        act(journal, step)
        if step[0] == "undo":
            if len(past) > 1:
                future.append(past.pop())
        elif step[0] == "redo":
            if future:
                past.append(future.pop())
        else:
            keys = KEYS if step[0] == "bulk" else (step[1],)
            past.append({**past[-1], **dict.fromkeys(keys, step[-1])})
            future = []
        assert labels(journal) == past[-1]
        seen.append((journal.last, past[-1]))
    for at, then in seen:  # no later entry changes an earlier state
        assert labels(journal, at) == then
    done(journal)


@settings(max_examples=25, deadline=None)
@given(ONE_REVIEWER, ONE_REVIEWER, st.data())
def test_undo_and_redo_are_each_others_opposite_and_a_past_state_can_be_restored(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]], data: st.DataObject
) -> None:
    journal = fresh()
    for a, b in zip([*first, ("undo",)], [*second, ("undo",)], strict=False):
        act(journal, a, "ann")
        act(journal, b, "bob")
    before = labels(journal)
    saved = undo(journal, By("ann"))
    if saved.applied and not saved.conflicts:  # else a redo would repeat something older, or not all of it
        redo(journal, By("ann"))
        assert labels(journal) == before
    at = data.draw(st.integers(0, journal.last))
    now = labels(journal)
    if restore(journal, at, By("cat")).count:
        assert labels(journal) == labels(journal, at)
        undo(journal, By("cat"))
        assert labels(journal) == now
    done(journal)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(CLASSES), st.sampled_from(REVIEWERS)), max_size=12))
def test_of_decisions_against_the_same_version_the_first_holds_and_every_other_answer_is_reported(
    sent: list[tuple[str, str, str]],
) -> None:
    journal = fresh()
    first: dict[str, str] = {}
    reported = []
    for key, label, reviewer in sent:
        saved = relabel(journal, key, label, reviewer, seen=0)
        if first.setdefault(key, label) != label:
            reported.append(saved.sequence)
    assert labels(journal) == first
    assert [each.sequence for each in conflicts(journal)] == reported
    done(journal)


def test_an_excluded_image_comes_back_by_undo(journal: Journal) -> None:
    decide_bulk(journal, [decision(key, EXCLUDED) for key in KEYS], "", By("ann"))
    undo(journal, By("ann"))
    assert current(journal) == {}


@settings(max_examples=25, deadline=None)
@given(ONE_REVIEWER, st.lists(st.booleans(), min_size=14, max_size=14))
def test_a_fold_that_goes_on_from_the_last_is_the_fold_from_the_start(
    steps: list[tuple[str, ...]], asked: list[bool]
) -> None:
    journal = fresh()
    for step, ask in zip(steps, asked, strict=False):
        act(journal, step)
        if ask:
            current(journal)
    going_on = current(journal)
    other = Journal(journal.path, CLASSES)
    assert going_on == current(other)
    other.close()
    done(journal)
