"""One image as a reviewer needs it: the picture, what its label may be instead, why it is doubted, what it is like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from ...images.data_uri import data_uri, picture_uri
from ...reviews import Conflict, Entry, Journal
from ...reviews.classes import class_changes
from ...store import lookups
from ...store.held_out import fit_rows
from ...store.suggestions import proposed
from ...store.thumbnails import read_thumbnails
from ...types import UNLABELLED
from ...wording import percent, percentile
from ..image.class_vectors import ClassVectors
from ..image.detail import read_stored
from ..models.predictions import not_given
from ..view.choices import ScoreChoice, with_a_vote
from ..view.ranking import Scored
from ..view.reader import Reader
from .suggested import Found, Said, Suggested, believed, combined

NEAREST = 5
HARD_PIXELS = 96  # images up to this side are enlarged without smoothing
KNN = "knn"
SMALLEST_SHARE = 0.05  # per cent; what is less would read as 0.0 %
MOST_PAST = 5
STORED_TO = 1e-5  # of a count of neighbours: to so much a share is kept

WORDS = {
    "rmd": "RMD", "md": "Mahalanobis distance", "vog": "VoG", "knn": "share of unlike neighbours", "oof": "out of fold",
    "aum": "AUM", "el2n": "EL2N",
}  # fmt: skip
"""Parts of scores' names that are not English as they stand."""


@dataclass(frozen=True)
class Like:
    """The images nearest to this one in a class, as data-URIs of thumbnails with their keys."""

    name: str
    pictures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """All that is drawn of one image under review. values: score name -> value, as the journal keeps them."""

    key: str
    content_hash: str
    given: str
    picture: str
    refusal: str
    small: bool
    suggestions: tuple[Suggested, ...]
    why: str
    likes: tuple[Like, ...]
    values: Mapping[str, float]


def card(
    reader: Reader, image_id: int, scores: Sequence[ScoreChoice], score: ScoreChoice, scored: Scored,
    vectors: ClassVectors | None,
) -> Card | None:  # fmt: skip
    """The card of one image, None if there is no such image.

    score, scored: the one the queue is ordered by. vectors: for the nearest images, None where there is no embedding.
    """
    row = lookups.whole_image_row(reader.hub, image_id)
    if row is None:
        return None
    label = UNLABELLED if row["label"] is None else int(row["label"])
    found = _score_rows(reader, image_id, scores)
    said = _said(reader, image_id)
    voting = with_a_vote(reader.scores)
    heard = [(choice, row) for choice, row in found if choice.address.split(":", 1)[0] in voting]
    suggestions = combined(reader, label, heard, said, believed(reader, image_id, heard))
    picture, refusal = read_stored(reader.hub, row, enlarged=False)
    thumbnail = read_thumbnails(reader.hub.audit, [row["content_hash"]]).get(row["content_hash"])
    rank = float(reader.peers.percentile(scored.values, np.array([image_id]))[0])
    return Card(
        key=row["key"], content_hash=row["content_hash"], given=reader.class_name(label),
        picture=picture_uri(picture) or data_uri(thumbnail), refusal=refusal,
        small=max(row["width"], row["height"]) <= HARD_PIXELS,
        suggestions=suggestions, why=why(reader, label, score, rank, heard, said, neighbours_there(reader, image_id)),
        likes=_likes(reader, image_id, label, suggestions, vectors),
        values={choice.name: float(row["value"]) for choice, row in found if _known(row["value"])},
    )  # fmt: skip


def why(
    reader: Reader, label: int, score: ScoreChoice, rank: float, found: Found, said: Said, there: int
) -> str:  # fmt: skip
    """One sentence: where the image stands, what its neighbours say, what the models say. there: `neighbours_there`."""
    given = reader.class_name(label)
    parts = []
    if isfinite(rank):
        top = 100 - rank
        where = f"in the top {percentile(top)} %" if top >= SMALLEST_SHARE else "the highest"
        parts.append(f"{in_words(score.name)} is {where} of {given or 'the unlabelled'}")
    for choice, row in found:
        if choice.name == KNN and _known(row["value"]):
            share, other = float(row["value"]), proposed(row, label)
            text = f"{_of_neighbours(reader, choice, share, there)} most similar images have another label"
            if share and other != UNLABELLED:
                text += f", mostly {reader.class_name(other)}"
            parts.append(text)
            break
    for run_id, row in said:
        if row["predicted"] != label and label not in not_given(reader, run_id):
            run = reader.run(run_id)
            trained = ", which was trained on it," if row["trained_on"] else ""
            parts.append(
                f"{run.name if run else run_id}{trained} says {reader.class_name(row['predicted'])} "
                f"({percent(row['confidence'])})"
            )
            break
    sentence = "; ".join(parts)
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""


def neighbours_there(reader: Reader, image_id: int) -> int:
    """How many labelled training images there are beside this one, for a score to find its neighbours among."""
    learned = (reader.labels != UNLABELLED) & fit_rows(np.array(reader.splits))[reader.split_codes]
    return int(np.count_nonzero(learned)) - int(learned[image_id])


