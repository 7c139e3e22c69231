"""Grids: which networks belong together, what is compared with what, and what is said of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.experiments.comparing import Comparison, Figure, compare
from core.experiments.grid_report import GridReport, grid_report
from core.experiments.grid_text import cells
from core.experiments.grids import USUAL_ALPHA, USUAL_ENTROPY, TrainedGrid, grid_names, read_grid
from core.store.metrics import Metric
from core.training.losses import difficulty_aware_entropy_loss, entropy_regularisation
from core.types import Estimate, Run

SEEDS = range(5)
RMD = {"score": "rmd", "run": "score-rmd", "temperature": 0.7, "c": 1e-3, "normalise": "minmax", "control": ""}
METHODS: dict[str, dict[str, Any]] = {
    "difficulty-aware": {"loss": "difficulty_aware_entropy", "difficulty": RMD},
    "focal": {"loss": "focal"},
    "permuted weights": {"loss": "difficulty_aware_entropy", "difficulty": {**RMD, "control": "permuted"}},
    "equal-strength ER": {"loss": "difficulty_aware_entropy", "difficulty": {**RMD, "control": "equal"}},
    "DA alpha 0.1": {"loss": "difficulty_aware_entropy", "difficulty": RMD, "loss_parameters": {"alpha": 0.1}},
    "DA k-means": {"loss": "difficulty_aware_entropy", "difficulty": {**RMD, "score": "kmeans", "run": "score-km"}},
    "CE": {"loss": "cross_entropy"},
}


def network(method: str, seed: int, *, model: str = "resnet8", grid: str = "g", **more: Any) -> Run:
    """A finished training run of a grid."""
    parameters = {"model": model, "grid": grid, "method": method, **METHODS.get(method, {}), **more}
    held_out = "".join(more.get("held_out_classes", ()))
    return run(f"{model}{held_out}-{method}-{seed}", "train", model, parameters, seed)


def run(run_id: str, kind: str, name: str, parameters: dict[str, Any], seed: int = 0, **inputs: str) -> Run:
    return Run(run_id, kind, name, inputs, parameters, seed, "", 1.0, "2025-01-01", {}, "")


def networks() -> list[Run]:
    return [network(method, seed) for method in METHODS for seed in SEEDS]


def row(subject: str, name: str, value: float, part: str = "all") -> Metric:
    return Metric(name, subject, part, Estimate(value))


def measured(runs: list[Run]) -> Iterator[Metric]:
    """Accuracy is luck that a seed shares; focal's error is a tenth higher, give or take; the rest differ by noise."""
    rng, small = np.random.default_rng(0), np.random.default_rng(1)
    for each in runs:
        yield row(each.run_id, "accuracy", 0.8 + 0.01 * each.seed + 1e-6 * small.normal())
        worse = 0.1 if "focal" in each.run_id else 0.0
        yield row(each.run_id, "ece", 0.05 + worse + 0.02 * each.seed + 0.001 * rng.normal())


def read(runs: list[Run], rows: list[Metric] | None = None) -> TrainedGrid:
    grid = read_grid("g", runs, list(measured(runs)) if rows is None else rows)
    assert grid is not None
    return grid


def report(runs: list[Run], rows: list[Metric] | None = None) -> GridReport:
    made = grid_report("g", runs, list(measured(runs)) if rows is None else rows)
    assert made is not None
    return made


def table(made: GridReport, title: str) -> Any:
    return next(one for one in made.tables if one.title.startswith(title))


def names(made: GridReport, title: str) -> list[str]:
    return [one.method.label for one in table(made, title).rows]


def test_methods_stand_in_the_paper_s_order_with_their_seeds() -> None:
    grid = read(networks())
    assert [method.name for method in grid.methods] == [
        "CE", "focal", "difficulty-aware", "DA alpha 0.1", "DA k-means", "equal-strength ER", "permuted weights",
    ]  # fmt: skip
    assert all(list(method.runs) == list(SEEDS) for method in grid.methods)
    assert grid_names([network("CE", 0, grid="b"), network("CE", 0, grid=""), *networks()]) == ["b", "g"]
    assert read_grid("other", networks(), []) is None


def test_the_newest_network_of_a_seed_and_its_newest_figure_count() -> None:
    again = replace(network("CE", 0), run_id="again")
    rows = [row("again", "accuracy", 0.1), row("again", "accuracy", 0.9), row("resnet8-CE-0", "accuracy", 0.5)]
    grid = read([network("CE", 0), again], rows)
    assert grid.figures(grid.methods[0], "accuracy", "all") == {0: 0.9}


