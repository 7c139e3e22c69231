"""Which image of one state is which of the other, and in what they differ. An image is its content; its key names it.

Set operations in the database: a million images on either side are no loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .attached import ComparisonDatabase

Column = Literal["label", "true_label"]

_SIDE = """CREATE TABLE {side} AS
SELECT i.image_id, i.key, i.content_hash, i.split, i.label AS given,
       CASE WHEN d.label IS NOT NULL THEN d.label ELSE n.name END AS label, coalesce(d.excluded, false) AS excluded
FROM {items}.images AS i
LEFT JOIN (SELECT unnest($labels::INTEGER[]) AS label, unnest($names::VARCHAR[]) AS name) AS n ON n.label = i.{column}
LEFT JOIN (SELECT unnest($keys::VARCHAR[]) AS key, unnest($hashes::VARCHAR[]) AS content_hash,
                  unnest($decided::VARCHAR[]) AS label, unnest($excluded::BOOLEAN[]) AS excluded) AS d
  ON d.key = i.key AND d.content_hash = i.content_hash"""

_UNCHANGED = """CREATE TABLE pair AS SELECT b.image_id AS before_id, a.image_id AS after_id
FROM before AS b JOIN after AS a ON a.key = b.key AND a.content_hash = b.content_hash"""

# What is left over on either side. free: its key names nothing on the other side, or its content is there once on each:
# then equal content is the same image under another name. A black frame that is there four times proves nothing.
_LOOSE = """CREATE OR REPLACE TABLE loose_{side} AS
WITH rest AS (SELECT * FROM {side} WHERE image_id NOT IN (SELECT {side}_id FROM pair)),
     stays AS (SELECT key, content_hash FROM rest WHERE key IN (SELECT key FROM {other})),
     once AS (SELECT content_hash FROM {side} WHERE content_hash IN (SELECT content_hash FROM stays)
              GROUP BY ALL HAVING count(*) = 1),
     once_there AS (SELECT content_hash FROM {other} WHERE content_hash IN (SELECT content_hash FROM once)
                    GROUP BY ALL HAVING count(*) = 1)
SELECT image_id, key, content_hash, coalesce('=' || label, '') AS label,
       key NOT IN (SELECT key FROM stays) OR content_hash IN (SELECT content_hash FROM once_there) AS free
FROM rest"""

# Copies of one content are paired one to one in the order of their keys.
_BY_CONTENT = """INSERT INTO pair
WITH b AS (SELECT *, row_number() OVER (PARTITION BY {alike} ORDER BY key) AS place FROM loose_before
           WHERE (free OR {all}) AND image_id NOT IN (SELECT before_id FROM pair)),
     a AS (SELECT *, row_number() OVER (PARTITION BY {alike} ORDER BY key) AS place FROM loose_after
           WHERE (free OR {all}) AND image_id NOT IN (SELECT after_id FROM pair))
SELECT b.image_id, a.image_id FROM b JOIN a USING ({alike}, place)"""

_BY_KEY = """INSERT INTO pair SELECT b.image_id, a.image_id FROM loose_before AS b JOIN loose_after AS a USING (key)
WHERE b.image_id NOT IN (SELECT before_id FROM pair) AND a.image_id NOT IN (SELECT after_id FROM pair)"""

_DIFFERENCE = """CREATE TABLE difference AS
SELECT p.before_id, p.after_id, b.key AS key_before, a.key AS key_after, b.label AS label_before,
       a.label AS label_after, b.split AS split_before, a.split AS split_after,
       b.image_id IS NULL AS came, a.image_id IS NULL AS went, coalesce(b.key <> a.key, false) AS renamed,
       coalesce(b.content_hash <> a.content_hash, false) AS content,
       b.image_id IS NOT NULL AND a.image_id IS NOT NULL AND b.label IS DISTINCT FROM a.label
         AND r.before IS NULL AS relabelled,
       r.before IS NOT NULL AS class_renamed, coalesce(b.split <> a.split, false) AS split,
       coalesce(a.excluded AND NOT b.excluded, false) AS excluded,
       coalesce(b.excluded AND NOT a.excluded, false) AS included,
       coalesce(b.content_hash, '') AS hash_before, coalesce(a.content_hash, '') AS hash_after
FROM (SELECT before_id, after_id FROM pair
      UNION ALL SELECT image_id, NULL FROM before WHERE image_id NOT IN (SELECT before_id FROM pair)
      UNION ALL SELECT NULL, image_id FROM after WHERE image_id NOT IN (SELECT after_id FROM pair)) AS p
