"""What each format's own reader gets is what was exported, for names that readers take for something else."""

from __future__ import annotations

import csv
import hashlib
import json
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from core.dataset import IngestOptions
from core.export.rows import Export, collect
from core.pipeline.export import export
from core.pipeline.ingest import ingest
from core.store import views
from tests.audits import Made, build_audit
from tests.pictures import Heard

CLASSES = (
    "NA", "None", "null", "nan", "007", "7", "1e5", "1.0", "2024-05-01", "True", "a/b", "a_b", "..", ".", ".hidden",
    "T.shirt", "🐈 cat", " lead", "trail ", "CON", "-", "a,b", 'quo"te', "two\nlines", "__MACOSX", "@eaDir", "train",
    "test", "photo.png", "Ünï", "ünï", "[x]*?", "=1+1", "x" * 300,
)  # fmt: skip
FILES = (
    "NA.png", "007.png", "a/b.png", "c/b.png", "🐈.png", " lead.png", "two\nlines.png", "x::y.png", "[z]{q}.png",
    "test-train.png", "..png", "a.b.c.png", "B.PNG", "#1%20.png", "no ending", "-.png", "'quo\"te'.png", "a\\b.png",
)  # fmt: skip


@pytest.fixture
def odd(tmp_path: Path) -> Made:
    """An audit whose classes and files have names that some reader reads as something else."""
    n = 2 * len(CLASSES)
    keys = [*FILES, *(f"more/{i}.png" for i in range(n - len(FILES)))]
    return build_audit(tmp_path / "audits", n=n, runs=False, classes=CLASSES, files=keys)


def pixels(image: Image.Image) -> str:
    return hashlib.blake2b(image.convert("RGB").tobytes(), digest_size=16).hexdigest()


def exported(made: Made) -> Export:
    return collect(made.audit)


def by_pixels(made: Made) -> list[tuple[str, str | None, str]]:
    """Pixels, class and split of every image, sorted: two images may have the same pixels."""
    rows = exported(made).rows
    return sorted((pixels(Image.open(row.path)), row.label, row.split) for row in rows)