def _of_neighbours(reader: Reader, choice: ScoreChoice, share: float, there: int) -> str:
    """A share of the neighbours as a count of as many as the run took; in per cent where it does not say how many.

    The score is 1 - (g + w) / (k + 1) where g neighbours have the given label: w, which orders what the counts leave
    equal, is no neighbour. It is between 0 and 1, and next to either beside a copy of the image alone: then too in per
    cent, for what is stored does not tell one neighbour more from one less.
    """
    asked = next((one.parameters.get("k") for one in reader.scores if one.address == choice.address), None)
    if not isinstance(asked, int) or there < 1:
        return f"{percent(share)} of the"
    k = min(asked, there)
    held = (1 - share) * (k + 1)
    whole = round(held)
    if abs(held - whole) < STORED_TO:
        return f"{k if whole < 1 else 0} of {k}" if whole in (0, k + 1) else f"{percent(share)} of the"
    return f"{k - min(int(held), k)} of {k}"


def in_words(name: str) -> str:
    """A score's name as people say it: "rmd_margin" -> "RMD margin"."""
    return " ".join(WORDS.get(part, part) for part in name.split("_"))


@dataclass(frozen=True)
class Past:
    """One entry about an image in words, and whether it changed it."""

    when: str
    reviewer: str
    text: str
    applied: bool


def past(journal: Journal, key: str) -> list[Past]:
    """What was last said about an image, the newest first."""
    return [
        Past(entry.time[:16].replace("T", " "), entry.reviewer, _said_in(entry), entry.effect == "applied")
        for entry in reversed(journal.history(key)[-MOST_PAST:])
    ]


def _said_in(entry: Entry) -> str:
    label = f" {entry.new_label}" if entry.new_label and entry.verdict not in ("excluded", "skipped") else ""
    second = f" or {entry.second_label}" if entry.second_label else ""
    effect = "" if entry.effect in ("applied", "noted") else f", {entry.effect}"
    reason = f": {entry.reason}" if entry.reason else ""
    return f"{entry.verdict}{label}{second}{effect}{reason}"


@dataclass(frozen=True)
class Side:
    """One of two answers that stand against each other. label: what it gives the image, "" for none."""

    reviewer: str
    when: str
    verdict: str
    label: str
    second: str
    reason: str
    standing: bool


def sides(conflict: Conflict) -> list[Side]:
    """The answer that stands and the one that contradicts it. Without the first, where it was taken back meanwhile."""
    found = []
    held = conflict.current
    if held is not None:
        found.append(
            Side(held.reviewer, held.time, held.verdict, held.label or "", held.second_label or "", held.reason, True)
        )
    found.append(
        Side(
            conflict.reviewer, conflict.time, conflict.verdict, conflict.label or "", conflict.second_label or "",
            conflict.reason, False,
        )
    )  # fmt: skip
    return [replace(side, when=side.when[:16].replace("T", " ")) for side in found]


def renamed(journal: Journal, one: Card) -> Card:
    """A card with its classes by the names that reviewers have given them since the data was read."""
    changes = class_changes(journal)
    if not changes.changes:
        return one

    def now(name: str) -> str:
        return changes.name_now(name, 0) or ""

    given = now(one.given) if one.given else ""
    called = {now(each.name): replace(each, name=now(each.name)) for each in reversed(one.suggestions)}
    suggestions = tuple(each for each in reversed(called.values()) if each.name != given)
    return replace(
        one, given=given, suggestions=suggestions, likes=tuple(replace(like, name=now(like.name)) for like in one.likes)
    )


def _likes(
    reader: Reader, image_id: int, label: int, suggestions: Sequence[Suggested], vectors: ClassVectors | None
) -> tuple[Like, ...]:
    """The nearest images of the given class and of the first suggested one."""
    vector = vectors.vector(image_id) if vectors else None
    if vectors is None or vector is None:
        return ()
    wanted = [label] if label != UNLABELLED else []
    wanted += [reader.class_names.index(one.name) for one in suggestions[:1]]
    return tuple(
        Like(
            reader.class_name(one),
            tuple((near.key, near.source) for near in vectors.nearest(vector, one, NEAREST, but=image_id)),
        )
        for one in wanted
    )


def _score_rows(reader: Reader, image_id: int, scores: Sequence[ScoreChoice]) -> Found:
    by_address = {choice.address: choice for choice in scores}
    found = []
    for run_id in dict.fromkeys(address.split(":", 1)[0] for address in by_address):
        for row in lookups.values_of(reader.hub, run_id, image_id):
            choice = by_address.get(f"{run_id}:{row['name']}")
            if choice is not None:
                found.append((choice, row))
    return found


def _said(reader: Reader, image_id: int) -> Said:
    said = []
    for run in reader.hub.runs:
        row = lookups.prediction_of(reader.hub, run.run_id, image_id) if run.kind == "train" else None
        if row is not None:
            said.append((run.run_id, {**row, "probs": lookups.probabilities_of(reader.hub, run.run_id, image_id)}))
    return said


def _known(value: float | None) -> bool:
    return value is not None and isfinite(value)
