"""The command line over shards: what it takes, what it refuses, and what it ends with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from core.cli.app import app
from core.errors import HardlookError
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.stages import SCORES
from tests.cli.as_process import run_command
from tests.pictures import write_images


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "photos", 8, size=32)
    assert said("shard", "photos", "--rows", "8", "--to", "shards").exit_code == 0
    return tmp_path


def said(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def refused(*words: str) -> str:
    """What a command line is refused with."""
    result = said(*words)
    assert isinstance(result.exception, HardlookError), result.output
    return str(result.exception)


MODEL = (
    "--factory", "listed_nets:build", "--checkpoints", "*.pt", "--image-size", "8", "--mean", "0.5", "--std", "0.25",
)  # fmt: skip
SMALL = ("--encoder", "embedded", "--image-size", "32", "--layers", "last")


def test_from_a_folder_to_a_lens(place: Path) -> None:
    done = said("audit", "shards", "--engine", "local", "--workers", "2", *SMALL)
    assert done.exit_code == 0, done.exception
    assert "hardlook lens" in done.output
    listed = said("runs", "shards").output
    of_vectors = [stage.kind for chain in SCORES.values() if chain.of_vectors for stage in chain.stages]
    for stage in ("ingest", "embed", *of_vectors):
        assert f"{stage}-" in listed
    assert listed.count("3 of 3") == 2 + len(of_vectors)
    assert "groups of identical images" in done.output
    assert "nothing was to do" in said("score", "shards", "centroid").output
    assert said("lens", "shards", "--images", "10", "--by", "rmd_oof", "--audit", "hard").exit_code == 0
    assert "rmd" in said("runs", "--audit", "hard").output


def test_a_model_is_taken_in_evaluated_and_gives_vog(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(place)
    (place / "listed_nets.py").write_text(
        "from torch import nn\ndef build():\n    return nn.Sequential(nn.Flatten(), nn.Linear(192, 3))\n"
    )
    for epoch in range(2):
        torch.save({"1.weight": torch.randn(3, 192), "1.bias": torch.randn(3)}, f"{epoch}.pt")
    assert "shards has no model" in refused("evaluate", "shards")
    assert said("worker", "ingest", "shards").exit_code == 0
    mine = ("import-model", "shards", *MODEL, "--name", "mine", "--trained-on", "none", "--begin")
    begun = said(*mine, "--device", "cpu")
    assert "begun, and nothing computed" in begun.output
    on_gpus = said(*mine, "--engine", "ray", "--gpus-per-worker", "1")  # of the workers: here there need be none
    assert "begun, and nothing computed" in on_gpus.output, on_gpus.exception
    of = {one.parameters["device"]: one.name for one in stages_of(ShardFolder(place / "shards"), "predict")}
    assert of.keys() == {"cpu", "cuda"}
    shutil.rmtree(place / "shards" / of["cuda"])
    assert said("worker", "predict", "shards", "--shard", "1/2").exit_code == 0
    evaluated = said("evaluate", "shards", "--workers", "1")
    assert evaluated.exit_code == 0, evaluated.exception
    assert "mine: images it was not trained on" in evaluated.output
    assert "counted, Wilson's interval over images" in " ".join(evaluated.output.split())
    assert len(list(place.glob("shards/evaluate-*/confusion-*.parquet"))) == 1
    assert said("score", "shards", "vog", "--model", "mine", "--workers", "1").exit_code == 0
    made = said("lens", "shards", "--images", "10", "--by", "vog_logit_late", "--audit", "by-vog")
    assert "highest by vog_logit_late, 2 at random" in made.output
    assert "no columns of numbers of their own" in refused("import-predictions", "shards", "--trained-on", "none")


def test_a_shard_that_cannot_be_computed_ends_the_command_with_an_error_that_names_it(place: Path) -> None:
    ShardFolder(place / "shards").item_file(1).write_bytes(b"other")
    ended = run_command(["worker", "ingest", "shards"])
    assert ended.code == 1
    assert "error: 1 shard of" in ended.err
    assert "part-00001.parquet are not those that were divided" in ended.err
    assert "--retry" in ended.err
    listed = said("runs", "shards").output
    assert "2 of 3" in listed
    assert "ingest part-00001 quarantined: The items" in listed


def test_options_of_an_audit_are_refused_beside_shards_and_those_of_shards_without(place: Path) -> None:
    assert "--no-train was given" in refused("audit", "shards", "--no-train")
    assert "--audit was given" in refused("embed", "shards", "--audit", "a")
    assert "--set was given" in refused("score", "shards", "rmd", "--set", "pca=3")
    assert "--workers is for a folder of shards" in refused("embed", "--workers", "2")
    assert "--begin is for a folder of shards" in refused("import-model", *MODEL, "--begin")
    assert "--retry is for a folder of shards" in refused("evaluate", "--retry")
    assert "--audit was given" in refused("import-model", "shards", *MODEL, "--audit", "a")
    assert "--by-order was given" in refused("import-predictions", "shards", "--by-order")
    assert "--ood was given" in refused("evaluate", "shards", "--ood", "held-out")
    assert "--ray-address is for a folder of shards" in refused("audit", "photos", "--ray-address", "auto")
    assert "is no folder of shards" in refused("score", "rmd", "--engine", "local")
    assert "outlier is not computed over shards" in refused("score", "shards", "outlier")
    assert "a folder of shards was given" in refused("runs", "shards", "--delete", "x").lower()


def test_what_is_for_ray_is_refused_without_it_and_ray_without_a_token(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(place))
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    assert "--ray-address was given, and the engine is local" in refused("audit", "shards", "--ray-address", "auto")
    assert "--gpus-per-worker was given" in refused("embed", "shards", "--engine", "local", "--gpus-per-worker", "1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install 'hardlook[ray]'" in refused("score", "shards", "rmd", "--engine", "ray")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    ray = ("--engine", "ray", "--ray-address")
    assert "needs a token, and there is none here" in refused("score", "shards", "rmd", *ray, "10.0.0.1:6379")
    assert "--ray-address is 'ray://head:10001'" in refused("audit", "shards", *ray, "ray://head:10001")
    assert "no GPU that is not asked for" in refused("embed", "shards", "--engine", "ray", "--device", "cuda")
    assert not list((place / "shards").glob("ingest-*"))  # before anything was begun


def test_a_share_is_said_in_words_that_can_be_read(place: Path) -> None:
    for wrong in ("0/4", "5/4", "1", "a/b", "1/0"):
        assert f"--shard is '{wrong}'" in refused("worker", "ingest", "shards", "--shard", wrong)
    assert "loads no encoder" in refused("worker", "rmd", "shards", "--layers", "last")
    assert said("worker", "ingest", "shards", "--shard", "2/2").exit_code == 0
    assert any("ingest-" in name for name in os.listdir("shards"))
    assert said("worker", "nonesuch", "shards").exit_code == 2


def test_what_was_understood_is_said_when_cutting(place: Path) -> None:
    output = said("shard", "photos", "--rows", "8", "--to", "again").output
    assert "24 images in 3 shards of 8 rows" in output
    assert "layout:" in output
    assert "found 24 = 24 to open" in output
    assert "no image was opened" in output


def test_the_lens_that_is_advised_after_scoring_is_by_a_score_that_chain_makes() -> None:
    for name, chain in SCORES.items():
        assert chain.makes(chain.shown_by or name), name
