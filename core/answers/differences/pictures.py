"""Images of a comparison with what is said under them: of either state, whichever has them, thumbnails and all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...images.data_uri import data_uri
from ...store import lookups
from ...store.thumbnails import read_thumbnails
from ..image.tiles import Tile
from .audit_difference import AuditDifference, ListedImages
from .states import AuditState

MOVED, BECAME, NO_MORE = "moved", "suspects_came", "suspects_went"
"""What a score shows beside the changes of `found`: the images that moved furthest, and suspects of one state alone."""


@dataclass(frozen=True)
class ComparedImage:
    """An image of two states. key_before, split_before, key_after, split_after: "" where it is not in that state.
    label_before, label_after: by name, "" for none. place_before, place_after: in 0..100 of a score's order, NaN where
    none is meant."""

    key_before: str
    split_before: str
    key_after: str
    split_after: str
    label_before: str
    label_after: str
    place_before: float
    place_after: float


def listed_images(found: AuditDifference, what: str, score: str = "") -> ListedImages:
    """The images of one change, or of `MOVED`, `BECAME` and `NO_MORE` by a score; none where no score has moved."""
    if what in found.images:
        return found.images[what]
    move = found.score(score)
    if move is None:
        return ListedImages(*(np.empty(0, np.int32),) * 4, np.empty(0), np.empty(0))
    return {MOVED: move.moved, BECAME: move.came, NO_MORE: move.went}[what]


def named(found: AuditDifference, images: ListedImages, part: slice) -> list[ComparedImage]:
    """Some of the listed images by name."""
    rows = [_rows(found.before, images.ids_before[part]), _rows(found.after, images.ids_after[part])]
    labels = [[found.label_names[code] if code >= 0 else "" for code in codes[part].tolist()]
              for codes in (images.labels_before, images.labels_after)]  # fmt: skip
    places = images.places_before[part].tolist(), images.places_after[part].tolist()
    texts = [[row[name] if row else "" for row in side] for side in rows for name in ("key", "split")]
    return [ComparedImage(*each) for each in zip(*texts, *labels, *places, strict=True)]


def compared_tiles(found: AuditDifference, images: ListedImages, part: slice, *, both: bool = False) -> list[Tile]:
    """The same as tiles: the picture of the second state, of the first where it went, or both side by side."""
    sides = [(found.before, images.ids_before[part]), (found.after, images.ids_after[part])]
    rows = [_rows(state, ids) for state, ids in sides]
    thumbnails = [
        read_thumbnails(state.audit, [row["content_hash"] for row in found_rows if row])
        for (state, _), found_rows in zip(sides, rows, strict=True)
    ]
    made = []
    for at, one in enumerate(named(found, images, part)):
        for side, when in enumerate(("before", "after")):
            row = rows[side][at]
            if row and (both or side == 1 or not rows[1][at]):
                made.append(_tile(one, row, thumbnails[side].get(row["content_hash"]), when if both else ""))
    return made


def _tile(one: ComparedImage, row: dict[str, Any], webp: bytes | None, when: str) -> Tile:
    both = bool(one.key_before and one.key_after)
    relabelled = both and one.label_before != one.label_after
    notes = [when] if when else []
    notes += [f"{one.place_before:.1f} → {one.place_after:.1f}"] if one.place_after == one.place_after else []
    notes += [f"{one.split_before} → {one.split_after}"] if both and one.split_before != one.split_after else []
    notes += [f"was {one.key_before}"] if both and one.key_before != one.key_after else []
    return Tile(
        id=row["image_id"], key=row["key"], source=data_uri(webp), width=row["width"], height=row["height"],
        given=one.label_before if both else one.label_after or one.label_before, predicted="",
        suggested=(one.label_after or "no label") if relabelled else "", wrong=None, trained_on=False, score="",
        percentile="", note=" · ".join(notes) or row["key"], more=" · ".join(notes),
    )  # fmt: skip


def _rows(state: AuditState, ids: Any) -> list[dict[str, Any] | None]:
    """What is drawn of images of one state, in their order; None where an image is not in it."""
    known = {row["image_id"]: row for row in lookups.image_rows(state.hub, np.unique(ids[ids >= 0]))}
    return [known.get(image_id) for image_id in ids.tolist()]
