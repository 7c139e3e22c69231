"""Images that the input lists more than once with labels that disagree: a wrong label each, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass

from ...store import tallies
from ...wording import count
from ..view.reader import Reader


@dataclass(frozen=True)
class Disagreement:
    """One image. given: the label it has, the first that is listed; others: the rest, in words."""

    key: str
    given: str
    others: str


def listed_with_other_labels(reader: Reader) -> list[Disagreement]:
    """Every image that the input lists again with another label, in key order; none for inputs that do not."""
    return [
        Disagreement(row["key"], reader.class_name(row["label"]) if row["label"] is not None else "", row["others"])
        for row in tallies.other_labels(reader.hub)
    ]


def in_words(listed: list[Disagreement]) -> str:
    """How many there are and the first of them: one of its labels is wrong."""
    first = listed[0]
    what = "image is" if len(listed) == 1 else "images are"
    given = first.given or "no label"
    return (
        f"{count(len(listed))} {what} listed twice with labels that differ: {first.key} as {given} and {first.others}"
    )
