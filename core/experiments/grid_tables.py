"""The tables of paper A's evaluation for a grid on this data: which rows and columns each has, and what it lacks.

The numbers of the paper's tables are as we read it; what a table holds is in its title.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..errors import command
from ..types import Estimate
from ..wording import percent
from .comparing import Comparison, Figure, cell, compare
from .grids import Method, TrainedGrid

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
UNCONTROLLED = "so that what difficulty itself adds is not known. Add control = permuted and equal to the grid file"
SAME = ("score", "run", "temperature", "c", "normalise")
"""What of a difficulty has to be equal for its weights to be."""
KEY = (ACCURACY, ECE, NLL, Figure("AUROC of errors", "misclassification_auroc", "MSP"))


@dataclass(frozen=True)
class GridRow:
    """A method with its figures. detail: what it varies, in words; "" where the table varies nothing.

    comparisons: with cross-entropy in the same setting, one for each figure that both have; none for that itself.
    """

    method: Method
    detail: str
    cells: tuple[Estimate, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Table:
    """One table. stands_for: which of paper A's it is on this data. missing: what it lacks, and the command for it.

    against_controls: difficulty-aware training less each control, which is what difficulty itself is worth.
    """

    title: str
    stands_for: str
    figures: tuple[Figure, ...]
    rows: tuple[GridRow, ...]
    against_controls: tuple[Comparison, ...]
    missing: str = ""


def tables(grid: TrainedGrid) -> list[Table]:
    """Every table, in the paper's order; one that has nothing to show says what would fill it."""
    return [table for make in MAKERS for table in make(grid)]


def methods_tables(grid: TrainedGrid) -> Iterable[Table]:
    """Accuracy and calibration of every method, then how well their confidence tells their errors."""
    rows = methods_of(grid)
    yield build(grid, "Accuracy and calibration", "Tables 2 and 3", CALIBRATION, rows)
    for score in SCORES:
        figures = tuple(
            Figure(label, f"misclassification_{name}", score)
            for label, name in (("FPR-95", "fpr95"), ("AUROC", "auroc"), ("AUPR", "aupr"), ("AUPR error", "aupr_error"))
        )
        yield build(
            grid, f"Misclassification by {score}", "Table 4", (*figures, Figure("AURC", "aurc", score)), rows
        )  # fmt: skip


def strength_table(grid: TrainedGrid) -> Iterable[Table]:
    """Difficulty-aware training at several strengths, all else being equal."""
    main = grid.main(grid.usual)
    swept = [one for one in weighted(grid) if main and same_weights(one, main)]
    swept.sort(key=lambda one: one.alpha or 0.0)
    missing = "" if len({one.alpha for one in swept}) > 1 else lacks(grid, "another alpha")
    yield build(grid, "Strength of the regularisation", "Table 5", KEY, beside(grid, swept), strength, missing)


def near_ood_tables(grid: TrainedGrid) -> Iterable[Table]:
    """How well each method tells images of other classes, a table for each score and set."""
    parts = sorted({part for name, part in grid.values if name == "ood_auroc"})
    if not parts:
        run = command(grid.audit, "evaluate", "--grid", grid.name, "--ood", "held-out")
        missing = f"no model of the grid was shown out-of-distribution images. Run: {run}"
        yield Table("Near-OOD", "Tables 6 and 7", (), (), (), missing)
    for part in parts:
        figures = tuple(Figure(label, f"ood_{name}", part) for label, name in OOD.items())
        have = [one for one in grid.methods if grid.figures(one, "ood_auroc", part) and not is_variant(grid, one)]
        title = f"Near-OOD by {part}{familiar_share(grid, have[0], part)}"
        if part.startswith(OF_THE_ENCODER):
            title, have = f"{title}, which is the encoder's and the same beside every model", have[:1]
        yield build(grid, title, "Tables 6 and 7", figures, have)


def familiar_share(grid: TrainedGrid, method: Method, part: str) -> str:
    """How many of the images were of the familiar classes, in words: what AUPR in would be by chance."""
    shares = list(grid.figures(method, "ood_prevalence", part).values())
    return f", {percent(shares[0])} of the images in-distribution" if shares else ""


def measures_table(grid: TrainedGrid) -> Iterable[Table]:
    """Other measures of difficulty as the weights, all else being equal."""
    main = grid.main(grid.usual)
    tried = [one for one in weighted(grid) if main and one.alpha == main.alpha]
    missing = "" if len({measure(one) for one in tried}) > 1 else lacks(grid, "another difficulty")
    yield build(
        grid, "Measures of difficulty as weights", "Tables 8 and 10", KEY, beside(grid, tried), measure, missing
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
                and one.difficulty.get("score") == main.difficulty.get("score")
            ]  # fmt: skip
            rows += [one for one in (base, *same, *grid.controls(setting)) if one]
    variants = {(one.setting.model, one.encoder) for one in rows if one.is_weighted}
    missing = "" if len(variants) > 1 else lacks(grid, "another model or a difficulty from another encoder")
    yield build(grid, "Models and encoders", "Table 9", KEY, rows, variant, missing)


