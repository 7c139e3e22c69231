"""What differs between two states: images, labels, class shares, and how scores and suspects moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ...reviews.classes import class_changes
from ...store import views
from ...store.comparison import matching, moves
from ...store.comparison.attached import ComparisonDatabase, comparing
from ...types import Floats, Ints
from ..labels.suspecting import PREFERRED
from ..view.choices import PREFERRED_SCORES
from ..view.journal import reading
from .classes import ComparedClasses, RenamedClass, compared_classes, renamed_classes
from .sources import SharedScore, only_in, ordered, shared_scores
from .states import REVIEWED, AuditState, StateLabels, labels_in_words, labels_of

CHANGES = matching.CHANGES
IN_WORDS = {
    "came": "came", "went": "went", "renamed": "renamed", "content": "changed content", "relabelled": "changed label",
    "class_renamed": "class renamed", "split": "changed split", "excluded": "excluded by review",
    "included": "no longer excluded",
}  # fmt: skip
"""What became of an image, by the columns of the comparison."""

MOST_MOVED = 480
"""Images that are kept for each score, of those whose place in its order changed most."""


@dataclass(frozen=True, eq=False)
class ListedImages:
    """Images of two states, a row each. ids: (m,) int32 in each state, -1 where an image is not in it. labels: (m,)
    positions in `AuditDifference.label_names`, -1 for none. places: (m,) float in 0..100 of a score's order, the hard
    end high; NaN where no score is meant."""

    ids_before: Ints
    ids_after: Ints
    labels_before: Ints
    labels_after: Ints
    places_before: Floats
    places_after: Floats

    def __len__(self) -> int:
        return len(self.ids_before)


@dataclass(frozen=True, eq=False)
class ScoreMove:
    """A score that both states have. tally: None where it is the very run in both. moved: those that moved most, the
    furthest first. came, went: images of both states that are suspects by it in the second or in the first alone."""

    shared: SharedScore
    tally: moves.MoveTally | None
    moved: ListedImages
    came: ListedImages
    went: ListedImages

    @property
    def name(self) -> str:
        """The score's."""
        return self.shared.name

    @property
    def suggests(self) -> bool:
        """Whether it calls any label of either state suspect."""
        tally = self.tally
        return bool(tally and tally.suspects_before + tally.suspects_after + tally.gone + tally.fresh)


