"""Evaluating: which images a network is judged on, every row that it leaves, and a grid's comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from core.answers.labels.detection import lead
from core.answers.view.reader import open_reader
from core.cli.app import app
from core.errors import BadInput, MissingRun
from core.metrics.calibration.binned import expected_calibration_error, negative_log_likelihood
from core.metrics.difficulty import error_by_group
from core.metrics.labels import average_precision
from core.pipeline.evaluation.compare import compare_grid
from core.pipeline.evaluation.evaluate import evaluate, evaluate_models
from core.pipeline.training.predictions import prediction_tables
from core.store import views
from core.store.audit import Audit, create_audit
from core.store.metrics import (
    HELD_OUT_VOG,
    LABEL_AUROC,
    LABEL_AVERAGE_PRECISION,
    LABEL_PRECISION,
    Metric,
    read_metrics,
)
from core.store.writer import open_run
from core.types import Bools, Estimate, Floats, Ints, RunSpec
from tests.benchmarks.synthetic import ITEMS, write_items
from tests.metrics.oracles import aurc, auroc, fpr_at_tpr
from tests.pictures import Heard

N, K = 400, 4
LABELS: Ints = np.arange(N) % K
TRAINED_ON = np.arange(N) // K % 2 == 0


def logits_of(seed: int, sharp: float = 2.0) -> Floats:
    """Logits that are right about three times in four."""
    rng = np.random.default_rng(seed)
    return (sharp * (2 * np.eye(K)[LABELS] + rng.normal(size=(N, K)) * 1.2)).astype(np.float32)


def add_network(audit: Audit, logits: Floats, *, seed: int = 0, are_logits: bool = True, **parameters: Any) -> str:
    """Publish a network that says this of every image; its run id."""
    spec = RunSpec("train", "net", {"items": ITEMS, "labels": "given"}, {"model": "net", **parameters}, seed)
    with open_run(audit, spec, k=K) as writer:
        ids = np.arange(N, dtype=np.int32)
        writer.commit("all", prediction_tables(ids, logits, LABELS, TRAINED_ON, are_logits=are_logits))
        writer.publish()
    return str(writer.run_id)


def add_score(
    audit: Audit, name: str, values: Floats, direction: int | None = 1, scorer: str = "", **parameters: str
) -> str:
    """Publish a score column; its address."""
    about = {"name": [name], "scorer": [scorer or name], "parameters": [json.dumps(parameters)], "encoder_run": [""],
             "model_run": [""], "direction": [direction], "fitted_on": [""], "reason": [""]}  # fmt: skip
    column = {"name": [name] * N, "image_id": np.arange(N, dtype=np.int32), "value": values.astype(np.float32)}
    with open_run(audit, RunSpec("score", name, {"items": ITEMS}, {})) as writer:
        writer.commit("all", {"score": column, "score_column": about})
        writer.publish()
    return f"{writer.run_id}:{name}"


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    made = create_audit("a", tmp_path)
    write_items(made, LABELS, K)
    return made


def rows_of(audit: Audit) -> dict[tuple[str, str, str], Metric]:
    rows = read_metrics(views.open_hub(audit))
    return {(row.name, row.subject, row.slice): row for row in rows}


def test_every_row_is_the_plain_function_s_on_the_unseen_images(audit: Audit) -> None:
    logits, difficulty = logits_of(0), np.random.default_rng(1).normal(size=N)
    network, address = add_network(audit, logits), add_score(audit, "rmd", difficulty)
    evaluate(audit, Heard())
    found, unseen = rows_of(audit), ~TRAINED_ON
    p = views.probabilities(views.open_hub(audit), network)[unseen]
    labels, correct, confidence = LABELS[unseen], (logits.argmax(axis=1) == LABELS)[unseen], p.max(axis=1)
    part = labels == 2
    groups = error_by_group(difficulty[unseen].astype(np.float32), correct, int(unseen.sum()) // 10)
    expected = {
        ("accuracy", network, "all"): correct.mean(),
        ("ece", network, "all"): expected_calibration_error(confidence, correct),
        ("nll", network, "class class 2"): negative_log_likelihood(p[part], labels[part]),
        ("misclassification_auroc", network, "MSP"): auroc(confidence, correct),
        ("misclassification_aupr_error", network, "MSP"): average_precision(-confidence, ~correct),
        ("misclassification_fpr95", network, "MSP"): fpr_at_tpr(confidence, correct),
        ("aurc", network, "MSP"): aurc(confidence, correct),
        ("accuracy_by_rejection", network, "rejected 0 %"): correct.mean(),
        ("wrong_confidence", network, "median"): np.median(confidence[~correct]),
        ("error_by_group", address, "group 1"): groups.error[0],
    }
    for key, value in expected.items():
        assert found[key].estimate.value == pytest.approx(value, abs=1e-6), key
    assert found[("accuracy", network, "all")].estimate.n == unseen.sum()
    for name in ("ece", "ece_width", "brier", "nll"):
        parts = {part for one, subject, part in found if (one, subject) == (name, network)}
        assert {"all", "class class 0", "decile 1", "decile 10", "before scaling", "after scaling"} <= parts, name
    assert address in found[("ece", network, "decile 1")].note
    assert ("false_negative_correlation", address, "all") in found


def test_vog_is_normalised_over_the_held_out_images_and_not_over_those_trained_on(audit: Audit) -> None:
    """Errors have the higher raw VoG of their class; classes differ, and images trained on pull their means apart."""
    logits, rng = logits_of(0), np.random.default_rng(1)
    network = add_network(audit, logits)
    correct, unseen = logits.argmax(axis=1) == LABELS, ~TRAINED_ON
    raw = 5.0 + 3 * LABELS + rng.normal(size=N) + 1.0 * ~correct + 6 * TRAINED_ON * (LABELS % 2)
    address = add_score(audit, "vog_logit_late", raw, None, "vog", activation="given label")
    others = [
        add_score(audit, "vog_logit_early", raw, None, "vog", activation="given label", form="eq3"),
        add_score(audit, "vog_logit_all_normalised", raw, None, "vog", activation="given label"),
        add_score(audit, "vog_logit_all_predicted", raw, None, "vog", activation="predicted label"),
    ]
    evaluate(audit, Heard())
    found = rows_of(audit)

    def normalised(rows: Bools) -> Floats:
        of_class = [raw[rows & (k == LABELS)] for k in range(K)]
        return np.array([(raw[i] - of_class[LABELS[i]].mean()) / of_class[LABELS[i]].std() for i in range(N)])

    row = found[HELD_OUT_VOG["auroc"], address, "all"]
    assert row.estimate.value == pytest.approx(auroc(normalised(unseen)[unseen], ~correct[unseen]), abs=1e-6)
    assert row.estimate.value != pytest.approx(auroc(normalised(np.ones(N, bool))[unseen], ~correct[unseen]), abs=0.01)
    assert row.estimate.n == unseen.sum()
    assert row.by == network
    assert "200 held-out images" in row.note
    highest = np.argsort(normalised(unseen)[unseen])[-20:]
    decile = found[HELD_OUT_VOG["error"], address, "decile 10"].estimate
    assert decile.value == pytest.approx((~correct[unseen])[highest].mean())
    assert not {subject for name, subject, _ in found if name in HELD_OUT_VOG.values()} & set(others)


def test_temperature_scaling_mends_a_network_that_is_too_sure(audit: Audit) -> None:
    network = add_network(audit, logits_of(0, sharp=6.0))
    evaluate(audit, Heard())
    found = rows_of(audit)
    assert found[("temperature", network, "all")].estimate.low > 1
    before, after = (found[("nll", network, f"{when} scaling")] for when in ("before", "after"))
    assert after.estimate.high < before.estimate.value
    assert (
        before.estimate.n == after.estimate.n == (~TRAINED_ON).sum() - found[("temperature", network, "all")].estimate.n
    )


def test_classes_a_network_was_not_given_are_not_held_against_it(audit: Audit) -> None:
    logits = logits_of(0)
    logits[:, 3] = -100
    network = add_network(audit, logits, held_out_classes=["class 3"])
    evaluate(audit, Heard())
    found, given = rows_of(audit), ~TRAINED_ON & (LABELS != 3)
    assert found[("accuracy", network, "all")].estimate.n == given.sum()
    assert found[("accuracy", network, "all")].estimate.value == pytest.approx(
        (logits.argmax(axis=1) == LABELS)[given].mean()
    )
    assert ("accuracy", network, "class class 3") not in found


def test_a_network_that_errs_nowhere_or_everywhere_has_what_can_be_said(audit: Audit) -> None:
    never, always = add_network(audit, np.eye(K)[LABELS] * 9), add_network(audit, np.eye(K)[LABELS - 1] * 9, loss="x")
    evaluate_models(audit, audit.runs("train"), Heard())
    found = rows_of(audit)
    assert found[("accuracy", never, "all")].estimate.value == 1
    assert found[("accuracy", always, "all")].estimate.value == 0
    names = {(name, subject) for name, subject, _ in found}
    assert not {("misclassification_auroc", never), ("wrong_entropy", never), ("aurc", always)} & names
    assert ("wrong_entropy", always) in names


def test_evaluating_again_computes_nothing_and_a_new_score_only_what_stands_for_itself(audit: Audit) -> None:
    add_network(audit, logits_of(0))
    add_network(audit, logits_of(1), grid="g", method="CE")
    first = evaluate_models(audit, audit.runs("train"), Heard())
    assert [done.new for done in evaluate_models(audit, audit.runs("train"), Heard())] == [False, False]
    address = add_score(audit, "knn", np.arange(N) / N)
    second = evaluate_models(audit, audit.runs("train"), Heard())
    assert [done.new for done in second] == [True, False]
    assert second[1].run_id == first[1].run_id
    judged = {row.subject for row in read_metrics(views.open_hub(audit, [second[0].run]), "direction")}
    assert judged == {address}


def add_grid(audit: Audit) -> None:
    difficulty = {"score": "rmd", "run": "x", "control": ""}
    weighted = {"loss": "difficulty_aware_entropy", "difficulty": difficulty}
    for seed in range(2):
        for method, sharp, more in (
            ("CE", 2.0, {"loss": "cross_entropy"}), ("focal", 0.7, {"loss": "focal"}),
            ("difficulty-aware", 1.5, weighted),
            ("equal-strength ER", 1.5, {**weighted, "difficulty": {**difficulty, "control": "equal"}}),
        ):  # fmt: skip
            add_network(audit, logits_of(seed, sharp), seed=seed, grid="small", method=method, **more)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """An audit with a grid of two seeds, evaluated once."""
    made = create_audit("with a grid", tmp_path_factory.mktemp("audits"))
    write_items(made, LABELS, K)
    add_grid(made)
    evaluate_models(made, made.runs("train"), Heard())
    return made


def test_a_score_whose_low_values_are_the_hardest_is_ranked_from_below_where_wrong_labels_are_sought(
    audit: Audit,
) -> None:
    rng = np.random.default_rng(5)
    wrong = rng.random(N) < 0.2
    with duckdb.connect(str(audit.items_path)) as connection:
        connection.register("truth", pa.table({"image_id": np.arange(N), "t": (LABELS + wrong) % K}))
        connection.execute("UPDATE images SET true_label = t FROM truth WHERE images.image_id = truth.image_id")
    suspect = (wrong + rng.normal(size=N)).astype(np.float32)
    high, low = add_score(audit, "suspect", suspect), add_score(audit, "quality", -suspect, direction=-1)
    evaluate(audit, Heard())
    rows = rows_of(audit)
    for name in (LABEL_AUROC, LABEL_AVERAGE_PRECISION, LABEL_PRECISION):
        assert rows[name, low, "all"].estimate == rows[name, high, "all"].estimate
    assert rows[LABEL_AUROC, low, "all"].estimate.value == pytest.approx(auroc(suspect, wrong))
    reader = open_reader(audit)
    ahead = lead(reader, high, low)
    assert ahead is not None
    assert ahead.value == 0


def test_a_grid_s_comparison_is_kept_as_rows(grid: Audit) -> None:
    compare_grid(grid, "small", Heard())
    found = rows_of(grid)
    ours = [run.run_id for run in grid.runs("train") if run.parameters["method"] == "CE"]
    mean = np.mean([found[("nll", run_id, "all")].estimate.value for run_id in ours])
    assert found[("seed_mean", "grid small: CE", "nll")].estimate.value == pytest.approx(mean)
    difference = found[("paired_difference", "grid small: focal - CE", "nll")]
    assert difference.estimate.n == 2
    assert difference.note.startswith(("higher by", "lower by", "no difference that two"))
    assert ("paired_difference", "grid small: difficulty-aware - equal-strength ER", "ece") in found
    # Sharpness alone sets these apart: the same images are right, to the last one.
    assert found[("paired_difference", "grid small: focal - CE", "accuracy")].estimate.value == 0


def test_accuracy_of_a_grid_is_compared_over_images_too(tmp_path: Path) -> None:
    made = create_audit("over images", tmp_path)
    write_items(made, LABELS, K)
    weights = {"score": "rmd", "run": "x", "control": ""}
    for seed in range(3):
        for method, of, more in (("CE", seed, {"loss": "cross_entropy"}), ("difficulty-aware", seed + 10, {
            "loss": "difficulty_aware_entropy", "difficulty": weights})):  # fmt: skip
            add_network(made, logits_of(of), seed=seed, grid="small", method=method, **more)
    evaluate_models(made, made.runs("train"), Heard())
    compare_grid(made, "small", Heard())
    found = rows_of(made)
    of_both = found["paired_accuracy_difference", "grid small: difficulty-aware - CE", "all"].estimate
    of_seeds = found["paired_difference", "grid small: difficulty-aware - CE", "accuracy"].estimate
    assert of_both.value == pytest.approx(of_seeds.value)
    assert of_both.n == found["accuracy", made.runs("train")[0].run_id, "all"].estimate.n
    assert of_both.has_interval


def test_the_command_prints_the_tables_and_writes_them(
    grid: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(grid.path.parent))
    path = tmp_path / "tables.md"
    done = CliRunner().invoke(app, ["evaluate", "--grid", "small", "--markdown", str(path)], catch_exceptions=False)
    assert done.exit_code == 0
    for part in ("Accuracy and calibration (Tables 2 and 7", "two seeds can show", "comparisons were made"):
        assert part in done.output, part
    text = path.read_text()
    assert "| method | seeds | accuracy |" in text
    assert "difficulty-aware – equal-strength ER" in text
    assert "hardlook evaluate --grid small --ood held-out" in text
    target = str(tmp_path / "no folder" / "x.md")
    with pytest.raises(BadInput, match="cannot be written"):
        CliRunner().invoke(app, ["evaluate", "--grid", "small", "--markdown", target], catch_exceptions=False)


def test_networks_that_predictions_alone_are_known_of_are_judged_alike(audit: Audit) -> None:
    network = add_network(audit, logits_of(0), are_logits=False, source="predictions")
    evaluate(audit, Heard())
    found = rows_of(audit)
    for key in (("temperature", "all"), ("aurc", "entropy"), ("ece", "after scaling")):
        assert np.isfinite(found[(key[0], network, key[1])].estimate.value), key


def test_what_is_not_there_is_named(audit: Audit) -> None:
    with pytest.raises(MissingRun, match="no model of a grid 'other'"):
        compare_grid(audit, "other", Heard())
    with pytest.raises(BadInput, match="--grid NAME"):
        CliRunner().invoke(app, ["evaluate", "--markdown", "x.md"], catch_exceptions=False)


def rows_beside(audit: Audit, ours: Floats, theirs: Floats) -> tuple[dict[tuple[str, str, str], Metric], str]:
    """What evaluating one network says of RMD beside MD; RMD's address."""
    add_network(audit, logits_of(0))
    address = add_score(audit, "rmd", ours)
    add_score(audit, "md", theirs)
    evaluate(audit, Heard())
    return rows_of(audit), address


