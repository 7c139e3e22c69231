"""The labels to train on: those of the data, with what reviewers decided put over them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import BadInput, command
from ..store.audit import Audit
from ..types import UNLABELLED, Bools, Ints
from .classes import class_changes
from .entries import EXCLUDED
from .fold import current
from .journal import as_json, has_journal, open_journal


@dataclass(frozen=True)
class ReviewedLabels:
    """Labels after review.

    labels: (n,) int32 into class_names, UNLABELLED where there is none. excluded: (n,) bool, images to leave out.
    class_of: (K,) int32, the place in class_names of each of the data's classes, or of the one that it joined.
    changed: (n,) bool, images whose class is another one now (one that was only renamed is not).
    version: fingerprint of all of it, "given" where nothing differs from the data. stale: keys whose decision was
    about another image of that name (its content has changed since); it does not count.
    """

    labels: Ints
    class_names: tuple[str, ...]
    class_of: Ints
    excluded: Bools
    changed: Bools
    version: str
    stale: tuple[str, ...] = ()


def current_labels(
    audit: Audit,
    keys: Sequence[str],
    labels: Ints,
    class_names: Sequence[str],
    *,
    content_hashes: Sequence[str] | None = None,
    at: int | None = None,
) -> ReviewedLabels:
    """The labels as reviewed, now or after entry `at`.

    keys, content_hashes: one per image. labels: (n,) int into class_names, UNLABELLED for none, as the data has them.
    Without content_hashes, every decision counts, whatever became of its image's content.
    Raises BadInput if a decision names a class that the data has no more.
    """
    given = np.asarray(labels, np.int32)
    if not has_journal(audit):
        return as_given(given, class_names)
    journal = open_journal(audit)
    try:
        changes, states = class_changes(journal, at), current(journal, at)
    finally:
        journal.close()
    names = changes.names(class_names)
    position = {name: index for index, name in enumerate(names)}
    # A class that is merged away maps to the one it joined, a renamed one to itself.
    class_of = np.array([position.get(changes.name_now(name, 0) or "", UNLABELLED) for name in class_names], np.int32)
    result = np.append(class_of, np.int32(UNLABELLED))[given]
    followed, excluded = result.copy(), np.zeros(len(given), bool)
    stale = []
    for row, key in enumerate(keys):
        state = states.get(key)
        if state is None:
            continue
        if content_hashes is not None and state.content_hash != content_hashes[row]:
            stale.append(key)
            continue
        excluded[row] = state.verdict == EXCLUDED
        if state.label is not None:
            if state.label not in position:
                raise BadInput(
                    f"The reviewed label {state.label!r} of {key!r} is no class of this data.",
                    "Add it",
                    command(journal.audit, "reviews", "--add-class", state.label),
                )
            result[row] = position[state.label]
    merged = np.array([*(changes.was_merged(name) for name in class_names), False])
    changed = (result != followed) | merged[given]
    version = _version(keys, result, names, tuple(class_names), excluded, changed)
    return ReviewedLabels(result, names, class_of, excluded, changed, version, tuple(stale))


def as_given(labels: Ints, class_names: Sequence[str]) -> ReviewedLabels:
    """The labels of the data, whatever reviews say of them."""
    nothing, itself = np.zeros(len(labels), bool), np.arange(len(class_names), dtype=np.int32)
    return ReviewedLabels(labels.copy(), tuple(class_names), itself, nothing, nothing.copy(), GIVEN)


GIVEN = "given"


def labels_version(
    audit: Audit,
    keys: Sequence[str],
    labels: Ints,
    class_names: Sequence[str],
    *,
    content_hashes: Sequence[str] | None = None,
    at: int | None = None,
) -> str:
    """`current_labels(…).version`: what a run's identity needs so that it depends on the reviews and nothing else.

    Two histories that come to the same labels have the same version; confirming a label changes nothing.
    """
    return current_labels(audit, keys, labels, class_names, content_hashes=content_hashes, at=at).version


def _version(
    keys: Sequence[str], labels: Ints, names: Sequence[str], given_names: tuple[str, ...], excluded: Bools,
    changed: Bools,
) -> str:  # fmt: skip
    if tuple(names) == given_names and not changed.any() and not excluded.any():
        return GIVEN
    moved = sorted((keys[row], names[labels[row]]) for row in np.flatnonzero(changed).tolist())
    left_out = sorted(keys[row] for row in np.flatnonzero(excluded).tolist())
    text = as_json([list(names), list(given_names), moved, left_out])
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
