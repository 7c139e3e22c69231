"""What `hardlook evaluate` found, on a terminal: each figure with its interval, its number of images, what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...experiments.ood_seeds import FIGURES, ood_over_seeds
from ...store import views
from ...store.audit import Audit
from ...store.metrics import (
    ACCURACY,
    AURC,
    BRIER,
    CALIBRATION_ERROR,
    CHECKPOINTS_SPEARMAN,
    CORRUPTION_ACCURACY,
    CORRUPTION_ECE,
    ECE,
    ECE_WIDTH,
    ERROR_AUROC,
    ERROR_BY_DECILE,
    MEMORISATION,
    NLL,
    OOD_AUROC,
    OOD_CLASS_AUROC,
    OOD_LEAD,
    OOD_PREVALENCE,
    OOD_SHARE_BY_VOG,
    SEED_OVERLAP,
    SEED_SPEARMAN,
    TEMPERATURE,
    TOY_CORRELATION,
    WHOLE,
    Metric,
    read_metrics,
)
from ...store.provenance import provenance_of
from ...types import Run
from ...wording import MISSING, count, counted, percent, provenance_in_words, written
from .tables import make_table, show, show_text

MSP_AUROC = "misclassification_auroc"
OF_A_MODEL = {
    (ACCURACY, WHOLE): "accuracy", (CALIBRATION_ERROR, WHOLE): "calibration error",
    (ECE, WHOLE): "ECE, equal mass", (ECE_WIDTH, WHOLE): "ECE, equal width",
    (ECE, "after scaling"): "ECE after scaling", (BRIER, WHOLE): "Brier", (NLL, WHOLE): "NLL, nats",
    (TEMPERATURE, WHOLE): "temperature", (MSP_AUROC, "MSP"): "AUROC of misclassification by MSP",
    (AURC, "MSP"): "AURC by MSP",
}  # fmt: skip
SIDE_BY_SIDE = {
    key: OF_A_MODEL[key]
    for key in ((ACCURACY, WHOLE), (CALIBRATION_ERROR, WHOLE), (ECE, WHOLE), (NLL, WHOLE), (MSP_AUROC, "MSP"))
}
DECILES_OF = ("rmd_oof", "rmd")
"""The scores by whose deciles error is printed, the preferred first, as calibration is measured; else any other."""
TOLD_OF_VOG = (
    TOY_CORRELATION, SEED_SPEARMAN, SEED_OVERLAP, CHECKPOINTS_SPEARMAN, MEMORISATION["error"], MEMORISATION["welch_t"],
    MEMORISATION["auroc"],
)  # fmt: skip
LADDER = {CORRUPTION_ACCURACY: "accuracy", CORRUPTION_ECE: "ECE", CALIBRATION_ERROR: "calibration error"}


def show_evaluations(audit: Audit, runs: Sequence[Run]) -> None:
    """Print what these evaluations hold: of one model in full, of several a line each, and means over their seeds."""
    found = [(run, read_metrics(views.open_hub(audit, [run]))) for run in runs]
    of_models = [(run, rows) for run, rows in found if any(row.name == ACCURACY for row in rows)]
    names = {run.run_id: run for run in audit.runs("train")}
    if len(of_models) > 1:
        show_side_by_side([(names.get(run.inputs.get("train", "")), rows) for run, rows in of_models])
    for run, rows in found:
        model = names.get(run.inputs.get("train", ""))
        if any(row.name == CORRUPTION_ACCURACY for row in rows):
            show_ladder(_called(model), rows)
        elif "vog_check" in run.parameters:
            told = [row for row in rows if row.name in TOLD_OF_VOG and not row.slice.startswith("epoch ")]
            show_rows(f"{run.name}: {told[0].subject}", [(f"{row.name}, {row.slice}", row) for row in told])
        elif any(row.name == OOD_AUROC for row in rows):
            show_ood(_called(model), rows)
        elif any(row.name.startswith("rmd_") for row in rows):
            trends = [row for row in rows if row.name.endswith("_trend")]
            show_rows(f"{run.name} {_called(model)}", [(f"{row.name}, {row.slice}", row) for row in trends])
        elif len(of_models) <= 1:
            show_one(_called(model), rows)
    evaluated = [names[run.inputs["train"]] for run, _ in found if run.inputs.get("train") in names]
    for table in ood_over_seeds(evaluated, [row for _, rows in found for row in rows]):
        show_text(table)


def show_one(model: str, rows: Sequence[Metric]) -> None:
    """A model's figures, its error by decile, and how each score tells its errors."""
    by_key = {(row.name, row.slice): row for row in rows if row.name not in (ERROR_AUROC, ERROR_BY_DECILE)}
    chosen = [(title, by_key[key]) for key, title in OF_A_MODEL.items() if key in by_key]
    if chosen:
        show_rows(f"{model}: images it was not trained on", chosen)
    of_scores = [row for row in rows if row.name == ERROR_BY_DECILE]
    subjects = list(dict.fromkeys(row.subject for row in of_scores))
    wanted = [one for name in DECILES_OF for one in subjects if one.rpartition(":")[2] == name] or subjects
    if wanted:
        titled = [(row.slice, row) for row in of_scores if row.subject == wanted[0]]
        show_rows(f"Error by decile of {wanted[0].rpartition(':')[2]}, lowest values first", titled)
    aurocs = sorted((row for row in rows if row.name == ERROR_AUROC), key=lambda row: -abs(row.estimate.value - 0.5))
    if aurocs:
        show_rows("AUROC of errors by each score", [(row.subject.rpartition(":")[2], row) for row in aurocs])


