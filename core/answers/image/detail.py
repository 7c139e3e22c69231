"""Everything known of one image, and the image itself at full size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any

import numpy as np
from PIL import Image

from ...errors import BadInput, ExtraMissing, Unreachable
from ...images.pixels import PixelSource
from ...store import lookups
from ...store.suggestions import doubts, other_classes, proposed
from ...store.tallies import BUILT_IN
from ...store.views import Hub
from ...types import HARDER_HIGH, UNLABELLED, Run
from ...wording import percent, percentile, place, size, three
from ..models.predictions import is_right, not_given
from ..view.choices import ScoreChoice
from ..view.reader import Reader
from .roots import outside_roots

LARGEST_SIDE = 1024
"""Pixels; what is sent is always encoded anew at no more than this."""

ENLARGED_SIDE = 512
"""Small images are enlarged by a whole factor towards this, with hard pixels."""

TOP = 5  # classes of each model
OUTER = 10.0  # percentiles that are said to be hard or easy, at either end


@dataclass(frozen=True)
class ImageScore:
    """One score of the image. share: its percentile in its class and split as a number, NaN where it has no score.

    tone: "hard" or "easy" in the outer deciles of a score whose direction is known, else "". suggested: "" where it
    does not doubt the given label.
    """

    address: str
    label: str
    name: str
    made_from: str
    value: str
    percentile: str
    share: float
    tone: str
    suggested: str


@dataclass(frozen=True)
class ClassShare:
    """What a model gives one class. share: probability, None where only the order of the classes is known."""

    name: str
    share: float | None
    text: str
    given: bool
    suggested: bool


@dataclass(frozen=True)
class ImagePrediction:
    """What one model says. classes: its likeliest, and the given and the suggested one wherever they rank."""

    run_id: str
    model: str
    predicted: str
    wrong: bool | None
    confidence: str
    loss: str
    trained_on: bool
    classes: tuple[ClassShare, ...]


@dataclass(frozen=True)
class ImageBeliefs:
    """What a score that has a probability of each class gives the likeliest others than the given one, falling."""

    score: str
    classes: tuple[ClassShare, ...]


@dataclass(frozen=True)
class Suggestion:
    """A class that the image may rather be of, and who says so: a score's name or a model's."""

    label: int
    name: str
    by: str


@dataclass(frozen=True)
class Detail:
    """One image. picture: encoded bytes, empty where it cannot be read; then `refusal` says why.

    size: of the stored image, in pixels. label: the given one, UNLABELLED for none; given: its name.
    """

    image_id: int
    key: str
    label: int
    given: str
    split: str
    size: tuple[int, int]
    content_hash: str
    facts: tuple[tuple[str, str], ...]
    scores: tuple[ImageScore, ...]
    models: tuple[ImagePrediction, ...]
    beliefs: tuple[ImageBeliefs, ...]
    suggestion: Suggestion | None
    picture: bytes
    refusal: str

    @property
    def enlarged(self) -> bool:
        """Whether the picture is the stored one enlarged with hard pixels."""
        return 2 * max(self.size) <= ENLARGED_SIDE


def find_image(reader: Reader, key: str) -> int | None:
    """The image of that key, None if there is none: keys outlive a new ingest, ids do not."""
    return lookups.image_id_of(reader.hub, key)


def key_of(reader: Reader, number: str) -> str:
    """The key of the image of that number, "" if it is no number of an image."""
    image_id = int(number) if number.isdecimal() and len(number) < 10 else reader.n_images
    return str(lookups.image_rows(reader.hub, [image_id])[0]["key"]) if image_id < reader.n_images else ""


def detail(
    reader: Reader, image_id: int, scores: list[ScoreChoice], score: ScoreChoice | None = None, model: str | None = None
) -> Detail | None:
    """All that is known of one image; None if there is no such image.

    score, model: the ones chosen on the page: they come first, and what they suggest is the suggestion.
    """
    row = lookups.whole_image_row(reader.hub, image_id)
    if row is None:
        return None
    label = UNLABELLED if row["label"] is None else int(row["label"])
    metadata = [(name, str(value)) for name, value in row.items() if name not in BUILT_IN and value is not None]
    facts = [
        ("key", row["key"]), ("split", row["split"]), ("size", f"{row['width']} × {row['height']} pixels"),
        ("stored as", f"{row['format']}, {row['mode']}, {size(row['bytes'])}"),
        ("file", place(row["path"]) + ("" if row["row"] is None else f", row {row['row']}")),
        ("content hash", row["content_hash"]), *metadata,
    ]  # fmt: skip
    found = _scores(reader, image_id, in_order(scores, score))
    said = _predictions(reader, image_id, model)
    suggestion = _suggestion(reader, label, found, said, score)
    picture, refusal = read_stored(reader.hub, row)
    return Detail(
        image_id=image_id, key=row["key"], label=label, given=reader.class_name(label), split=row["split"],
        size=(row["width"], row["height"]), content_hash=row["content_hash"], facts=tuple(facts),
        scores=tuple(_score_line(reader, label, choice, values) for choice, values in found),
        models=tuple(_model_line(reader, run, values, label, suggestion) for run, values in said),
        beliefs=_beliefs(reader, image_id, found, suggestion), suggestion=suggestion, picture=picture, refusal=refusal,
    )  # fmt: skip


def read_stored(hub: Hub, row: Mapping[str, Any], *, enlarged: bool = True) -> tuple[bytes, str]:
    """The image of a row of the store as `read_picture` gives it, unless its file has come to lie elsewhere."""
    elsewhere = outside_roots(hub, row["path"])
    if elsewhere:
        return b"", elsewhere
    return read_picture(row["path"], row["row"], row["content_hash"], enlarged=enlarged, audit=hub.audit.name)


def read_picture(
    path: str, row: int | None, content_hash: str, *, enlarged: bool = True, audit: str = ""
) -> tuple[bytes, str]:
    """The stored image as PNG (small) or WebP of at most LARGEST_SIDE pixels, or why it cannot be shown.

    enlarged: a small one with hard pixels, rather than as it is for the browser to enlarge. audit: its name, for
    the command that mends what is wrong.

    Only paths that the store holds are ever passed, and what is read must still be what was ingested.
    """
    try:
        image = PixelSource([path], [row], [content_hash]).rgb(0)
    except (BadInput, Unreachable, ExtraMissing) as error:  # all else of the image is told without it
        error.name_audit(audit)
        return b"", str(error)
    longest = max(image.size)
    out = BytesIO()
    if longest * 2 <= ENLARGED_SIDE:
        factor = ENLARGED_SIDE // longest if enlarged else 1
        image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST).save(out, "PNG")
    else:
        image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
        image.save(out, "WEBP", quality=92, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue(), ""


def in_order(scores: Sequence[ScoreChoice], chosen: ScoreChoice | None) -> list[ScoreChoice]:
    """The chosen score's run first, then runs of few columns before runs of many, such as VoG's two dozen."""
    columns = Counter(_run_of(score) for score in scores)
    first = _run_of(chosen) if chosen else ""
    return sorted(scores, key=lambda score: (_run_of(score) != first, columns[_run_of(score)]))


def _run_of(score: ScoreChoice) -> str:
    return score.address.split(":", 1)[0]


Found = list[tuple[ScoreChoice, dict[str, Any]]]
Said = list[tuple[Run, dict[str, Any]]]


def _scores(reader: Reader, image_id: int, scores: list[ScoreChoice]) -> Found:
    """Rows of `lookups.scores_of` with their columns, in the order of the columns."""
    rows = {}
    for run_id in dict.fromkeys(map(_run_of, scores)):
        for row in lookups.scores_of(reader.hub, run_id, image_id):
            rows[f"{run_id}:{row['name']}"] = row
    return [(choice, rows[choice.address]) for choice in scores if choice.address in rows]


def _score_line(reader: Reader, label: int, choice: ScoreChoice, row: Mapping[str, Any]) -> ImageScore:
    known = row["value"] is not None and row["value"] == row["value"]  # NaN differs from itself
    share = 100 * row["at_or_below"] / row["among"] if known and row["among"] else float("nan")
    suggested = proposed(row, label) if label == UNLABELLED or doubts(row, label) else UNLABELLED
    return ImageScore(
        address=choice.address, label=choice.label, name=choice.name, made_from=choice.made_from,
        value=three(row["value"]), percentile=percentile(share), share=share, tone=_tone(share, choice.direction),
        suggested=reader.class_name(suggested),
    )  # fmt: skip


def _tone(share: float, direction: int | None) -> str:
    if direction is None or not isfinite(share) or OUTER <= share <= 100 - OUTER:
        return ""
    return "hard" if (share > OUTER) == (direction == HARDER_HIGH) else "easy"


def _predictions(reader: Reader, image_id: int, first: str | None) -> Said:
    """What each model says, the chosen one first; probs is None where a model kept only its prediction."""
    said: Said = []
    for run in sorted(reader.hub.runs, key=lambda run: run.run_id != first):
        row = lookups.prediction_of(reader.hub, run.run_id, image_id) if run.kind == "train" else None
        if row is not None:
            said.append((run, {**row, "probs": lookups.probabilities_of(reader.hub, run.run_id, image_id)}))
    return said


def _suggestion(reader: Reader, label: int, found: Found, said: Said, chosen: ScoreChoice | None) -> Suggestion | None:
    """What the chosen score suggests, else suspicion, else any that doubts the label; else a model's prediction."""

    def rank(choice: ScoreChoice) -> int:
        return 0 if choice == chosen else 1 if choice.name == "suspicion" else 2

    for choice, row in sorted(found, key=lambda pair: rank(pair[0])):
        other = proposed(row, label)
        if other != UNLABELLED and (label == UNLABELLED or doubts(row, label)):
            return Suggestion(other, reader.class_name(other), choice.name)
    for run, row in said:
        # A model that was not given the image's class can only name another.
        if row["predicted"] != label and label not in not_given(reader, run.run_id):
            return Suggestion(row["predicted"], reader.class_name(row["predicted"]), run.name)
    return None


