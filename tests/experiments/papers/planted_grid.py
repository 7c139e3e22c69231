"""A planted grid, in which difficulty-aware training is better than all else, worse, or not told apart."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from core.experiments.papers.section import Findings
from core.store.metrics import ACCURACY_DIFFERENCE, WHOLE, Metric, unit_of
from core.types import Estimate, Run
from tests.experiments.papers.planted import findings

SEEDS = range(5)
WIGGLE = (1, -1, 2, -2, 0)
"""By seed: it is another way of training each time, and on average none."""
EFFECT, NOISE = 0.05, 0.001
IMAGES = 2000
SWEPT = {
    "score": "rmd",
    "run": "score-rmd",
    "temperature": 0.7,
    "c": 1e-3,
    "normalise": "minmax",
    "control": "",
    "mean_s": 0.3,
}


def aware(alpha: float = 0.3, **difficulty: Any) -> dict[str, Any]:
    """Parameters of a model that is weighed by difficulty."""
    weights = {**SWEPT, **difficulty}
    return {"loss": "difficulty_aware_entropy", "loss_parameters": {"alpha": alpha}, "difficulty": weights}


METHODS: dict[str, dict[str, Any]] = {
    "CE": {"loss": "cross_entropy"},
    "ER": {"loss": "entropy_regularisation", "loss_parameters": {"alpha": 0.1}},
    "ER alpha 0.3": {"loss": "entropy_regularisation", "loss_parameters": {"alpha": 0.3}},
    "difficulty-aware": aware(),
    "DA alpha 0.1": aware(0.1),
    "DA temperature 0.3": aware(temperature=0.3, mean_s=0.1),
    "DA temperature 2": aware(temperature=2.0, mean_s=0.6),
    "DA by K-means": aware(score="kmeans", run="score-kmeans"),
    "DA by MD": aware(score="md", run="score-md"),
    "DA by mean loss": aware(score="loss_mean", run="score-loss"),
    "DA by frequency": aware(score="frequency", run="score-frequency"),
    "DA by supervised RMD": aware(score="rmd_supervised", run="score-supervised"),
    "DA by another encoder": aware(run="score-rmd-clip"),
    "permuted weights": aware(control="permuted"),
}
LOWER = ("ece", "fpr95", "aurc", "confidence", "squared_gap")
BY, ENDING = ("MSP", "entropy"), ("", " by entropy")
FIGURES = [
    ("accuracy", "all"), ("ece", "all"), ("nll", "all"), ("misclassification_auroc", "MSP"),
    *((f"misclassification_{name}", by) for name in ("fpr95", "auroc", "aupr", "aupr_error") for by in BY),
    *((f"ood_{name}", f"{by} against held-out classes")
      for name in ("fpr95", "auroc", "aupr_in", "aupr_out") for by in ("MaxLogit", "entropy")),
    *(("accuracy_by_rejection", f"rejected {share} %{by}") for share in (0, 20, 40, 60, 80) for by in ENDING),
    *((f"corruption_{name}", f"fog {severity}")
      for name in ("accuracy", "ece", "squared_gap") for severity in (1, 3, 5)),
    ("wrong_confidence", "mean"), ("wrong_entropy", "mean"),
]  # fmt: skip


def _run(run_id: str, kind: str, name: str, **inputs: str) -> Run:
    return Run(run_id, kind, name, inputs, {}, 0, "", 1.0, "2025-01-01", {}, "")


ENCODED = (
    _run("embed-lite", "embed", "lite"), _run("embed-clip", "embed", "clip"),
    _run("score-rmd", "score", "rmd", embed="embed-lite"), _run("score-rmd-clip", "score", "rmd", embed="embed-clip"),
)  # fmt: skip
"""The embeddings that RMD is of."""


def grid(effect: int, without: tuple[str, ...] = (), models: tuple[str, ...] = ("resnet8", "resnet14")) -> Findings:
    """effect: 1 better, -1 worse, 0 not told apart. without: methods that are not trained. models: beside the first,
    the others are trained by cross-entropy and by difficulty-aware training alone."""
    runs = [
        Run(f"train-{model}-{method}-{seed}", "train", model, {},
            {"model": model, "grid": "planted", "method": method, **deepcopy(parameters)},
            seed, "", 1.0, "2026-01-01", {}, "")
        for i, model in enumerate(models) for method, parameters in METHODS.items() for seed in SEEDS
        if method not in without and (i == 0 or method in ("CE", "difficulty-aware"))
    ]  # fmt: skip
    over_images = Estimate(effect * EFFECT, effect * EFFECT - 0.005, effect * EFFECT + 0.005, IMAGES, "share")
    crossed = Metric(ACCURACY_DIFFERENCE, "grid planted: difficulty-aware - CE", WHOLE, over_images)
    return findings([*(row for run in runs for row in rows_of(run, effect)), crossed], *deepcopy(ENCODED), *runs)


def rows_of(run: Run, effect: int) -> Iterator[Metric]:
    """Every figure of one model."""
    difficulty = run.parameters.get("difficulty", {})
    shifted = effect if difficulty.get("score") == "rmd" and not difficulty["control"] else 0
    own = list(METHODS).index(run.parameters["method"])
    for name, part in FIGURES:
        sign = -1 if name.endswith(LOWER) else 1
        value = 0.5 + 0.01 * run.seed + sign * shifted * EFFECT + NOISE * own * WIGGLE[run.seed]
        yield Metric(name, run.run_id, part, Estimate(value, n=IMAGES, unit=unit_of(name, part)))
