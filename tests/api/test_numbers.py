"""The functions of arrays give what an audit stores for the same arrays, and what independent code gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

import core.api as hardlook
from core.answers.labels.duplicates import duplicate_summary
from core.answers.view.reader import open_reader
from core.pipeline.training.request import DifficultyRequest
from core.pipeline.training.train import training_pixels
from core.pipeline.training.weights import weigh
from core.scorers.registry import get_scorer
from core.store import views
from core.store.audit import Audit
from core.store.held_out import fit_rows, held_out
from core.store.metrics import read_metrics
from core.store.suggestions import doubted, suggested_labels
from core.training.batches import Batches
from core.training.checkpoints import load_checkpoint, saved_epochs
from core.types import Bools, Floats
from tests.metrics.oracles import aurc as aurc_plainly
from tests.pictures import Heard


class Arrays:
    """What an audit holds, as a person would have it: vectors, labels as text, which rows to learn from."""

    def __init__(self, audit: Audit) -> None:
        self.audit, self.hub = audit, views.open_hub(audit)
        names = views.classes(self.hub)
        self.labels = [names[code] for code in views.labels(self.hub)]
        self.features = views.embedding(self.hub, audit.latest("embed").run_id)
        self.splits = views.column(self.hub, "split").tolist()
        self.fit: Bools = fit_rows(np.array(self.splits))
        self.model = audit.latest("train")
        self.infos = {info.name: info for info in views.score_infos(self.hub)}

    def stored(self, name: str) -> Floats:
        return views.score(self.hub, self.infos[name].address)

    def inputs(self) -> dict[str, Any]:
        return {
            "features": self.features, "labels": self.labels, "fit": self.fit, "classes": views.classes(self.hub),
            "probabilities": views.probabilities(self.hub, self.model.run_id),
            "dynamics": views.dynamics(self.hub, self.model.run_id),
            "content_hashes": views.column(self.hub, "content_hash").tolist(),
        }  # fmt: skip


@pytest.fixture(scope="module")
def arrays(audited: Audit) -> Arrays:
    return Arrays(audited)


def test_distances_are_those_that_an_audit_stores(arrays: Arrays) -> None:
    rmd = hardlook.relative_mahalanobis(arrays.features, arrays.labels, fit=arrays.fit)
    # The stored fit pools the sums of five folds, so its last digits are rounded in another order.
    np.testing.assert_allclose(rmd, arrays.stored("rmd"), rtol=2e-5, atol=2e-5)
    md = hardlook.mahalanobis(arrays.features, arrays.labels, fit=arrays.fit)
    np.testing.assert_array_equal(md, arrays.stored("md"))


@pytest.mark.parametrize(
    "scorer",
    ["rmd", "md", "knn", "suspicion", "duplicates", "centroid", "kmeans", "outlier", "probe", "confident", "margin",
     "loss", "aum", "el2n"],
)  # fmt: skip
def test_a_score_is_the_one_that_an_audit_stores(arrays: Arrays, scorer: str) -> None:
    # The audit scored it without the model that a scorer may use besides.
    given = {name: array for name, array in arrays.inputs().items() if name not in get_scorer(scorer).may_use}
    frame = hardlook.score(scorer, **given)
    stored = {name for name, info in arrays.infos.items() if info.scorer == scorer}
    assert set(frame.attrs["scores"]) == stored
    names = [*views.classes(arrays.hub), None]
    for name in stored:
        np.testing.assert_array_equal(frame[name], arrays.stored(name))
        assert frame.attrs["scores"][name]["direction"] == arrays.infos[name].direction
        assert frame.attrs["scores"][name]["missing"] == arrays.infos[name].reason
        if f"{name}_suggested" in frame:
            suggested = suggested_labels(arrays.hub, arrays.infos[name].address)
            assert frame[f"{name}_suggested"].tolist() == [names[code] for code in suggested]
            np.testing.assert_array_equal(frame[f"{name}_doubted"], doubted(arrays.hub, arrays.infos[name].address))


def test_suspicion_is_the_score_of_that_name(arrays: Arrays) -> None:
    frame = hardlook.suspicion(arrays.features, arrays.labels, fit=arrays.fit)
    np.testing.assert_array_equal(frame["suspicion"], arrays.stored("suspicion"))


def test_vog_of_a_model_is_the_one_that_an_audit_stores(arrays: Arrays) -> None:
    folder = arrays.audit.checkpoints(arrays.model.run_id)
    epochs = saved_epochs(folder)
    networks = [load_checkpoint(folder, epoch) for epoch in epochs]
    pixels = training_pixels(arrays.audit, networks[0].image_size, Heard())
    images = Batches(pixels, networks[0].normalisation, torch.device("cpu")).images(np.arange(len(pixels)))
    model = load_checkpoint(folder, epochs[0]).model
    before = {name: value.clone() for name, value in model.state_dict().items()}
    frame = hardlook.vog(
        model, [network.model.state_dict() for network in networks], images, arrays.labels, device="cpu",
        classes=views.classes(arrays.hub),
    )  # fmt: skip
    stored = {name for name, info in arrays.infos.items() if info.scorer == "vog"}
    assert set(frame) == stored
    for name in stored:
        np.testing.assert_allclose(frame[name], arrays.stored(name), rtol=1e-5, atol=1e-7)
        assert frame.attrs["scores"][name]["direction"] is None
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_vog_reads_files_of_weights_and_keeps_the_mode_of_the_model(arrays: Arrays, tmp_path: Any) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3)).train()
    images, labels = torch.randn(5, 3, 2, 2), [0, 1, 2, 0, None]
    states = [{name: value * step for name, value in model.state_dict().items()} for step in (1.0, 2.0, 4.0)]
    for step, state in enumerate(states):
        torch.save(state, tmp_path / f"{step}.pt")
    one = hardlook.vog(model, states, images, labels)
    other = hardlook.vog(model, [tmp_path / "0.pt", str(tmp_path / "1.pt"), tmp_path / "2.pt"], images, labels)
    pd.testing.assert_frame_equal(one, other)
    assert model.training
    # A linear model's gradient of output y is its row of weights: by hand, without a batch or a graph.
    rows = np.stack([state["1.weight"].numpy().reshape(3, 3, 4) for state in states])
    by_hand = rows.mean(axis=2).std(axis=0).mean(axis=1)
    np.testing.assert_allclose(one["vog_logit_all"][:4], by_hand[[0, 1, 2, 0]], rtol=1e-6)
    assert np.isnan(one["vog_logit_all"][4])


def test_variance_of_gradients_is_a_plain_loop() -> None:
    maps = np.random.default_rng(0).normal(size=(4, 3, 2, 5))
    loop = [
        np.mean([np.std(maps[:, image, y, x]) for y in range(2) for x in range(5)]) for image in range(3)
    ]  # fmt: skip
    np.testing.assert_allclose(hardlook.variance_of_gradients(maps), loop)


def test_calibration_and_rejection_are_those_that_an_audit_stores(arrays: Arrays) -> None:
    rows = held_out(arrays.hub, arrays.model)
    said = views.predictions(arrays.hub, arrays.model.run_id)
    confidence = views.probabilities(arrays.hub, arrays.model.run_id)[rows].max(axis=1)
    correct = (said["predicted"] == views.labels(arrays.hub))[rows]
    stored = {(row.name, row.slice): row.estimate for row in read_metrics(arrays.hub)
              if row.subject == arrays.model.run_id}  # fmt: skip
    ece, width = (hardlook.expected_calibration_error(confidence, correct, binning=how) for how in ("mass", "width"))
    assert ece == pytest.approx(stored["ece", "all"].value, rel=1e-6)
    assert width == pytest.approx(stored["ece_width", "all"].value, rel=1e-6)
    error = hardlook.calibration_error(confidence, correct)
    assert error.numbers == pytest.approx(stored["calibration_error", "all"].numbers, rel=1e-6)
    if ("aurc", "MSP") in stored:  # of a model that is right throughout, nothing is stored
        assert hardlook.aurc(confidence, correct) == pytest.approx(stored["aurc", "MSP"].value, abs=1e-12)


def test_error_by_decile_is_the_one_that_an_audit_stores(arrays: Arrays) -> None:
    rows = held_out(arrays.hub, arrays.model)
    correct = views.predictions(arrays.hub, arrays.model.run_id)["predicted"] == views.labels(arrays.hub)
    found = hardlook.error_by_decile(arrays.stored("rmd_oof")[rows], correct[rows])
    stored = [row.estimate for row in read_metrics(arrays.hub, "error_by_decile")
              if row.subject == arrays.infos["rmd_oof"].address]  # fmt: skip
    assert len(stored) == 10
    np.testing.assert_allclose(found[["error", "low", "high"]], [one.numbers for one in stored])
    assert found["n"].sum() == rows.sum()


def test_difficulty_weights_are_those_that_training_uses(arrays: Arrays) -> None:
    weights = hardlook.difficulty_weights(arrays.stored("rmd")[arrays.fit])
    np.testing.assert_array_equal(weights, weigh(arrays.audit, DifficultyRequest(), arrays.fit, 0).s[arrays.fit])


def test_duplicates_are_those_that_an_audit_names(arrays: Arrays) -> None:
    summary = duplicate_summary(open_reader(arrays.audit), 0.95)
    assert summary is not None
    assert summary.groups
    frame = hardlook.find_duplicates(
        arrays.features, labels=arrays.labels, splits=arrays.splits, threshold=0.95,
        content_hashes=views.column(arrays.hub, "content_hash"),
    )  # fmt: skip
    for group, (_, members) in zip(summary.groups, frame.groupby("group"), strict=True):
        assert tuple(members["row"]) == group.rows
        assert members["exact"].tolist() == [group.exact] * len(group.rows)
        assert members["crosses_splits"].iloc[0] == group.crosses_splits
        assert members["lowest_similarity"].iloc[0] == pytest.approx(group.lowest_similarity)
        assert members["label"].tolist() == [arrays.labels[row] for row in group.rows]


def test_the_loss_is_its_formula_and_its_gradient_leaves_the_weights_alone() -> None:
    generator = np.random.default_rng(0)
    logits, labels, s = generator.normal(size=(6, 4)), np.arange(6) % 4, generator.random(6)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    by_hand = np.mean(-np.log(p[np.arange(6), labels]) + 0.3 * s * (p * np.log(p)).sum(axis=1))
    outputs = torch.tensor(logits, requires_grad=True)
    weights = torch.tensor(s, requires_grad=True)
    loss = hardlook.DifficultyAwareLoss()(outputs, torch.tensor(labels), weights)
    assert float(loss.detach()) == pytest.approx(by_hand, rel=1e-6)
    loss.backward()
    assert outputs.grad is not None
    assert weights.grad is None
    plain = hardlook.DifficultyAwareLoss(alpha=0)(outputs, labels.tolist(), s.tolist())
    expected = torch.nn.functional.cross_entropy(outputs, torch.tensor(labels))
    assert float(plain.detach()) == pytest.approx(float(expected.detach()))


def predictions(seed: int) -> tuple[Floats, Bools]:
    generator = np.random.default_rng(seed)
    confidence = generator.random(80)
    if seed % 2:
        confidence = np.round(confidence, 1)  # ties
    return confidence, generator.random(80) < confidence


@pytest.mark.parametrize("seed", range(6))
def test_aurc_is_the_mean_risk(seed: int) -> None:
    confidence, correct = predictions(seed)
    assert hardlook.aurc(confidence, correct) == pytest.approx(aurc_plainly(confidence, correct))


@pytest.mark.parametrize("seed", range(6))
def test_augrc_follows_from_accuracy_and_auroc(seed: int) -> None:
    confidence, correct = predictions(seed)
    error = 1 - correct.mean()
    expected = (1 - roc_auc_score(correct, confidence)) * error * (1 - error) + error**2 / 2  # Traub et al., equation 6
    assert hardlook.augrc(confidence, correct) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(6))
def test_augrc_is_the_area_under_accepted_errors(seed: int) -> None:
    confidence, correct = predictions(seed)
    thresholds = np.append(np.unique(confidence)[::-1], -np.inf)
    points = [(0.0, 0.0), *(((confidence >= at).mean(), ((confidence >= at) & ~correct).mean()) for at in thresholds)]
    coverage, risk = np.array(points).T
    assert hardlook.augrc(confidence, correct) == pytest.approx(np.trapezoid(risk, coverage))


def test_augrc_at_its_ends() -> None:
    right = np.array([True, True, False, False])
    assert hardlook.augrc([4, 3, 2, 1], right) == pytest.approx(0.5**2 / 2)  # errors last: the least there can be
    assert hardlook.augrc([1, 1, 1, 1], right) == pytest.approx(0.25)  # no order: half the error rate
    assert hardlook.augrc([1, 2], [True, True]) == 0
    assert hardlook.augrc([1, 2], [False, False]) == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore:Skipping check:sklearn.exceptions.SkipTestWarning")
def test_rmd_is_an_estimator_as_scikit_learn_wants_it() -> None:
    results = check_estimator(hardlook.RMD(), on_fail=None)
    assert [one for one in results if one["status"] == "failed"] == []
    assert {one["check_name"] for one in results if one["status"] == "skipped"} <= {"check_array_api_input"}
    assert len(results) > 30


def test_the_estimator_s_samples_are_higher_where_they_are_more_normal(arrays: Arrays) -> None:
    fit = arrays.fit
    labels = np.array(arrays.labels)
    model = hardlook.RMD().fit(arrays.features[fit], labels[fit])
    difficulty = model.difficulty(arrays.features, labels)
    np.testing.assert_allclose(difficulty, arrays.stored("rmd"), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(model.score_samples(arrays.features, labels), -difficulty)
    far = arrays.features[:3] * -5
    assert model.score_samples(far).max() < np.median(model.score_samples(arrays.features))
    nearest = np.min([model.difficulty(arrays.features, np.full(len(labels), one)) for one in model.classes_], axis=0)
    np.testing.assert_allclose(model.difficulty(arrays.features), nearest, rtol=1e-6, atol=1e-6)


def test_the_estimator_refuses_labels_that_it_was_not_fitted_on() -> None:
    model = hardlook.RMD().fit(np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2)
    with pytest.raises(ValueError, match="y has 7 in row 1, which is no class that was fitted"):
        model.difficulty(np.zeros((2, 3)), [0, 7])
    with pytest.raises(ValueError, match="y has 1 labels, and X 2 rows"):
        model.difficulty(np.zeros((2, 3)), [0])
    with pytest.raises(ValueError, match=r"ridge is -1 .*a number of 0 or more"):
        hardlook.RMD(ridge=-1).fit(np.zeros((4, 2)), [0, 1, 0, 1])
