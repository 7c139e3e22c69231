"""Which column says the split: one of a usual name, if its values say so too; any other is named, not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace

import pyarrow as pa

from ..columns import Columns
from ..model import Understood
from ..splits import SPLITS, known_split
from .cells import distinct, may_be_words, texts
from .usual_names import MAYBE_SPLIT_NAMES, normal

_SAMPLE = 200  # rows that decide whether a column is worth a look at all of it
_MOST_SPLITS = 20  # different values beyond which a column is no column of splits
_FLAGS = {
    **dict.fromkeys(("istrain", "istraining", "istrainingimage"), ("train", "test")), "istest": ("test", "train"),
    **dict.fromkeys(("isval", "isvalid", "isvalidation"), ("val", "train")),
}  # fmt: skip
"""Names of columns that say yes or no to one split -> the split of a yes, and of a no."""
_YES, _NO = frozenset({"1", "1.0", "true", "yes", "t", "y"}), frozenset({"0", "0.0", "false", "no", "f", "n"})
_USUAL = frozenset(SPLITS.values())


def settle_splits(table: pa.Table, columns: Columns) -> tuple[pa.Table, Columns, tuple[Understood, ...]]:
    """`columns` with the split's, and what is said of it: renamed splits, and columns that look like splits.

    Where a column such as `is_train` says the splits, the table comes back with their names in it: a no is an image to
    keep away from training, and no one would find it among splits called 0 and 1.
    """
    further = [name for name in table.column_names if name not in astuple(columns)]
    lines: list[Understood] = []
    if not columns.split:
        maybe = [name for wanted in MAYBE_SPLIT_NAMES for name in further if normal(name) == normal(wanted)]
        name = next((name for name in maybe if _says_splits(_values(table, name), needs_all=False)), "")
        if name:
            columns = replace(columns, split=name)
            text = f"from column {name!r}, by its name and its values"
            lines.append(Understood("splits", text, "--split-key COLUMN"))
    flag = columns.split or next((name for name in further if _is_flag(table, name)), "")
    if flag and _is_flag(table, flag):
        table, line = _from_flag(table, flag)
        return table, replace(columns, split=flag), (*lines, line)
    if columns.split:
        return table, columns, (*lines, *_renamed(distinct(table, columns.split)))
    return table, columns, tuple(_unread(table, further))


def _is_flag(table: pa.Table, name: str) -> bool:
    """Whether a column says yes or no to a split, by its name and by all its values."""
    values = {value.casefold() for value in distinct(table, name)} if normal(name) in _FLAGS else set()
    return bool(values) and values <= _YES | _NO


def _from_flag(table: pa.Table, name: str) -> tuple[pa.Table, Understood]:
    yes, no = _FLAGS[normal(name)]
    named = [yes if value.casefold() in _YES else no for value in texts(table, name)]
    table = table.set_column(table.column_names.index(name), name, pa.array(named, pa.string()))
    counts = f"{yes} {named.count(yes):,}, {no} {named.count(no):,}"
    return table, Understood(
        "splits", f"from column {name!r}, yes as {yes} and no as {no}: {counts}", "--split-key COLUMN"
    )


def _unread(table: pa.Table, names: Sequence[str]) -> Iterator[Understood]:
    """A line for each column that might say the split and was not read as it."""
    maybe, sample = set(map(normal, MAYBE_SPLIT_NAMES)), table.slice(0, _SAMPLE)
    for name in names:
        by_name = normal(name) in maybe
        if normal(name) in _FLAGS:
            text = f"column {name!r} was not read: splits are names, all in one column"
            yield Understood("splits", text, "--split-key COLUMN")
        elif by_name or _says_splits(_values(sample, name), needs_all=True):
            values = _values(table, name)
            if len(values) <= _MOST_SPLITS and (by_name or _says_splits(values, needs_all=True)):
                shown = ", ".join(map(repr, sorted(values)[:4]))
                text = f"column {name!r} could be splits ({shown}) and was not read as such"
                yield Understood("splits", text, f"--split-key {name!r}" if " " in name else f"--split-key {name}")


def _values(table: pa.Table, name: str) -> set[str]:
    return distinct(table, name) - {""} if may_be_words(table.schema.field(name).type) else set()


def _says_splits(values: set[str], *, needs_all: bool) -> bool:
    """Whether values are splits: all of them, or else train and another."""
    usual_ones = {value for value in values if known_split(value) in _USUAL}
    if needs_all or len(values) > _MOST_SPLITS:
        return bool(values) and usual_ones == values and len(values) <= _MOST_SPLITS
    return usual_ones == values != set() or any(known_split(value) == "train" for value in usual_ones)


def _renamed(values: set[str]) -> Iterator[Understood]:
    renamed = [f"{value!r} as {known_split(value)!r}" for value in sorted(values) if known_split(value) != value]
    if renamed:
        yield Understood("splits", f"read {', '.join(renamed[:8])}")
