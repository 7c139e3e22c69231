"""FiftyOne reads our export, and what FiftyOne writes is ingested with its classes, splits and missing labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.dataset import IngestOptions
from core.export.rows import collect
from core.pipeline.export import export
from core.pipeline.ingest import ingest
from core.store import views
from tests.audits import Made, build_audit
from tests.interop.conftest import Program
from tests.pictures import Heard

pytestmark = pytest.mark.interop

LABELS = ["cat", "dog", "007", None, "10", "9"]
CLASSES = ("dog", "cat", "007", "10", "9", "never seen")


@pytest.fixture
def fiftyone(program: Callable[[str], Program]) -> Program:
    return program("fiftyone")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path / "audits", n=24, n_classes=5)


def test_fiftyone_reads_the_key_the_split_as_a_tag_the_suggestion_and_every_score(
    fiftyone: Program, made: Made, tmp_path: Path
) -> None:
    export(made.audit, Heard(), "fiftyone", tmp_path / "out")
    read = fiftyone.ask("fiftyone_reads.py", "FiftyOneDataset", tmp_path / "out")
    found = collect(made.audit, all_scores=True)
    assert len(read["samples"]) == len(found.rows)
    for row, sample in zip(found.rows, read["samples"], strict=True):
        assert (sample["key"], sample["tags"], sample["ground_truth"]["label"]) == (row.key, [row.split], row.label)
        scores = {score.name: float(score.values[row.image_id]) for score in found.scores}
        assert {name: sample[name] for name in scores if name in sample} == {
            name: value for name, value in scores.items() if np.isfinite(value)
        }
    assert read["info"]["default_classes"] == list(found.class_names)
    assert "higher is harder" in read["info"]["hardlook"]["scores"]["rmd"]


def test_fiftyone_reads_the_same_folder_as_classifications(fiftyone: Program, made: Made, tmp_path: Path) -> None:
    export(made.audit, Heard(), "fiftyone", tmp_path / "out")
    read = fiftyone.ask("fiftyone_reads.py", "FiftyOneImageClassificationDataset", tmp_path / "out")
    labels = sorted((each["ground_truth"]["key"], each["ground_truth"]["label"]) for each in read["samples"])
    assert labels == sorted((row.key, row.label) for row in collect(made.audit).rows)
    assert read["info"]["classes"] == list(collect(made.audit).class_names)


@pytest.mark.parametrize(
    ("kind", "classes", "order"),
    [
        ("FiftyOneDataset", CLASSES, CLASSES),
        ("FiftyOneImageClassificationDataset", CLASSES, CLASSES),
        ("FiftyOneImageClassificationDataset", (), ("007", "9", "10", "cat", "dog")),
        ("CSVDataset", (), ("007", "9", "10", "cat", "dog")),
        ("ImageClassificationDirectoryTree", (), ("007", "9", "10", "cat", "dog")),
    ],
)
def test_what_fiftyone_writes_comes_in_with_its_classes(
    fiftyone: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, classes: tuple[str, ...],
    order: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    (tmp_path / "in").mkdir()
    rows: list[tuple[str, str | None, list[str]]] = []
    for i in range(24):
        path = tmp_path / "in" / f"image {i:02d}.v{i % 3}.png"
        Image.new("RGB", (8, 8), (i * 9, 3, 200 - i)).save(path)
        rows.append((str(path), LABELS[i % 6], ["test" if i % 4 == 0 else "train", "mine"]))
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    fiftyone.ask("fiftyone_writes.py", kind, tmp_path / "out", tmp_path / "rows.json", *classes)
    audit = ingest(str(tmp_path / "out"), Heard(), options=IngestOptions())
    hub = views.open_hub(audit)
    names = views.classes(hub)
    assert tuple(names) == order
    labels = [None if label < 0 else names[label] for label in views.labels(hub)]
    by_name = {Path(str(path)).name: label for path, label in zip(views.column(hub, "path"), labels, strict=True)}
    assert by_name == {Path(path).name: label for path, label, _ in rows}
    if kind == "FiftyOneDataset":
        places = zip(views.column(hub, "path"), views.column(hub, "split"), strict=True)
        assert {Path(str(path)).name: split for path, split in places} == {
            Path(path).name: tags[0] for path, _, tags in rows
        }