def corruption_table(grid: TrainedGrid) -> Iterable[Table]:
    """Means over the kinds of corruption at three severities."""
    figures = tuple(
        Figure(f"{label}, severity {severity}", f"corruption_{name}", f"severity {severity}")
        for label, name in (("accuracy", "accuracy"), ("ECE", "ece")) for severity in (1, 3, 5)
    )  # fmt: skip
    there = any(name == "corruption_accuracy" for name, _ in grid.values)
    run = command(grid.audit, "evaluate", "--grid", grid.name, "--corruptions")
    missing = "" if there else f"no model of the grid was shown corrupted images. Run: {run}"
    yield build(grid, "Corrupted images, means over kinds", "the figure of corruptions", figures,
                methods_of(grid) if there else [], missing=missing)  # fmt: skip


MAKERS: tuple[Callable[[TrainedGrid], Iterable[Table]], ...] = (
    methods_tables, strength_table, near_ood_tables, measures_table, variants_table, corruption_table,
)  # fmt: skip
Detail = Callable[[Method], str]


def build(
    grid: TrainedGrid,
    title: str,
    stands_for: str,
    figures: Sequence[Figure],
    methods: Sequence[Method],
    detail: Detail = lambda method: "",
    missing: str = "",
) -> Table:
    """A table of these methods, each compared with cross-entropy in its own setting. detail: of a method, in words."""
    rows, against = [], []
    for method in methods:
        base = grid.baseline(method)
        compared = tuple(compare(grid, method, base, one) for one in figures) if base and base != method else ()
        rows.append(GridRow(method, detail(method), tuple(cell(grid, method, one) for one in figures), compared))
    for setting in dict.fromkeys(method.setting for method in methods):
        main = grid.main(setting)
        if main is None or main not in methods:
            continue
        controls = [one for one in methods if one.is_control and one.setting == setting]
        for control in controls:
            against += [compare(grid, main, control, one) for one in figures]
        if not controls:
            missing = "; ".join(filter(None, (missing, f"no control beside {main.label}, {UNCONTROLLED}")))
    kept = tuple(one for one in against if one.pairs)
    rows = [GridRow(row.method, row.detail, row.cells, tuple(c for c in row.comparisons if c.pairs)) for row in rows]
    return Table(title, stands_for, tuple(figures), tuple(rows), kept, missing)


def methods_of(grid: TrainedGrid) -> list[Method]:
    """The methods of the usual setting, without the variants of difficulty-aware training."""
    return [one for one in grid.methods if one.setting == grid.usual and not is_variant(grid, one)]


def is_variant(grid: TrainedGrid, method: Method) -> bool:
    """Whether it is difficulty-aware training with another strength, measure or encoder than the grid's usual."""
    return method.is_weighted and method != grid.main(method.setting)


def weighted(grid: TrainedGrid) -> list[Method]:
    """Difficulty-aware methods of the usual setting."""
    return [one for one in grid.methods if one.setting == grid.usual and one.is_weighted]


def beside(grid: TrainedGrid, methods: Sequence[Method]) -> list[Method]:
    """The methods between cross-entropy and the controls."""
    base = grid.named("CE", grid.usual)
    return [*([base] if base else []), *methods, *grid.controls(grid.usual)]


def same_weights(one: Method, other: Method) -> bool:
    """Whether the same difficulty weighs the images in the same way."""
    return all(one.difficulty.get(name) == other.difficulty.get(name) for name in SAME)


def measure(method: Method) -> str:
    """What weighs a method's images, in words."""
    score = str(method.difficulty.get("score", ""))
    return f"{score} of {method.encoder}" if method.encoder else score


def strength(method: Method) -> str:
    """How strongly a method is regularised, in words."""
    return "" if method.alpha is None else f"alpha {method.alpha:g}"


def variant(method: Method) -> str:
    """A method's network and the encoder that its difficulty came from."""
    return ", ".join(filter(None, (method.setting.model, method.encoder)))


def lacks(grid: TrainedGrid, what: str) -> str:
    """That a grid has nothing to vary."""
    run = command(grid.audit, "train", "--grid", "FILE")
    return f"the grid has no difficulty-aware method with {what}. Add one and run: {run}"
