"""Out-of-distribution images told by every score: of other data, of another audit, of classes held out."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.pipeline.evaluation.choose_models import choose_models
from core.pipeline.evaluation.corruption_ladder import corruption_ladder
from core.pipeline.evaluation.ood.near_ood import near_ood
from core.pipeline.evaluation.ood.origins import AnotherAudit, Sides
from core.pipeline.evaluation.ood.rows import highest, lead_of, lead_rows, ood_rows, scores_of_both
from core.pipeline.evaluation.ood.scores import Nearest, vog_run
from core.pipeline.evaluation.ood.sides import OtherImages, own_scores
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.train import train
from core.store import views
from core.store.audit import Audit, list_audits
from core.store.held_out import held_out
from tests.pictures import Heard
from tests.pipeline.evaluation.robustness.metric_rows import rows_of

OF_PREDICTIONS = ("MSP", "entropy", "MaxLogit", "energy")
OF_FEATURES = ("Mahalanobis", "kNN", "KDE", "PCA")


def test_other_images_are_judged_by_every_score_and_their_audit_stays_out_of_sight(
    audit: Audit, tmp_path: Path
) -> None:
    others = tmp_path / "others" / "grey"
    others.mkdir(parents=True)
    draw = np.random.default_rng(5)
    for i in range(24):
        Image.fromarray(np.repeat(draw.integers(0, 255, (16, 16, 1), np.uint8), 3, axis=2)).save(others / f"{i}.png")
    before = [one.name for one in list_audits()]
    network, heard = audit.runs("train")[-1], Heard()
    near_ood(audit, [network], str(others.parent), heard, images=40)
    assert [one.name for one in list_audits()] == before
    rows = rows_of(audit, "ood_")
    scores = {*OF_PREDICTIONS, *OF_FEATURES, "ODIN", "RMD-nearest", "VoG", "VoG reversed"}
    for name in ("ood_auroc", "ood_aupr_in", "ood_aupr_out", "ood_fpr95", "ood_prevalence"):
        assert {part for metric, part in rows if metric == name} == {f"{score} against others" for score in scores}
    of_all = [row for (metric, _), row in rows.items() if not metric.startswith(("ood_class", "ood_share"))]
    assert all(row.estimate.n == 64 for row in of_all)  # 40 familiar ones drawn of 60, and all 24 others
    assert rows["ood_prevalence", "MSP against others"].estimate.value == pytest.approx(40 / 64)
    both_ways = [rows["ood_auroc", f"{score} against others"].estimate.value for score in ("VoG", "VoG reversed")]
    assert sum(both_ways) == pytest.approx(1)
    # Grey images are like none of the three colours to an encoder.
    assert rows["ood_auroc", "RMD-nearest against others"].estimate.value > 0.9
    assert "low VoG (logit_late_predicted) is in-distribution" in rows["ood_auroc", "VoG against others"].note
    assert "40 in-distribution images against 24 of 'others'" in heard.text


def test_the_same_images_in_another_audit_look_the_same_to_every_score(audit: Audit, tmp_path: Path) -> None:
    shutil.copytree(audit.path, tmp_path / "audits" / "twin")
    network = audit.runs("train")[-1]
    hub = views.open_hub(audit, audit.runs())
    ids, vog = np.flatnonzero(held_out(hub, network)), vog_run(audit, network)
    assert vog is not None
    nearest = Nearest(audit, audit.runs("embed")[0])
    twin = AnotherAudit(audit, Audit(tmp_path / "audits" / "twin"), 1000, 0)
    others = OtherImages(audit, nearest, twin, torch.device("cpu"))
    theirs = others.scored(network, vog, others.sides(network).others)
    ours = own_scores(audit, network, vog, nearest, ids)
    assert theirs.scores.keys() == ours.scores.keys() == {"MSP", "entropy", "MaxLogit", "energy", "VoG", "RMD-nearest"}
    for name, values in ours.scores.items():
        assert theirs.scores[name][ids] == pytest.approx(values, rel=1e-3, abs=1e-4), name
    np.testing.assert_array_equal(theirs.predicted[ids], ours.predicted)


def test_classes_held_out_of_training_are_the_others(audit: Audit) -> None:
    request = TrainRequest("lenet", epochs=2, image_size=16, held_out_classes=("green",), grid="g", method="CE")
    network = train(audit, Heard(), request).run
    heard = Heard()
    (done,) = near_ood(audit, choose_models(audit, grid="g"), "held-out", heard)
    assert f"VoG is left out. It needs: hardlook score vog --model {network.run_id}" in heard.text
    assert "40 in-distribution images against 20 of classes green" in heard.text
    assert done.run.inputs["train"] == network.run_id
    rows, hub = rows_of(audit, "ood_"), views.open_hub(audit, [network])
    said = views.predictions(hub, network.run_id)
    test, green = views.column(hub, "split") == "test", views.labels(hub) == views.classes(hub).index("green")
    ours, theirs = (said["max_logit"][test & side] for side in (~green, green))
    above = (ours[:, None] > theirs).mean() + 0.5 * (ours[:, None] == theirs).mean()
    found = rows["ood_auroc", "MaxLogit against held-out classes"]
    assert found.estimate.value == pytest.approx(above)
    assert found.estimate.low <= found.estimate.value <= found.estimate.high
    assert rows["ood_prevalence", "MSP against held-out classes"].estimate.value == pytest.approx(40 / 60)
    corruption_ladder(audit, [network], Heard(), kinds=["fog"])
    assert rows_of(audit, "corruption_accuracy")["corruption_accuracy", "fog 1"].estimate.n == 40


def test_the_highest_of_several_scores_is_named_with_its_paired_lead_and_how_many_it_was_picked_from() -> None:
    draw = np.random.default_rng(0)
    familiar, others = draw.normal(2, 1, 80), draw.normal(0, 1, 60)
    blurred = [side + draw.normal(0, 0.01, len(side)) for side in (familiar, others)]
    worse = [side + draw.normal(0, 6, len(side)) for side in (familiar, others)]
    close = scores_of_both({"MSP": familiar, "entropy": blurred[0]}, {"MSP": others, "entropy": blurred[1]})
    said = highest(lead_of(close))
    assert said.startswith("highest AUROC, estimated: 0.9")
    assert said.endswith("paired; picked from 2 scores: not told apart")
    apart = scores_of_both({"MSP": familiar, "entropy": worse[0]}, {"MSP": others, "entropy": worse[1]})
    said = highest(lead_of(apart))
    assert " by MSP, ahead of entropy by 0." in said
    assert said.endswith("paired; picked from 2 scores")
    assert "best" not in said
    alone = lead_of(scores_of_both({"MSP": familiar}, {"MSP": others}))
    assert "ahead" not in highest(alone)
    them = Sides(np.arange(80), np.arange(60), "them", "'them'")
    assert lead_rows("run", them, alone) == []
    (row,) = lead_rows("run", them, lead_of(apart))
    assert row.slice == "MSP ahead of entropy against them"
    assert row.estimate == lead_of(apart).ahead
    assert "picked from 2 scores" in row.note


def test_detection_rows_worked_by_hand() -> None:
    # Familiar at 3, 2, 1 against others at 2.5, 0: pairs 3>2.5, 3>0, 2<2.5, 2>0, 1<2.5, 1>0, so 4 of 6.
    # All three familiar ones are kept at a threshold of 1, and half of the others with them.
    sides = Sides(np.arange(3), np.arange(2), "them", "'them'")
    rows = {
        (row.name, row.slice): row
        for row in ood_rows(
            "run", sides, scores_of_both({"VoG": np.array([3.0, 2.0, 1.0])}, {"VoG": np.array([2.5, 0.0])}), 0
        )
    }
    assert rows["ood_auroc", "VoG against them"].estimate.value == pytest.approx(4 / 6)
    assert rows["ood_auroc", "VoG reversed against them"].estimate.value == pytest.approx(2 / 6)
    assert rows["ood_fpr95", "VoG against them"].estimate.value == 0.5
    # Down the order 3, 2.5, 2, 1, 0: precision 1/1, 2/3, 3/4 at the familiar ones; from the other end 1/1, 2/4.
    assert rows["ood_aupr_in", "VoG against them"].estimate.value == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert rows["ood_aupr_out", "VoG against them"].estimate.value == pytest.approx((1 + 2 / 4) / 2)
    prevalence = rows["ood_prevalence", "VoG against them"].estimate
    assert prevalence.value == 0.6
    assert not prevalence.has_interval  # so many of either side were drawn: nothing was estimated
    assert "2 of 'them'" in rows["ood_auroc", "VoG against them"].note
