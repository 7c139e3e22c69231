"""A proof in tables and plain sentences: for a terminal, Markdown and the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from ..store.provenance import BY_SEED, NO_INTERVAL, RESAMPLED
from ..types import Estimate
from ..wording import count, interval_of, with_interval
from .comparing import Comparison, Figure, said
from .proof import (
    CHANGES,
    GIVEN_LABELS,
    REMOVALS,
    REVIEWED,
    REVIEWED_LABELS,
    TRUE_LABELS,
    ModelRanking,
    Proof,
    Reviewed,
)
from .text_table import TextTable

READING = (
    "Means over seeds, estimated with Student's 95 % interval; differences are paired by seed. Accuracy and ECE (equal "
    "mass, 15 bins) in per cent. All figures are of held-out images. The interval is over seeds: it says what training "
    "again would give on this data, not what other images would."
)
CONTROLS = {
    REMOVALS: "as many images of each class, drawn at random by seed, are left out: their labels are as wrong as "
    "everybody's, so this is the review without its judgement",
    CHANGES: "the new labels of the review go to as many images of each class, drawn at random by seed: nearly all of "
    "these become wrong, so beating it shows only that wrong labels hurt",
}


def proof_tables(proof: Proof) -> list[TextTable]:
    """What was changed, the networks, their differences, and the ranking of models."""
    made = [changes_table(proof)]
    for version in proof.judged_by if proof.grid else ():
        made += [networks_table(proof, version), differences_table(proof, version)]
    return [*made, ranking_table(proof.ranking)] if proof.ranking else made


def changes_table(proof: Proof) -> TextTable:
    """What the reviews did to the labels."""
    known = any(part.wrong_before >= 0 for part in proof.parts.values())
    columns: tuple[str, ...] = ("images", "labelled", "relabelled", "left out", "newly labelled")
    rows = [(name, *_counts(part, known)) for name, part in proof.parts.items()]
    methods = proof.grid.methods if proof.grid else ()
    notes = tuple(f"{method.label}: {CONTROLS[method.name]}." for method in methods if method.name in CONTROLS)
    columns += ("wrong before", "wrong after") if known else ()
    return TextTable("What the reviews changed", columns, tuple(rows), notes, {"": NO_INTERVAL})


def _counts(part: Reviewed, known: bool) -> tuple[str, ...]:
    figures = [part.images, part.relabelled, part.excluded, part.added]
    figures += [part.wrong_before, part.wrong_after] if known else []
    return tuple(map(count, figures))


def networks_table(proof: Proof, version: str) -> TextTable:
    """The figures of networks by what they were trained on."""
    figures = proof.figures(version)
    methods = proof.grid.methods if proof.grid else ()
    rows = [
        (method.label, count(len(method.runs)), *map(_cell, proof.cells(method, version), figures))
        for method in methods
    ]  # fmt: skip
    columns = ("trained on", "seeds", *(figure.label for figure in figures))
    return TextTable(
        f"Models, evaluated by {version}", columns, tuple(rows), sources={_of_each("means", figures): BY_SEED}
    )


def _of_each(what: str, figures: Sequence[Figure]) -> str:
    """What the line below a table calls them: means of accuracy, ECE, NLL."""
    return f"{what} of {', '.join(figure.label for figure in figures)}"


def differences_table(proof: Proof, version: str) -> TextTable:
    """Differences over seeds, and what they say."""
    figures = proof.figures(version)
    rows = [
        (f"{row[0].ours.label} − {row[0].theirs.label}", *map(_difference, row)) for row in proof.comparisons(version)
    ]
    columns = ("difference", *(figure.label for figure in figures))
    return TextTable(f"Differences, evaluated by {version}", columns, tuple(rows), tuple(sentences(proof, version)),
                     {_of_each("differences", figures): BY_SEED})  # fmt: skip


def sentences(proof: Proof, version: str) -> Iterator[str]:
    """What the reviewed labels were worth, against each of the others."""
    for row in proof.comparisons(version):
        if row[0].ours.name == REVIEWED:
            yield f"Reviewed labels against {row[0].theirs.label}: {said(row)}."


def verdict(proof: Proof) -> str:
    """The proof in one sentence: the accuracy on reviewed labels against each of the others."""
    if proof.grid is None:
        return "No training label was changed by the reviews, so no model was trained."
    version = proof.judged_by[0]
    told = [row[0] for row in proof.comparisons(version) if row[0].ours.name == REVIEWED]
    return f"Accuracy on reviewed labels, evaluated by {version}: " + "; ".join(
        f"against {one.theirs.label}, {one.sentence}" for one in told
    ) + "."  # fmt: skip


def ranking_table(ranking: ModelRanking) -> TextTable:
    """Every model by the labels as given and as reviewed."""
    versions = [name for name in (GIVEN_LABELS, REVIEWED_LABELS, TRUE_LABELS) if name in ranking.models[0].accuracy]
    rows = [
        (
            model.label, count(model.networks),
            *(_share(model.accuracy[name]) for name in versions),
            f"{_points(model.change.value)} {interval_of(model.change, _points)}".strip(),
            " → ".join(str(model.place[name]) for name in versions[:2]),
            *([str(model.place[TRUE_LABELS])] if TRUE_LABELS in versions else []),
        )
        for model in ranking.models
    ]  # fmt: skip
    columns = ("model", "runs", *(f"accuracy by {name}" for name in versions), "reviewed − given", "place")
    columns += ("place by true labels",) if TRUE_LABELS in versions else ()
    title = f"Models on {count(ranking.images)} held-out images"
    sources = {"accuracy, change, tau": RESAMPLED, "place": NO_INTERVAL}
    return TextTable(title, columns, tuple(rows), tuple(ranking_sentences(ranking)), sources)


def ranking_sentences(ranking: ModelRanking) -> Iterator[str]:
    """How much the order of models depends on the labels."""
    before, after = ({model.label: model.place[name] for model in ranking.models} for name in LABELS)
    moved = [label for label in before if before[label] != after[label]]
    said = (
        f"{len(moved)} of {len(before)} models change place" if moved else f"None of {len(before)} models changes place"
    )
    best = [{label for label, place in places.items() if place == 1} for places in (before, after)]
    first, second = (" and ".join(sorted(labels)) for labels in best)
    yield f"{said}. " + (
        f"First place stays with {first}." if best[0] == best[1] else f"First place goes from {first} to {second}."
    )
    for (one, other), tau in ranking.tau.items():
        value = with_interval(tau) if isfinite(tau.value) else "not defined, all are equal"
        yield f"Kendall's tau between the order by {one} and by {other}: {value}."
    if ranking.left_out:
        yield f"Left out: {'; '.join(ranking.left_out)}."


LABELS = (GIVEN_LABELS, REVIEWED_LABELS)


def _cell(mean: Estimate, figure: Figure) -> str:
    return figure.number(mean.value) + _interval(figure, mean)


def _difference(one: Comparison) -> str:
    return one.figure.number(one.difference.value, signed=True) + _interval(one.figure, one.difference, signed=True)


def _interval(figure: Figure, one: Estimate, *, signed: bool = False) -> str:
    if not one.has_interval:
        return ""
    return f" [{figure.number(one.low, signed=signed)}, {figure.number(one.high, signed=signed)}]"


def _share(one: Estimate) -> str:
    return f"{_per_cent(one.value)} {interval_of(one, _per_cent)}".strip()


def _per_cent(value: float) -> str:
    return f"{100 * value:.1f}"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")