LEFT JOIN before AS b ON b.image_id = p.before_id
LEFT JOIN after AS a ON a.image_id = p.after_id
LEFT JOIN (SELECT unnest($before::VARCHAR[]) AS before, unnest($after::VARCHAR[]) AS after) AS r
  ON r.before = b.label AND r.after = a.label
WHERE {differs}"""

CHANGES = ("came", "went", "renamed", "content", "relabelled", "class_renamed", "split", "excluded", "included")
"""Columns of `difference`: what became of an image. Those after the first two may be true together."""


@dataclass(frozen=True)
class StateTable:
    """An items file with the labels that are to be compared.

    column: which labels of the data. class_names: of them, in label order, as they are called. keys, content_hashes,
    labels, excluded: one entry a decision that is put over them; a label of None leaves the data's.
    """

    items: Path
    column: Column
    class_names: Sequence[str]
    keys: Sequence[str] = ()
    content_hashes: Sequence[str] = ()
    labels: Sequence[str | None] = ()
    excluded: Sequence[bool] = ()


def match(comparison: ComparisonDatabase, before: StateTable, after: StateTable) -> None:
    """Fill the tables before, after and pair.

    Paired are, in turn: equal key and content; equal content under another key, where that key names nothing on the
    other side or the content is there once on each; equal key; equal content of what is left. Of several copies those
    with equal labels first, one to one.
    """
    for side, state in (("before", before), ("after", after)):
        names = list(state.class_names)
        values = {
            "labels": list(range(len(names))), "names": names, "keys": list(state.keys),
            "hashes": list(state.content_hashes), "decided": list(state.labels), "excluded": list(state.excluded),
        }  # fmt: skip
        comparison.run(_SIDE.format(side=side, items=comparison.alias(state.items), column=state.column), values)
    comparison.run(_UNCHANGED)
    for side, other in (("before", "after"), ("after", "before")):
        comparison.run(_LOOSE.format(side=side, other=other))
    for everything in ("false", "true"):
        for alike in ("content_hash, label", "content_hash"):
            comparison.run(_BY_CONTENT.format(alike=alike, all=everything))
        comparison.run(_BY_KEY)


def note_differences(comparison: ComparisonDatabase, renamed_classes: Sequence[tuple[str, str]]) -> None:
    """Fill the table difference: a row for each image in which the two states differ, with what of `CHANGES` it is.

    renamed_classes: (before, after) of classes that are called otherwise; their images have not changed label.
    """
    differs = """b.image_id IS NULL OR a.image_id IS NULL OR b.key <> a.key OR b.content_hash <> a.content_hash
                 OR b.label IS DISTINCT FROM a.label OR b.split <> a.split OR b.excluded <> a.excluded"""
    names = {"before": [one for one, _ in renamed_classes], "after": [one for _, one in renamed_classes]}
    comparison.run(_DIFFERENCE.format(differs=differs), names)
    comparison.run("DROP TABLE loose_before; DROP TABLE loose_after")


def tallies(comparison: ComparisonDatabase) -> dict[str, int]:
    """n_before, n_after, shared, and how many images each of `CHANGES` is true of."""
    query = f"""SELECT (SELECT count(*) FROM before) AS n_before, (SELECT count(*) FROM after) AS n_after,
        (SELECT count(*) FROM pair) AS shared, {", ".join(f"count(*) FILTER ({one}) AS {one}" for one in CHANGES)}
        FROM difference"""
    return {name: int(value) for name, value in comparison.rows(query)[0].items()}


def class_counts(comparison: ComparisonDatabase, side: Literal["before", "after"]) -> dict[str | None, int]:
    """Images of each class that are not excluded; None: without a label."""
    rows = comparison.rows(f"SELECT label, count(*) AS n FROM {side} WHERE NOT excluded GROUP BY ALL")
    return {row["label"]: int(row["n"]) for row in rows}


def class_moves(comparison: ComparisonDatabase) -> dict[tuple[str | None, str | None], int]:
    """(class before, class after) -> shared images."""
    query = """SELECT b.label AS before, a.label AS after, count(*) AS n FROM pair
               JOIN before AS b ON b.image_id = before_id JOIN after AS a ON a.image_id = after_id GROUP BY ALL"""
    return {(row["before"], row["after"]): int(row["n"]) for row in comparison.rows(query)}
