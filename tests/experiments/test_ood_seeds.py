"""Near-OOD detection over seeds: which models belong together, and the mean and standard deviation worked by hand."""

from __future__ import annotations

from typing import Any

from core.experiments.ood_seeds import mean_and_sd, ood_over_seeds, seed_groups
from core.store.metrics import Metric
from core.types import Estimate, Run


def model(run_id: str, seed: int, **parameters: Any) -> Run:
    held_out = f"held out: a stratified 20% of the training images, by seed {seed}"
    chosen = {"seed": seed, "held_out": held_out, **parameters}  # as training stores them
    return Run(run_id, "train", "lenet", {"items": "x"}, chosen, seed, "", 1.0, "2026-01-01", {}, "")


def row(subject: str, value: float, part: str = "MSP against them") -> Metric:
    return Metric("ood_auroc", subject, part, Estimate(value))


MODELS = [
    model("a0", 0, epochs=2), model("a1", 1, epochs=2), model("a2", 2, epochs=2), model("b0", 0, epochs=3),
    model("c0", 0, epochs=2, method="CE"), model("c1", 1, epochs=2, method="CE"),
]  # fmt: skip


def test_models_belong_together_that_nothing_but_the_seed_sets_apart() -> None:
    groups = seed_groups(MODELS)
    assert [group.label for group in groups] == ["lenet", "lenet · CE"]
    assert [[run.run_id for run in group.runs.values()] for group in groups] == [["a0", "a1", "a2"], ["c0", "c1"]]


def test_mean_and_standard_deviation_are_of_the_seeds_that_have_a_figure() -> None:
    rows = [row("a0", 0.7), row("a1", 0.8), row("a2", 0.9), row("b0", 0.1), row("c0", 0.5)]
    rows += [row("a0", 0.6, "kNN against them"), row("a1", float("nan"), "kNN against them")]
    (table,) = ood_over_seeds(MODELS, rows)  # of the second group one seed alone has a figure
    assert table.title == "lenet against them: mean ± standard deviation over seeds"
    assert [line[:3] for line in table.rows] == [("MSP", "3", "0.800 ± 0.100")]
    assert mean_and_sd([0.76] * 3) == "0.760 ± 0"  # not the 1e-16 that rounding leaves
    assert "no interval" in table.below[-1]
