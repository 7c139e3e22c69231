"""The classes that a page shows: one for all pages, or several of its own figures; chosen here, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence

from core.answers.models.predicted_as import PredictedAs, predicted_as
from pages.components.layout import address
from pages.components.layout.header import View

ALL_CLASSES, A_ROW_EACH = -1, -2  # beside labels in the list of what can be chosen
ANY_PREDICTED = "any predicted class"
WORDS = {ALL_CLASSES: "all classes", A_ROW_EACH: "all classes, a row each"}


def chosen_class(view: View) -> int | None:
    """The label of the class that the address names, None for all."""
    names = view.reader.class_names
    name = address.read_one("class", names)
    return names.index(name) if name else None


def in_rows() -> bool:
    """Whether the address asks for a row for each class, where a page has such rows."""
    return address.read_one("by", ["class"]) == "class"


def choose_class(view: View, *, rows: bool = False, drops: Sequence[str] = ()) -> None:
    """A select box; none where the data set has no classes.

    rows: whether a row for each class can be chosen. drops: other parts of the address that mean nothing after it.
    """
    names, label = view.reader.class_names, chosen_class(view)
    if not names:
        return
    current = A_ROW_EACH if rows and in_rows() else ALL_CLASSES if label is None else label

    def encode(chosen: int) -> dict[str, str]:
        by = "class" if chosen == A_ROW_EACH else ""
        return {"class": names[chosen] if chosen >= 0 else "", "by": by, **dict.fromkeys(drops, "")}

    address.choose(
        "class", [ALL_CLASSES, *([A_ROW_EACH] if rows else []), *range(len(names))], current, encode, key="class",
        text=lambda chosen: WORDS.get(chosen) or names[chosen], width=210,
    )  # fmt: skip


def choose_predicted(view: View, model: str) -> None:
    """A select box for the class that a model takes the images for; none where the data set has no classes.

    model: the run of it, where the address names no other. The rest of what the address confines the page to stays.
    """
    names, only = view.reader.class_names, view.selection.only
    if not names:
        return
    chosen = predicted_as(view.reader, only)
    within = chosen.within if chosen else only

    def encode(label: int) -> dict[str, str]:
        taken_for = PredictedAs(label, chosen.model if chosen else model, within)
        return {"only": taken_for.encode(view.reader) if label != ALL_CLASSES else within}

    address.choose(
        "predicted class", [ALL_CLASSES, *range(len(names))], chosen.label if chosen else ALL_CLASSES, encode,
        key="predicted", text=lambda label: f"predicted {names[label]}" if label != ALL_CLASSES else ANY_PREDICTED,
        width=230,
    )  # fmt: skip


def named_classes(view: View) -> list[int]:
    """Labels of the classes that the address lists by their names, for figures that draw several."""
    names = view.reader.class_names
    return [names.index(name) for name in address.read_several("classes", names, separator="|")]


def choose_classes(
    view: View, prompt: str, offered: Sequence[int], chosen: Sequence[int], *, most: int, width: int,
    by_number: bool = False,
) -> None:  # fmt: skip
    """A box for several classes. prompt: what it says while it is empty. offered, chosen: labels.

    by_number: the address lists labels and not names.
    """
    names = view.reader.class_names

    def encode(labels: Sequence[int]) -> dict[str, str]:
        return {"classes": ",".join(map(str, labels)) if by_number else "|".join(names[one] for one in labels)}

    address.choose_several(
        prompt, list(offered), chosen, encode, key="classes", text=names.__getitem__, most=most, width=width
    )  # fmt: skip
