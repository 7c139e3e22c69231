"""Rows of a few images: what a page of tiles or one opened image needs. Ids are bound, answers keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..files.json_text import json_of
from ..kinds.json_types import TABLE
from ..types import Floats, Ints, Neighbors
from .database.damage import ANOTHER_HARDLOOK, unreadable
from .database.run_words import lacking_in
from .views import Hub


def image_rows(hub: Hub, ids: Sequence[int] | Ints) -> list[dict[str, Any]]:
    """key, label, split, width, height and content hash of these images, in the order asked for."""
    query = """SELECT image_id, key, label, split, width, height, content_hash FROM items.images
               WHERE image_id IN (SELECT unnest(?))"""
    return _in_order(hub.rows(query, [_bound(ids)]), ids)


def whole_image_row(hub: Hub, image_id: int) -> dict[str, Any] | None:
    """Every column of one image but its true label, metadata included; None if there is no such image."""
    # By way of Arrow, which reads whatever type a manifest has; for times with a zone DuckDB needs another library.
    rows = hub.table("SELECT * EXCLUDE (true_label) FROM items.images WHERE image_id = ?", [image_id]).to_pylist()
    return rows[0] if rows else None


def image_id_of(hub: Hub, key: str) -> int | None:
    """The image that has this key, None if there is none."""
    found = hub.rows("SELECT image_id FROM items.images WHERE key = ?", [key])
    return int(found[0]["image_id"]) if found else None


def ids_of(hub: Hub, keys: Sequence[str]) -> Ints:
    """Ids of the images that have one of these keys, ascending; keys of no image are passed over."""
    query = "SELECT image_id FROM items.images WHERE key IN (SELECT unnest(?)) ORDER BY image_id"
    return hub.arrays(query, [list(keys)])["image_id"]


def ids_by_key(hub: Hub, keys: Sequence[str]) -> dict[str, int]:
    """Id of the image of each of these keys; keys of no image are absent."""
    query = "SELECT key, image_id FROM items.images WHERE key IN (SELECT unnest(?))"
    return {row["key"]: row["image_id"] for row in hub.rows(query, [list(keys)])}


def prediction_rows(hub: Hub, run_id: str, ids: Sequence[int] | Ints) -> dict[int, dict[str, Any]]:
    """A model's predicted label, confidence and whether it was trained on the image, by image id."""
    query = f"""SELECT image_id, predicted, confidence, trained_on FROM {hub.alias(run_id)}.prediction
                WHERE predicted >= 0 AND image_id IN (SELECT unnest(?))"""
    return {row["image_id"]: row for row in hub.rows(query, [_bound(ids)])}


def ids_predicted_as(hub: Hub, run_id: str, label: int) -> Ints:
    """Ids (m,) of the images that a model takes for a class, ascending."""
    query = f"SELECT image_id FROM {hub.alias(run_id)}.prediction WHERE predicted = ? ORDER BY image_id"
    return hub.arrays(query, [label])["image_id"]


def neighbor_pairs(hub: Hub, run_id: str) -> Neighbors:
    """The pairs of similar images that a scoring run kept."""
    query = f"SELECT image_id, neighbor_id, similarity FROM {hub.alias(run_id)}.neighbor ORDER BY image_id, rank"
    return Neighbors(*hub.arrays(query).values())


def scores_of(hub: Hub, run_id: str, image_id: int) -> list[dict[str, Any]]:
    """One image's scores in a run: the columns of `score`, and its place within its class and split.

    at_or_below, among: how many of the class and split score no more than it, of how many with a score.
    """
    run = hub.alias(run_id)
    query = f"""
        WITH mine AS (SELECT * EXCLUDE (image_id) FROM {run}.score WHERE image_id = $image),
             peers AS (SELECT p.image_id FROM items.images AS p, items.images AS me
                       WHERE me.image_id = $image AND p.label IS NOT DISTINCT FROM me.label AND p.split = me.split)
        SELECT mine.*,
               count(*) FILTER (s.value <= mine.value) AS at_or_below, count(s.value) AS among
        FROM mine LEFT JOIN {run}.score AS s
          ON s.name = mine.name AND NOT isnan(s.value) AND s.image_id IN (SELECT image_id FROM peers)
        GROUP BY ALL ORDER BY mine.name"""
    return hub.rows(query, {"image": image_id})


def values_of(hub: Hub, run_id: str, image_id: int) -> list[dict[str, Any]]:
    """One image's scores in a run: the columns of `score`, without its place among others."""
    query = f"SELECT * EXCLUDE (image_id) FROM {hub.alias(run_id)}.score WHERE image_id = ? ORDER BY name"
    return hub.rows(query, [image_id])


def prediction_of(hub: Hub, run_id: str, image_id: int) -> dict[str, Any] | None:
    """Everything a model says of one image, its five likeliest labels included; None if it was not predicted."""
    query = f"SELECT * EXCLUDE (image_id) FROM {hub.alias(run_id)}.prediction WHERE image_id = ? AND predicted >= 0"
    rows = hub.rows(query, [image_id])
    return rows[0] if rows else None


def probabilities_of(hub: Hub, run_id: str, image_id: int) -> Floats | None:
    """(n_classes,) float32 class probabilities of one image by a model; None where it kept none."""
    found = hub.rows(f"SELECT probs FROM {hub.alias(run_id)}.probability WHERE image_id = ?", [image_id])
    return np.asarray(found[0]["probs"], np.float32) if found else None


def origin(hub: Hub) -> tuple[str, dict[str, Any]]:
    """What the images were ingested from: the input as it was named, and the options of the ingest.

    Raises Unreadable where it does not say them.
    """
    row = hub.rows("SELECT path, parameters FROM items.source")[0]
    try:
        options = json_of(row["parameters"] or "{}")
    except ValueError as error:
        raise unreadable(hub.audit.items_path, f"its options cannot be read ({error}): {ANOTHER_HARDLOOK}") from error
    if lacking := lacking_in({"options": options}, {"options": TABLE}):
        raise unreadable(hub.audit.items_path, f"{lacking}: {ANOTHER_HARDLOOK}")
    return str(row["path"] or ""), options


def _bound(ids: Sequence[int] | Ints) -> list[int]:
    return [int(i) for i in ids]


def _in_order(rows: list[dict[str, Any]], ids: Sequence[int] | Ints) -> list[dict[str, Any]]:
    by_id = {row["image_id"]: row for row in rows}
    return [by_id[int(i)] for i in np.asarray(ids)]
