"""A network trained elsewhere becomes a run that every later step reads as if it were one of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from typer.testing import CliRunner

from core.cli.app import app, main
from core.dataset import IngestOptions
from core.errors import BadInput
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.steps import Done
from core.pipeline.training.import_model import import_model
from core.store import views
from core.store.audit import Audit
from core.store.metrics import read_metrics
from core.training.checkpoints import load_checkpoint
from core.training.networks.factory import build_from_factory
from core.training.networks.own_model import channel_normalisation, class_order
from core.training.predict import predict
from tests.killed import MOMENTS, killed_and_again
from tests.pictures import Heard, write_halves

SIZE = 12
MODULE = """
from torch import nn
def build(classes=3):
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(4, classes))
def other():
    return nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), nn.Flatten(), nn.Linear(432, 3))
"""


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audit]:
    """An audit of 36 images, and a working folder with a user's module and four checkpoints of a short training."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_halves(tmp_path / "photos", 6)
    project = tmp_path / "project"
    (project / "ckpt").mkdir(parents=True)
    (project / "whose_nets.py").write_text(MODULE)
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", list(sys.path))
    torch.manual_seed(0)
    model = build_from_factory("whose_nets:build").eval()
    for epoch in range(4):
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.3 * torch.randn_like(weight))
        torch.save({"state_dict": model.state_dict(), "epoch": epoch}, f"ckpt/epoch-{epoch + 8}.pt")
    yield ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    sys.modules.pop("whose_nets", None)


def bring(audit: Audit, heard: Heard | None = None, **changes: Any) -> Done:
    options: dict[str, Any] = {
        "factory": "whose_nets:build", "checkpoints": "ckpt/*.pt", "image_size": SIZE, "mean": (0.5,), "sd": (0.25,),
    }  # fmt: skip
    return import_model(audit, heard or Heard(), **{**options, **changes})


def test_predictions_are_those_of_the_last_checkpoint(audit: Audit) -> None:
    done = bring(audit)
    model = build_from_factory("whose_nets:build").eval()
    model.load_state_dict(torch.load("ckpt/epoch-11.pt", weights_only=True)["state_dict"])
    (path,) = audit.cache.glob("pixels-*.npy")
    images = torch.from_numpy(np.load(path)).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        p = model((images - 0.5) / 0.25).softmax(dim=1).numpy()
    np.testing.assert_allclose(views.probabilities(views.open_hub(audit), done.run_id), p, atol=1e-5)
    assert done.run.name == "build"


def test_every_checkpoint_leaves_what_it_said_of_every_image(audit: Audit) -> None:
    done = bring(audit)
    hub = views.open_hub(audit)
    dynamics = views.dynamics(hub, done.run_id)
    assert dynamics is not None
    assert dynamics.loss.shape == (36, 4)
    found = views.predictions(hub, done.run_id)
    np.testing.assert_allclose(dynamics.loss[:, -1], found["loss"], atol=1e-5)
    epochs = hub.table(f"SELECT * FROM {hub.alias(done.run_id)}.epoch ORDER BY epoch").to_pylist()
    assert [row["checkpoint"] for row in epochs] == [f"epoch-{i:04d}.pt" for i in range(1, 5)]
    unseen = views.column(hub, "split") == "test"
    assert epochs[-1]["held_out_accuracy"] == pytest.approx(found["correct"][unseen].mean())


def test_vog_dynamics_and_evaluation_run_on_it(audit: Audit) -> None:
    done = bring(audit, name="theirs")
    for scorer in ("vog", "aum", "forgetting", "margin"):
        score_any(audit, scorer, Heard(), model_run="theirs")
    evaluate(audit, Heard(), model_run="theirs")
    hub = views.open_hub(audit)
    names = {info.name for info in views.score_infos(hub)}
    assert {"vog_logit_late", "vog_probability_early_predicted", "aum", "forgetting", "margin"} <= names
    assert {row.subject for row in read_metrics(hub, "accuracy")} == {done.run_id}


