"""Other encoders, other models, and other measures of difficulty."""

from __future__ import annotations

from ....wording import three
from ... import paper_tables
from ...comparing import compare, said
from ...grid_table import measure
from ...grid_tables import ECE
from ...grids import Method
from ...paper_tables import named
from ..grid_claims import better, notes_of, tables_of, text_of, with_baseline
from ..registry import register
from ..rules import every
from ..section import UNTOLD, Findings, Reproduced

MEASURES = {
    "md": "MD", "kmeans": "K-means", "loss_mean": "mean loss", "frequency": "frequency of errors",
    "rmd_supervised": "RMD of a supervised model's features",
}  # fmt: skip
"""Score -> what the claim calls it: all that the paper sets beside RMD."""
STRENGTH_APART = 1.1
"""The factor up to which two methods count as equally strong."""


@register(
    "rmd-variants",
    paper="rmd",
    place=named(paper_tables.ENCODERS, paper_tables.ARCHITECTURES),
    title="Other models, and difficulty from other encoders",
    claim="Whichever model is trained, and whichever pre-trained encoder the difficulty comes from, calibration is "
    "better than by cross-entropy.",
    rule="Holds where ECE lies below that of cross-entropy by its whole paired 95 % interval over seeds with each of "
    "two models or more and with difficulty from each of two encoders or more; does not where it lies above so with "
    "one of them. One model, or one encoder, leaves it untold.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def variants(findings: Findings) -> Reproduced | None:
    """From the grid's table of models and encoders."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Models and encoders") if report else []
    if report is None or not tables:
        return None
    methods = [row.method for row in tables[0].rows if row.method.is_weighted]
    compared = [one for method in methods for one in with_baseline(tables[0], method) if one.figure == ECE]
    lacking = [
        f"one {what} alone"
        for what, there in (
            ("model", {one.ours.setting.model for one in compared}),
            ("encoder that difficulty comes from", {pretrained(one.ours) for one in compared}),
        )
        if len(there) < 2
    ]
    verdict = every([*(better(one) for one in compared), *(UNTOLD for _ in lacking)])
    differences = "; ".join(f"{one.ours.label} less {one.theirs.label}: {said([one])}" for one in compared)
    because = f"{differences or 'Cross-entropy is beside no difficulty-aware training'}."
    if lacking:
        because += f" Here is {' and '.join(lacking)}, which says nothing of others."
    return Reproduced(verdict, because, (text_of(tables[0]),), (), notes_of(report, tables))


@register(
    "rmd-measures",
    paper="rmd",
    place=named(paper_tables.MEASURES),
    title="Other measures of difficulty as the weights",
    claim="Weights made from RMD calibrate better than weights from MD, K-means, loss, frequency of errors or RMD of a "
    "supervised model's features.",
    rule="Holds where ECE with RMD lies below that of each of these five by its whole paired 95 % interval over seeds; "
    "does not where it lies above that of one of them so. One that was not tried leaves it untold, and so does one of "
    f"another strength than RMD, by more than a factor of {STRENGTH_APART:g}, as ECE goes with that too. Strength is "
    "alpha times the mean weight.",
    steps=("grid",),
    page="calibration",
    show="training",
)
def measures(findings: Findings) -> Reproduced | None:
    """From the grid's table of measures; RMD is the one that the grid means."""
    report = findings.difficulty_grid
    tables = tables_of(report, "Measures of difficulty") if report else []
    main = report.grid.main(report.grid.usual) if report else None
    if report is None or main is None or _score(main) != "rmd" or not tables:
        return None
    others = [row.method for row in tables[0].rows if row.method.is_weighted and _score(row.method) in MEASURES]
    compared = [one for other in others if (one := compare(report.grid, main, other, ECE)).pairs]
    lacking = [name for score, name in MEASURES.items() if score not in {_score(one.theirs) for one in compared}]
    apart = [one.theirs for one in compared if not as_strong(main, one.theirs)]
    verdicts = [UNTOLD if one.theirs in apart else better(one) for one in compared]
    verdict = every([*verdicts, *(UNTOLD for _ in lacking)])
    differences = "; ".join(f"{measure(main)} less {measure(one.theirs)}: {said([one])}" for one in compared)
    because = f"{differences or 'No other measure weighs a model of the same seeds'}."
    if apart:
        because += f" Of another strength than RMD: {', '.join(measure(one) for one in apart)}."
    if lacking:
        because += f" Not tried: {', '.join(lacking)}."
    strengths = ", ".join(f"{measure(one)} {_written(one)}" for one in (main, *others))
    notes = (*notes_of(report, tables), f"Strength, alpha times the mean weight: {strengths}.")
    return Reproduced(verdict, because, (text_of(tables[0]),), (), notes)


def pretrained(method: Method) -> str:
    """The encoder that a method's difficulty came from: the same one at another size, or of other layers, is no
    second."""
    return method.encoder.partition(" at ")[0].partition(", layers ")[0]


def strength(method: Method) -> float | None:
    """How strongly a method regularises entropy on average; None where its mean weight was not kept."""
    mean = method.difficulty.get("mean_s")
    return method.alpha * float(mean) if mean is not None and method.alpha is not None else None


def as_strong(ours: Method, theirs: Method) -> bool:
    """Whether two methods regularise as strongly, by a factor of STRENGTH_APART at most. False where that is not
    known."""
    low, high = sorted((strength(ours) or 0.0, strength(theirs) or 0.0))
    return 0 < high <= STRENGTH_APART * low


def _score(method: Method) -> str:
    return str(method.difficulty.get("score", ""))


def _written(method: Method) -> str:
    value = strength(method)
    return "not known" if value is None else three(value)
