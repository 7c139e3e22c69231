"""Pruning in tables, a plot and plain sentences: for a terminal, Markdown, the report and the page Papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..store.provenance import BY_SEED_AND_IMAGE
from ..types import Estimate
from ..wording import MISSING, count
from .comparing import Figure
from .papers.section import Plot, Series
from .pruning import ALL, RANDOM, KeptShare, Pruning, Worth, label_of
from .text_table import TextTable

ACCURACY, NLL = Figure("accuracy", "accuracy"), Figure("NLL", "nll", share=False)
READING = (
    "Means over seeds, estimated on the same held-out images by their given labels; accuracy in per cent, NLL in nats. "
    "Differences are paired by seed and image, and so against as many images drawn at random by each seed. The 95 % "
    "interval covers other seeds (initial weights, order, and the draw at random) and other held-out images of the "
    "same kind at once. It does not cover other training images, nor a score that is computed anew."
)
BUDGET = {
    "steps": "All models make as many steps of as many images: on fewer images more epochs, to within one.",
    "epochs": "All models make as many epochs: on fewer images fewer steps, so that less training tells as well.",
}


def pruning_tables(pruning: Pruning) -> list[TextTable]:
    """The models, and their differences from others."""
    return [models_table(pruning), differences_table(pruning)]


def models_table(pruning: Pruning) -> TextTable:
    """What each share is, and the figures of its models."""
    shown = [pruning.whole, *(one for way in pruning.ways for one in pruning.of(way))]
    rows = tuple(
        (_label(one), count(one.images), count(one.epochs), _cell(ACCURACY, one.worth.accuracy),
         _cell(NLL, one.worth.nll))
        for one in shown
    )  # fmt: skip
    columns = ("trained on", "images", "epochs", "accuracy", "NLL")
    title = f"Models on {count(pruning.held_out)} held-out images"
    sources = dict.fromkeys(("accuracy", "NLL"), BY_SEED_AND_IMAGE)
    return TextTable(title, columns, rows, (BUDGET[pruning.equal],), sources)


def differences_table(pruning: Pruning) -> TextTable:
    """Each share less as many images at random, and less all of them, and what that says."""
    rows = tuple(
        (_label(one), *_differences(one.less_random), *_differences(one.less_all))
        for way in pruning.ways
        for one in pruning.of(way)
    )
    columns = ("trained on", "accuracy − random", "NLL − random", "accuracy − all", "NLL − all")
    return TextTable(
        "Differences", columns, rows, tuple(sentences(pruning)), dict.fromkeys(("accuracy", "NLL"), BY_SEED_AND_IMAGE)
    )


def sentences(pruning: Pruning) -> Iterator[str]:
    """Of every way of choosing by difficulty, what its shares are worth beside as many images at random."""
    for way in pruning.ways:
        shares = pruning.of(way)
        if way != RANDOM:
            yield told(
                sentence(one, one.less_random, f"a random {one.per_cent:g} %") for one in shares if one.less_random
            )


def verdict(pruning: Pruning) -> str:
    """The hardest, or whatever was chosen first, beside as many images at random; alone, beside all images."""
    first = next(sentences(pruning), "")
    if first:
        return first
    return told(sentence(one, one.less_all, ALL) for one in pruning.of(RANDOM) if one.less_all)


def told(sentences: Iterable[str]) -> str:
    """Sentences about several shares as one."""
    text = "; ".join(sentences)
    return f"{text[:1].upper()}{text[1:]}."


def sentence(one: KeptShare, less: Worth, other: str) -> str:
    """As "at 50 %, the hardest are behind a random 50 % by 3.1 points [1.2, 5.0]"."""
    who = f"at {one.per_cent:g} %, " + ("any at random are" if one.which == RANDOM else f"the {one.which} are")
    value, low, high = less.accuracy.numbers
    if not less.accuracy.has_interval:
        return f"{who} {ACCURACY.number(value, signed=True)} points from {other}, and no interval can be told"
    if low <= 0 <= high:
        return f"{who} not told apart from {other}: {_cell(ACCURACY, less.accuracy, signed=True)} points"
    ends = sorted((abs(low), abs(high)))
    side = "ahead of" if value > 0 else "behind"
    size = f"{ACCURACY.number(abs(value))} points [{ACCURACY.number(ends[0])}, {ACCURACY.number(ends[1])}]"
    return f"{who} {side} {other} by {size}"


def about(pruning: Pruning) -> str:
    """What was trained, and which images the score is computed on."""
    seeds = ", ".join(map(str, pruning.seeds))
    return (
        f"Pruned within each class by {pruning.score} ({pruning.fitted_on}). Model {pruning.model}, seeds {seeds}; "
        f"{count(pruning.whole.images)} training images in all."
    )


def accuracy_plot(pruning: Pruning) -> Plot:
    """Accuracy against the share kept, a line for each way of choosing; all of them end at all images."""
    whole = (100.0, pruning.whole.worth.accuracy)
    series = tuple(
        Series(way, (*((one.per_cent, one.worth.accuracy) for one in reversed(pruning.of(way))), whole))
        for way in pruning.ways
    )
    return Plot(
        f"Accuracy by share of the training images kept, by {pruning.score.partition(':')[2]}",
        f"all lines end at the model of all images; equal {pruning.equal}",
        "share kept of each class, %", "accuracy", series, {"accuracy": BY_SEED_AND_IMAGE},
    )  # fmt: skip


def _label(one: KeptShare) -> str:
    return ALL if one.which == ALL else label_of(one.which, one.per_cent)


def _differences(less: Worth | None) -> tuple[str, str]:
    if less is None:
        return MISSING, MISSING
    return _cell(ACCURACY, less.accuracy, signed=True), _cell(NLL, less.nll, signed=True)


def _cell(figure: Figure, one: Estimate, *, signed: bool = False) -> str:
    value = figure.number(one.value, signed=signed)
    if not one.has_interval:
        return value
    return f"{value} [{figure.number(one.low, signed=signed)}, {figure.number(one.high, signed=signed)}]"