def test_a_window_of_checkpoints_by_name_is_a_run_of_its_own(audit: Audit) -> None:
    bring(audit)
    usual = score_any(audit, "vog", Heard())
    settings = 'windows={"middle": [2, 3], "last": [2, 4]}'
    CliRunner().invoke(app, ["score", "vog", "--quiet", "--set", settings], catch_exceptions=False)
    runs = [run.run_id for run in audit.runs("score")]
    assert len(runs) == 2
    (own,) = set(runs) - {usual.run_id}
    hub = views.open_hub(audit)
    found = {info.name: info for info in views.score_infos(hub) if info.run_id == own}
    assert {"vog_logit_middle", "vog_probability_middle_predicted_normalised", "vog_logit_late"} <= set(found)
    assert found["vog_logit_middle_predicted"].parameters["checkpoints"] == [2, 3]
    assert "checkpoints" not in found["vog_logit_late"].parameters
    for kind in ("", "_normalised", "_predicted", "_predicted_normalised"):  # the last three of four, named twice
        last, late = (views.score(hub, f"{own}:vog_logit_{name}{kind}") for name in ("last", "late"))
        np.testing.assert_array_equal(last, late)


def test_importing_again_is_nothing_to_do_and_other_weights_are_another_run(audit: Audit) -> None:
    assert bring(audit).new
    assert not bring(audit).new
    Path("ckpt/epoch-8.pt").unlink()
    assert bring(audit).new


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_import_or_vog_killed_before_it_is_published_has_each_row_once(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    brought = killed_and_again(lambda: bring(audit), moment, monkeypatch)
    scored = killed_and_again(lambda: score_any(audit, "vog", Heard()), moment, monkeypatch)
    assert (brought.new, scored.new) == (True, True)
    tables = {brought.run_id: {"prediction": 36, "probability": 36, "dynamics": 4 * 36, "epoch": 4}}
    columns = len([info for info in views.score_infos(views.open_hub(audit)) if info.run_id == scored.run_id])
    tables[scored.run_id] = {"score": columns * 36, "score_column": columns}
    for run_id, expected in tables.items():
        with duckdb.connect(str(audit.run_path(run_id)), read_only=True) as connection:
            found = {name: connection.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in expected}
        assert found == expected
    assert columns > 0


def test_an_import_that_was_stopped_goes_on_after_the_checkpoints_it_had(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bring(audit, name="whole")
    seen: list[int] = []

    def stops(*arguments: Any, **options: Any) -> Any:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return predict(*arguments, **options)

    monkeypatch.setattr("core.pipeline.training.import_model.predict", stops)
    with pytest.raises(KeyboardInterrupt):
        bring(audit, name="part")
    seen[:] = [1] * 10
    part = bring(audit, name="part")
    assert len(seen) == 12  # two of four checkpoints were left
    hub = views.open_hub(audit)
    ours, theirs = views.dynamics(hub, part.run_id), views.dynamics(hub, whole.run_id)
    assert ours is not None
    assert theirs is not None
    np.testing.assert_array_equal(ours.loss, theirs.loss)


@pytest.mark.parametrize("where", ["option", "checkpoint"])
def test_classes_in_another_order_are_put_in_the_audit_s(audit: Audit, where: str) -> None:
    run_id = bring(audit, name="straight").run_id
    straight = views.probabilities(views.open_hub(audit), run_id)
    theirs = ("red", "blue", "green")  # the audit's are blue, green, red
    if where == "checkpoint":
        for path in Path("ckpt").iterdir():
            torch.save(
                {**torch.load(path, weights_only=True), "class_to_idx": {n: i for i, n in enumerate(theirs)}}, path
            )
    done = bring(audit, name="turned", classes=theirs if where == "option" else ())
    turned = views.probabilities(views.open_hub(audit), done.run_id)
    np.testing.assert_allclose(turned, straight[:, [1, 2, 0]], atol=1e-6)
    network = load_checkpoint(audit.checkpoints(done.run_id), 4)
    assert network.class_order == (1, 2, 0)
    score_any(audit, "vog", Heard(), model_run="turned")  # follows the reordered outputs, folded and traced


def test_safetensors_and_a_centre_crop(audit: Audit, tmp_path: Path) -> None:
    model = build_from_factory("whose_nets:build")
    save_file(model.state_dict(), "one.safetensors")
    stretched = bring(audit, checkpoints="one.safetensors", name="a")
    cropped = bring(audit, checkpoints="one.safetensors", name="b", transform="crop")
    hub = views.open_hub(audit)
    assert not np.allclose(views.probabilities(hub, stretched.run_id), views.probabilities(hub, cropped.run_id))
    assert len(list(audit.cache.glob("pixels-*.npy"))) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"checkpoints": "nothing/*.pt"}, "No file matches"),
        ({"factory": "no_such_nets:build"}, "no_such_nets"),
        ({"factory": "whose_nets:other"}, "lacks|batch's own"),
        ({"classes": ("red", "blue", "yellow")}, "no output for class 'green'"),
        ({"classes": ("red", "blue", "green", "grey")}, r"shape \(3, 3\), and 4 classes are expected"),
        ({"mean": (125.3, 123.0, 113.9)}, "for 0..255 by 255"),
        ({"sd": (0.0,)}, "--std is 0.0"),
        ({"transform": "squeeze"}, "no transform 'squeeze'"),
        ({"trained_on": "val"}, "no split 'val'"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(audit: Audit, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        bring(audit, **changes)
    assert audit.runs("train") == []


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")  # such files are still about
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_model_of_another_framework_is_called_what_it_is(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x07")
    with pytest.raises(BadInput, match=r"is an ONNX model.*hardlook import-predictions"):
        bring(audit, checkpoints=str(tmp_path / "*.onnx"))
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 3)), str(tmp_path / "traced.pt"))
    with pytest.raises(BadInput, match="is a TorchScript model"):
        bring(audit, checkpoints=str(tmp_path / "*.pt"))


