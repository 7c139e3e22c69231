from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.estimates import grid, grids, measured
from core.answers.models.calibration import ENTROPY, Reliability, gap_in_words, refusal, reliability, when_wrong
from core.answers.models.difficulty_weights import NORMALISATIONS, TEMPERATURES, weight_counts
from core.answers.models.predictions import ModelPredictions, model_predictions
from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader, open_reader
from core.metrics.calibration.binned import Binning, expected_calibration_error, reliability_bins
from core.metrics.selective import accuracy_by_rejection
from tests.audits import build_audit, publish


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    made = build_audit(tmp_path_factory.mktemp("audits"), n=200)
    run = made.audit.runs("train")[0].run_id
    names = ("name", "subject", "slice", "value", "low", "high", "n", "note")
    rows = [
        ("brier", run, "all", 0.5, 0.4, float("nan"), 7, "newer"),
        ("corruption_ece", run, "fog 3", 0.2, 0.1, 0.3, 7, ""),
    ]
    columns = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
    publish(made.audit, "evaluate", "later", {"metric": columns})
    return open_reader(made.audit)


def said(n: int = 200, *, confidence: float | None = None) -> ModelPredictions:
    """A model that is right as often as it says, or always as sure; the first half held out."""
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.3, 1.0, n) if confidence is None else np.full(n, confidence)
    every, held_out = np.ones(n, bool), np.arange(n) < n // 2
    right = rng.random(n) < (sure if confidence is None else 0.5)
    return ModelPredictions("run", every, right, ~held_out, held_out, np.zeros(n, np.int32), sure.astype(np.float32),
                  (1 - sure).astype(np.float32))  # fmt: skip


def test_reliability_is_of_the_held_out_images_in_view(reader: Reader) -> None:
    model = said()
    found = reliability(reader, model, Selection(label=1))
    assert found is not None
    rows = model.held_out & (reader.labels == 1)
    assert found.n == rows.sum() == found.bins.n.sum()
    assert found.accuracy == pytest.approx(model.correct[rows].mean())
    binnings: tuple[Binning, ...] = ("mass", "width")
    for binning in binnings:
        one = reliability(reader, model, Selection(label=1), binning)
        assert one is not None
        assert one.ece == pytest.approx(
            expected_calibration_error(model.confidence[rows], model.correct[rows], min(15, one.n), binning)
        )
    assert reliability(reader, model, Selection(split="nonesuch")) is None


def test_fewer_images_than_bins_have_a_bin_each(reader: Reader) -> None:
    model = said()
    few = ModelPredictions(**{**model.__dict__, "held_out": np.arange(200) < 4})
    found = reliability(reader, few, Selection())
    assert found is not None
    assert found.bins.n.tolist() == [1, 1, 1, 1]


def test_a_share_that_so_few_images_cannot_have_rejected_is_not_told_of_another(reader: Reader) -> None:
    """Of three images a third or two thirds can be rejected: of 30 % there is a point near, of 10 or 50 % none."""
    few = ModelPredictions(**{**said().__dict__, "held_out": np.arange(200) < 3})
    found = refusal(reader, few, Selection())
    assert found is not None
    assert [found.near(share) for share in (0.0, 0.1, 0.3, 0.5, 0.7)] == [0, None, 1, None, 2]
    whole = refusal(reader, said(), Selection())
    assert whole is not None
    assert all(whole.near(share) is not None for share in np.arange(10) / 10)


@pytest.mark.parametrize(("sure", "says"), [(0.9, "overconfident"), (0.1, "underconfident"), (0.5, "as sure as right")])
def test_the_gap_is_named_where_the_interval_of_accuracy_leaves_confidence_out(sure: float, says: str) -> None:
    confidence, correct = np.full(400, sure), np.arange(400) % 2 == 0
    found = Reliability(reliability_bins(confidence, correct, 2), 0.0, 0.5, sure, 400)
    assert says in gap_in_words(found)
    assert gap_in_words(found).endswith(f"by chance in about {len(found.bins.n) / 20:.1g}")


def test_refusal_is_the_curve_of_the_metric_and_ends_with_what_is_surest(reader: Reader) -> None:
    model = said()
    found = refusal(reader, model, Selection())
    assert found is not None
    rows = model.held_out
    np.testing.assert_allclose(
        found.accuracy, accuracy_by_rejection(model.confidence[rows], model.correct[rows], found.rejected)
    )
    assert found.kept[0] == 100
    assert (found.low <= found.accuracy).all()
    assert (found.accuracy <= found.high).all()


def test_entropy_refuses_in_an_order_of_its_own(reader: Reader) -> None:
    model = said()
    found = refusal(reader, model, Selection(), by=ENTROPY)
    assert found is not None
    rows = model.held_out
    np.testing.assert_allclose(
        found.accuracy, accuracy_by_rejection(-model.entropy[rows], model.correct[rows], found.rejected)
    )


def test_errors_and_right_predictions_are_told_apart(reader: Reader) -> None:
    model = said()
    found = when_wrong(reader, model, Selection())
    assert found is not None
    wrong = model.held_out & ~model.correct
    assert found.n == wrong.sum()
    assert found.confidence[2] == pytest.approx(np.median(model.confidence[wrong]))
    assert (found.confidence < found.right_confidence).all()
    all_right = ModelPredictions(**{**model.__dict__, "correct": np.ones(200, bool)})
    assert when_wrong(reader, all_right, Selection()) is None


def test_the_newest_measurement_counts_and_what_has_no_end_has_none(reader: Reader) -> None:
    (row,) = [table["all"] for table in measured(reader, "brier").values()]
    assert (row.estimate.value, row.estimate.low, row.note) == (0.5, 0.4, "newer")
    assert np.isnan(row.estimate.high)
    assert not row.estimate.has_interval
    assert measured(reader, "nonesuch") == {}
    assert grids(reader) == []
    assert grid(reader, "nonesuch") is None


def test_weights_are_shares_of_all_training_images_and_grow_with_temperature(reader: Reader) -> None:
    rmd = score_choices(reader)[0]
    for normalise in NORMALISATIONS:
        found = weight_counts(reader, rmd, normalise)
        assert [one.temperature for one in found] == list(TEMPERATURES)
        assert all(one.share.sum() == pytest.approx(1) for one in found)
    means = [one.mean for one in weight_counts(reader, rmd, "minmax")]
    assert means == sorted(means)


def test_images_of_a_held_out_class_are_not_evaluated_on(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=100)
    n = len(made.labels)
    run = publish(made.audit, "train", "partial", {"prediction": {
        "image_id": np.arange(n, dtype=np.int32), "predicted": made.predicted,
        "confidence": np.full(n, 0.5, np.float32), "correct": made.predicted == made.labels,
        "trained_on": np.zeros(n, bool),
    }}, k=5, held_out_classes=["shirt"])  # fmt: skip
    model = model_predictions(open_reader(made.audit), run)
    assert not model.known[made.labels == 0].any()
    assert model.known[made.labels != 0].all()
    # It left training images out too; those may carry wrong labels that the other splits do not.
    np.testing.assert_array_equal(model.held_out, (made.labels != 0) & (made.splits != "train"))
