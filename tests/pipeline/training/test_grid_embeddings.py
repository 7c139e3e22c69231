"""What a grid embeds to compare with is nobody's default afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.answers.view.choices import default_score, score_choices
from core.answers.view.reader import open_reader
from core.answers.view.similar import embedding_run
from core.dataset import IngestOptions
from core.pipeline.embed import embed, for_grid
from core.pipeline.ingest import ingest
from core.pipeline.project import project
from core.pipeline.scoring.score import score
from core.pipeline.training.difficulty import find_score
from core.pipeline.training.grid_file import read_grid
from core.pipeline.training.grid_scores import GridScores
from core.types import RunSpec
from tests.audits import FINGERPRINT, Made, build_audit, publish
from tests.pictures import Heard, write_images

OWN, OTHER = 48, 32  # pixels a side
GRID = f"""
[grid]
name = "sizes"
models = ["lenet"]

[[embedding]]
label = "usual"
encoder = "embedded"
image_size = {OWN}

[[embedding]]
label = "smaller"
encoder = "embedded"
image_size = {OTHER}

[[method]]
label = "DA"
loss = "difficulty_aware_entropy"
difficulty = "rmd"

[[method]]
label = "DA by RMD of smaller images"
loss = "difficulty_aware_entropy"
difficulty = "rmd"
difficulty_from = "smaller"
"""


def test_what_a_grid_embeds_to_compare_with_is_not_taken_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two passes of the bundled encoder, and RMD of both: seconds."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 8)
    audit = ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    path = tmp_path / "sizes.toml"
    path.write_text(GRID, encoding="utf-8")
    embed(audit, "embedded", Heard(), image_size=OWN)
    GridScores(audit, read_grid(path)).make_first(Heard())
    made = audit.runs("embed")
    assert [(run.parameters["image_size"], run.grid) for run in made] == [(OWN, ""), (OTHER, "sizes")]
    own, other = (run.run_id for run in made)
    assert score(audit, "knn", Heard()).run.inputs["embed"] == own
    assert project(audit, Heard(), method="pca").run.inputs["embed"] == own
    assert find_score(audit, "rmd").encoder_run == own
    reader = open_reader(audit)
    shown = default_score(score_choices(reader))
    assert shown is not None
    assert embedding_run(reader, shown) == embedding_run(reader) == made[0]
    assert {info.encoder_run for info in reader.scores if info.name == "rmd"} == {own, other}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=20, runs=False)


def spec(**parameters: object) -> RunSpec:
    return RunSpec("embed", "embedded", {"items": FINGERPRINT}, {"labels": "given", **parameters})


def embedded(made: Made, **parameters: Any) -> str:
    rows = {"image_id": np.arange(20, dtype=np.int32), "vector": np.ones((20, 4), np.float32)}
    return publish(made.audit, "embed", "embedded", {"embedding": rows}, **parameters)


def test_the_first_embedding_of_an_audit_is_its_own_and_the_next_one_the_grid_s(made: Made) -> None:
    assert for_grid(made.audit, spec(image_size=OWN), "sizes") == spec(image_size=OWN)
    embedded(made, image_size=OWN)
    assert for_grid(made.audit, spec(image_size=OTHER), "sizes") == spec(image_size=OTHER, grid="sizes")


def test_an_embedding_that_is_there_serves_a_grid_whoever_made_it(made: Made) -> None:
    embedded(made, image_size=OWN)
    embedded(made, image_size=OTHER, grid="sizes")
    for asked, there in ((OWN, spec(image_size=OWN)), (OTHER, spec(image_size=OTHER, grid="sizes"))):
        assert for_grid(made.audit, spec(image_size=asked), "another") == there
    other_weights = replace(spec(image_size=OTHER), weights="cafe")
    assert for_grid(made.audit, other_weights, "another").parameters["grid"] == "another"


def test_an_embedding_asked_for_by_itself_is_the_default_and_a_grid_s_only_by_name(made: Made) -> None:
    first = embedded(made, image_size=OWN)
    of_grid = embedded(made, image_size=OTHER, grid="sizes")
    assert made.audit.latest("embed").run_id == first
    assert made.audit.latest("embed", of_grid).run_id == of_grid
    own = embedded(made, image_size=OTHER)
    assert made.audit.latest("embed").run_id == own
