"""A thumbnail with what stands under it, and the error of a handful of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ...images.data_uri import data_uri
from ...metrics.intervals import share_estimate
from ...reviews import Journal
from ...reviews.classes import class_changes
from ...store import lookups
from ...store.suggestions import suggestions
from ...store.thumbnails import read_thumbnails
from ...types import UNLABELLED, Estimate, Ints
from ...wording import count, percent_interval, percentile, three
from ..models.predictions import is_right, not_given
from ..view.ranking import Scored
from ..view.reader import Reader


@dataclass(frozen=True)
class Tile:
    """One image of a grid, ready to draw: texts are plain text.

    source: the thumbnail as a data-URI, "" where the cache has none. predicted, suggested: "" for none.
    wrong: the prediction is not the given label, None where that cannot be said. trained_on: by that model.
    score, percentile: "" where no score is meant. note: a third line under it, "" for none; more: what is said besides
    when it is pointed at.
    """

    id: int
    key: str
    source: str
    width: int
    height: int
    given: str
    predicted: str
    suggested: str
    wrong: bool | None
    trained_on: bool
    score: str
    percentile: str
    note: str = ""
    more: str = ""

    def as_data(self) -> dict[str, Any]:
        """For the component, as JSON values."""
        return asdict(self)


def renamed(journal: Journal, made: Sequence[Tile]) -> list[Tile]:
    """Tiles with their classes by the names that reviewers have given them since the data was read."""
    changes = class_changes(journal)
    if not changes.changes:
        return list(made)

    def now(one: Tile) -> Tile:
        given, predicted, suggested = (
            changes.name_now(name, 0) or "" for name in (one.given, one.predicted, one.suggested)
        )
        # A suggestion that was merged with the given class is none.
        return replace(one, given=given, predicted=predicted, suggested="" if suggested == given else suggested)

    return [now(one) for one in made]


@dataclass(frozen=True)
class ShownError:
    """A model's error among some images. trained_on: how many of them the model was trained on."""

    error: Estimate
    trained_on: int

    def __str__(self) -> str:
        text = f"error {percent_interval(self.error)}, counted of {count(self.error.n)}"
        if not self.trained_on:
            return text
        return f"{text}, {'all' if self.trained_on == self.error.n else count(self.trained_on)} trained on"


def tiles(
    reader: Reader, score: Scored, address: str, ids: Sequence[int] | Ints, model_run: str | None, *,
    undoubted: bool = False,
) -> list[Tile]:  # fmt: skip
    """Tiles of these images in this order.

    undoubted: with what the score suggests also where it does not doubt the label, as in a list of suspects.
    """
    rows = lookups.image_rows(reader.hub, ids)
    thumbnails = read_thumbnails(reader.hub.audit, [row["content_hash"] for row in rows])
    predictions = lookups.prediction_rows(reader.hub, model_run, ids) if model_run else {}
    suggested = suggestions(reader.hub, address, ids, undoubted=undoubted)
    new = not_given(reader, model_run) if model_run else np.empty(0, np.int64)
    return [
        _tile(
            reader, score, row, thumbnails.get(row["content_hash"]), predictions.get(row["image_id"], {}),
            suggested.get(row["image_id"], UNLABELLED), share, new,
        )
        for row, share in zip(rows, reader.peers.percentile(score.values, np.asarray(ids)).tolist(), strict=True)
    ]  # fmt: skip


def error_rate(shown: Sequence[Tile]) -> ShownError | None:
    """The error of the shown images on which the model is right or wrong; None if it is on none."""
    known = [tile for tile in shown if tile.wrong is not None]
    if not known:
        return None
    errors = sum(bool(tile.wrong) for tile in known)
    return ShownError(share_estimate(errors, len(known)), sum(tile.trained_on for tile in known))


def _tile(
    reader: Reader,
    score: Scored,
    row: dict[str, Any],
    webp: bytes | None,
    prediction: dict[str, Any],
    suggested: int,
    share: float,
    not_given: Ints,
) -> Tile:
    image_id = row["image_id"]
    correct = is_right(row["label"], prediction["predicted"], not_given) if prediction else None
    return Tile(
        id=image_id, key=row["key"], source=data_uri(webp), width=row["width"], height=row["height"],
        given=reader.class_name(row["label"]), predicted=reader.class_name(prediction.get("predicted")),
        suggested=reader.class_name(suggested), wrong=None if correct is None else not correct,
        trained_on=bool(prediction.get("trained_on")), score=three(float(score.values[image_id])),
        percentile=percentile(share),
    )  # fmt: skip
