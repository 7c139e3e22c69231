"""The tables of paper A's evaluation for a grid on this data: which rows and columns each has, and what it lacks.

The numbers of the paper's tables are those of `paper_tables`; what a table holds is in its title.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import command
from ..store.metrics import (
    ACCURACY_BY_REJECTION,
    BY_ENTROPY,
    CORRUPTION_ACCURACY,
    CORRUPTION_ECE,
    CORRUPTION_SQUARED_GAP,
)
from ..wording import percent
from . import paper_tables
from .comparing import Figure
from .grid_table import (
    SAME,
    SHAPE,
    Table,
    beside,
    build,
    controls_of_all,
    is_variant,
    lacks,
    measure,
    methods_of,
    same_weights,
    strength,
    temperature,
    variant,
    weighted,
)
from .grids import ENTROPY, Method, TrainedGrid
from .paper_tables import named

ACCURACY = Figure("accuracy", "accuracy")
ECE = Figure("ECE", "ece")
NLL = Figure("NLL", "nll", share=False)
CALIBRATION = (
    ACCURACY, ECE, Figure("ECE, equal width", "ece_width"), Figure("ECE after scaling", "ece", "after scaling"),
    Figure("Brier", "brier", share=False), NLL,
)  # fmt: skip
SCORES = ("MSP", "entropy")
OOD = {"FPR-95": "fpr95", "AUROC": "auroc", "AUPR in": "aupr_in", "AUPR out": "aupr_out"}
OF_THE_ENCODER = "RMD-nearest"
TEMPERATURE = "the temperature T of Equation 10"
CORRUPTED = {
    "accuracy": CORRUPTION_ACCURACY, "ECE": CORRUPTION_ECE, "squared calibration error": CORRUPTION_SQUARED_GAP,
}  # fmt: skip
REJECTED = (0, 20, 40, 60, 80)  # per cent
SURE = (
    Figure("mean confidence", "wrong_confidence", "mean", share=False),
    Figure("mean entropy, nats", "wrong_entropy", "mean", share=False),
)
KEY = (ACCURACY, ECE, NLL, Figure("AUROC of errors", "misclassification_auroc", "MSP"))


def tables(grid: TrainedGrid) -> list[Table]:
    """Every table, in the paper's order; one that has nothing to show says what would fill it."""
    return [table for make in MAKERS for table in make(grid)]


def methods_tables(grid: TrainedGrid) -> Iterable[Table]:
    """Accuracy and calibration of every method, then how well their confidence tells their errors."""
    rows = methods_of(grid)
    yield build(grid, "Accuracy and calibration", named(paper_tables.CALIBRATION), CALIBRATION, rows)
    for score in SCORES:
        figures = tuple(
            Figure(label, f"misclassification_{name}", score)
            for label, name in (("FPR-95", "fpr95"), ("AUROC", "auroc"), ("AUPR", "aupr"), ("AUPR error", "aupr_error"))
        )
        table = named(paper_tables.MISCLASSIFICATION)
        yield build(grid, f"Misclassification by {score}", table, (*figures, Figure("AURC", "aurc", score)), rows)


def strength_table(grid: TrainedGrid) -> Iterable[Table]:
    """Plain and difficulty-aware entropy regularisation at several strengths each, all else being equal."""
    main = grid.main(grid.usual)
    swept = [one for one in weighted(grid) if main and same_weights(one, main)]
    plain = [one for one in grid.methods if one.setting == grid.usual and one.loss == ENTROPY]
    lacking = [lacks(grid, "another alpha")] if len({one.alpha for one in swept}) < 2 else []
    if len({one.alpha for one in plain}) < 2:
        lacking.append(lacks(grid, "another alpha", of=ENTROPY))
    rows = [*sorted(plain, key=by_strength), *sorted(swept, key=by_strength)]
    title = "Strength of the regularisation"
    yield build(grid, title, named(paper_tables.STRENGTH), KEY, beside(grid, rows), strength, "; ".join(lacking))


def by_strength(method: Method) -> float:
    """The place of a method among others of its kind."""
    return method.alpha or 0.0


def temperature_table(grid: TrainedGrid) -> Iterable[Table]:
    """Difficulty-aware training with the same scores and strength, and weights made of them at several temperatures."""
    main = grid.main(grid.usual)
    apart = [name for name in SAME if name != "temperature"]
    swept = [one for one in weighted(grid) if main and one.alpha == main.alpha and same_weights(one, main, apart)]
    swept.sort(key=lambda one: float(one.difficulty.get("temperature", 0.0)))
    several = len({one.difficulty.get("temperature") for one in swept}) > 1
    missing = "" if several else lacks(grid, "another temperature")
    yield build(grid, "Temperature of the weights", TEMPERATURE, KEY, beside(grid, swept), temperature, missing)


