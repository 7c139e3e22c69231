"""Every image that differs, one row each, with its labels, its splits and its scores in both states: for a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...store.comparison import moves
from ...store.comparison.attached import ComparisonDatabase
from .audit_difference import CHANGES, IN_WORDS, AuditDifference, ListedImages, ScoreMove, matched

if TYPE_CHECKING:
    import pyarrow as pa

MOVED, SUSPECT, NO_SUSPECT = "moved", "became a suspect", "is no suspect any more"
AT_MOST = 20
"""Images of a score that are rows for having moved furthest, where nothing else of them differs."""

# What of an image differs, in words, beside the ids of both states: all that is structural, and what scores add to it.
_WANTED = """CREATE TABLE wanted AS
SELECT before_id, after_id, string_agg(DISTINCT change, '; ' ORDER BY change) AS change FROM (
    SELECT before_id, after_id, unnest([{words}]) AS change FROM difference
    UNION ALL SELECT unnest($before::INTEGER[]), unnest($after::INTEGER[]), unnest($change::VARCHAR[]))
WHERE change IS NOT NULL GROUP BY ALL"""

_ROWS = """SELECT w.change, b.key AS key_before, a.key AS key_after, b.label AS label_before, a.label AS label_after,
       b.split AS split_before, a.split AS split_after
FROM wanted AS w LEFT JOIN before AS b ON b.image_id = w.before_id LEFT JOIN after AS a ON a.image_id = w.after_id
ORDER BY coalesce(a.key, b.key), b.key"""

_SCORE = """SELECT m.value_before, m.value_after, m.place_after - m.place_before AS moved, m.suspect_before,
       m.suspect_after
FROM wanted AS w LEFT JOIN before AS b ON b.image_id = w.before_id LEFT JOIN after AS a ON a.image_id = w.after_id
LEFT JOIN move AS m ON m.before_id = w.before_id AND m.after_id = w.after_id
ORDER BY coalesce(a.key, b.key), b.key"""

COLUMNS = {
    "change": "what differs, several with a semicolon between: " + ", ".join([*IN_WORDS.values(), MOVED, SUSPECT,
                                                                            NO_SUSPECT]),
    "key_before": "the image's key in the first state, empty where it came",
    "key_after": "its key in the second, empty where it went",
    "label_before": "its label by name, empty for none", "label_after": "the same in the second state",
    "split_before": "its split", "split_after": "the same in the second state",
}  # fmt: skip
OF_SCORES = {
    ".before": "as stored in the first state", ".after": "as stored in the second",
    ".moved": "change of its place in the order, in percentiles of the images with a value in both, harder is higher",
    ".suspect_before": "whether the score doubts the given label", ".suspect_after": "the same in the second",
}  # fmt: skip


def changed_images(found: AuditDifference, most: int = AT_MOST) -> dict[str, Any]:
    """Columns by name, as `COLUMNS` and for each score that may have moved `OF_SCORES` say. Arrow arrays of one length.

    Rows: images that came, went or differ, that became or were suspects in one state alone, and of each score the
    `most` that moved furthest. By key.
    """
    with matched(found.before, found.after) as again:
        comparison = again.comparison
        _want(comparison, found, most)
        columns = _columns(comparison.table(_ROWS))
        for score in found.scores:
            if score.tally:
                columns |= _of_score(comparison, score)
    return columns


def columns_of(found: AuditDifference) -> list[str]:
    """Names of the columns of `changed_images`."""
    return [*COLUMNS, *(f"{score.name}{ending}" for score in found.scores if score.tally
                        for ending in _endings(score).values())]  # fmt: skip


def rows_of(found: AuditDifference) -> Iterator[tuple[Any, ...]]:
    """Its rows, one after the other."""
    return zip(*(column.to_pylist() for column in changed_images(found).values()), strict=True)


def _endings(score: ScoreMove) -> dict[str, str]:
    # With a point: a score may be called "label", or "rmd_suspect" beside "rmd".
    of_suspects = {"suspect_before": ".suspect_before", "suspect_after": ".suspect_after"} if score.suggests else {}
    return {"value_before": ".before", "value_after": ".after", "moved": ".moved", **of_suspects}


def _want(comparison: ComparisonDatabase, found: AuditDifference, most: int) -> None:
    extra = list(_of_scores(found, most))
    words = ", ".join(f"CASE WHEN {change} THEN '{IN_WORDS[change]}' END" for change in CHANGES)
    before, after, change = (list(column) for column in zip(*extra, strict=True)) if extra else ([], [], [])
    comparison.run(_WANTED.format(words=words), {"before": before, "after": after, "change": change})


def _of_scores(found: AuditDifference, most: int) -> Iterator[tuple[int, int, str]]:
    """Ids of both states of what moved furthest and of suspects, with the word for it."""
    for score in found.scores:
        listed: list[tuple[ListedImages, str, int]] = [
            (score.moved, MOVED, most), (score.came, SUSPECT, len(score.came)),
            (score.went, NO_SUSPECT, len(score.went)),
        ]  # fmt: skip
        for images, word, n in listed:
            pairs = zip(images.ids_before[:n].tolist(), images.ids_after[:n].tolist(), strict=True)
            yield from ((before, after, f"{word}: {score.name}") for before, after in pairs)


def _of_score(comparison: ComparisonDatabase, score: ScoreMove) -> dict[str, Any]:
    with moves.moves(comparison, score.shared.pair):
        columns = _columns(comparison.table(_SCORE))
    return {f"{score.name}{ending}": columns[column] for column, ending in _endings(score).items()}


def _columns(table: pa.Table) -> dict[str, Any]:
    return {name: table[name] for name in table.column_names}