def test_weights_of_another_shape_and_files_with_code_are_refused(audit: Audit) -> None:
    torch.save(nn.Linear(4, 3), "ckpt/epoch-12.pt")
    with pytest.raises(BadInput, match="could run code"):
        bring(audit, checkpoints="ckpt/epoch-12.pt")
    weights = build_from_factory("whose_nets:build").state_dict()
    torch.save({name: value for name, value in weights.items() if not name.startswith("5.")}, "ckpt/epoch-12.pt")
    with pytest.raises(BadInput, match=r"epoch-12\.pt does not fit the model: it lacks 5\.weight"):
        bring(audit, checkpoints="ckpt/epoch-12.pt")


def test_names_and_numbers_on_their_own() -> None:
    assert class_order(("b", "a", "x"), ("a", "b")) == (1, 0)
    with pytest.raises(BadInput, match="'a' twice"):
        class_order(("a", "a"), ("a",))
    assert channel_normalisation((0.5,), (0.1, 0.2, 0.3)).mean == (0.5, 0.5, 0.5)
    with pytest.raises(BadInput, match=r"--mean is 0\.1, 0\.2"):
        channel_normalisation((0.1, 0.2), (0.5,))


def test_the_command_imports(audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--factory", "whose_nets:build", "--checkpoints", "ckpt/*.pt", "--image-size", str(SIZE)]
    monkeypatch.setattr("sys.argv", ["hardlook", "import-model", *arguments, "--mean", "0.5,0.5,0.5", "--std", "0.25"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert "train build: done" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["hardlook", "import-model", *arguments, "--mean", "half", "--std", "0.25"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert "--mean is 'half'" in capsys.readouterr().err
