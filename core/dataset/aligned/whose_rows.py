"""What a file says of whose its rows are, and which row each image has by that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...errors import BadInput, TwoReadings
from .rows import RowMatch, match_by_id, match_by_order


@dataclass(frozen=True)
class RowNames:
    """A file's n rows as it names them itself.

    ids: (n,) what the file calls the images, None where it does not say; id_name: the column or array of them.
    texts: further columns of text, which may be ids. index: the row numbers that pandas wrote, None for none.
    """

    n: int
    ids: tuple[str, ...] | None = None
    id_name: str = ""
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    index: tuple[int, ...] | None = None


def match_rows(
    names: RowNames, keys: Sequence[str], by_order: bool, what: str, set_aside: int = 0
) -> tuple[RowMatch, str]:
    """Which row each image has, and from where that was read.

    by_order: row i is image i, whatever ids say. set_aside: images of the input that could not be read, for the error.
    Raises BadInput where rows and images do not fit, and TwoReadings where the order is not certain.
    """
    if by_order:
        match = match_by_order(names.n, keys, what, set_aside)
        return match, "none, rows are in the audit's order as --by-order says"
    if names.ids is not None:
        match = match_by_id(names.ids, keys, what)
        return match, f"from {names.id_name!r}, matched {match.how}"
    for name, texts in names.texts.items():
        if len(set(texts)) == len(texts) and (len(texts) > 1 or not set(texts).isdisjoint(keys)):
            match = _match_text(name, texts, keys, what)
            return match, f"from {name or 'the column without a name'!r}, which holds images' keys, matched {match.how}"
    if names.index is not None and list(names.index) != list(range(len(names.index))):
        raise TwoReadings(
            f"{what} has no ids, and the row numbers of pandas ({str(names.index[:3])[1:-1]} …) are not in order.",
            [("the rows in the audit's order", "--by-order"), ("rows by these numbers", "name their column 'id'")],
        )
    return match_by_order(names.n, keys, what, set_aside), "none, rows are in the audit's order"


def _match_text(name: str, texts: Sequence[str], keys: Sequence[str], what: str) -> RowMatch:
    """Rows by a column of text that nobody called ids, but that has another text in each row."""
    try:
        return match_by_id(texts, keys, what)
    except BadInput as error:
        raise BadInput(
            f"The column {name!r} of {what} has another text in each row, so it may name the images: {error.message}",
            "Pass --by-order if the rows are in the audit's order, or leave the column out; mend it if it holds keys.",
        ) from error
