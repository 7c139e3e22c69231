"""What a score suggests in place of a label, and whether it doubts that label: two things, decided here for all.

A run of today says of every label whether it is doubted, and suggests the likeliest class but the given one. One that
was made before, or whose scorer does not say, suggests the likeliest class of all: it doubts where that is another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..kinds.score import OTHER_CLASS
from ..types import UNLABELLED, Bools, Ints
from .views import Hub, labels

JUDGED, NOT_SAID = "doubted", -1


def doubt_in_sql(columns: Collection[str], score: str, given: str) -> str:
    """Whether a row of a `score` table doubts the given label, as SQL; without a label or a value it does not.

    columns: of that table. score: its alias; given: the given label; both written in this code.
    """
    suggests_another = f"{score}.suggested_label >= 0 AND {score}.suggested_label <> {given}"
    doubts = f"coalesce({score}.{JUDGED}, {suggests_another})" if JUDGED in columns else suggests_another
    return f"coalesce(NOT isnan({score}.value) AND {given} IS NOT NULL AND {doubts}, false)"


def doubts(row: Mapping[str, Any], label: int) -> bool:
    """The same of one row, with all its columns. label: the given one, UNLABELLED for none."""
    value, suggested = row["value"], row["suggested_label"]
    if label == UNLABELLED or value is None or value != value:  # NaN differs from itself
        return False
    judged = row.get(JUDGED)
    return bool(judged) if judged is not None else suggested not in (None, UNLABELLED, label)


def proposed(row: Mapping[str, Any], label: int) -> int:
    """The class that a row suggests but the given one, doubted or not; UNLABELLED for none."""
    suggested = row["suggested_label"]
    return UNLABELLED if suggested in (None, label) else int(suggested)


def suggested_labels(hub: Hub, address: str) -> Ints:
    """(n,) the label that a score suggests for each image, UNLABELLED for none, in image_id order.

    That of a run made before may be the given one.
    """
    run_id, name = address.split(":", 1)
    column = f"coalesce(suggested_label, {UNLABELLED}) AS v"
    return hub.columns(column, f"{hub.alias(run_id)}.score WHERE name = ?", [name])["v"]


def doubted(hub: Hub, address: str) -> Bools:
    """(n,) labels that a score takes for wrong, in image_id order."""
    run_id, name = address.split(":", 1)
    columns = {row["column_name"] for row in hub.rows(f"SELECT column_name FROM (DESCRIBE {hub.alias(run_id)}.score)")}
    # Without a join: with the labels in the database a million images would take six times as long.
    said = f"coalesce(CAST({JUDGED} AS TINYINT), {NOT_SAID})" if JUDGED in columns else str(NOT_SAID)
    names = f"value, coalesce(suggested_label, {UNLABELLED}) AS suggested, {said} AS said"
    found = hub.columns(names, f"{hub.alias(run_id)}.score WHERE name = ?", [name])
    given, suggested = labels(hub), found["suggested"]
    another = (suggested != UNLABELLED) & (suggested != given)
    doubts = np.where(found["said"] == NOT_SAID, another, found["said"] == 1)
    return np.asarray(doubts & (given != UNLABELLED) & ~np.isnan(found["value"]))


def has_suggestions(hub: Hub, address: str) -> bool:
    """Whether a score suggests labels at all."""
    run_id, name = address.split(":", 1)
    query = f"SELECT 1 FROM {hub.alias(run_id)}.score WHERE name = ? AND suggested_label >= 0 LIMIT 1"
    return bool(hub.rows(query, [name]))


def suggestions(hub: Hub, address: str, ids: Sequence[int] | Ints, *, undoubted: bool = False) -> dict[int, int]:
    """The label that a score suggests instead of the given one, by image id; absent where it suggests none.

    undoubted: also of labels that it does not doubt. An image without a label has what it suggests in any case.
    """
    run_id, name = address.split(":", 1)
    query = f"""SELECT s.*, coalesce(i.label, {UNLABELLED}) AS given FROM {hub.alias(run_id)}.score AS s
                JOIN items.images AS i USING (image_id) WHERE s.name = ? AND s.image_id IN (SELECT unnest(?))"""
    rows = hub.rows(query, [name, [int(one) for one in ids]])
    return {
        row["image_id"]: other
        for row in rows
        if (other := proposed(row, row["given"])) != UNLABELLED
        and (undoubted or row["given"] == UNLABELLED or doubts(row, row["given"]))
    }


def other_classes(hub: Hub, run_id: str, image_id: int) -> list[tuple[int, float]]:
    """The likeliest classes of an image but the given one, by a run that keeps them: (label, probability), falling."""
    kept = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?"
    if not hub.rows(kept, [hub.alias(run_id), OTHER_CLASS]):
        return []
    query = f"SELECT label, probability FROM {hub.alias(run_id)}.{OTHER_CLASS} WHERE image_id = ? ORDER BY rank"
    return [(int(row["label"]), float(row["probability"])) for row in hub.rows(query, [image_id])]
