"""The rows of smECE, AUGRC, the parts of NLL, equal confidence and usable information that evaluating leaves."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.calibration.forecasts import forecasts
from core.metrics.calibration.refinement import nll_parts
from core.metrics.calibration.smoothed import smoothed_calibration_error
from core.metrics.usable_information import usable_information
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.evaluation.fifths import fifths_rows
from core.pipeline.evaluation.held_out import HeldOutPredictions
from core.pipeline.evaluation.model_metrics import Difficulty
from core.pipeline.evaluation.temperature_scaling import scaling_of
from core.store import views
from core.store.audit import Audit
from core.store.metrics import Metric
from core.store.provenance import provenance_of
from core.store.writer import open_run
from core.types import Floats, RunSpec
from tests.benchmarks.synthetic import ITEMS
from tests.metrics.oracles import augrc
from tests.pictures import Heard
from tests.pipeline.evaluation.test_evaluate import LABELS, TRAINED_ON, N, add_network, add_score, logits_of, rows_of
from tests.pipeline.evaluation.test_evaluate import audit as audit


def add_probe(audit: Audit) -> tuple[str, Floats]:
    """Publish a probe's column of an embedding that is named only; the embedding's run id and the column."""
    values = np.random.default_rng(5).uniform(0, 0.9, N).astype(np.float32)
    about = {"name": ["probe_self_confidence"], "scorer": ["probe"], "parameters": ["{}"], "encoder_run": ["embed-x"],
             "model_run": [""], "direction": [1], "fitted_on": [""], "reason": [""]}  # fmt: skip
    column = {"name": ["probe_self_confidence"] * N, "image_id": np.arange(N, dtype=np.int32), "value": values}
    with open_run(audit, RunSpec("score", "probe", {"items": ITEMS}, {})) as writer:
        writer.commit("all", {"score": column, "score_column": about})
        writer.publish()
    return "embed-x", values


def test_each_row_is_the_plain_function_s(audit: Audit) -> None:
    logits, unseen = logits_of(0), ~TRAINED_ON
    network = add_network(audit, logits)
    add_score(audit, "rmd", np.random.default_rng(2).normal(size=N))  # which knows the images' labels
    address = add_score(audit, "rmd_nearest", np.random.default_rng(1).normal(size=N))
    embedding, values = add_probe(audit)
    evaluate(audit, Heard())
    found = rows_of(audit)
    hub = views.open_hub(audit)
    p = views.probabilities(hub, network)[unseen]
    correct, confidence = (logits.argmax(axis=1) == LABELS)[unseen], p.max(axis=1)
    parts = nll_parts(p, LABELS[unseen])
    expected = {
        ("smece", network, "all"): smoothed_calibration_error(confidence, correct),
        ("augrc", network, "MSP"): augrc(confidence, correct),
        ("nll_refinement", network, "all"): parts.refinement.value,
        ("nll_calibration", network, "all"): parts.calibration.value,
        ("usable_information", embedding, "all"): usable_information(1 - values.astype(float), LABELS).value,
    }
    for key, value in expected.items():
        assert found[key].estimate.value == pytest.approx(value, abs=1e-6), key
        assert provenance_of(key[0]) is not None
    whole = found[("nll", network, "all")].estimate.value
    assert parts.refinement.value + parts.calibration.value == pytest.approx(whole, abs=1e-6)
    for part in ("all", "before scaling", "after scaling"):
        for name in ("smece", "ece_within_fifths"):
            by_chance = found[f"{name}_by_chance", network, part]
            assert by_chance.note == "if confidence were right"
            assert 0 < by_chance.estimate.value < 1
            assert by_chance.estimate.unit == "share"
            assert provenance_of(f"{name}_by_chance") is not None
        assert found[("equal_confidence_gap", network, part)].note == f"easiest less hardest fifth of {address}"
    units = {name: found[(name, subject, part)].estimate.unit for name, subject, part in expected}
    assert (units["smece"], units["augrc"], units["nll_refinement"], units["usable_information"]) == (
        "share", "", "nats", "bits"
    )  # fmt: skip
    entropy = found["label_entropy", embedding, "all"].estimate
    assert entropy.value == pytest.approx(2.0)
    assert entropy.unit == "bits"
    assert {part for name, _, part in found if name == "usable_information"} == {
        "all", *(f"class class {label}" for label in range(4))
    }  # fmt: skip


def planted(audit: Audit, gap: float) -> dict[tuple[str, str], Metric]:
    """Rows by difficulty of a model that is right `gap` less often on the harder half, at equal confidence."""
    logits, rng = logits_of(0), np.random.default_rng(4)
    network = add_network(audit, logits)
    evaluate(audit, Heard())
    hub = views.open_hub(audit)
    run = next(run for run in hub.runs if run.run_id == network)
    n = 20_000
    confidence, difficulty = rng.uniform(0.5, 0.95, n), rng.normal(size=n)
    right = rng.random(n) < confidence - gap * (difficulty > 0) + gap * (difficulty <= 0)
    probabilities = np.full((n, 4), 0.0)
    probabilities[:, 0], probabilities[:, 1:] = confidence, ((1 - confidence) / 3)[:, None]
    labels = np.where(right, 0, 1)
    entropy = -(probabilities * np.log(probabilities)).sum(axis=1)
    held_out = HeldOutPredictions(
        run, np.ones(n, bool), labels, probabilities, entropy, forecasts(probabilities, labels, right)
    )
    rows = fifths_rows(held_out, Difficulty("s:rmd", difficulty), scaling_of(held_out, 0), 0)
    return {(row.name, row.slice): row for row in rows}


@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_a_planted_gap_is_there_before_and_after_a_temperature_and_one_that_is_not_is_not(
    audit: Audit, gap: float
) -> None:
    rows = planted(audit, gap)
    for part in ("all", "before scaling", "after scaling"):
        found = rows["equal_confidence_gap", part].estimate
        assert found.low < 2 * gap < found.high
        assert (found.low > 0) == (gap > 0)
        within = rows["ece_within_fifths", part].estimate.value
        by_chance = rows["ece_within_fifths_by_chance", part].estimate.value
        assert (within > 1.3 * by_chance) == (gap > 0)
    curves = [part for name, part in rows if name == "accuracy_at_confidence"]
    assert len(curves) == 2 * 15
    assert rows["accuracy_at_confidence", curves[0]].slice.startswith("easiest fifth 1 at 0.5")
