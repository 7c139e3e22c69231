"""An audit of what one has in Python: every way in gives the same audit, and rows keep their images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from PIL import Image

import core.api as hardlook
from core.api.arguments.given import read_given
from core.api.arguments.images import as_png
from core.api.notebook.making import rows_of
from core.errors import HardlookError
from core.images.rgb import to_rgb
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.store import views
from core.store.audit import Audit, create_audit
from core.types import UNLABELLED
from tests.pictures import Heard

N, K = 60, 3
CODES = np.arange(N) % K
NAMES = ["cat", "dog", "eel"]
TEXT = [NAMES[code] for code in CODES]
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 120, (N, 16, 16, 3)).astype(np.uint8)
PIXELS[np.arange(N), :, :, CODES] += 100
FEATURES = (RNG.normal(size=(N, 8)) + 4 * np.eye(K, 8)[CODES]).astype(np.float32)
PROBABILITIES = np.full((N, K), 0.1)
PROBABILITIES[np.arange(N), np.where(np.arange(N) % 10 == 0, (CODES + 1) % K, CODES)] = 0.8
SPLITS = np.where(np.arange(N) % 4 == 0, "test", "train").tolist()


@pytest.fixture(autouse=True)
def audits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return tmp_path / "audits"


class Pairs(torch.utils.data.Dataset[Any]):
    """As torchvision's data sets are: pairs of an image and a label, and the classes' names."""

    classes = ("cat", "dog", "eel")

    def __init__(self, tensors: bool) -> None:
        self.tensors = tensors

    def __len__(self) -> int:
        return N

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        if self.tensors:  # as ToTensor leaves them
            return torch.from_numpy(np.moveaxis(PIXELS[at], 2, 0).copy()).float() / 255, torch.tensor(CODES[at])
        return Image.fromarray(PIXELS[at]), int(CODES[at])


def files(folder: Path) -> list[Path]:
    """The images as files whose order by name is not theirs."""
    folder.mkdir()
    paths = [folder / f"{(at * 7) % N:03d}.png" for at in range(N)]
    for path, picture in zip(paths, PIXELS, strict=True):
        Image.fromarray(picture).save(path)
    return paths


def ways(folder: Path) -> dict[str, dict[str, Any]]:
    """Way in -> arguments."""
    paths = [str(path) for path in files(folder)]
    frame = pd.DataFrame({"image_path": paths, "label": TEXT, "split": SPLITS, "site": ["a", "b"] * (N // 2)})
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=NAMES), "split": datasets.Value("string")}
    )
    stored = [{"bytes": Path(path).read_bytes(), "path": None} for path in paths]
    hub = datasets.Dataset.from_dict({"image": stored, "label": CODES.tolist(), "split": SPLITS}, features=features)
    beside = {"labels": TEXT, "splits": SPLITS}
    return {
        "array": {"images": PIXELS, **beside},
        "channels first": {"images": torch.from_numpy(np.moveaxis(PIXELS, 3, 1).copy()), **beside},
        "list of arrays": {"images": list(PIXELS), **beside},
        "PIL": {"images": [Image.fromarray(one) for one in PIXELS], **beside},
        "floats": {"images": PIXELS / 255, **beside},
        "numbers": {"images": PIXELS, "labels": CODES, "classes": NAMES, "splits": SPLITS},
        "paths": {"images": paths, **beside},
        "path objects": {"images": [Path(path) for path in paths], **beside},
        "pandas": {"images": frame},
        "polars": {"images": pl.from_pandas(frame)},
        "frame with labels beside": {"images": frame.drop(columns=["label"]), "labels": TEXT},
        "Hugging Face": {"images": hub},
        "torch PIL": {"images": Pairs(False), "splits": SPLITS},
        "torch tensors": {"images": Pairs(True), "splits": SPLITS},
    }


def made(arguments: dict[str, Any], name: str) -> tuple[Audit, Any]:
    """Only ingested, which is what differs."""
    images, labels, splits, classes = (arguments.get(one) for one in ("images", "labels", "splits", "classes"))
    given = read_given(images, labels, splits, None, classes, None)
    audit = create_audit(name)
    return ingest(str(given.write(audit)), Heard(), name=name, options=given.options), given


def test_every_way_in_holds_the_same_images_with_their_labels_and_rows(tmp_path: Path) -> None:
    for number, (way, arguments) in enumerate(ways(tmp_path / "photos").items()):
        audit, given = made(arguments, f"way {number}")
        hub, rows = views.open_hub(audit), rows_of(audit, given)
        assert views.classes(hub) == NAMES, way
        assert sorted(rows) == list(range(N)), way
        np.testing.assert_array_equal(views.labels(hub), CODES[rows], err_msg=way)
        assert views.column(hub, "split").tolist() == [SPLITS[row] for row in rows], way
        opened = hardlook.open_audit(audit.name)
        for picture, row in zip(opened.images(range(N)), rows, strict=True):
            np.testing.assert_array_equal(np.asarray(picture), PIXELS[row], err_msg=way)


def test_the_numbers_are_those_of_the_arrays_whatever_order_the_images_have(tmp_path: Path) -> None:
    paths = files(tmp_path / "photos")
    audit = hardlook.audit(
        paths, TEXT, features=FEATURES, pred_probs=PROBABILITIES, classes=NAMES, splits=SPLITS, name="all", quiet=True
    )
    order = [paths.index(tmp_path / "photos" / key) for key in audit.scores()["key"]]
    assert order != sorted(order)
    fit = np.array(SPLITS)[order] == "train"
    rmd = hardlook.score("rmd", features=FEATURES[order], labels=np.array(TEXT)[order], fit=fit)
    np.testing.assert_array_equal(audit.scores()["rmd"], rmd["rmd"])
    held_out = np.array(SPLITS) == "test"  # where there are such images, models are evaluated on them alone
    correct = (PROBABILITIES.argmax(axis=1) == CODES)[held_out]
    accuracy = audit.metrics("accuracy")
    assert accuracy.loc[accuracy["slice"] == "all", "value"].item() == pytest.approx(correct.mean())
    assert accuracy["n"].max() == held_out.sum()
    error = audit.metrics("calibration_error")
    expected = hardlook.calibration_error(np.full(held_out.sum(), 0.8), correct)
    assert error.loc[error["slice"] == "all", "value"].item() == pytest.approx(expected.value, abs=1e-6)
    assert audit.plot.reliability().layout.title.text.startswith("Reliability of pred_probs")


def test_a_second_call_computes_nothing_and_other_arrays_are_another_state() -> None:
    arguments: dict[str, Any] = {"features": FEATURES, "train": False, "name": "twice", "quiet": True}
    first = hardlook.audit(PIXELS, TEXT, **arguments)
    runs = {run.run_id for run in first.stored.runs()}
    written = (first.path / "given" / "images.parquet").stat().st_mtime_ns
    second = hardlook.audit(PIXELS, TEXT, **arguments)
    assert {run.run_id for run in second.stored.runs()} == runs
    assert (second.path / "given" / "images.parquet").stat().st_mtime_ns == written
    third = hardlook.audit(PIXELS[::-1].copy(), TEXT, **arguments)
    assert not runs & {run.run_id for run in third.stored.runs()}


def test_true_labels_are_kept_apart_and_no_label_is_none() -> None:
    audit = hardlook.audit(
        PIXELS, [None, *TEXT[1:]], true_labels=TEXT, features=FEATURES, train=False, name="truth", quiet=True
    )
    hub = views.open_hub(audit.stored)
    assert views.labels(hub)[0] == UNLABELLED
    np.testing.assert_array_equal(views.column(hub, "true_label"), CODES)
    assert audit.scores()["label"][0] is None


def test_vectors_that_were_given_have_no_encoder_and_say_so() -> None:
    audit = hardlook.audit(PIXELS, TEXT, features=FEATURES, train=False, name="given", quiet=True)
    with pytest.raises(HardlookError, match=r"'features' were given as they are, and no encoder"):
        score_any(audit.stored, "zero_shot", Heard())


def test_a_folder_is_audited_as_the_command_audits_it(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "photos" / name).mkdir(parents=True)
    for at, picture in enumerate(PIXELS):
        Image.fromarray(picture).save(tmp_path / "photos" / TEXT[at] / f"{at}.png")
    audit = hardlook.audit(tmp_path / "photos", encoder="embedded", train=False, quiet=True)
    assert audit.name == "photos"
    assert sorted(audit.scores()["label"]) == sorted(TEXT)


class Endless(torch.utils.data.IterableDataset[Any]):
    """One that can only be read to its end."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class Labelled(torch.utils.data.Dataset[Any]):
    """Pairs of a picture and whatever is given as its label."""

    def __init__(self, labels: Sequence[Any]) -> None:
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        return PIXELS[at], self.labels[at]