def _beliefs(reader: Reader, image_id: int, found: Found, suggestion: Suggestion | None) -> tuple[ImageBeliefs, ...]:
    """Of each scoring run that keeps them, under the name of its score that suggests labels."""
    suggested = suggestion.label if suggestion else UNLABELLED
    names: dict[str, str] = {}
    for choice, row in found:
        if row["suggested_label"] is not None:
            names.setdefault(_run_of(choice), choice.name)
    return tuple(
        ImageBeliefs(
            name,
            tuple(
                ClassShare(reader.class_name(label), share, percent(share), False, label == suggested)
                for label, share in pairs
            ),
        )
        for run_id, name in names.items()
        if (pairs := other_classes(reader.hub, run_id, image_id))
    )


def _model_line(
    reader: Reader, run: Run, row: Mapping[str, Any], label: int, suggestion: Suggestion | None
) -> ImagePrediction:
    suggested = suggestion.label if suggestion else UNLABELLED
    probs = row["probs"]
    top = row["top5"] or [row["predicted"]] if probs is None else np.argsort(-probs, kind="stable")[:TOP].tolist()
    also = [] if probs is None else [marked for marked in (label, suggested) if marked != UNLABELLED]
    classes = tuple(
        ClassShare(
            reader.class_name(one), None if probs is None else float(probs[one]),
            "" if probs is None else percent(float(probs[one])), one == label, one == suggested,
        )
        for one in dict.fromkeys([*top, *also])
    )  # fmt: skip
    correct = is_right(label, row["predicted"], not_given(reader, run.run_id))
    return ImagePrediction(
        run_id=run.run_id, model=run.name, predicted=reader.class_name(row["predicted"]),
        wrong=None if correct is None else not correct, confidence=percent(row["confidence"]), loss=three(row["loss"]),
        trained_on=bool(row["trained_on"]), classes=classes,
    )  # fmt: skip