@dataclass(frozen=True, eq=False)
class AuditDifference:
    """Two states held against each other.

    labels: of each state, in words. tallies: n_before, n_after, shared, and images by each of `CHANGES`. images: of
    each of `CHANGES`, by class and key. label_names: what their labels are positions in. scores: that both have, the
    preferred first. only: names of the scores of one state alone, before and after.
    """

    before: AuditState
    after: AuditState
    labels: tuple[str, str]
    tallies: dict[str, int]
    images: dict[str, ListedImages]
    label_names: tuple[str, ...]
    classes: ComparedClasses
    scores: tuple[ScoreMove, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def same(self) -> bool:
        """Whether no image, no label and no class differs."""
        classes = self.classes
        differs = any(self.tallies[name] for name in CHANGES)
        return not (differs or classes.came or classes.went or classes.renamed)

    def score(self, name: str) -> ScoreMove | None:
        """The move of the score of that name; the first that may have moved where there is none such."""
        moved = [one for one in self.scores if one.tally]
        return next((one for one in moved if one.name == name), moved[0] if moved else None)


@dataclass(frozen=True)
class _Matched:
    comparison: ComparisonDatabase
    labels: tuple[StateLabels, StateLabels]
    names: tuple[tuple[str, ...], tuple[str, ...]]
    renamed: tuple[RenamedClass, ...]


@contextmanager
def matched(before: AuditState, after: AuditState) -> Iterator[_Matched]:
    """The comparison with its images paired and their differences noted."""
    with comparing() as comparison:
        labels = labels_of(before), labels_of(after)
        matching.match(comparison, labels[0].table, labels[1].table)
        names = _class_names(before), _class_names(after)
        renamed = renamed_classes(*names, matching.class_moves(comparison))
        matching.note_differences(comparison, [(one.before, one.after) for one in renamed])
        yield _Matched(comparison, labels, names, renamed)


def difference(before: AuditState, after: AuditState) -> AuditDifference:
    """Everything that differs. Some seconds for a million images; what is kept of them is those that differ."""
    with matched(before, after) as found:
        counts = [matching.class_counts(found.comparison, side) for side in ("before", "after")]
        names = tuple(dict.fromkeys((*found.names[0], *found.names[1], *filter(None, (*counts[0], *counts[1])))))
        labels = [labels_in_words(*one) for one in zip((before, after), found.labels, strict=True)]
        return AuditDifference(
            before, after, (labels[0], labels[1]), matching.tallies(found.comparison),
            {change: _listed(found.comparison, f"SELECT before_id, after_id FROM difference WHERE {change}", names)
             for change in CHANGES},
            names, compared_classes(*found.names, counts[0], counts[1], found.renamed),
            tuple(_move(found.comparison, shared, names) for shared in _shared(before, after)),
            (tuple(only_in(before, after)), tuple(only_in(after, before))),
        )  # fmt: skip


def _shared(before: AuditState, after: AuditState) -> list[SharedScore]:
    return ordered(shared_scores(before, after), (*PREFERRED[:1], *PREFERRED_SCORES))


def _class_names(state: AuditState) -> tuple[str, ...]:
    """The classes of a state, with those that reviewers added, as they call them."""
    names = tuple(views.classes(state.hub))
    if state.labels != REVIEWED or not state.at:
        return names
    with reading(state.audit) as journal:
        return class_changes(journal, state.at).names(names) if journal else names


def _move(comparison: ComparisonDatabase, shared: SharedScore, names: tuple[str, ...]) -> ScoreMove:
    if shared.same:
        nothing = _listed(comparison, "SELECT before_id, after_id FROM pair WHERE false", names)
        return ScoreMove(shared, None, nothing, nothing, nothing)
    columns = "SELECT before_id, after_id, place_before, place_after FROM move"
    with moves.moves(comparison, shared.pair):
        moved = f"""{columns} WHERE place_after <> place_before
                    ORDER BY abs(place_after - place_before) DESC, after_id LIMIT {MOST_MOVED}"""
        return ScoreMove(
            shared, moves.tally(comparison, shared.pair),
            _listed(comparison, moved, names, "abs(p.place_after - p.place_before) DESC, a.key"),
            _listed(comparison, f"{columns} WHERE suspect_after AND NOT suspect_before", names),
            _listed(comparison, f"{columns} WHERE suspect_before AND NOT suspect_after", names),
        )  # fmt: skip


def _listed(
    comparison: ComparisonDatabase,
    which: str,
    names: tuple[str, ...],
    order: str = "b.label, a.label, coalesce(a.key, b.key)",
) -> ListedImages:
    """Images with their labels in both states. which: SQL of this file with before_id and after_id, and places."""
    if "place_before" not in which:
        which = f"SELECT *, NULL AS place_before, NULL AS place_after FROM ({which})"
    query = f"""WITH name AS (SELECT unnest($names::VARCHAR[]) AS label, unnest($codes::INTEGER[]) AS code)
        SELECT coalesce(p.before_id, -1)::INTEGER AS ids_before, coalesce(p.after_id, -1)::INTEGER AS ids_after,
               coalesce(m.code, -1)::INTEGER AS labels_before, coalesce(n.code, -1)::INTEGER AS labels_after,
               coalesce(place_before, 'nan')::DOUBLE AS places_before,
               coalesce(place_after, 'nan')::DOUBLE AS places_after
        FROM ({which}) AS p
        LEFT JOIN before AS b ON b.image_id = p.before_id LEFT JOIN after AS a ON a.image_id = p.after_id
        LEFT JOIN name AS m ON m.label = b.label LEFT JOIN name AS n ON n.label = a.label ORDER BY {order}"""
    found = comparison.arrays(query, {"names": list(names), "codes": list(range(len(names)))})
    return ListedImages(**{name: np.asarray(column) for name, column in found.items()})