@pytest.mark.filterwarnings("ignore")  # of the reader's own dependencies
@pytest.mark.parametrize("how", ["by the folder's card", "by imagefolder"])
def test_hugging_face_s_datasets_read_every_class_split_and_id(
    odd: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # a development dependency: where it is missing the test fails, it does not pass by

    export(odd.audit, Heard(), "huggingface", tmp_path / "out")
    arguments: dict[str, Any] = {"path": str(tmp_path / "out")}
    if how == "by imagefolder":
        arguments = {"path": "imagefolder", "data_dir": str(tmp_path / "out")}
    loaded = datasets.load_dataset(**arguments, cache_dir=str(tmp_path / "cache"))
    seen = []
    for split in loaded.values():
        label = split.features["label"]
        assert tuple(label.names) == CLASSES
        seen += [(row["id"], label.int2str(row["label"]), row["split"], pixels(row["image"])) for row in split]
    rows = exported(odd).rows
    assert sorted(seen) == sorted((row.key, row.label, row.split, pixels(Image.open(row.path))) for row in rows)
    assert {name: len(split) for name, split in loaded.items()} == {
        split: sum(row.split == split for row in rows) for split in ("train", "test")
    }


@pytest.mark.filterwarnings("ignore")  # of the reader's own dependencies
def test_hugging_face_s_datasets_read_images_without_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # a development dependency: where it is missing the test fails, it does not pass by

    for name, classes in (("some", ("NA", "cat")), ("none", ())):
        made = build_audit(tmp_path / name, n=6, n_classes=0, runs=False, classes=classes, labelled=False)
        export(made.audit, Heard(), "huggingface", tmp_path / name / "out")
        loaded = datasets.load_dataset(str(tmp_path / name / "out"), cache_dir=str(tmp_path / "cache"))
        assert [row["label"] for split in loaded.values() for row in split] == [None] * 6


def test_torchvision_s_imagefolder_reads_every_class_by_the_folder_that_stands_for_it(
    odd: Made, tmp_path: Path
) -> None:
    heard = Heard()
    export(odd.audit, heard, "imagefolder", tmp_path / "out")
    written = json.loads((tmp_path / "out" / "classes.json").read_text())
    assert tuple(written["classes"]) == CLASSES
    assert "class 'a/b' is the folder 'a_b'" in heard.text
    seen = []
    for split in ("train", "test"):
        data = ImageFolder(str(tmp_path / "out" / split), allow_empty=True)
        seen += [(pixels(image), written["folders"][data.classes[target]], split) for image, target in data]
    assert sorted(seen) == by_pixels(odd)


def test_pandas_reads_manifests_and_label_issues_as_they_were(odd: Made, tmp_path: Path) -> None:
    rows = exported(odd).rows
    for name in ("manifest.csv", "manifest.parquet"):
        export(odd.audit, Heard(), "manifest", tmp_path / name)
        if name.endswith(".csv"):
            note = json.loads((tmp_path / f"{name}.json").read_text())
            frame = pd.read_csv(tmp_path / name, **note["pandas.read_csv"])
        else:
            frame = pd.read_parquet(tmp_path / name)
        assert frame["label"].tolist() == [row.label for row in rows], name
        assert frame["id"].tolist() == [row.key for row in rows], name


def test_a_csv_reader_gets_every_field_of_a_manifest(odd: Made, tmp_path: Path) -> None:
    export(odd.audit, Heard(), "manifest", tmp_path / "m.csv")
    with open(tmp_path / "m.csv", newline="", encoding="utf-8") as opened:
        read = list(csv.DictReader(opened))
    assert [(row["label"], row["id"]) for row in read] == [(row.label, row.key) for row in exported(odd).rows]


def test_a_fiftyone_folder_names_every_class(odd: Made, tmp_path: Path) -> None:
    export(odd.audit, Heard(), "fiftyone", tmp_path / "fo")
    described = json.loads((tmp_path / "fo" / "labels.json").read_text())
    files = {path.stem: path for path in (tmp_path / "fo" / "data").iterdir()}
    assert files.keys() == described["labels"].keys()
    seen = [
        (pixels(Image.open(files[stem])), described["classes"][each["label"]], each["attributes"]["split"])
        for stem, each in described["labels"].items()
    ]
    assert sorted(seen) == by_pixels(odd)


def test_label_studio_s_choices_are_the_classes_as_they_are(odd: Made, tmp_path: Path) -> None:
    export(odd.audit, Heard(), "labelstudio", tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert [(task["data"]["key"], task["data"]["given_label"]) for task in tasks] == [
        (row.key, row.given) for row in exported(odd).rows
    ]


def test_hardlook_reads_its_own_hugging_face_folder_back(
    odd: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "again"))
    export(odd.audit, Heard(), "huggingface", tmp_path / "out")
    again = ingest(str(tmp_path / "out"), Heard(), name="again", options=IngestOptions())
    hub = views.open_hub(again)
    assert tuple(views.classes(hub)) == CLASSES
    read = zip(views.column(hub, "key"), views.labels(hub), views.column(hub, "split"), strict=True)
    assert sorted((key, CLASSES[label], split) for key, label, split in read) == sorted(
        (row.key, row.label, row.split) for row in exported(odd).rows
    )


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_hardlook_reads_its_own_manifest_back(
    odd: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "again"))
    export(odd.audit, Heard(), "manifest", tmp_path / name)
    root = str(Path(exported(odd).rows[0].path).parent)
    again = ingest(str(tmp_path / name), Heard(), name="again", options=IngestOptions(roots=(root,)))
    hub = views.open_hub(again)
    classes = views.classes(hub)
    read = zip(views.column(hub, "key"), views.labels(hub), strict=True)
    assert sorted((key, classes[label]) for key, label in read) == sorted(
        (row.key, row.label) for row in exported(odd).rows
    )


@pytest.mark.parametrize("kind", ["imagefolder", "huggingface", "fiftyone"])
@pytest.mark.parametrize("how", ["copy", "link"])
def test_files_without_an_ending_get_the_one_of_their_content(
    kind: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    (tmp_path / "files").mkdir()
    lines = ["path,label"]
    for i in range(8):
        out = BytesIO()
        Image.new("RGB", (16, 16), (i * 30, 0, 255 - i * 30)).save(out, "JPEG" if i % 2 else "PNG")
        name = f"n{i:04d}" if i % 3 else f"img_{i}.v2"
        (tmp_path / "files" / name).write_bytes(out.getvalue())
        lines.append(f"files/{name},{'cat' if i < 4 else 'dog'}")
    (tmp_path / "in.csv").write_text("\n".join(lines))
    audit = ingest(str(tmp_path / "in.csv"), Heard(), options=IngestOptions())
    export(audit, Heard(), kind, tmp_path / "out", how=how)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.suffix not in (".json", ".md")]
    images = [path for path in files if path.name != "metadata.parquet"]
    assert len(images) == 8
    for path in images:
        with Image.open(path) as image:
            assert path.suffix == {"JPEG": ".jpg", "PNG": ".png"}[str(image.format)]
    if kind == "imagefolder":
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(ImageFolder(str(tmp_path / "out" / "train"))) == 8