def difference_from(name: str, found: dict[tuple[str, str, str], Metric], address: str) -> Estimate | None:
    """Of RMD less a score of that name, whose address its slice has."""
    of = ("error_auroc_difference", address)
    rows = [row for key, row in found.items() if key[:2] == of and key[2].endswith(f":{name}")]
    assert all(row.slice.startswith("less score-") for row in rows)
    return rows[0].estimate if rows else None


def test_rmd_that_knows_the_errors_is_ahead_of_an_md_that_does_not(audit: Audit) -> None:
    wrong = logits_of(0).argmax(axis=1) != LABELS
    noise = np.random.default_rng(3).normal(size=(2, N))
    found, address = rows_beside(audit, 2 * wrong + noise[0], noise[1])
    ahead = difference_from("md", found, address)
    assert ahead is not None
    unseen = ~TRAINED_ON
    ours, theirs = (auroc(score[unseen], wrong[unseen]) for score in (2 * wrong + noise[0], noise[1]))
    assert ahead.value == pytest.approx(ours - theirs, abs=1e-4)
    assert ahead.low > 0
    assert ahead.n == unseen.sum()
    assert difference_from("kmeans", found, address) is None


def test_two_orders_that_know_nothing_are_not_told_apart(audit: Audit) -> None:
    noise = np.random.default_rng(4).normal(size=(2, N))
    found, address = rows_beside(audit, noise[0], noise[1])
    apart = difference_from("md", found, address)
    assert apart is not None
    assert apart.low < 0 < apart.high


def test_rejection_by_entropy_has_rows_of_its_own(audit: Audit) -> None:
    logits = logits_of(0)
    network = add_network(audit, logits)
    evaluate(audit, Heard())
    found, unseen = rows_of(audit), ~TRAINED_ON
    p = views.probabilities(views.open_hub(audit), network)[unseen].astype(np.float64)
    correct = (logits.argmax(axis=1) == LABELS)[unseen]
    entropy = -(p * np.log(p)).sum(axis=1)
    kept = np.argsort(entropy)[: round(0.7 * len(entropy))]
    row = found["accuracy_by_rejection", network, "rejected 30 % by entropy"]
    assert row.estimate.value == pytest.approx(correct[kept].mean(), abs=1e-6)
    assert row.estimate.n == len(kept)
    surest = np.argsort(-p.max(axis=1))[: round(0.7 * len(entropy))]
    assert found["accuracy_by_rejection", network, "rejected 30 %"].estimate.value == pytest.approx(
        correct[surest].mean(), abs=1e-6
    )
