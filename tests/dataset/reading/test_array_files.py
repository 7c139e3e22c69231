"""Arrays of images in .npz and .npy files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput
from core.images.pixels import content_hash
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column, reasons


@pytest.mark.parametrize("shape", [(12, 5, 6), (12, 5, 6, 3), (12, 3, 5, 6)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_npz_arrays_of_every_layout(tmp_path: Path, shape: tuple[int, ...], kind: type) -> None:
    pixels: np.ndarray[Any, Any] = np.random.default_rng(0).integers(0, 256, shape)
    pixels = (pixels / 255 if kind is np.float32 else pixels).astype(kind)
    path = tmp_path / "a.npz"
    y = np.arange(12) % 3
    y[4] = -1
    np.savez(path, X=pixels, y=y, clean=np.zeros((12, 1), np.int64), score=np.linspace(0, 1, 12))
    dataset = read(path, true_label_key="clean")
    assert column(dataset, "key")[:2] == ["00", "01"]
    assert column(dataset, "label") == [0, 1, 2, 0, None, 2, 0, 1, 2, 0, 1, 2]
    assert column(dataset, "true_label") == [0] * 12
    assert column(dataset, "score")[-1] == 1.0
    assert (column(dataset, "width")[0], column(dataset, "height")[0]) == (6, 5)
    assert column(dataset, "content_hash")[3] == content_hash(pixels[3])


def test_floats_of_no_usual_range_are_shown_over_their_own_and_said(tmp_path: Path) -> None:
    pixels = np.zeros((3, 4, 4), np.float32)
    pixels[1] = 2.5
    pixels[2] = np.nan
    np.savez(tmp_path / "a.npz", x=pixels)
    dataset = read(tmp_path / "a.npz")
    assert reasons(dataset) == {"2": "unreadable"}
    said = [line for line in dataset.understood if line.about == "pixels"]
    assert "from 0 to 2.5, which is no usual range" in said[0].text
    assert said[0].option == "--pixel-range LOW,HIGH"


def test_an_npy_file_finds_its_labels_beside_it(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.zeros((3, 4, 4), np.uint8))
    np.save(tmp_path / "labels.npy", np.array(["b", "a", ""]))
    dataset = read(tmp_path / "images.npy")
    assert (dataset.classes, column(dataset, "label")) == (("a", "b"), [1, 0, None])
    np.save(tmp_path / "other.npy", np.array([0, 0, 0]))
    assert read(tmp_path / "images.npy", label_key="other.npy").classes == ("0",)


def test_array_files_that_do_not_fit_say_why(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((3, 4, 4), np.uint8), y=np.zeros(2))
    with pytest.raises(BadInput, match=r"array of labels has shape \(2,\), and there are 3 images.*--label-key"):
        read(path)
    with pytest.raises(BadInput, match=r"no array 'nope'; it has 'x' \(3, 4, 4\), 'y' \(2,\).*--image-key"):
        read(path, image_key="nope")
    with pytest.raises(BadInput, match=r"shape \(2,\), which is not images"):
        read(path, image_key="y", label_key="y")
    np.savez(path, z=np.zeros((3, 4, 4), np.uint8))
    with pytest.raises(BadInput, match=r"no array of images; it has 'z'"):
        read(path)
    np.savez(path, x=np.array([{}, {}], dtype=object))
    with pytest.raises(BadInput, match=r"without Python objects|not images"):
        read(path)
    path.write_bytes(b"PK no zip")
    with pytest.raises(BadInput, match=r"a\.npz could not be read"):
        read(path)