def test_the_usual_strength_is_the_loss_s_own() -> None:
    assert inspect.signature(difficulty_aware_entropy_loss).parameters["alpha"].default == USUAL_ALPHA
    assert inspect.signature(entropy_regularisation).parameters["alpha"].default == USUAL_ENTROPY
    alphas = {method.name: method.alpha for method in read(networks()).methods}
    assert (alphas["difficulty-aware"], alphas["DA alpha 0.1"], alphas["CE"]) == (USUAL_ALPHA, 0.1, None)


def test_each_table_varies_one_thing_between_cross_entropy_and_the_controls() -> None:
    made = report(networks())
    controls = ["equal-strength ER", "permuted weights"]
    assert names(made, "Accuracy") == ["CE", "focal", "difficulty-aware", *controls]
    assert names(made, "Strength") == ["CE", "DA alpha 0.1", "difficulty-aware", *controls]
    assert names(made, "Measures") == ["CE", "difficulty-aware", "DA k-means", *controls]
    assert [one.detail for one in table(made, "Measures").rows][1:3] == ["rmd", "kmeans"]


def swept(loss: str, alpha: float, **difficulty: Any) -> dict[str, Any]:
    """Parameters of a method of a sweep."""
    weights = {"difficulty": {**RMD, **difficulty}} if loss == "difficulty_aware_entropy" else {}
    return {"loss": loss, "loss_parameters": {"alpha": alpha}, **weights}


SWEEPS = {
    "ER": {"loss": "entropy_regularisation"},
    "ER alpha 0.05": swept("entropy_regularisation", 0.05),
    "ER alpha 0.3": swept("entropy_regularisation", 0.3),
    "permuted alpha 0.1": swept("difficulty_aware_entropy", 0.1, control="permuted"),
    "DA temperature 0.3": swept("difficulty_aware_entropy", 0.3, temperature=0.3),
    "DA temperature 2": swept("difficulty_aware_entropy", 0.3, temperature=2.0),
    "equal temperature 0.3": swept("difficulty_aware_entropy", 0.3, temperature=0.3, control="equal"),
}


def with_sweeps() -> list[Run]:
    runs = [network(name, seed, **more) for name, more in SWEEPS.items() for seed in SEEDS]
    return [*networks(), *runs]


def test_plain_entropy_regularisation_has_a_sweep_of_its_own_beside_difficulty_s() -> None:
    made = report(with_sweeps())
    assert names(made, "Strength") == [
        "CE", "ER alpha 0.05", "ER", "ER alpha 0.3", "DA alpha 0.1", "difficulty-aware", "permuted alpha 0.1",
        "equal-strength ER", "permuted weights",
    ]  # fmt: skip
    assert [one.detail for one in table(made, "Strength").rows][1:6] == [
        "alpha 0.05", "alpha 0.1", "alpha 0.3", "alpha 0.1", "alpha 0.3"
    ]  # fmt: skip
    assert table(made, "Strength").missing == ""
    lacking = table(report(networks()), "Strength").missing
    assert "no entropy_regularisation with another alpha" in lacking
    assert "difficulty-aware" not in lacking


def test_temperatures_have_a_table_and_each_its_own_controls() -> None:
    made = report(with_sweeps())
    found = table(made, "Temperature")
    assert [(one.method.label, one.detail) for one in found.rows] == [
        ("CE", ""), ("DA temperature 0.3", "T 0.3"), ("difficulty-aware", "T 0.7"), ("DA temperature 2", "T 2"),
        ("equal temperature 0.3", "T 0.3"), ("equal-strength ER", "T 0.7"), ("permuted weights", "T 0.7"),
    ]  # fmt: skip
    against = {(one.ours.name, one.theirs.name) for one in found.against_controls}
    assert against == {
        ("difficulty-aware", "equal-strength ER"), ("difficulty-aware", "permuted weights"),
        ("DA temperature 0.3", "equal temperature 0.3"),
    }  # fmt: skip
    assert "no difficulty-aware method with another temperature" in table(report(networks()), "Temperature").missing