@pytest.mark.parametrize(
    "labels",
    [list(np.array(TEXT)), [np.array([name]) for name in TEXT], [None, *TEXT[1:]]],
    ids=["str_", "(1,)", "none"],
)
def test_labels_of_a_torch_dataset_may_lie_in_arrays(labels: list[Any]) -> None:
    given = read_given(Labelled(labels), None, None, None, None, None)
    assert given.columns["label"] == [None if labels[0] is None else TEXT[0], *TEXT[1:]]


def test_whole_numbers_in_tensors_are_labels_beside_missing_ones() -> None:
    given = read_given(Labelled([None, torch.tensor([2]), torch.tensor(1)]), None, None, None, NAMES, None)
    assert given.columns["label"] == [None, "eel", "dog"]


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "HSV", "LAB", "La", "PA", "RGBa", "RGBX"])
def test_a_picture_of_a_mode_that_png_has_not_is_read_as_one_of_a_file(mode: str) -> None:
    picture = Image.fromarray(PIXELS[0])
    for step in {"LAB": ("RGB", "LAB"), "La": ("LA", "La"), "PA": ("P", "PA"), "RGBa": ("RGBA", "RGBa")}.get(
        mode, (mode,)
    ):
        picture = picture.convert(step)
    read = Image.open(BytesIO(as_png(picture, 0)))
    assert picture.mode == mode
    np.testing.assert_array_equal(np.asarray(to_rgb(read)), np.asarray(to_rgb(picture)))


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("images is None", {"images": None}),
    ("images is 3", {"images": 3}),
    ("images is empty", {"images": []}),
    (r"images\[0\] is a ndarray of shape \(16, 16, 5\)", {"images": np.zeros((4, 16, 16, 5), np.uint8)}),
    (r"images\[0\] .*no 255ths: leave the normalisation out", {"images": RNG.normal(size=(4, 16, 16, 3))}),
    (r"images\[0\] .*not of 8 bits", {"images": np.zeros((4, 16, 16), np.uint16)}),
    ("./nowhere. is not a folder", {"images": ["/nowhere/a.png", "/nowhere/b.png"]}),
    ("images is a ndarray of shape", {"images": np.zeros((4, 4), np.uint8)}),
    ("images has 3 .*in row 0, which is no path", {"images": pd.DataFrame({"path": [3]})}),
    ("images has the columns 'a', and none of paths", {"images": pd.DataFrame({"a": [1]})}),
    ("labels has 3 rows, and images has 60", {"images": PIXELS, "labels": TEXT[:3]}),
    ("labels has 'cow' in row 0", {"images": PIXELS, "labels": ["cow", *TEXT[1:]], "classes": NAMES}),
    ("splits has 3 rows", {"images": PIXELS, "labels": TEXT, "splits": ["train"] * 3}),
    ("true_labels has 2 rows", {"images": PIXELS, "labels": TEXT, "true_labels": ["cat"] * 2}),
    ("features has 59 rows, and images has 60", {"images": PIXELS, "labels": TEXT, "features": FEATURES[:-1]}),
    ("features has nan in row 0", {"images": PIXELS, "labels": TEXT, "features": FEATURES * np.nan}),
    ("features has 60 rows of nothing but zeros", {"images": PIXELS, "labels": TEXT, "features": FEATURES * 0}),
    (r"pred_probs has row 0, which sums to 0\.5", {"images": PIXELS, "labels": CODES, "pred_probs": PROBABILITIES / 2}),
    ("pred_probs has 59 rows", {"images": PIXELS, "labels": CODES, "pred_probs": PROBABILITIES[:-1]}),
    ("labels is text, ", {"images": PIXELS, "labels": TEXT, "pred_probs": PROBABILITIES}),
    ("name is 3", {"images": PIXELS, "labels": TEXT, "name": 3}),
    ("cannot be the name of an audit", {"images": PIXELS, "labels": TEXT, "name": "a/b"}),
    ("train is 'no'", {"images": PIXELS, "labels": TEXT, "train": "no"}),
    ("epochs is 0", {"images": PIXELS, "labels": TEXT, "epochs": 0}),
    ("labels is a list of 60 entries", {"images": "photos", "labels": TEXT}),
    ("features has 60 rows, and the images of a file or folder have no order", {"images": "p", "features": FEATURES}),
    ("images is ", {"images": datasets.DatasetDict()}),
    (r"images\[0\] .*no 255ths", {"images": np.full((4, 16, 16), np.nan)}),
    (r"images\[0\] is a ndarray of shape \(0, 16\)", {"images": np.zeros((4, 0, 16))}),
    (r"images\[0\] .*mode=F .*not of 8 bits", {"images": [Image.new("F", (8, 8))]}),
    ("images is .*Endless", {"images": Endless()}),
    ("labels has 0.5 .*in row 1", {"images": Labelled([torch.tensor(0.0), torch.tensor(0.5)])}),
    ("labels is a ndarray of shape .*argmax", {"images": Labelled([torch.eye(3)[code] for code in CODES])}),
    ("encoder is 3", {"images": PIXELS, "labels": TEXT, "encoder": 3}),
    ("model is 3", {"images": PIXELS, "labels": TEXT, "model": 3}),
    ("device is None", {"images": PIXELS, "labels": TEXT, "device": None}),
    ("trained_on is None", {"images": PIXELS, "labels": TEXT, "trained_on": None}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "arguments"), REFUSED, ids=[message for message, _ in REFUSED])
def test_what_cannot_be_audited_is_refused_before_anything_is_written(
    message: str, arguments: dict[str, Any], audits: Path
) -> None:
    with pytest.raises(HardlookError, match=message) as caught:
        hardlook.audit(**{"quiet": True, "train": False, **arguments})
    assert caught.value.hint
    assert not list(audits.glob("*"))
