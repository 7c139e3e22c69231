"""Scores that may know the labels of held-out images: none prunes, and none weighs without a warning that stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from core.pipeline.import_embeddings import import_embeddings
from core.pipeline.proof.prune import PruningAsked, prove_pruning
from core.pipeline.scoring.score import score
from core.pipeline.shards.lens import lens
from core.pipeline.training.difficulty import read_difficulty
from core.pipeline.training.request import DifficultyRequest, PruneRequest, TrainRequest
from core.pipeline.training.train import prepare, train
from core.progress import Quiet
from core.store import views
from tests.audits import build_audit, publish, score_columns
from tests.pictures import Heard
from tests.pipeline.shards.made import divide_pictures, scored
from tests.pipeline.training.test_left_out import splitless

TINY = TrainRequest("lenet", 1, 16, 0.05, 12, checkpoints=1, dynamics="last epoch", device="cpu")


def pruned_by(score_name: str) -> TrainRequest:
    return replace(TINY, prune=PruneRequest("hardest", 50, score_name))


def weighed_by(score_name: str) -> TrainRequest:
    return replace(TINY, loss="difficulty_aware_entropy", difficulty=DifficultyRequest(score_name))


def test_a_score_of_vectors_from_elsewhere_prunes_with_a_warning_that_the_result_repeats(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=90, n_classes=3, runs=False)
    vectors = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    np.save(tmp_path / "tuned.npy", vectors)
    run = import_embeddings(made.audit, tmp_path / "tuned.npy", Quiet(), by_order=True).run
    score(made.audit, "rmd", Quiet())
    unknown = f"made of vectors from elsewhere, {run.run_id}: whether labels of held-out images went into them is not"
    heard = Heard()
    train(made.audit, heard, pruned_by("rmd_oof"))
    assert unknown in heard.text
    heard = Heard()
    proof = prove_pruning(made.audit, heard, TINY, PruningAsked(keep=(50.0,), which=("hardest",), seeds=2), workers=1)
    assert heard.text.count(f"was {unknown}") == 1
    assert unknown in proof.fitted_on
    splitless(made.audit)
    heard = Heard()
    proof = prove_pruning(made.audit, heard, TINY, PruningAsked(keep=(50.0,), which=("hardest",), seeds=2), workers=1)
    assert "fitted anew to the 72 training images alone; " + unknown in proof.fitted_on


def test_a_score_of_vectors_made_here_prunes_without_a_warning(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=90, n_classes=3, computable=True)
    score(made.audit, "rmd", Quiet())
    heard = Heard()
    train(made.audit, heard, pruned_by("rmd_oof"))
    assert "elsewhere" not in heard.text


def test_a_score_that_reviews_taught_is_refused(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=90, n_classes=3, runs=False)
    values = np.random.default_rng(0).random(90).astype(np.float32)
    publish(made.audit, "score", "reranked", score_columns("reranked", values, 1, "", "", None), base="x:suspicion")
    with pytest.raises(BadInput, match=r"reranked knows labels that the models are evaluated by: it was fitted to .*"):
        prepare(made.audit, Quiet(), pruned_by("reranked"))
    with pytest.raises(BadInput, match="made from the other images alone, as --by rmd_oof"):
        prove_pruning(made.audit, Quiet(), TINY, PruningAsked("reranked", seeds=2))
    assert prepare(made.audit, Quiet(), replace(TINY, prune=PruneRequest("random", 50, "reranked"))).split.train.any()


def test_weights_by_a_score_that_reviews_taught_are_warned_of_and_the_run_says_so(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=90, n_classes=3, runs=False)
    values = np.random.default_rng(0).random(90).astype(np.float32)
    publish(made.audit, "score", "reranked", score_columns("reranked", values, 1, "", "", None), base="x:suspicion")
    prepared = prepare(made.audit, heard := Heard(), weighed_by("reranked"))
    assert "the weights know labels of held-out images, by score-reranked-" in heard.text
    assert prepared.spec.parameters["difficulty_knows"].endswith("and to every other score")


@pytest.mark.parametrize("split", [True, False])
def test_weights_by_a_score_of_a_model_that_was_trained_on_held_out_images_are_warned_of(
    tmp_path: Path, split: bool
) -> None:
    made = build_audit(tmp_path, n=90, n_classes=3)  # its model was trained on the split train
    if not split:
        splitless(made.audit)
    values = np.random.default_rng(0).random(90).astype(np.float32)
    columns = score_columns("vog", values, 1, "", made.audit.latest("train").run_id, None)
    publish(made.audit, "score", "vog", columns)
    prepared = prepare(made.audit, heard := Heard(), weighed_by("vog"))
    assert ("know labels" in heard.text) is not split
    assert ("difficulty_knows" in prepared.spec.parameters) is not split
    if not split:
        held_out = prepared.split.held_out
        trained = (held_out & (made.splits == "train")).sum()
        assert f"was trained on {trained} of the {held_out.sum()} held-out images" in heard.text


@pytest.mark.parametrize("split", [True, False])
def test_what_a_lens_has_from_the_whole_is_never_fitted_anew_and_is_refused_where_it_knows_held_out_labels(
    tmp_path: Path, split: bool
) -> None:
    whole = divide_pictures(tmp_path)
    scored(whole, workers=1)
    audit = lens(whole, Quiet(), name="hard", images=40, by=["rmd_oof"], place=tmp_path / "audits")
    if not split:
        splitless(audit)
        with pytest.raises(BadInput, match=r"rmd_oof knows labels .*: it was fitted to \d+ of the \d+ held-out images"):
            prepare(audit, Quiet(), pruned_by("rmd_oof"))
    some = np.arange(40) % 3 > 0
    difficulty = read_difficulty(audit, "rmd_oof", some, purpose="weigh images")
    np.testing.assert_array_equal(difficulty.values, views.score(views.open_hub(audit), difficulty.info.address))
    assert not difficulty.refitted
    if split:
        assert prepare(audit, Quiet(), pruned_by("rmd_oof")).split.train.any()  # the whole has the same split
