"""Counts and summaries over all images, one function per question, computed in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..types import OTHER_LABELS, Ints
from .database.schema import identifier
from .views import Hub

BUILT_IN = ("image_id", "key", "path", "row", "label", "true_label", "split", "width", "height", "mode", "format",
            "bytes", "content_hash")  # fmt: skip
"""Columns every audit has; any other one came with the data set."""


def split_codes(hub: Hub) -> tuple[list[str], Ints]:
    """Names of the splits and (n,) int32 which of them each image is in, in image_id order."""
    names = [row["split"] for row in hub.rows("SELECT DISTINCT split FROM items.images ORDER BY split")]
    # Coded in the database: a million strings that leave it cost eight times as much.
    return names, hub.columns("CAST(list_position(?, split) - 1 AS INTEGER) AS code", "items.images", [names])["code"]


def size_summary(hub: Hub) -> dict[str, Any]:
    """Smallest, median and largest width and height in pixels, how many different sizes, bytes in all."""
    query = """SELECT min(width) AS min_width, max(width) AS max_width, min(height) AS min_height,
                      max(height) AS max_height, CAST(median(width) AS INTEGER) AS mid_width,
                      CAST(median(height) AS INTEGER) AS mid_height, count(DISTINCT (width, height)) AS sizes,
                      sum(bytes) AS bytes
               FROM items.images"""
    return hub.rows(query)[0]


def value_counts(hub: Hub, column: str, limit: int) -> list[tuple[str, int]]:
    """Values of one images column as text with their counts, commonest first, at most `limit` of them."""
    name = identifier(column)
    query = f"""SELECT CAST({name} AS VARCHAR) AS v, count(*) AS n FROM items.images
                WHERE {name} IS NOT NULL GROUP BY ALL ORDER BY n DESC, v LIMIT ?"""
    return [(row["v"], row["n"]) for row in hub.rows(query, [limit])]


def metadata_columns(hub: Hub) -> list[str]:
    """Columns that came with the data set, in its order."""
    return [name for name in column_types(hub) if name not in BUILT_IN]


def column_types(hub: Hub) -> dict[str, str]:
    """Column of the images -> its type, as the database calls it."""
    rows = hub.rows("SELECT column_name, column_type FROM (DESCRIBE items.images)")
    return {row["column_name"]: row["column_type"] for row in rows}


def matching(hub: Hub, column: str, value: str) -> Ints:
    """Ids of the images whose column reads as `value`, ascending."""
    query = f"SELECT image_id FROM items.images WHERE CAST({identifier(column)} AS VARCHAR) = ? ORDER BY image_id"
    return hub.arrays(query, [value])["image_id"]


def source(hub: Hub) -> dict[str, Any]:
    """Where the images came from: path, kind, when, and a note about the data; empty if that was not kept."""
    rows = hub.rows("SELECT path, kind, created, note FROM items.source")
    return rows[0] if rows else {}


def refused_total(hub: Hub) -> int:
    """How many images of the input could not be read when they were ingested."""
    return sum(count for _, count in refused_counts(hub))


def image_folders(hub: Hub) -> list[str]:
    """Folders in which images lie that are files of their own."""
    query = r"SELECT DISTINCT regexp_replace(path, '/[^/]*$', '') AS folder FROM items.images WHERE row IS NULL"
    return [row["folder"] or "/" for row in hub.rows(query)]


def refused_counts(hub: Hub) -> list[tuple[str, int]]:
    """How many files were refused for which reason, commonest first."""
    rows = hub.rows("SELECT reason, count(*) AS n FROM items.refused GROUP BY ALL ORDER BY n DESC, reason")
    return [(row["reason"], row["n"]) for row in rows]


def refused_files(hub: Hub, limit: int) -> list[dict[str, Any]]:
    """Refused files: key, reason and detail, by reason and key."""
    query = "SELECT coalesce(key, path) AS key, reason, detail FROM items.refused ORDER BY reason, key LIMIT ?"
    return hub.rows(query, [limit])


def understood(hub: Hub) -> list[dict[str, str]]:
    """How the input was read, a line each: about, text, option. Empty for an audit from before this was kept."""
    query = "SELECT about, text, option FROM items.understood ORDER BY place"
    return hub.rows(query) if _has(hub, "understood") else []


def passed_over(hub: Hub) -> list[dict[str, Any]]:
    """What the input held beside its images, commonest first: reason, count, example. Empty for an older audit."""
    query = "SELECT reason, count, example FROM items.passed_over ORDER BY count DESC, reason"
    return hub.rows(query) if _has(hub, "passed_over") else []


def _has(hub: Hub, table: str) -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'items' AND table_name = ?"
    return bool(hub.rows(query, [table]))


@dataclass(frozen=True)
class Repeated:
    """groups: of images with equal content. leaks: those of them with members in more than one split."""

    groups: int
    leaks: int


def repeated_images(hub: Hub) -> Repeated:
    """Images that are there more than once, byte for byte."""
    query = """SELECT count(*) AS groups, count(*) FILTER (splits > 1) AS leaks
               FROM (SELECT count(DISTINCT split) AS splits FROM items.images
                     GROUP BY content_hash HAVING count(*) > 1)"""
    return Repeated(**hub.rows(query)[0])


def other_labels(hub: Hub) -> list[dict[str, Any]]:
    """Key, label and `others` of images that the input lists again with another label, in key order."""
    if OTHER_LABELS not in metadata_columns(hub):
        return []
    return hub.rows(
        f"SELECT key, label, {identifier(OTHER_LABELS)} AS others FROM items.images WHERE others IS NOT NULL "
        "ORDER BY image_id"
    )


def share_as_given(hub: Hub, run_id: str) -> float:
    """Share of a model's predictions that are the given label, trained on or not; 0 without a label to compare."""
    query = f"SELECT avg(CAST(correct AS INTEGER)) AS v FROM {hub.alias(run_id)}.prediction"
    return float(hub.rows(query)[0]["v"] or 0.0)


def extreme_of_classes(hub: Hub, address: str, split: str | None, labels: list[int], sign: int) -> list[dict[str, Any]]:
    """label, image_id, value: the image of each class with the highest value of a score (sign 1) or lowest (-1)."""
    run_id, name = address.split(":", 1)
    query = f"""SELECT i.label, max_by(s.image_id, ? * s.value) AS image_id, ? * max(? * s.value) AS value
                FROM {hub.alias(run_id)}.score AS s JOIN items.images AS i USING (image_id)
                WHERE s.name = ? AND NOT isnan(s.value) AND i.label IN (SELECT unnest(?)) AND (? IS NULL OR i.split = ?)
                GROUP BY ALL"""
    return hub.rows(query, [sign, sign, sign, name, labels, split, split])
