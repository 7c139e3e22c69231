"""Import scores: columns of numbers that another program gave each image, with the way in which each points."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...dataset.aligned.rows import RowMatch, match_by_id, match_by_order
from ...dataset.tables.cells import texts
from ...dataset.tables.delimited import TABLES, read_named_columns
from ...dataset.tables.image_columns import is_text
from ...errors import BadInput
from ...files.hashes import file_hash
from ...files.names import checked_name
from ...images.filenames import to_text
from ...progress import Reporter
from ...store import tallies, views
from ...store.audit import Audit
from ...store.paths import file_to_read
from ...store.writer import RunWriter, Stopwatch
from ...types import HARDER_HIGH, HARDER_LOW, Floats, RunSpec, ScoreColumn
from ...wording import some_of
from ..steps import Done, compute
from .score import commit_columns

ID_NAMES = ("id", "key")
QUALITY = ("label_quality",)
"""cleanlab's scores that `CleanLearning` gives, beside those of `Datalab`, which end in _score."""


def import_scores(
    audit: Audit, path: Path, reporter: Reporter, *, name: str = "", id_key: str = "", by_order: bool = False,
    higher: Sequence[str] = (), lower: Sequence[str] = (),
) -> Done:  # fmt: skip
    """Keep columns of a table as scores of the audit's images. They are stored as they are, never turned round.

    higher, lower: columns whose high, or low, values are hard or suspect. cleanlab's own are known by their names: its
    `*_score` beside an `is_*_issue`, and `label_quality`, are low for issues. name: what the run is called; the file's
    name if "". Raises BadInput on a column that is not there or no number, and where no column's direction is known.
    """
    called = checked_name(name or to_text(path.stem), "a score")
    table = _table(file_to_read(path))
    hub = views.open_hub(audit)
    keys = [str(key) for key in views.column(hub, "key")]
    directions = _directions(path, table.column_names, higher, lower)
    match = _match(path, table, keys, id_key, by_order, tallies.refused_total(hub))
    about = f"As {to_text(path.name)} has it, in its own unit."
    columns = []
    for column, direction in directions.items():
        values = np.where(match.rows < 0, np.float32(np.nan), _values(path, table, column)[match.rows])
        reason = _missing(match, values)
        columns.append(ScoreColumn(column, values, direction, to_text(path.name), reason=reason, about=about))
    parameters: dict[str, Any] = {"source": "scores", "file": to_text(path.name), "images": match.how}
    parameters |= {"higher": list(higher)} if higher else {}
    parameters |= {"lower": list(lower)} if lower else {}
    parameters |= {"id_key": id_key} if id_key else {}
    inputs = {"items": audit.items_fingerprint}
    spec = RunSpec("score", called, inputs, parameters, weights=file_hash(path))

    def work(writer: RunWriter) -> None:
        commit_columns(writer, columns, None, None, seconds=Stopwatch().lap())

    done = compute(audit, spec, work, reporter)
    _tell(match, columns, reporter)
    return done


def _table(path: Path) -> pa.Table:
    if path.suffix.lower() not in TABLES:
        raise BadInput(
            f"{path} is no table of scores.", "Give a .csv, .tsv or .parquet: frame.to_parquet('scores.parquet')."
        )
    return read_named_columns(path)


def _directions(path: Path, names: Sequence[str], higher: Sequence[str], lower: Sequence[str]) -> dict[str, int]:
    """Column -> its direction."""
    both = sorted(set(higher) & set(lower))
    if both:
        raise BadInput(f"{both[0]!r} cannot be hard both where it is high and where it is low.", "Name it once.")
    missing = [name for name in (*higher, *lower) if name not in names]
    if missing:
        raise BadInput(f"{path.name} has no column {missing[0]!r}; it has {some_of(list(names))}.", "Name one of them.")
    known = [name for name in names if _is_cleanlab_s(name, names)] if not (higher or lower) else []
    found = {**dict.fromkeys(higher, HARDER_HIGH), **dict.fromkeys((*lower, *known), HARDER_LOW)}
    if not found:
        raise BadInput(
            f"Which way the columns of {path.name} point is not known; it has {some_of(list(names))}.",
            "Name those whose high values are hard or suspect with --higher-is-harder COLUMN, those whose low ones are "
            "with --lower-is-harder COLUMN.",
        )
    return found


def _is_cleanlab_s(name: str, names: Collection[str]) -> bool:
    """Whether a column is a score of cleanlab's: 0..1, low for issues."""
    about = name.removesuffix("_score")
    return name in QUALITY or (about != name and f"is_{about}_issue" in names)


def _match(path: Path, table: pa.Table, keys: Sequence[str], id_key: str, by_order: bool, set_aside: int) -> RowMatch:
    if by_order:
        return match_by_order(table.num_rows, keys, path.name, set_aside)
    column = id_key or next((name for name in ID_NAMES if name in table.column_names), "")
    if column not in table.column_names:
        raise BadInput(
            f"{path.name} has no column {column or 'id'!r} of the images' keys; it has {some_of(table.column_names)}.",
            "Name it with --id-key COLUMN, or say --by-order where row i is the audit's image i.",
        )
    return match_by_id(texts(table, column), keys, path.name)


def _values(path: Path, table: pa.Table, name: str) -> Floats:
    """(rows,) float32 of a column, NaN where it has nothing. Raises BadInput on what is no finite number."""
    where, kind = f"Column {name!r} of {path.name}", table[name].type
    if is_text(kind):  # all columns of CSV are
        given = np.array([_number(where, row, text) for row, text in enumerate(texts(table, name), start=1)])
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        given = table[name].cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    else:
        raise BadInput(f"{where} is {kind}, not numbers.", "Name another column.")
    with np.errstate(over="ignore"):
        values = given.astype(np.float32)
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise BadInput(
            f"{where} has {given[row]} in row {row + 1}, and scores are finite.", "Mend it, or leave it out."
        )
    return values


def _number(where: str, row: int, text: str) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError as error:
        raise BadInput(f"{where} has {text!r} in row {row}, which is no number.", "Name another column.") from error


def _missing(match: RowMatch, values: Floats) -> str:
    """Why some of the images' values are NaN."""
    absent = int((match.rows < 0).sum())
    empty = int(np.isnan(values).sum()) - absent
    words = {"images not in the file": absent, "without a number in it": empty}
    return ", ".join(f"{n:,} {what}" for what, n in words.items() if n)


def _tell(match: RowMatch, columns: Sequence[ScoreColumn], reporter: Reporter) -> None:
    has = int((match.rows >= 0).sum())
    reporter.say(f"  {has:,} of {len(match.rows):,} images have scores, {match.how}")
    for column in columns:
        reporter.say(f"  {column.name}: {'high' if column.direction == HARDER_HIGH else 'low'} is hard or suspect")
    if match.unknown:
        reporter.warn(f"{len(match.unknown):,} ids are no image of the audit: {some_of(list(match.unknown))}")
