"""Audits of data that has hardly anything to audit: each goes on with what makes sense and says what it left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.answers.overview.summary import summary
from core.dataset import IngestOptions
from core.pipeline.audit import audit_everything
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score import score
from core.pipeline.training.train import warn_of_empty_classes
from core.store import views
from core.store.audit import Audit
from core.training.held_out import split_held_out
from tests.pictures import Heard

Writer = Callable[[Path], None]


def pictures(folder: Path, n: int, seed: int, size: int = 16) -> None:
    """Images of noise, all different."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    for i in range(n):
        Image.fromarray(generator.integers(0, 255, (size, size, 3), dtype=np.uint8)).save(folder / f"{seed}-{i}.png")


def each(places: dict[str, int]) -> Writer:
    """A writer of so many images in each place."""

    def write(folder: Path) -> None:
        for seed, (place, n) in enumerate(places.items()):
            pictures(folder / place, n, seed)

    return write


def one_picture_over_and_over(folder: Path) -> None:
    for label in "ab":
        for i in range(3):
            (folder / label).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (16, 16), (9, 9, 9)).save(folder / label / f"{i}.png")


TRAINING = "left out: training, and what needs a model: "
CASES: dict[str, tuple[Writer, list[str]]] = {
    "one class": (
        each({"only": 8}),
        [TRAINING + "the images to train on have one class, 'only'", "left out: the score suspicion: "],
    ),
    "one image": (each({"only": 1}), [TRAINING, "left out: the score suspicion: "]),
    "one image of each class": (
        each({f"k{i}": 1 for i in range(5)}), [TRAINING + "no class has two images", "left out: the score rmd: "]
    ),
    "two classes of one image": (each({"a": 1, "b": 1}), [TRAINING, "left out: the score rmd: "]),
    "a test split alone": (each({"test/a": 6, "test/b": 6}), [TRAINING + "all images are in 'test'"]),
    "test and validation": (each({"test/a": 6, "val/b": 6}), [TRAINING + "all images are in 'test' and 'val'"]),
    "folds as splits": (each({f"fold{i}/{label}": 4 for i in range(3) for label in "ab"}), []),
    "no labels at all": (each({"": 8}), ["left out: training, difficulty and suspects: no image has a label"]),
    "one class to train on": (
        each({"train/a": 6, "test/b": 6}), [TRAINING + "the images to train on have one class, 'a'"]
    ),
    "no label in the training split": (each({"train": 6, "test/a": 4, "test/b": 4}), [TRAINING + "no image of the"]),
    "one picture over and over": (one_picture_over_and_over, ["left out: the score rmd: "]),
}  # fmt: skip


@pytest.mark.parametrize("training", [True, False], ids=["with training", "without"])
@pytest.mark.parametrize("case", CASES)
def test_an_audit_goes_on_and_its_last_lines_say_what_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, *, training: bool
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write, expected = CASES[case]
    write(tmp_path / "photos")
    heard = Heard()
    made = audit_everything(
        str(tmp_path / "photos"), heard, options=IngestOptions(), encoder="embedded", model="resnet8", epochs=2,
        train_network=training, summary=summary,
    )  # fmt: skip
    assert made.runs("embed")
    assert made.runs("project")
    looked = next(i for i, line in enumerate(heard.lines) if "hardlook dashboard --audit" in line)
    last = heard.lines[looked + 1 :]
    wanted = [text for text in expected if training or TRAINING not in text]
    for text in wanted:
        assert any(line.startswith(f"warning: {text}") for line in last), heard.text
    assert all(line.startswith("warning: left out: ") for line in last), last
    assert made.unfinished() == []
    if training and not any(text.startswith(TRAINING) for text in expected) and "no labels" not in case:
        assert made.runs("train")


def test_five_thousand_classes_are_scored(tmp_path: Path) -> None:
    n = 5000
    (tmp_path / "in").mkdir()
    np.savez(
        tmp_path / "in" / "a.npz",
        x=np.random.default_rng(0).integers(0, 255, (2 * n, 4, 4, 3), dtype=np.uint8), y=np.arange(2 * n) % n,
    )  # fmt: skip
    heard = Heard()
    made = ingest(str(tmp_path / "in" / "a.npz"), heard, options=IngestOptions(), folder=tmp_path / "audits")
    publish_vectors(made, np.random.default_rng(1).normal(size=(2 * n, 8)).astype(np.float32))
    done = score(made, "rmd", heard)
    assert done.new
    assert np.isfinite(views.score(views.open_hub(made), f"{done.run_id}:rmd")).all()
    labels = views.labels(views.open_hub(made))
    warned = Heard()
    warn_of_empty_classes(
        labels, split_held_out(labels, np.full(2 * n, "train"), 0), [f"k{i}" for i in range(n)], (), warned
    )
    assert len(warned.lines) <= 2  # one line for all, not one each


def publish_vectors(made: Audit, vectors: np.ndarray) -> None:
    """An embedding as if an encoder had made it."""
    from core.store.writer import open_run
    from core.types import RunSpec

    spec = RunSpec("embed", "fake", {"items": made.items_fingerprint}, {})
    with open_run(made, spec, d=vectors.shape[1]) as writer:
        ids = np.arange(len(vectors), dtype=np.int32)
        writer.commit("all", {"embedding": {"image_id": ids, "vector": vectors}}, seconds=0.0)
        writer.publish()
