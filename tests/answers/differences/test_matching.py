"""Which image of one audit is which of another, and in what they differ: by construction, and by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.answers.differences.audit_difference import AuditDifference, difference
from core.answers.differences.pictures import listed_images, named
from core.answers.differences.states import two_states
from tests.differing import audit_of

CLASSES = ("cat", "dog", "owl", "")
NONE = -1
Image = tuple[str, str, str | None, str]  # key, content, class, split


def compared(folder: Path, before: list[Image], after: list[Image], *more: list[str]) -> AuditDifference:
    """Two audits of these images held against each other; their classes in opposite orders."""
    return difference(
        *two_states(
            state(folder, "before", before, ["cat", "dog", "owl"]),
            state(folder, "after", after, more[0] if more else ["owl", "dog", "cat"]),
        )
    )


def state(folder: Path, name: str, images: list[Image], classes: list[str], **more: Any) -> Any:
    ordered = sorted(images)
    codes = [NONE if label is None else classes.index(label) for _, _, label, _ in ordered]
    return audit_of(
        folder, name, [one[0] for one in ordered], [one[1] for one in ordered], np.array(codes, np.int32), classes,
        splits=[one[3] for one in ordered], **more,
    )  # fmt: skip


def pairs(found: AuditDifference, change: str) -> set[tuple[str, str]]:
    """Keys before and after of the images of one change."""
    return {(one.key_before, one.key_after) for one in named(found, listed_images(found, change), slice(None))}


@dataclass
class Truth:
    """What was done to the images of one audit to make the other: pairs of keys by change."""

    before: list[Image]
    after: list[Image]
    changes: dict[str, set[tuple[str, str]]]


def made_by(seed: int, n: int = 80) -> Truth:
    """A random audit, and another that is made of it by steps whose outcome is written down at each."""
    rng = np.random.default_rng(seed)
    labels = [None, "cat", "dog", "owl"]
    truth = Truth([], [], {name: set() for name in ("came", "went", "renamed", "content", "relabelled", "split")})
    for i in range(n):
        key, content, label, split = f"{rng.integers(10**9):09d}-{i}", f"c{seed}-{i}", labels[rng.integers(4)], "train"
        fate = rng.choice(["stay", "came", "went", "both"], p=[0.3, 0.1, 0.1, 0.5])
        if fate == "came":
            truth.after.append((key, content, label, split))
            truth.changes["came"].add(("", key))
            continue
        truth.before.append((key, content, label, split))
        if fate == "went":
            truth.changes["went"].add((key, ""))
            continue
        at, held, called, part = key, content, label, split
        done = set(rng.choice(["renamed", "relabelled", "split"], rng.integers(1, 4))) if fate == "both" else set()
        if "renamed" in done:
            at = f"new/{key}"
        elif done and rng.random() < 0.4:  # not both: of another name and another content it is another image
            held, done = f"{content}-edited", done | {"content"}
        if "relabelled" in done:
            called = next(other for other in rng.permutation(np.array(labels, object)) if other != label)
        if "split" in done:
            part = "test"
        truth.after.append((at, held, called, part))
        for change in done:
            truth.changes[change].add((key, at))
    return truth


@pytest.mark.parametrize("seed", range(12))
def test_what_was_done_to_an_audit_is_what_is_found(tmp_path: Path, seed: int) -> None:
    truth = made_by(seed)
    found = compared(tmp_path, truth.before, truth.after)
    assert {change: pairs(found, change) for change in truth.changes} == truth.changes
    assert {change: found.tallies[change] for change in truth.changes} == {
        change: len(keys) for change, keys in truth.changes.items()
    }
    assert found.tallies["shared"] == len(truth.before) - len(truth.changes["went"])
    assert not found.same


@pytest.mark.parametrize("seed", range(3))
def test_the_other_way_round_what_came_went(tmp_path: Path, seed: int) -> None:
    truth = made_by(seed)
    found = compared(tmp_path, truth.after, truth.before)
    turned = {change: {(after, before) for before, after in keys} for change, keys in truth.changes.items()}
    turned["came"], turned["went"] = turned["went"], turned["came"]
    assert {change: pairs(found, change) for change in turned} == turned


def test_an_audit_and_a_copy_of_it_do_not_differ(tmp_path: Path) -> None:
    """Classes are matched by name: their numbers are others in the copy."""
    truth = made_by(1)
    found = compared(tmp_path, truth.before, truth.before)
    assert found.same
    assert found.tallies["shared"] == len(truth.before)
    assert all(one.before == one.after and one.change == 0 for one in found.classes.shares)


BLACK, LABEL, SPLIT = "black", "cat", "train"


def images(**contents: str) -> list[Image]:
    """Images of one class by key."""
    return [(key, content, LABEL, SPLIT) for key, content in contents.items()]


BY_HAND: dict[str, tuple[list[Image], list[Image], dict[str, set[tuple[str, str]]]]] = {
    # Two files whose names were exchanged are two images that were renamed.
    "exchanged names": (images(a="1", b="2"), images(a="2", b="1"), {"renamed": {("a", "b"), ("b", "a")}}),
    # One is deleted and those behind it are numbered anew: nothing came, and no content changed.
    "numbered anew": (
        images(k0="0", k1="1", k2="2", k3="3"), images(k0="0", k1="2", k2="3"),
        {"renamed": {("k2", "k1"), ("k3", "k2")}, "went": {("k1", "")}},
    ),
    "one put in between": (
        images(k0="0", k1="1"), images(k0="0", k1="new", k2="1"), {"renamed": {("k1", "k2")}, "came": {("", "k1")}},
    ),
    # A black frame becomes a photo, and another black frame comes: that black frame was not renamed.
    "content there often proves nothing": (
        images(a=BLACK, b=BLACK, c=BLACK), images(a="photo", b=BLACK, c=BLACK, d=BLACK),
        {"content": {("a", "a")}, "came": {("", "d")}},
    ),
    "one copy of several goes": (images(a="1", b="1", c="1"), images(a="1", c="1"), {"went": {("b", "")}}),
    "copies renamed one to one": (
        images(a="1", b="1", c="1"), images(a="1", x="1", y="1", z="1"),
        {"renamed": {("b", "x"), ("c", "y")}, "came": {("", "z")}},
    ),
    "overwritten by a copy of another": (images(a="1", b="2"), images(a="2", b="2"), {"content": {("a", "a")}}),
    "nothing in common": (images(a="1"), images(b="2"), {"went": {("a", "")}, "came": {("", "b")}}),
}  # fmt: skip


@pytest.mark.parametrize("case", BY_HAND)
def test_by_hand(tmp_path: Path, case: str) -> None:
    before, after, expected = BY_HAND[case]
    found = compared(tmp_path, before, after)
    assert {change: keys for change in found.images if (keys := pairs(found, change))} == expected


def test_of_renamed_copies_those_of_one_label_belong_together(tmp_path: Path) -> None:
    before: list[Image] = [("a", "1", "cat", SPLIT), ("b", "1", "dog", SPLIT)]
    after: list[Image] = [("x", "1", "dog", SPLIT), ("y", "1", "cat", SPLIT)]
    found = compared(tmp_path, before, after)
    assert pairs(found, "renamed") == {("a", "y"), ("b", "x")}
    assert not found.tallies["relabelled"]


def test_a_class_by_another_name_is_renamed_and_its_images_are_not_relabelled(tmp_path: Path) -> None:
    before: list[Image] = [(f"{i}", f"{i}", "cat" if i < 6 else "dog", SPLIT) for i in range(12)]
    after: list[Image] = [(key, content, "Katze" if label == "cat" else "dog", s) for key, content, label, s in before]
    after[0] = ("0", "0", "dog", SPLIT)  # corrected beside that
    found = compared(tmp_path, before, after, ["Katze", "dog", "newt"])
    (renamed,) = found.classes.renamed
    assert (renamed.before, renamed.after, renamed.follow, renamed.of) == ("cat", "Katze", 5, 6)
    assert pairs(found, "class_renamed") == {(f"{i}", f"{i}") for i in range(1, 6)}
    assert pairs(found, "relabelled") == {("0", "0")}
    assert found.classes.came == ("newt",)
    assert found.classes.went == ("owl",)
    shares = {one.name: (one.now, one.before, one.after) for one in found.classes.shares}
    assert shares == {"cat": ("Katze", 6, 5), "dog": ("", 6, 7), "owl": ("", 0, 0), "newt": ("", 0, 0)}


def test_two_classes_that_became_one_are_no_class_renamed(tmp_path: Path) -> None:
    before: list[Image] = [(f"{i}", f"{i}", "cat" if i < 5 else "dog", SPLIT) for i in range(10)]
    after: list[Image] = [(key, content, "pet", split) for key, content, _, split in before]
    found = compared(tmp_path, before, after, ["pet", "owl"])
    assert not found.classes.renamed
    assert found.tallies["relabelled"] == 10
    assert (found.classes.came, found.classes.went) == (("pet",), ("cat", "dog"))


def test_shares_are_of_the_labelled_images(tmp_path: Path) -> None:
    before: list[Image] = [("a", "1", "cat", SPLIT), ("b", "2", "dog", SPLIT), ("c", "3", None, SPLIT)]
    found = compared(tmp_path, before, [*before, ("d", "4", "dog", SPLIT), ("e", "5", "dog", SPLIT)])
    shares = {one.name: (one.before, one.share_before, one.after, one.share_after) for one in found.classes.shares}
    assert shares == {"cat": (1, 0.5, 1, 0.25), "dog": (1, 0.5, 3, 0.75), "owl": (0, 0.0, 0, 0.0)}
