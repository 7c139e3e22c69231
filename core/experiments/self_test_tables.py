"""A self-test in tables and plain sentences: for a terminal, Markdown, the page and the report."""

from __future__ import annotations

from ..store.metrics import (
    PLANTED_AUROC,
    PLANTED_AVERAGE_PRECISION,
    PLANTED_FOUND,
    PLANTED_LEAD,
    PLANTED_SUGGESTED,
)
from ..store.provenance import provenance_of
from ..types import Estimate, Sources
from ..wording import MISSING, count, counted, three, with_interval, written
from .self_test import LOOKED_AT, PlantedNoise, PlantedScore, SelfTest
from .text_table import TextTable

READING = (
    "Planted noise is not people's: people get the hard images wrong, and the order of scores may be another there. "
    "The labels that were started from may be wrong themselves, unknown to anybody. A score that ranks those high is "
    "counted as wrong about them: figures are lower ends of what it finds among labels that are all right, and one "
    "that finds most of them is set back most. Where many may be wrong, review first."
)
HOW: dict[str, str] = {
    "symmetric": "each image by the same chance, to any other class",
    "pair": "each image by the same chance, to the class that the nearest centroids take its class for most",
    "instance-dependent": "images that the nearest centroids are least sure of, to the classes they take them for; the "
    "score centroid is at a disadvantage there",
}
"""Kind -> which labels are planted, and to which class."""
AP, AUROC, BEHIND, FOUND, SUGGESTED = (
    "average precision", "AUROC", "behind the highest", "found in the first", "suggestion right",
)  # fmt: skip
METRICS = {
    AUROC: PLANTED_AUROC, AP: PLANTED_AVERAGE_PRECISION, BEHIND: PLANTED_LEAD, FOUND: PLANTED_FOUND,
    SUGGESTED: PLANTED_SUGGESTED,
}  # fmt: skip


def what_was_tested(tested: SelfTest) -> str:
    """On which embedding, images and labels, in a sentence."""
    labels = "the labels as people reviewed them" if tested.reviewed else "the given labels"
    return (
        f"Planted on a copy of {labels} of {counted(tested.images, 'image')}, embedding {tested.run.inputs['embed']}, "
        f"{counted(tested.draws, 'draw')} of each kind and rate."
    )


def sources_of(*titles: str) -> Sources:
    """Where figures come from, by their titles here."""
    return {title: known for title in titles if (known := provenance_of(METRICS[title]))}


def short_tables(tested: SelfTest) -> list[TextTable]:
    """Average precision by score and rate: a table for each kind, with its verdicts below."""
    return [kind_table(tested, kind) for kind in tested.kinds]


def kind_table(tested: SelfTest, kind: str) -> TextTable:
    """One kind: a score a row, a rate a column; the highest at the highest rate first."""
    noises = tested.of_kind(kind)
    cells = [{one.name: with_interval(one.average_precision) for one in noise.scores} for noise in noises]
    rows = [(one.name, *(cell.get(one.name, MISSING) for cell in cells)) for one in noises[-1].scores]
    notes = (f"Planted: {HOW[kind]}.", *(f"{noise.name}: {noise.verdict}." for noise in noises))
    columns = ("score", *(f"{noise.rate:g} %" for noise in noises))
    title = f"Average precision of telling planted labels, {kind} noise"
    return TextTable(title, columns, tuple(rows), notes, sources_of(AP, BEHIND))


def full_tables(tested: SelfTest) -> list[TextTable]:
    """Every figure: a table for each kind and rate."""
    return [noise_table(noise) for noise in tested.noises]


def noise_table(noise: PlantedNoise) -> TextTable:
    """One kind at one rate: a score a row, the highest average precision first."""
    firsts = tuple(f"in the first {p} %" for p in LOOKED_AT)
    columns = ("score", AUROC, AP, BEHIND, *firsts, SUGGESTED, "AP of the draws", "n")
    rows = tuple(_cells(one) for one in noise.scores)
    chance = ", ".join(f"{p} %" for p in LOOKED_AT)
    notes = (f"{noise.verdict[:1].upper()}{noise.verdict[1:]}.", f"By chance the first {chance} hold as many.")
    title = f"{noise.name[:1].upper()}{noise.name[1:]}: telling planted labels, and where they stand in the order"
    return TextTable(title, columns, rows, notes, sources_of(*METRICS))


def _cells(one: PlantedScore) -> tuple[str, ...]:
    found = (_or_dash(one.found.get(p)) for p in LOOKED_AT)
    behind = with_interval(one.behind) if one.behind else MISSING
    return (
        one.name, with_interval(one.auroc), with_interval(one.average_precision), behind, *found,
        _or_dash(one.suggested), draws_in_words(one), count(one.auroc.n),
    )  # fmt: skip


def draws_in_words(one: PlantedScore) -> str:
    """The lowest and the highest average precision of the draws."""
    return f"{three(min(one.draws))} to {three(max(one.draws))}" if len(one.draws) > 1 else MISSING


def _or_dash(estimate: Estimate | None) -> str:
    return written(estimate) if estimate else MISSING
