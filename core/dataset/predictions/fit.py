"""A file of predictions fitted to an audit: whose row each is, which class each column is, what the numbers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInput
from ...images.filenames import to_text
from ...types import UNLABELLED, Floats, Ints
from ..aligned.rows import RowMatch
from ..aligned.whose_rows import match_rows
from .class_columns import ClassColumns, match_classes, name_columns
from .class_order import (
    AUDIT,
    HEADER,
    WORDS,
    best_assignment,
    compare_orders,
    order_named,
    refuse_other_order,
    tool_orders,
)
from .files import PredictionFile, read_predictions
from .numbers import MEANING, Kind, RowFacts, doubts, refuse_bad_rows, row_facts, settle_kind, to_logits

ROWS_AT_ONCE = 8192
ASSIGNED = "assigned"


@dataclass(frozen=True)
class Asked:
    """What somebody said about a file, "" or nothing for what it has to say itself.

    kind: one of KINDS. key, id_key: see `read_predictions`. by_order: row i is image i. class_order: one of ORDERS.
    classes: the class of each column, in the file's order.
    """

    kind: str = "auto"
    key: str = ""
    id_key: str = ""
    by_order: bool = False
    class_order: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportedPredictions:
    """A checked file and how it fits the audit. said, warned: what was understood, a line each."""

    file: PredictionFile
    classes: ClassColumns
    match: RowMatch
    kind: Kind
    said: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()

    def logits(self, images: Ints) -> Floats:
        """(m, n_classes) float64 of these images; 0 for those without a row."""
        rows = self.match.rows[images]
        values = np.asarray(self.file.values[np.maximum(rows, 0)])[:, self.classes.order]
        return np.where((rows >= 0)[:, None], to_logits(values, self.kind), 0.0)


def fit_to_audit(
    path: Path, classes: Sequence[str], keys: Sequence[str], labels: Ints, asked: Asked, set_aside: int = 0
) -> ImportedPredictions:
    """Read a file, match its rows and columns, and refuse what cannot be used.

    classes, keys, labels: the audit's; labels (n,) with UNLABELLED. set_aside: images of its input that could not be
    read, of which the file may have rows.
    Raises BadInput with the reason, and TwoReadings with each reading's option where more than one is possible.
    """
    what = to_text(path.name)
    file = read_predictions(path, key=asked.key, id_key=asked.id_key, classes=classes, n_images=len(keys))
    match, ids_from = match_rows(file.row_names, keys, asked.by_order, what, set_aside)
    columns = match_classes(
        file.columns, file.values.shape[1], classes, what, pattern=asked.key if "*" in asked.key else "",
        texts=file.ignored, as_they_stand=bool(asked.classes or asked.class_order not in ("", HEADER)),
    )  # fmt: skip
    columns = _as_asked(columns, file, classes, labels, asked, what)
    facts = _facts(file, columns)
    kind = settle_kind(facts, asked.kind, what)
    refuse_bad_rows(facts, kind, what)
    order, warned = _checked_order(columns, facts.top, match, classes, labels, asked, what)
    said = (f"ids: {ids_from}", f"class order: {order}", f"number format: {MEANING[kind]}")
    return ImportedPredictions(file, columns, match, kind, said, (*warned, *doubts(facts, kind)))


def _as_asked(
    columns: ClassColumns, file: PredictionFile, classes: Sequence[str], labels: Ints, asked: Asked, what: str
) -> ClassColumns:
    """The columns under --classes or --class-order."""
    if asked.classes and asked.class_order:
        raise BadInput("--classes and --class-order both say which class each column is.", "Give one of them.")
    if asked.classes:
        reading = name_columns(asked.classes, columns, file.values.shape[1], classes, what)
        return columns.read_as(reading, "as --classes names them")
    if asked.class_order == HEADER:
        if not columns.by_name:
            raise BadInput(f"The header of {what} does not name the classes.", "Pass another --class-order.")
        return columns
    if asked.class_order:
        return columns.read_as(order_named(asked.class_order, classes, labels), WORDS[asked.class_order])
    return columns


def _facts(file: PredictionFile, columns: ClassColumns) -> RowFacts:
    parts: list[Any] = [
        row_facts(np.asarray(file.values[start : start + ROWS_AT_ONCE])[:, columns.columns])
        for start in range(0, len(file.values), ROWS_AT_ONCE)
    ]
    return RowFacts(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))


def _checked_order(
    columns: ClassColumns, top: Ints, match: RowMatch, classes: Sequence[str], labels: Ints, asked: Asked, what: str
) -> tuple[str, list[str]]:
    """What to say of the columns' order, and what to warn of.

    top: (m,) int, the largest column of each row, by its place among the class columns.
    Raises TwoReadings where another order agrees clearly better with the labels and nobody said which it is.
    """
    usable = (match.rows >= 0) & (labels != UNLABELLED)
    rows, given = top[match.rows[usable]], labels[usable]
    chosen = bool(asked.classes or asked.class_order)
    name = asked.class_order or (HEADER if columns.by_name else AUDIT)
    others = {
        each: order
        for each, order in tool_orders(classes, labels).items()
        if not np.array_equal(order, columns.reading)
    }
    share, compared = compare_orders(rows, given, columns.reading, others)
    checked = f"{share:.1%} of {len(given):,} labels agree, as counted" if len(given) else "not checked"
    said = f"{columns.how}, {checked}"
    better = {each.order: each.share for each in compared if each.verdict == 1}
    best = max(better, key=lambda order: better[order]) if better else ""
    assigned = best_assignment(rows, given, others[best] if best else columns.reading)
    if assigned is not None:  # clearly better than any order that tools use
        best, others[ASSIGNED], better[ASSIGNED] = ASSIGNED, assigned, float(np.mean(assigned[rows] == given))
    if not best:
        undecided = [] if columns.by_name or chosen else [each for each in compared if each.verdict == 0]
        return said, [_undecided(undecided, share)] if undecided else []
    error = refuse_other_order(what, classes, columns.reading, name, share, best, others[best], better[best])
    if not chosen and (best != ASSIGNED or not columns.by_name):
        raise error
    return said, [str(error)]


def _undecided(orders: Sequence[Any], share: float) -> str:
    listed = ", ".join(f"{WORDS[each.order]} {each.share:.1%} (--class-order {each.order})" for each in orders)
    if np.isnan(share):
        listed = ", ".join(f"{WORDS[each.order]} (--class-order {each.order})" for each in orders)
        return f"without labels the order of the classes cannot be checked; tools also use: {listed}"
    return (
        f"the labels cannot tell in which order the classes are: the audit's agrees with {share:.1%} "
        f"(--class-order audit), {listed}"
    )