def test_a_sweep_and_its_controls_stand_in_no_table_but_its_own() -> None:
    made, without = (
        report(with_sweeps()),
        report([*networks(), *(network("ER", seed, **SWEEPS["ER"]) for seed in SEEDS)]),
    )
    for title in ("Accuracy", "Measures", "Models"):
        assert names(made, title) == names(without, title), title
    against = {(one.ours.name, one.theirs.name) for one in table(made, "Strength").against_controls}
    assert ("DA alpha 0.1", "permuted alpha 0.1") in against
    assert ("difficulty-aware", "permuted alpha 0.1") not in against


def test_errors_and_rejection_have_tables_over_seeds_once_they_are_evaluated() -> None:
    runs = networks()
    rows = list(measured(runs))
    assert "hardlook evaluate --grid g" in table(report(runs, rows), "Confidence and entropy").missing
    for each in runs:
        surer = 0.2 + 0.001 * each.seed if "focal" in each.run_id else 0.0
        rows += [row(each.run_id, "wrong_confidence", 0.5 + surer + 0.01 * each.seed, "mean"),
                 row(each.run_id, "wrong_entropy", 1.0 - surer, "mean")]  # fmt: skip
        for share in (0, 20, 40, 60, 80):
            rows.append(row(each.run_id, "accuracy_by_rejection", 0.8 + share / 1000, f"rejected {share} % by entropy"))
    made = report(runs, rows)
    found = {one.method.name: one for one in table(made, "Confidence and entropy").rows}
    assert found["CE"].cells[0].value == pytest.approx(0.52)
    assert found["CE"].cells[0].has_interval
    assert found["focal"].comparisons[0].verdict == "higher"
    assert found["focal"].comparisons[1].verdict == "lower"
    by_entropy = table(made, "Accuracy as predictions are rejected by entropy")
    assert [one.value for one in by_entropy.rows[0].cells] == pytest.approx([0.8, 0.82, 0.84, 0.86, 0.88])
    assert "hardlook evaluate --grid g" in table(made, "Accuracy as predictions are rejected by MSP").missing


def test_differences_are_paired_by_seed_and_said_in_words() -> None:
    rows = {one.method.name: one for one in table(report(networks()), "Accuracy").rows}
    assert rows["CE"].comparisons == ()
    said = {one.figure.name: one.sentence for one in rows["focal"].comparisons}
    assert said["accuracy"] == "no difference that five seeds can show"
    # Seeds differ by 8 points and the methods by 10: unpaired, two means of five could not be told apart so finely.
    assert said["ece"].startswith("higher by 10.0 points [9.")
    ce, focal = _pair("CE", "focal")
    lower = compare(read(networks()), ce, focal, Figure("ECE", "ece")).sentence
    assert lower.startswith("lower by 10.0 points [9.")


def _pair(*wanted: str) -> list[Any]:
    methods = {method.name: method for method in read(networks()).methods}
    return [methods[name] for name in wanted]


def test_difficulty_is_always_held_against_its_controls() -> None:
    made = report(networks())
    for title in ("Accuracy", "Strength", "Measures", "Models"):
        against = {(one.ours.name, one.theirs.name) for one in table(made, title).against_controls}
        assert against == {("difficulty-aware", "equal-strength ER"), ("difficulty-aware", "permuted weights")}, title
    without = [each for each in networks() if "control" not in str(each.parameters.get("method")) and
               each.parameters["method"] not in ("permuted weights", "equal-strength ER")]  # fmt: skip
    assert "no control beside difficulty-aware" in table(report(without), "Accuracy").missing


def test_comparisons_are_counted_once_each() -> None:
    made = report(networks())
    # Two figures of six methods with CE, and of one with two controls.
    assert len(made.comparisons) == 2 * 6 + 2 * 2
    assert made.chance.startswith("16 comparisons were made")
    assert "about 1 would" in made.chance


def test_one_seed_shows_nothing_and_says_so() -> None:
    runs = [network(method, 0) for method in ("CE", "focal")]
    made = report(runs)
    (one,) = [one for one in made.comparisons if one.figure.name == "ece"]
    assert one.sentence.endswith("points on one seed, which shows nothing")
    assert made.chance.startswith("No comparison has two seeds")


def test_methods_of_other_settings_are_compared_within_them() -> None:
    runs = networks() + [network(name, seed, model="lenet") for name in ("CE", "difficulty-aware") for seed in SEEDS]
    runs += [network(name, 0, held_out_classes=["cat"]) for name in ("CE", "focal")]
    made = report(runs)
    assert "difficulty-aware on lenet" in names(made, "Models")
    assert "focal without cat" not in names(made, "Accuracy") + names(made, "Models")
    other = next(one for one in made.comparisons if one.ours.label == "difficulty-aware on lenet")
    assert other.theirs.label == "CE on lenet"


