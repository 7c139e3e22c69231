"""`hardlook train`: what is asked for reaches the run, and what cannot be is refused with the next step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.errors import BadInput, MissingRun
from core.pipeline.scoring.score_any import score_any
from core.pipeline.training.difficulty import find_score, fitted_to_rows
from core.pipeline.training.labels import labels_version
from core.pipeline.training.request import DifficultyRequest, TrainRequest
from core.pipeline.training.train import labels_of, prepare, train
from core.pipeline.training.weights import controlled, weigh
from core.progress import Quiet
from core.reviews import (
    EXCLUDED,
    RELABELLED,
    By,
    Decision,
    ReviewedImage,
    decide,
    merge_class,
    open_journal,
    rename_class,
)
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.store import views
from core.training.objective import make_objective
from core.training.weights import difficulty_weights
from core.types import UNLABELLED, RunSpec
from tests.audits import CLASS_NAMES, Made, build_audit, publish
from tests.pipeline.test_reliability import audit_of

TINY = TrainRequest("lenet", 1, 16, 0.05, 12, checkpoints=1)


class Heard(Quiet):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=60, n_classes=4, evaluated=False)


def add_score(made: Made, name: str, values: object, direction: int | None = 1) -> str:
    """Publish a score; its address."""
    n = len(made.labels)
    run = publish(made.audit, "score", name, {
        "score": {"name": [name] * n, "image_id": np.arange(n, dtype=np.int32), "value": values},
        "score_column": {"name": [name], "scorer": [name], "parameters": ["{}"], "encoder_run": [""],
                         "model_run": [""], "direction": [direction], "fitted_on": [""], "reason": ["it was cold"]},
    })  # fmt: skip
    return f"{run}:{name}"


def ask(**changes: Any) -> TrainRequest:
    return TrainRequest(**{**vars(TINY), **changes})


def test_a_plain_run_records_nothing_that_was_not_asked_for(made: Made) -> None:
    parameters = prepare(made.audit, Heard(), TINY).spec.parameters
    assert {"loss", "schedule", "held_out", "device"} <= parameters.keys()
    assert not {"method", "grid", "difficulty", "held_out_classes", "dynamics", "train_images"} & parameters.keys()


def test_weights_are_those_of_the_training_images_and_are_recorded(made: Made) -> None:
    values = np.random.default_rng(1).normal(size=60).astype(np.float32)
    address = add_score(made, "mine", values)
    prepared = prepare(made.audit, Heard(), ask(loss="difficulty_aware_entropy", difficulty=DifficultyRequest("mine")))
    train_rows = made.splits == "train"
    assert prepared.weighting is not None
    s = prepared.weighting.s
    np.testing.assert_allclose(s[train_rows], difficulty_weights(values[train_rows]))
    assert np.isnan(s[~train_rows]).all()
    recorded = prepared.spec.parameters["difficulty"]
    low, high = np.percentile(values[train_rows], (0.1, 99.9))
    assert recorded == {
        "score": "mine", "run": address.split(":")[0], "temperature": 0.7, "c": 1e-3, "normalise": "minmax",
        "control": "", "r_min": pytest.approx(low), "r_max": pytest.approx(high),
        "mean_s": pytest.approx(s[train_rows].mean()),
    }  # fmt: skip
    assert prepared.spec.parameters["method"] == "difficulty-aware"
    json.dumps(dict(prepared.spec.parameters))
    assert prepared.spec.inputs["score"] == recorded["run"]


@pytest.mark.parametrize("name", ["rmd", "rmd_oof", "md"])
def test_without_a_split_weights_are_of_a_fit_to_the_network_s_own_training_images(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    vectors = (rng.normal(size=(120, 5)) + labels[:, None]).astype(np.float32)
    audit = audit_of(tmp_path, vectors, labels)
    score_any(audit, name.removesuffix("_oof"), Quiet())
    chosen = rng.random(120) < 0.8
    weighting = weigh(audit, DifficultyRequest(name), chosen, 0)
    fitted = Inputs(labels=labels, n_classes=3, fit=chosen, features=vectors)
    columns = get_scorer(name.removesuffix("_oof")).run(fitted)
    values = next(column.values for column in columns if column.name == name)
    np.testing.assert_allclose(weighting.s[chosen], difficulty_weights(values[chosen].astype(np.float64)))
    assert weighting.record["fitted_on"] == "the images this model is trained on"
    # Where the network is trained on all that the score was fitted to, the stored one is that already.
    assert "fitted_on" not in weigh(audit, DifficultyRequest(name), np.ones(120, bool), 0).record


@pytest.mark.parametrize("name", ["rmd", "md", "kmeans"])
def test_weights_that_are_fitted_anew_are_the_same_to_the_bit_by_however_many_threads(
    tmp_path: Path, name: str
) -> None:
    """They go into the run's identity, and a grid's process has more threads than its workers."""
    rng = np.random.default_rng(1)
    labels = np.arange(4000) % 8
    vectors = (rng.normal(size=(4000, 96)) + rng.normal(size=(8, 96))[labels]).astype(np.float32)
    audit = audit_of(tmp_path, vectors, labels)
    score_any(audit, name, Quiet())
    chosen = rng.random(4000) < 0.8
    records = []
    for threads in (1, 2, 4):
        fitted_to_rows.cache_clear()
        with threadpool_limits(threads):
            records.append(weigh(audit, DifficultyRequest(name), chosen, 0).record)
    assert records[0] == records[1] == records[2]


def test_the_permuted_control_has_the_same_weights_on_other_images_by_seed() -> None:
    weights = np.linspace(0.1, 0.9, 50)
    first, second = controlled(weights, "permuted", 0), controlled(weights, "permuted", 1)
    np.testing.assert_array_equal(np.sort(first), weights)
    assert (first != weights).any()
    assert (first != second).any()
    np.testing.assert_array_equal(first, controlled(weights, "permuted", 0))


def test_the_equal_control_is_entropy_regularisation_at_the_mean_weight() -> None:
    import torch

    logits, labels = torch.randn(50, 4, generator=torch.Generator().manual_seed(0)), torch.arange(50) % 4
    s = torch.from_numpy(controlled(np.linspace(0.1, 0.9, 50), "equal", 0)).float()
    ours = make_objective("difficulty_aware_entropy", {"alpha": 0.3})(logits, labels, s)
    theirs = make_objective("entropy_regularisation", {"alpha": 0.3 * 0.5})(logits, labels, None)
    torch.testing.assert_close(ours, theirs)


def test_a_score_that_is_lower_where_harder_is_turned(made: Made) -> None:
    values = np.arange(60, dtype=np.float32)
    rows = np.ones(60, bool)
    up = weigh(made.audit, DifficultyRequest(add_score(made, "up", values)), rows, 0)
    down = weigh(made.audit, DifficultyRequest(add_score(made, "down", -values, direction=-1)), rows, 0)
    np.testing.assert_array_equal(up.s, down.s)


def test_images_without_a_finite_score_are_counted_with_the_command(made: Made) -> None:
    values = np.arange(60, dtype=np.float32)
    values[[0, 1, 2]] = np.nan, np.inf, np.nan
    add_score(made, "holed", values)
    with pytest.raises(
        BadInput, match=r"3 of 60 training images have no finite holed.*it was cold.*hardlook score holed"
    ):
        weigh(made.audit, DifficultyRequest("holed"), np.ones(60, bool), 0)
    only_whole = np.arange(60) > 2
    assert np.isfinite(weigh(made.audit, DifficultyRequest("holed"), only_whole, 0).s[only_whole]).all()


def test_a_score_that_is_not_there_or_has_no_direction_is_refused(made: Made) -> None:
    with pytest.raises(MissingRun, match=r"no score 'md'.*there is: rmd, vog_logit_late.*hardlook score md"):
        find_score(made.audit, "md")
    with pytest.raises(BadInput, match="does not say which end is hard"):
        weigh(made.audit, DifficultyRequest("vog_logit_late"), np.ones(60, bool), 0)


def test_weights_and_the_loss_that_reads_them_belong_together() -> None:
    assert TrainRequest(loss="difficulty_aware_entropy").difficulty == DifficultyRequest("rmd")
    with pytest.raises(BadInput, match="'focal' takes no difficulty weights"):
        TrainRequest(loss="focal", difficulty=DifficultyRequest())
    with pytest.raises(BadInput, match=r"control is 'shuffled'.*none, permuted, equal"):
        DifficultyRequest(control="shuffled")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="normalise is 'log'"):
        DifficultyRequest(normalise="log")  # type: ignore[arg-type]


def test_classes_held_out_are_not_trained_on_and_have_no_probability(made: Made) -> None:
    request = ask(held_out_classes=(CLASS_NAMES[1],), loss="crl", dynamics="last epoch")
    done = train(made.audit, Quiet(), request)
    hub = views.open_hub(made.audit)
    prediction, p = views.predictions(hub, done.run_id), views.probabilities(hub, done.run_id)
    assert p.shape == (60, 4)
    assert (p[:, 1] == 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert not prediction["trained_on"][made.labels == 1].any()
    assert np.isnan(prediction["loss"][made.labels == 1]).all()
    assert done.run.parameters["held_out_classes"] == [CLASS_NAMES[1]]
    assert done.run.parameters["method"] == "CRL"
    dynamics = views.dynamics(hub, done.run_id)
    assert dynamics is not None
    assert dynamics.loss.shape == (60, 1)


def test_a_run_that_looked_once_is_no_source_of_scores_over_epochs(made: Made) -> None:
    done = train(made.audit, Quiet(), ask(dynamics="last epoch"))
    with pytest.raises(MissingRun, match="looked after the last alone"):
        score_any(made.audit, "loss_mean", Quiet(), model_run=done.run_id)
    whole = train(made.audit, Quiet(), TINY)
    assert score_any(made.audit, "loss_mean", Quiet()).run.inputs["train"] == whole.run_id


def test_rmd_of_a_network_is_fitted_on_the_images_it_was_trained_on(made: Made) -> None:
    done = train(made.audit, Quiet(), ask(held_out_classes=(CLASS_NAMES[2],)))
    made_of = score_any(made.audit, "rmd_supervised", Quiet(), model_run=done.run_id)
    info = find_score(made.audit, f"{made_of.run_id}:rmd_supervised")
    assert info.model_run == done.run_id
    trained_on = (made.splits == "train") & (made.labels != 2)
    assert info.fitted_on == f"{trained_on.sum()} images the model was trained on"
    values = views.score(views.open_hub(made.audit), info.address)
    np.testing.assert_array_equal(np.isnan(values), made.labels == 2)


def test_a_class_to_hold_out_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(BadInput, match="no class 'zebra' to hold out; there is: 'cat', 'dog', 'owl'"):
        labels_of(["zebra"], ["cat", "dog", "owl"])
    with pytest.raises(BadInput, match="2 of 3 classes are held out"):
        labels_of(["cat", "dog"], ["cat", "dog", "owl"])
    assert labels_of(["owl", "cat"], ["cat", "dog", "owl", "yak"]) == (0, 2)


def test_a_class_that_a_split_lacks_is_said(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=40, n_classes=4, runs=False)
    hub = views.open_hub(made.audit)
    heard = Heard()
    from core.pipeline.training.train import warn_of_empty_classes
    from core.training.held_out import split_held_out

    labels = np.repeat([0, 1, 2], [20, 15, 5])
    splits = np.array(["train"] * 30 + ["test"] * 10)
    names = views.classes(hub)
    warn_of_empty_classes(labels, split_held_out(labels, splits, 0), names, (3,), heard)
    assert heard.warnings == [
        f"class {names[2]!r} has no training image: the model can never predict it",
        f"class {names[0]!r} has no held-out image: its accuracy cannot be measured",
    ]


def test_reviewed_labels_are_trained_on_and_change_the_run(made: Made) -> None:
    given = prepare(made.audit, Heard(), TINY)
    assert prepare(made.audit, Heard(), ask(labels="reviewed")).spec == given.spec
    hub = views.open_hub(made.audit)
    keys, names = views.column(hub, "key").tolist(), views.classes(hub)
    hashes = views.column(hub, "content_hash").tolist()
    journal = open_journal(made.audit)
    other = (made.labels[5] + 1) % 4
    for row, what, label in ((5, RELABELLED, names[other]), (6, EXCLUDED, None)):
        shown = ReviewedImage(keys[row], hashes[row], names[made.labels[row]], {})
        decide(journal, Decision(shown, what, label, seen=journal.last), By("ann"))
    rename_class(journal, names[3], "renamed", By("ann"))
    merge_class(journal, names[2], names[0], By("ann"))
    journal.close()
    version = labels_version(made.audit, "reviewed")
    expected = np.where(made.labels == 2, 0, made.labels)
    expected[5] = 0 if other == 2 else other
    expected[6] = UNLABELLED
    np.testing.assert_array_equal(version.labels, expected)
    reviewed = prepare(made.audit, Heard(), ask(labels="reviewed"))
    assert reviewed.spec.inputs["labels"] == version.name != "given"
    assert isinstance(reviewed.spec, RunSpec)
    assert not reviewed.split.train[6]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--loss", "hinge"], "There is no loss 'hinge'"),
        (["--loss", "focal", "--loss-set", "alpha=1"], "no parameter alpha"),
        (["--loss", "focal", "--difficulty", "rmd"], "takes no difficulty weights"),
        (["--difficulty", "zebra"], "no score 'zebra'"),
        (["--temperature", "0", "--difficulty", "rmd_ok"], "temperature 0.0"),
        (["--hold-out-classes", "zebra"], "no class 'zebra'"),
        (["--grid", "missing.toml"], "There is no file 'missing.toml'"),
        (["--grid", "missing.toml", "--epochs", "3"], "--epochs was given beside --grid"),
        (["--checkpoints", "0"], "checkpoints is 0"),
    ],
)
def test_options_that_cannot_be_meant_end_with_what_to_do(
    made: Made, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.cli.app import main

    add_score(made, "rmd_ok", np.arange(60, dtype=np.float32))
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    monkeypatch.setattr("sys.argv", ["hardlook", "train", "--model", "lenet", "--image-size", "16", *options]
                        if "--grid" not in options else ["hardlook", "train", *options])  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert said in capsys.readouterr().err
