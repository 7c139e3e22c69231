"""`only=decile:…`: the images of one bar of a figure of error against difficulty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import numpy as np

from ...errors import BadInput
from ...store import views
from ...types import Ints
from ...wording import count
from ..view.choices import ScoreChoice, filter_of, score_choices
from ..view.ranking import Selection
from ..view.reader import Reader
from ..view.subsets import register_subset
from .error_by_difficulty import ErrorOrder, ends_in_words, evaluated_order
from .predictions import HELD_OUT, IMAGES, model_predictions

KIND = "decile"
NAME = re.compile(r"(all)|(?:(decile|fifth|group) ([1-9]\d{0,6}))")
EQUAL_SLICES = {"decile": 10, "fifth": 5}


@dataclass(frozen=True)
class ErrorSlice:
    """One bar. name: "decile 3", "fifth 1" (from the easiest), "group 7" (from the hardest) or "all".

    images: which labelled images the model was evaluated on. selection: what else the figure was confined to; a class
    makes the slice one of the class's own order.
    """

    name: str
    score: str
    model: str
    images: str
    selection: Selection

    def encode(self, reader: Reader) -> str:
        """As an address carries it after `only=`."""
        chosen = self.selection
        fields = {
            "part": self.name, "score": self.score, "model": self.model, "images": self.images,
            "split": chosen.split or "", "class": "" if chosen.label is None else reader.class_names[chosen.label],
            "where": f"{chosen.where.column}:{chosen.where.value}" if chosen.where else "", "within": chosen.only,
        }  # fmt: skip
        return f"{KIND}:{urlencode({name: text for name, text in fields.items() if text})}"


def decode(reader: Reader, payload: str) -> ErrorSlice:
    """The slice that was encoded, without its kind. Raises BadInput on anything this audit does not have."""
    fields = dict(parse_qsl(payload))
    name, model, images = fields.get("part", ""), fields.get("model", ""), fields.get("images", HELD_OUT)
    score, split, class_name = fields.get("score", ""), fields.get("split"), fields.get("class")
    in_audit = (
        NAME.fullmatch(name), score in {info.address for info in reader.scores}, images in IMAGES,
        any(run.run_id == model and run.kind == "train" for run in reader.hub.runs),
        split is None or split in reader.splits, class_name is None or class_name in reader.class_names,
    )  # fmt: skip
    if not all(in_audit):
        raise BadInput(
            f"The address asks for part {name!r} of the order of {score!r} by {model!r}: this audit has none such.",
            "Choose a bar again on the page Error against difficulty, or remove only= from the address.",
        )
    where = fields.get("where", "")
    selection = Selection(
        split, None if class_name is None else reader.class_names.index(class_name),
        filter_of(reader, where) if where else None, fields.get("within", ""),
    )  # fmt: skip
    return ErrorSlice(name, score, model, images, selection)


def slice_ids(reader: Reader, payload: str) -> Ints:
    """(m,) ids of the images of a slice, hardest (or highest) first."""
    return _found(reader, decode(reader, payload))[1]


def slice_words(reader: Reader, payload: str) -> str:
    """What the slice is: "hardest decile by rmd, resnet8's held-out images"."""
    opened = decode(reader, payload)
    score, ids = _found(reader, opened)
    model = reader.run(opened.model)
    words = [
        f"{place(opened.name, score)} by {score.name}",
        f"{model.name if model else opened.model}: {IMAGES[opened.images]}",
    ]
    if opened.selection.label is not None:
        words.insert(1, reader.class_names[opened.selection.label])
    words += [opened.selection.split] if opened.selection.split else []
    return f"{', '.join(words)} ({count(len(ids))})"


def place(name: str, score: ScoreChoice) -> str:
    """A slice by its place: "easiest decile", "decile 4 of 10, 10 hardest", "group 2 from the hardest", "all"."""
    low, high = ends_in_words(score)
    if name == "all":
        return "all"
    kind, number = name.split(" ")
    if kind == "group":
        return f"group {number} from the {high}"
    last = EQUAL_SLICES[kind]
    ends = {1: f"{low} {kind}", last: f"{high} {kind}"}
    return ends.get(int(number), f"{kind} {number} of {last} ({last} is {high})")


def images_of(order: ErrorOrder, name: str) -> Ints:
    """Ids of a slice of an order, hardest (or highest) first; none where there is no such slice."""
    hardest_first = order.ids[::-1]
    if name == "all":
        return hardest_first
    kind, number = name.split(" ")
    slices = order.groups() if kind == "group" else order.equal_slices(EQUAL_SLICES[kind])
    i = int(number) - 1
    if slices is None or i >= len(slices):
        return order.ids[:0]
    rows = slice(int(slices.start[i]), int(slices.stop[i]))
    return hardest_first[rows] if kind == "group" else order.ids[rows][::-1]


def _found(reader: Reader, opened: ErrorSlice) -> tuple[ScoreChoice, Ints]:
    score = next(one for one in score_choices(reader) if one.address == opened.score)
    values = views.score(reader.hub, opened.score)
    model = model_predictions(reader, opened.model)
    # Only what is evaluated is sorted; equal values keep the images' order, as in the order of all of them.
    candidates = np.flatnonzero(model.rows(opened.images) & ~np.isnan(values)).astype(np.int32)
    lowest_first = candidates[np.argsort(values[candidates], kind="stable")]
    order = evaluated_order(reader, lowest_first, values, score, model, opened.selection, opened.images)
    return score, images_of(order, opened.name)


register_subset(KIND, slice_ids, slice_words)
