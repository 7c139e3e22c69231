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
from ..view.choices import Filter, ScoreChoice, score_choices
from ..view.ranking import Selection
from ..view.reader import Reader
from ..view.subsets import register_subset
from .error_by_difficulty import ErrorOrder, ends_in_words, judged_order
from .predictions import HELD_OUT, IMAGES, model_predictions

KIND = "decile"
PART = re.compile(r"(all)|(?:(tenth|fifth|group) ([1-9]\d{0,6}))")
EQUAL_PARTS = {"tenth": 10, "fifth": 5}


@dataclass(frozen=True)
class ErrorPart:
    """One bar. part: "tenth 3", "fifth 1" (from the easiest), "group 7" (from the hardest) or "all".

    images: which labelled images were judged. selection: what else the figure was confined to; a class makes the
    part one of the class's own order.
    """

    part: str
    score: str
    model: str
    images: str
    selection: Selection

    def encode(self, reader: Reader) -> str:
        """As an address carries it after `only=`."""
        chosen = self.selection
        fields = {
            "part": self.part, "score": self.score, "model": self.model, "images": self.images,
            "split": chosen.split or "", "class": "" if chosen.label is None else reader.class_names[chosen.label],
            "where": f"{chosen.where.column}:{chosen.where.value}" if chosen.where else "", "within": chosen.only,
        }  # fmt: skip
        return f"{KIND}:{urlencode({name: text for name, text in fields.items() if text})}"


def decode(reader: Reader, payload: str) -> ErrorPart:
    """The part that was encoded, without its kind. Raises BadInput on anything this audit does not have."""
    fields = dict(parse_qsl(payload))
    part, model, images = fields.get("part", ""), fields.get("model", ""), fields.get("images", HELD_OUT)
    name, split, class_name = fields.get("score", ""), fields.get("split"), fields.get("class")
    known = (
        PART.fullmatch(part), name in {info.address for info in reader.scores}, images in IMAGES,
        any(run.run_id == model and run.kind == "train" for run in reader.hub.runs),
        split is None or split in reader.splits, class_name is None or class_name in reader.class_names,
    )  # fmt: skip
    if not all(known):
        raise BadInput(
            f"The address asks for part {part!r} of the order of {name!r} by {model!r}: this audit has none such.",
            "Choose a bar again on the page Error against difficulty, or remove only= from the address.",
        )
    column, colon, value = fields.get("where", "").partition(":")
    selection = Selection(
        split, None if class_name is None else reader.class_names.index(class_name),
        Filter(column, value) if colon else None, fields.get("within", ""),
    )  # fmt: skip
    return ErrorPart(part, name, model, images, selection)


def part_ids(reader: Reader, payload: str) -> Ints:
    """(m,) ids of the images of a part, hardest (or highest) first."""
    return _found(reader, decode(reader, payload))[1]


def part_words(reader: Reader, payload: str) -> str:
    """What the part is: "hardest tenth by rmd, resnet8's held-out images"."""
    part = decode(reader, payload)
    score, ids = _found(reader, part)
    model = reader.run(part.model)
    words = [
        f"{place(part.part, score)} by {score.name}",
        f"{model.name if model else part.model}: {IMAGES[part.images]}",
    ]
    if part.selection.label is not None:
        words.insert(1, reader.class_names[part.selection.label])
    words += [part.selection.split] if part.selection.split else []
    return f"{', '.join(words)} ({count(len(ids))})"


def place(part: str, score: ScoreChoice) -> str:
    """A part by its place: "easiest tenth", "tenth 4 of 10, 10 hardest", "group 2 from the hardest", "all"."""
    low, high = ends_in_words(score)
    if part == "all":
        return "all"
    name, number = part.split(" ")
    if name == "group":
        return f"group {number} from the {high}"
    last = EQUAL_PARTS[name]
    ends = {1: f"{low} {name}", last: f"{high} {name}"}
    return ends.get(int(number), f"{name} {number} of {last} ({last} is {high})")


def part_of(order: ErrorOrder, part: str) -> Ints:
    """Ids of a part of an order, hardest (or highest) first; none where there is no such part."""
    m = len(order.ids)
    hardest_first = order.ids[::-1]
    if part == "all":
        return hardest_first
    name, number = part.split(" ")
    i = int(number)
    if name == "group":
        size = order.group_size
        groups = m // size if size else 0
        return hardest_first[(i - 1) * size : m if i == groups else i * size] if i <= groups else hardest_first[:0]
    parts = EQUAL_PARTS[name]
    start, stop = (-(-edge * m // parts) for edge in (min(i, parts + 1) - 1, min(i, parts + 1)))
    return order.ids[start : min(stop, m)][::-1]


def _found(reader: Reader, part: ErrorPart) -> tuple[ScoreChoice, Ints]:
    score = next(one for one in score_choices(reader) if one.address == part.score)
    values = views.score(reader.hub, part.score)
    model = model_predictions(reader, part.model)
    # Only what is judged is sorted; equal values keep the images' order, as in the order of all of them.
    candidates = np.flatnonzero(model.rows(part.images) & ~np.isnan(values)).astype(np.int32)
    lowest_first = candidates[np.argsort(values[candidates], kind="stable")]
    order = judged_order(reader, lowest_first, values, score, model, part.selection, part.images)
    return score, part_of(order, part.part)


register_subset(KIND, part_ids, part_words)