def test_encoders_are_told_by_the_embedding_a_score_was_made_from() -> None:
    vit = run("embed-vit", "embed", "vit", {"image_size": 64})
    score = run("score-rmd", "score", "rmd", {}, embed="embed-vit")
    made = report([vit, score, *networks()])
    assert "resnet8, vit at 64 pixels" in [one.detail for one in table(made, "Models").rows]
    vit = run("embed-vit", "embed", "vit", {"image_size": 64, "layers": "4,last"})
    made = report([vit, score, *networks()])
    assert "resnet8, vit at 64 pixels, layers 4,last" in [one.detail for one in table(made, "Models").rows]


def test_near_ood_has_a_table_for_each_score_and_set_and_corruptions_are_means_over_kinds() -> None:
    runs = [network(name, seed, held_out_classes=["cat"]) for name in ("CE", "difficulty-aware") for seed in SEEDS]
    rows = list(measured(runs))
    for each in runs:
        rows += [row(each.run_id, "ood_auroc", 0.7, f"{score} against cat") for score in ("MSP", "E")]
        rows += [row(each.run_id, "corruption_accuracy", value, f"{kind} {s}")
                 for kind, value in (("fog", 0.5), ("gaussian noise", 0.7)) for s in (1, 3, 5)]  # fmt: skip
        rows += [row(each.run_id, "corruption_accuracy", 0.9, "none 0")]
    made = report(runs, rows)
    assert names(made, "Near-OOD by MSP against cat") == names(made, "Near-OOD by E against cat")
    assert table(made, "Corrupted").rows[0].cells[1].value == pytest.approx(0.6)
    assert "hardlook evaluate --grid g --ood held-out" in table(report(networks()), "Near-OOD").missing
    assert "hardlook evaluate --grid g --corruptions" in table(report(networks()), "Corrupted").missing


@pytest.mark.parametrize(
    ("interval", "pairs", "sentence"),
    [
        ((0.012, 0.004, 0.020), 5, "higher by 1.2 points [0.4, 2.0]"),
        ((-0.012, -0.020, -0.004), 5, "lower by 1.2 points [0.4, 2.0]"),
        ((-0.012, -0.030, 0.006), 3, "no difference that three seeds can show"),
        ((0.0, 0.0, 0.0), 12, "no difference that 12 seeds can show"),
        ((-0.012, np.nan, np.nan), 1, "−1.2 points on one seed, which shows nothing"),
        ((-0.012, np.nan, np.nan), 3, "−1.2 points on each of three seeds, which gives no interval"),
        ((np.nan, np.nan, np.nan), 0, "no seed in common"),
    ],
)
def test_a_sentence_says_no_more_than_its_interval(interval: Any, pairs: int, sentence: str) -> None:
    method = read(networks()).methods[0]
    difference = Estimate(interval[0], interval[1], interval[2], pairs)
    assert Comparison(method, method, Figure("ECE", "ece"), difference).sentence == sentence


def test_equal_seeds_are_no_error_of_nought_and_a_small_one_is_said_to_be_small() -> None:
    def written(*figures: float) -> str:
        runs = [network("CE", seed) for seed in range(len(figures))]
        rows = [row(run.run_id, "accuracy", value) for run, value in zip(runs, figures, strict=True)]
        shown = table(report(runs, rows), "Accuracy")
        return cells(shown.rows[0], shown.figures)[2]

    assert written(0.997, 0.997, 0.997) == "99.7"
    assert written(0.99700, 0.99701, 0.99699) == "99.7 ± under 0.1"
    assert written(0.99, 0.98, 0.97).startswith("98.0 ± 2.5")


def test_numbers_have_no_minus_nought() -> None:
    assert Figure("ECE", "ece").number(-0.0001, signed=True) == "0.0"
    assert Figure("NLL", "nll", share=False).number(-0.0126, signed=True) == "−0.013"


def test_what_only_a_run_that_was_trained_again_was_shown_has_no_table() -> None:
    old = network("CE", 0)
    new = replace(old, run_id="again")
    found = grid_report("g", [old, new], [row(old.run_id, "ood_auroc", 0.7, "MSP against noise")])
    assert found is not None
    assert found.grid.methods[0].runs == {0: "again"}
    assert not [table for table in found.tables if table.title.startswith("Near-OOD by")]