def show_rows(title: str, rows: Iterable[tuple[str, Metric]]) -> None:
    """A figure a line."""
    made = make_table(title, "figure", "value [95 %]", "n", "what it is")
    for name, row in rows:
        made.add_row(name, written(row.estimate), count(row.estimate.n), str(provenance_of(row.name) or MISSING))
    show(made)


def show_side_by_side(found: Iterable[tuple[Run | None, Sequence[Metric]]]) -> None:
    """A model a line."""
    made = make_table("Models, on images they were not trained on", "model", *SIDE_BY_SIDE.values(), "n")
    for model, rows in found:
        by_key = {(row.name, row.slice): row.estimate for row in rows}
        cells = [written(by_key[key]) if key in by_key else MISSING for key in SIDE_BY_SIDE]
        made.add_row(_called(model), *cells, count(by_key[ACCURACY, WHOLE].n) if (ACCURACY, WHOLE) in by_key else "")
    show(made)
    sources = {title: known for key, title in SIDE_BY_SIDE.items() if (known := provenance_of(key[0]))}
    print(f"In brackets the 95 % interval. {provenance_in_words(sources)}")


def show_ood(model: str, rows: Sequence[Metric]) -> None:
    """A detector a line; then the share of the others by decile of VoG, and how many classes have figures."""
    by_key = {(row.name, row.slice): row.estimate for row in rows}
    parts = [row.slice for row in rows if row.name == OOD_AUROC]
    others, n = parts[0].partition(" against ")[2], by_key[OOD_AUROC, parts[0]].n
    share = percent(by_key[OOD_PREVALENCE, parts[0]].value)
    made = make_table(
        f"{model} against {others}: {count(n)} images, {share} in-distribution", "score", *FIGURES.values()
    )
    for part in parts:
        cells = [written(by_key[name, part]) for name in FIGURES]
        made.add_row(part.partition(" against ")[0], *cells)
    show(made)
    sources = {title: known for name, title in FIGURES.items() if (known := provenance_of(name))}
    print(f"In brackets the 95 % interval. {provenance_in_words(sources)}")
    for row in rows:
        if row.name == OOD_LEAD:
            first = row.slice.partition(" against ")[0]
            told = "" if row.estimate.low > 0 else ": not told apart"
            print(f"Highest AUROC: {first} by {written(row.estimate)}, paired; {row.note}{told}.")
    if shares := [row for row in rows if row.name == OOD_SHARE_BY_VOG]:
        titled = [(row.slice.partition(" against ")[0], row) for row in shares]
        show_rows("OOD share by decile of VoG, lowest first", titled)
    if classes := {row.slice.partition(", predicted as ")[2] for row in rows if row.name == OOD_CLASS_AUROC}:
        print(f"AUROC by predicted class is kept for {counted(len(classes), 'class', 'classes')}: page Calibration.")


def show_ladder(model: str, rows: Sequence[Metric]) -> None:
    """A kind of corruption a line, a severity a column."""
    for name, title in LADDER.items():
        of_kind: dict[str, dict[str, Metric]] = {}
        for row in rows:
            if row.name == name:
                kind, _, severity = row.slice.rpartition(" ")
                of_kind.setdefault(kind, {})[severity] = row
        if not of_kind:  # a ladder of an earlier version has ECE alone
            continue
        n = next(iter(next(iter(of_kind.values())).values())).estimate.n
        steps = ("0", "1", "2", "3", "4", "5")
        made = make_table(
            f"{title} of {model} on {count(n)} corrupted images, by severity ({provenance_of(name)})", "kind", *steps
        )  # fmt: skip
        for kind, found in of_kind.items():
            made.add_row(kind, *(written(found[step].estimate) if step in found else "" for step in steps))
        show(made)


def _called(model: Run | None) -> str:
    if model is None:
        return "scores"
    parts = (model.name, str(model.parameters.get("method") or ""), f"seed {model.seed}" if model.grid else "")
    return " · ".join(filter(None, parts))