def near_ood_tables(grid: TrainedGrid) -> Iterable[Table]:
    """How well each method tells images of other classes, a table for each score and set."""
    parts = sorted({part for name, part in grid.values if name == "ood_auroc"})
    if not parts:
        run = command(grid.audit, "evaluate", "--grid", grid.name, "--ood", "held-out")
        missing = f"no model of the grid was shown out-of-distribution images. Run: {run}"
        yield Table("Near-OOD", named(paper_tables.NEAR_OOD), (), (), (), missing)
    for part in parts:
        figures = tuple(Figure(label, f"ood_{name}", part) for label, name in OOD.items())
        have = [one for one in grid.methods if grid.figures(one, "ood_auroc", part) and not is_variant(grid, one)]
        if not have:
            continue  # of variants alone
        title = f"Near-OOD by {part}{familiar_share(grid, have[0], part)}"
        if part.startswith(OF_THE_ENCODER):
            title, have = f"{title}, which is the encoder's and the same beside every model", have[:1]
        yield build(grid, title, named(paper_tables.NEAR_OOD), figures, have)


def familiar_share(grid: TrainedGrid, method: Method, part: str) -> str:
    """How many of the images were of the familiar classes, in words: what AUPR in would be by chance."""
    shares = list(grid.figures(method, "ood_prevalence", part).values())
    return f", {percent(shares[0])} of the images in-distribution" if shares else ""


def measures_table(grid: TrainedGrid) -> Iterable[Table]:
    """Other measures of difficulty as the weights, all else being equal."""
    main = grid.main(grid.usual)
    tried = [one for one in weighted(grid) if main and one.alpha == main.alpha and same_weights(one, main, SHAPE)]
    missing = "" if len({measure(one) for one in tried}) > 1 else lacks(grid, "another difficulty")
    yield build(
        grid,
        "Measures of difficulty as weights",
        named(paper_tables.MEASURES),
        KEY,
        beside(grid, tried),
        measure,
        missing,
    )


def variants_table(grid: TrainedGrid) -> Iterable[Table]:
    """Cross-entropy and difficulty-aware training on every network and with every encoder."""
    rows = []
    for setting in dict.fromkeys(one.setting for one in grid.methods):
        if setting.held_out_classes == grid.usual.held_out_classes:
            main, base = grid.main(setting), grid.baseline(next(one for one in grid.methods if one.setting == setting))
            same = [
                one for one in grid.methods
                if one.setting == setting and main and one.is_weighted and one.alpha == main.alpha
                and same_weights(one, main, ("score", *SHAPE))
            ]  # fmt: skip
            rows += [one for one in (base, *same, *controls_of_all(grid, same)) if one]
    variants = {(one.setting.model, one.encoder) for one in rows if one.is_weighted}
    missing = "" if len(variants) > 1 else lacks(grid, "another model or a difficulty from another encoder")
    table = named(paper_tables.ENCODERS, paper_tables.ARCHITECTURES)
    yield build(grid, "Models and encoders", table, KEY, rows, variant, missing)


def corruption_table(grid: TrainedGrid) -> Iterable[Table]:
    """Means over the kinds of corruption at three severities."""
    figures = tuple(
        Figure(f"{label}, severity {severity}", name, f"severity {severity}", share=name != CORRUPTION_SQUARED_GAP)
        for label, name in CORRUPTED.items() for severity in (1, 3, 5)
    )  # fmt: skip
    there = any(name == CORRUPTION_ACCURACY for name, _ in grid.values)
    run = command(grid.audit, "evaluate", "--grid", grid.name, "--corruptions")
    missing = "" if there else f"no model of the grid was shown corrupted images. Run: {run}"
    yield build(grid, "Corrupted images, means over kinds", "the figure of corruptions", figures,
                methods_of(grid) if there else [], missing=missing)  # fmt: skip


def rejection_tables(grid: TrainedGrid) -> Iterable[Table]:
    """Accuracy of what is kept as more is rejected, a table for each score that rejects."""
    for score, ending in (("MSP", ""), ("entropy", BY_ENTROPY)):
        figures = tuple(
            Figure(f"{share} % rejected", ACCURACY_BY_REJECTION, f"rejected {share} %{ending}") for share in REJECTED
        )
        there = any(key in grid.values for key in ((one.name, one.part) for one in figures))
        missing = "" if there else f"no model of the grid is evaluated so. Run: {evaluate_again(grid)}"
        title = f"Accuracy as predictions are rejected by {score}"
        yield build(grid, title, "Figure 4", figures, methods_of(grid) if there else [], missing=missing)


def wrong_table(grid: TrainedGrid) -> Iterable[Table]:
    """How sure each method is of its errors."""
    there = ("wrong_entropy", "mean") in grid.values
    missing = "" if there else f"no model of the grid with errors is evaluated. Run: {evaluate_again(grid)}"
    methods = methods_of(grid) if there else []
    yield build(grid, "Confidence and entropy of the misclassified", "Figure 11", SURE, methods, missing=missing)


def evaluate_again(grid: TrainedGrid) -> str:
    """The command that evaluates the grid's models."""
    return str(command(grid.audit, "evaluate", "--grid", grid.name))


MAKERS: tuple[Callable[[TrainedGrid], Iterable[Table]], ...] = (
    methods_tables, strength_table, temperature_table, near_ood_tables, measures_table, variants_table,
    corruption_table, rejection_tables, wrong_table,
)  # fmt: skip
