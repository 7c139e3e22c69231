"""A handful of pictures that say more than a table: the strongest suspects, the hardest image of each worst class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...images.data_uri import data_uri
from ...store import lookups, tallies, views
from ...store.suggestions import doubted, suggested_labels
from ...store.thumbnails import read_thumbnails
from ...types import HARDER_LOW
from ...wording import three
from ..view.choices import ScoreChoice
from ..view.ranking import labelled_in
from ..view.reader import Reader


@dataclass(frozen=True)
class Glimpse:
    """One picture: source is a data-URI, "" where there is no thumbnail. suggested: "" for none. value: in words."""

    key: str
    source: str
    width: int
    height: int
    given: str
    suggested: str
    value: str


def strongest_suspects(reader: Reader, score: ScoreChoice, split: str | None, n: int) -> list[Glimpse]:
    """The n images whose label a score doubts most, strongest first."""
    values, suggested = views.score(reader.hub, score.address), suggested_labels(reader.hub, score.address)
    ids = np.flatnonzero(labelled_in(reader, split) & doubted(reader.hub, score.address))
    suspect = views.harder_high(values, score.direction)[ids]
    first = ids[np.argsort(-suspect, kind="stable")[:n]].tolist()
    return _glimpses(
        reader, [{"image_id": i, "value": float(values[i]), "suggested_label": int(suggested[i])} for i in first]
    )


def hardest_of_classes(reader: Reader, score: ScoreChoice, split: str | None, labels: Sequence[int]) -> list[Glimpse]:
    """The hardest image of each of these classes, in their order; classes without a scored image left out."""
    sign = -1 if score.direction == HARDER_LOW else 1
    found = {
        row["label"]: row
        for row in tallies.extreme_of_classes(reader.hub, score.address, split, [int(one) for one in labels], sign)
    }
    return _glimpses(reader, [found[label] for label in labels if label in found])


def _glimpses(reader: Reader, rows: Sequence[dict[str, Any]]) -> list[Glimpse]:
    images = lookups.image_rows(reader.hub, [row["image_id"] for row in rows])
    thumbnails = read_thumbnails(reader.hub.audit, [image["content_hash"] for image in images])
    return [
        Glimpse(
            image["key"], data_uri(thumbnails.get(image["content_hash"])), image["width"], image["height"],
            reader.class_name(image["label"]), reader.class_name(row.get("suggested_label")), three(row["value"]),
        )
        for row, image in zip(rows, images, strict=True)
    ]  # fmt: skip
