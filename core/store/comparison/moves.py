"""How a score's order moved between two states, over the images that are in both and have a value in each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..suggestions import doubt_in_sql
from .attached import ComparisonDatabase

# Places are in 0..100 from the easy end, ties sharing the mean of theirs, as Spearman's coefficient takes them.
_MOVE = """CREATE OR REPLACE TABLE move AS
WITH scored AS (
    SELECT p.before_id, p.after_id, b.value AS value_before, a.value AS value_after,
           {doubt_before} AS suspect_before, {doubt_after} AS suspect_after
    FROM pair AS p
    JOIN {run_before}.score AS b ON b.image_id = p.before_id AND b.name = $name AND NOT isnan(b.value)
    JOIN {run_after}.score AS a ON a.image_id = p.after_id AND a.name = $name AND NOT isnan(a.value)
    JOIN before AS old ON old.image_id = p.before_id JOIN after AS new ON new.image_id = p.after_id)
SELECT *, 100 * (rank() OVER (ORDER BY $turn_before * value_before)
                 + (count(*) OVER (PARTITION BY value_before) - 1) / 2 - 0.5) / count(*) OVER () AS place_before,
       100 * (rank() OVER (ORDER BY $turn_after * value_after)
              + (count(*) OVER (PARTITION BY value_after) - 1) / 2 - 0.5) / count(*) OVER () AS place_after
FROM scored"""

_OUTSIDE = """SELECT count(*) AS n FROM difference AS d JOIN {side} AS i ON i.image_id = d.{side}_id
JOIN {run}.score AS s ON s.image_id = d.{side}_id
WHERE d.{change} AND s.name = $name AND {doubt}"""


@dataclass(frozen=True)
class ScorePair:
    """One score in two states: the run that holds it in each, and 1 or -1 where high or low values are hard there."""

    name: str
    run_before: Path
    run_after: Path
    turn_before: int
    turn_after: int


@dataclass(frozen=True)
class MoveTally:
    """n: images compared. correlation: Spearman's, NaN where one side is constant. suspects: among them, before and
    after; suspects_of_both: in both; gone: suspects on images that went, fresh: on images that came."""

    n: int
    correlation: float
    suspects_before: int
    suspects_after: int
    suspects_of_both: int
    gone: int
    fresh: int


@contextmanager
def moves(comparison: ComparisonDatabase, score: ScorePair) -> Iterator[None]:
    """Inside: the table `move` of this score, a row for each image that is in both states and has a value in each.

    before_id, after_id, value_before, value_after as stored, suspect_before, suspect_after, place_before, place_after
    in 0..100, the hard end high. One score at a time, for each is as long as the data set.
    """
    runs = {"run_before": comparison.alias(score.run_before), "run_after": comparison.alias(score.run_after)}
    values = {"name": score.name, "turn_before": score.turn_before, "turn_after": score.turn_after}
    doubt = {
        "doubt_before": doubt_in_sql(_columns(comparison, score.run_before), "b", "old.given"),
        "doubt_after": doubt_in_sql(_columns(comparison, score.run_after), "a", "new.given"),
    }
    comparison.run(_MOVE.format(**runs, **doubt), values)
    try:
        yield
    finally:
        comparison.run("DROP TABLE move")


def tally(comparison: ComparisonDatabase, score: ScorePair) -> MoveTally:
    """What the moves of the score in view come to, inside `moves`."""
    query = """SELECT count(*) AS n, corr(place_before, place_after) AS correlation,
        count(*) FILTER (suspect_before) AS suspects_before, count(*) FILTER (suspect_after) AS suspects_after,
        count(*) FILTER (suspect_before AND suspect_after) AS suspects_of_both FROM move"""
    (row,) = comparison.rows(query)
    row["correlation"] = float("nan") if row["correlation"] is None else float(row["correlation"])
    gone = _suspects_outside(comparison, score.name, score.run_before, "before", "went")
    fresh = _suspects_outside(comparison, score.name, score.run_after, "after", "came")
    return MoveTally(**row, gone=gone, fresh=fresh)


def _suspects_outside(comparison: ComparisonDatabase, name: str, run: Path, side: str, change: str) -> int:
    """Suspects on images that are on one side alone."""
    doubt = doubt_in_sql(_columns(comparison, run), "s", "i.given")
    query = _OUTSIDE.format(run=comparison.alias(run), side=side, change=change, doubt=doubt)
    return int(comparison.rows(query, {"name": name})[0]["n"])


def _columns(comparison: ComparisonDatabase, run: Path) -> set[str]:
    query = f"SELECT column_name FROM (DESCRIBE {comparison.alias(run)}.score)"
    return {row["column_name"] for row in comparison.rows(query)}
