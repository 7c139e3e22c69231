"""Layers as a property of an embedding: recorded, repeated, reused, chosen where nobody says, refused for texts."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from core.answers.runs.reproduce import reproduction
from core.cli.app import app
from core.dataset import IngestOptions
from core.encoders.protocol import Options
from core.encoders.usual import BEST, Sight, usual_sight
from core.errors import BadInput, MissingRun
from core.pipeline.embed import embed, sight_of
from core.pipeline.ingest import ingest
from core.pipeline.scoring.encoded import encoder_of, prompt_vectors
from core.pipeline.scoring.score import score
from core.pipeline.training.grid_file import read_grid
from core.store import views
from core.store.audit import Audit
from core.types import Run
from tests.pictures import Heard, write_images

SIZE = 32
LAYERS = "4,6,last"
WIDE = 1280 + 112 + 320


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 8)
    return ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())


def vectors(audit: Audit, run: Run) -> np.ndarray:
    return np.asarray(views.embedding(views.open_hub(audit), run.run_id))


def test_layers_are_recorded_and_stand_beside_the_last_alone(audit: Audit) -> None:
    alone = embed(audit, "embedded", Heard(), image_size=SIZE).run
    both = embed(audit, "embedded", Heard(), image_size=SIZE, layers="6,4,last").run
    assert both.parameters == {**alone.parameters, "dimension": WIDE, "layers": LAYERS}
    assert both.run_id != alone.run_id
    assert both.weights != alone.weights
    stored = vectors(audit, both)
    assert stored.shape == (len(vectors(audit, alone)), WIDE)
    np.testing.assert_array_equal(stored[:, :1280], vectors(audit, alone))
    encoder = encoder_of(both, "cpu")
    assert (encoder.layers, encoder.fingerprint) == (LAYERS, both.weights)
    assert score(audit, "knn", Heard()).run.inputs["embed"] == both.run_id


def test_an_embedding_of_the_last_alone_says_nothing_of_layers_as_it_never_did(audit: Audit) -> None:
    left_out = embed(audit, "embedded", Heard(), image_size=SIZE).run
    assert set(left_out.parameters) == {"encoder", "image_size", "feature", "l2norm", "dimension", "precision"}
    heard = Heard()
    assert embed(audit, "embedded", heard, image_size=SIZE, layers="last").run_id == left_out.run_id
    assert len(audit.runs("embed")) == 1


@pytest.mark.parametrize("layers", ["last", LAYERS])
def test_the_command_that_repeats_it_says_which_layers(audit: Audit, layers: str) -> None:
    run = embed(audit, "embedded", Heard(), image_size=SIZE, layers=layers).run
    printed = str(reproduction(run, audit.name).command)
    assert f"--image-size {SIZE} --layers {layers}" in printed


def test_vectors_are_reused_by_images_of_the_same_layers_alone(audit: Audit, tmp_path: Path) -> None:
    before = vectors(audit, embed(audit, "embedded", Heard(), image_size=SIZE, layers=LAYERS).run)
    write_images(tmp_path / "more", 3, seed=5)
    for path in (tmp_path / "more").glob("*/*.png"):
        shutil.copy(path, tmp_path / "photos" / path.parent.name / f"more-{path.name}")
    grown = ingest(str(tmp_path / "photos"), Heard(), name=audit.name, options=IngestOptions())
    heard, other = Heard(), Heard()
    embed(grown, "embedded", heard, image_size=SIZE, layers=LAYERS)
    embed(grown, "embedded", other, image_size=SIZE, layers="4,last")
    assert f"{len(before)} vectors reused" in heard.text
    assert "reused" not in other.text


def test_what_an_audit_was_embedded_at_is_kept_where_nobody_says(audit: Audit) -> None:
    usual = sight_of(audit, Options("cpu"), Heard())
    assert usual == usual_sight(views.typical_side(views.open_hub(audit)), 24, gpu=False)
    embed(audit, "embedded", Heard(), image_size=SIZE, layers=LAYERS)
    embed(audit, "embedded", Heard(), image_size=16, l2norm=True)
    embed(audit, "embedded", Heard(), image_size=16, grid="sizes")
    assert sight_of(audit, Options("cpu"), Heard()) == Sight(SIZE, LAYERS)
    assert sight_of(audit, Options("cpu", l2norm=True), Heard()) == Sight(16, "last")
    heard = Heard()
    assert embed(audit, "embedded", heard).run.parameters["layers"] == LAYERS
    assert "found more" not in heard.text  # it is there already, and nothing is chosen
    assert f"embedded goes on at {Sight(SIZE, LAYERS)}, as the newest such embedding here" in heard.text
    assert f"a first one would be at {usual}: audit and embed take {usual.options}" in heard.text


@pytest.mark.parametrize(
    ("sight", "cost"), [(Sight(64, "last"), "12.2 times the work, about "), (Sight(224, "last"), "as much work: ")]
)
def test_a_choice_is_said_with_what_finds_more_what_that_costs_and_how_to_have_it(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, sight: Sight, cost: str
) -> None:
    monkeypatch.setattr("core.pipeline.embed.usual_sight", lambda *_, **__: sight)
    heard = Heard()
    made = embed(audit, "embedded", heard).run
    assert made.parameters["image_size"] == sight.image_size
    assert (
        f"embedded sees the images at {sight}; at {BEST} it found more wrong labels on most data tried, for {cost}"
        in heard.text
    )
    assert f"audit and embed take --image-size {BEST.image_size} --layers {BEST.layers}" in heard.text
    asked = Heard()
    embed(audit, "embedded", asked, image_size=16)
    assert "sees the images at" not in asked.text


def test_no_layers_at_all_are_refused_where_the_size_is_left_out_too(audit: Audit) -> None:
    with pytest.raises(BadInput, match="Layers '' have an empty name"):
        embed(audit, "embedded", Heard(), layers="")


def test_what_finds_most_is_chosen_without_a_word_of_more(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.pipeline.embed.usual_sight", lambda *_, **__: BEST)
    heard = Heard()
    embed(audit, "embedded", heard)
    assert f"embedded sees the images at {BEST}" in heard.text
    assert "found more" not in heard.text


def test_the_commands_take_layers_and_name_those_there_are(audit: Audit) -> None:
    wrong = CliRunner().invoke(app, ["embed", "--encoder", "embedded", "--image-size", "32", "--layers", "7,last"])
    assert wrong.exit_code
    assert "has no block '7'" in str(wrong.output) + str(wrong.exception)
    done = CliRunner().invoke(app, ["embed", "--encoder", "embedded", "--image-size", "32", "--layers", "4,last"])
    assert done.exit_code == 0
    assert audit.runs("embed")[-1].parameters["layers"] == "4,last"


def test_an_audit_embeds_with_the_layers_and_size_that_it_is_given(audit: Audit, tmp_path: Path) -> None:
    words = ["audit", str(tmp_path / "photos"), "--audit", "given", "--encoder", "embedded", "--no-train"]
    done = CliRunner().invoke(app, [*words, "--image-size", "32", "--layers", "4,last"])
    assert done.exit_code == 0, done.output
    (run,) = Audit(audit.path.parent / "given").runs("embed")
    assert (run.parameters["image_size"], run.parameters["layers"]) == (32, "4,last")
    assert "embed with embedded at 32 pixels, layers 4,last" in done.output + done.stderr


def test_prompts_are_refused_for_what_is_not_compared_with_texts(audit: Audit) -> None:
    run = embed(audit, "embedded", Heard(), image_size=SIZE, layers="4,last").run
    with pytest.raises(MissingRun, match="no text tower"):
        prompt_vectors(audit, run, "cpu")


GRID = """
[grid]
name = "layers"
models = ["lenet"]

[[embedding]]
label = "rich"
encoder = "embedded"
image_size = 32
layers = {layers}

[[method]]
label = "DA"
loss = "difficulty_aware_entropy"
difficulty = "rmd"
"""


def test_a_grid_names_the_layers_of_its_embeddings(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(GRID.format(layers='"4,6,last"'))
    assert read_grid(path).embeddings[0].layers == LAYERS
    path.write_text(GRID.format(layers='"4,6"'))
    with pytest.raises(BadInput, match=r"\[\[embedding\]\] 1: Layers '4,6' leave out the last"):
        read_grid(path)
    path.write_text(GRID.format(layers="4"))
    with pytest.raises(BadInput, match="layers is 4, and not a text"):
        read_grid(path)
