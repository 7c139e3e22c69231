"""What the three have in common: which models and images, refusals, the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.cli.app import main
from core.errors import BadInput, MissingRun, TooFewRows
from core.pipeline.evaluation.choose_models import choose_models, sample, with_weights
from core.pipeline.evaluation.corruption_ladder import corruption_ladder
from core.pipeline.evaluation.difficulty_checks import difficulty_checks
from core.pipeline.evaluation.ood.near_ood import near_ood
from core.pipeline.evaluation.robustness import Robustness, evaluate_robustness
from core.pipeline.training.import_predictions import import_predictions
from core.store import views
from core.store.audit import Audit
from core.store.held_out import held_out
from tests.pictures import Heard


def test_what_cannot_be_shown_other_images_is_refused_or_left_out(audit: Audit, tmp_path: Path) -> None:
    np.save(tmp_path / "theirs.npy", np.eye(3)[views.labels(views.open_hub(audit))])
    theirs = import_predictions(audit, tmp_path / "theirs.npy", Heard()).run
    with pytest.raises(MissingRun, match=r"'theirs' is imported predictions.*import-model"):
        evaluate_robustness(audit, [theirs], Robustness(corruptions=True), Heard())
    heard, networks = Heard(), choose_models(audit, every=True)
    assert with_weights(audit, networks, heard) == networks[:2]
    assert f"{theirs.run_id} is left out: it is imported predictions" in heard.text
    shutil.rmtree(audit.checkpoints(networks[0].run_id))
    with pytest.raises(MissingRun, match="has lost its checkpoints"):
        with_weights(audit, networks[:1], Heard())


def test_bad_requests_say_what_to_ask_for(audit: Audit) -> None:
    network = audit.runs("train")[-1]
    with pytest.raises(BadInput, match="no corruption 'rain'"):
        corruption_ladder(audit, [network], Heard(), kinds=["rain"])
    with pytest.raises(BadInput, match="3 images are too few"):
        corruption_ladder(audit, [network], Heard(), images=3)
    with pytest.raises(BadInput, match="more than one is given"):
        choose_models(audit, model="lenet", grid="x")
    with pytest.raises(MissingRun, match="no model of a grid 'x'"):
        choose_models(audit, grid="x")
    with pytest.raises(BadInput, match="was given every class"):
        near_ood(audit, [network], "held-out", Heard())
    with pytest.raises(BadInput, match="the audit itself"):
        near_ood(audit, [network], "a", Heard())
    with pytest.raises(BadInput, match="no audit 'nowhere'"):
        near_ood(audit, [network], "nowhere", Heard())
    with pytest.raises(TooFewRows, match="10 labelled images at least"):
        difficulty_checks(audit, Heard(), images=4)
    assert audit.runs("evaluate") == []


def test_a_sample_is_drawn_without_replacement_and_by_its_seed() -> None:
    rows = np.arange(50) % 2 == 0
    first = sample(rows, 10, seed=1)
    assert len(set(first.tolist())) == 10
    assert rows[first].all()
    assert first.tolist() == sorted(first.tolist()) == sample(rows, 10, seed=1).tolist()
    assert first.tolist() != sample(rows, 10, seed=2).tolist()
    assert sample(rows, 99, seed=1).tolist() == np.flatnonzero(rows).tolist()


def test_images_of_the_training_split_that_were_not_trained_on_are_not_evaluated_on(audit: Audit) -> None:
    network = audit.runs("train")[0]
    hub = views.open_hub(audit, [network])
    assert held_out(hub, network).tolist() == (views.column(hub, "split") == "test").tolist()


def test_the_command_runs_each(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def evaluate(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["hardlook", "evaluate", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0)

    assert evaluate("--corruptions", "--kinds", "fog", "--images", "20", "--all") == 0
    assert capsys.readouterr().out.count("mean of 1 kinds") == 2
    assert evaluate("--difficulty-checks", "--kinds", "fog", "--images", "10") == 0
    assert "RMD of 10 images" in capsys.readouterr().out
    assert evaluate("--ood", "held-out") == 1
    assert "--hold-out-classes" in capsys.readouterr().err
