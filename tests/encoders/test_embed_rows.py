"""Rows to vectors, with an encoder whose vectors can be reckoned from the pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoders.embed_rows import Augmentation, embed_rows
from core.encoders.protocol import Pixels, Vectors
from core.errors import BadInput
from core.images.pixels import PixelSource
from core.types import Ints


class MeanColour:
    """(b, 4, 4, 3) -> (b, 3): the mean of each channel."""

    name, dimension, image_size, fingerprint, precision = "mean-colour", 3, 4, "0", "float32"
    layers, has_text, batch_size, logit_scale = "last", False, 4, 1.0

    def prepare(self, image: Image.Image) -> Pixels:
        return np.array(image.resize((4, 4), Image.Resampling.BOX))

    def encode(self, batch: Pixels) -> Vectors:
        means: Vectors = batch.astype(np.float32).mean(axis=(1, 2))
        return means

    def encode_text(self, texts: list[str]) -> Vectors:
        raise BadInput("No text side.")


class Grey:
    """Image i is grey of level i; some cannot be read."""

    def __init__(self, bad: Mapping[int, Exception] | None = None) -> None:
        self.bad = bad or {}

    def rgb(self, index: int, /) -> Image.Image:
        if index in self.bad:
            raise self.bad[index]
        return Image.new("RGB", (8, 6), (index, index, index))


class Kept:
    """A commit function that remembers."""

    def __init__(self) -> None:
        self.vectors: dict[int, Vectors] = {}
        self.units: list[str] = []

    def __call__(self, unit: str, indices: Ints, vectors: Vectors) -> None:
        self.units.append(unit)
        self.vectors |= dict(zip(indices.tolist(), vectors, strict=True))


def test_every_index_gets_its_own_images_vector() -> None:
    kept, indices = Kept(), np.array([7, 3, 200, 11, 5])
    progress: list[tuple[int, int]] = []
    failures = embed_rows(
        MeanColour(), Grey(), indices, batch_size=2, commit=kept, progress=lambda *at: progress.append(at)
    )
    assert failures == {}
    assert kept.units == ["0-2", "2-4", "4-5"]
    assert {index: vector.tolist() for index, vector in kept.vectors.items()} == {i: [i] * 3 for i in indices.tolist()}
    assert progress == [(2, 5), (4, 5), (5, 5)]


def test_one_unreadable_image_gets_nan_and_a_reason_and_the_others_their_vectors() -> None:
    kept = Kept()
    bad = {4: OSError("image file is truncated"), 9: BadInput("cat.jpg: missing file.", "Put it back.")}
    failures = embed_rows(MeanColour(), Grey(bad), np.arange(10), commit=kept)
    assert failures == {4: "image file is truncated", 9: "cat.jpg: missing file."}
    assert sorted(index for index, vector in kept.vectors.items() if np.isnan(vector).all()) == [4, 9]
    assert all(kept.vectors[index].tolist() == [index] * 3 for index in range(10) if index not in bad)


def test_where_not_one_image_can_be_read_nothing_is_committed_and_the_same_call_does_all_later() -> None:
    kept, bad = Kept(), {index: BadInput(f"a.npz: unreadable (row {index}).") for index in range(10)}
    with pytest.raises(BadInput, match=r"None of the 10 images can be read\. a\.npz: unreadable \(row 0\)\. Mend"):
        embed_rows(MeanColour(), Grey(bad), np.arange(10), commit=kept)
    assert kept.units == []
    assert embed_rows(MeanColour(), Grey(), np.arange(10), commit=kept) == {}


@pytest.mark.parametrize("others", [True, False])
def test_images_before_the_first_that_can_be_read_get_nan_in_their_order(others: bool) -> None:
    kept, bad = Kept(), {index: BadInput("a.npz: unreadable.") for index in range(9)}
    assert len(embed_rows(MeanColour(), Grey(bad), np.arange(10), commit=kept, others=others)) == 9
    assert kept.units == ["0-4", "4-8", "8-10"]
    assert [index for index, vector in kept.vectors.items() if np.isfinite(vector).all()] == [9]
    assert len(embed_rows(MeanColour(), Grey(bad), np.arange(9), commit=kept, others=True)) == 9
    assert len(embed_rows(MeanColour(), Grey(bad), np.arange(9), commit=kept, finished={"0-4"})) == 5


def test_a_bug_is_not_taken_for_a_bad_image() -> None:
    with pytest.raises(ZeroDivisionError):
        embed_rows(MeanColour(), Grey({2: ZeroDivisionError()}), np.arange(4), commit=Kept())


def test_resuming_computes_what_is_left_in_the_same_batches() -> None:
    whole, resumed = Kept(), Kept()
    embed_rows(MeanColour(), Grey(), np.arange(10), commit=whole)
    embed_rows(MeanColour(), Grey(), np.arange(10), commit=resumed, finished={"4-8", "reused a1"})
    assert whole.units == ["0-4", "4-8", "8-10"]
    assert resumed.units == ["0-4", "8-10"]


def test_files_of_a_real_source_that_vanished_are_reported(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{i}.png") for i in range(3)]
    for path in paths:
        Image.new("RGB", (5, 5), (9, 9, 9)).save(path)
    source = PixelSource(paths, [None] * 3)
    Path(paths[0]).unlink()
    Path(paths[2]).write_bytes(Path(paths[2]).read_bytes()[:40])
    kept = Kept()
    failures = embed_rows(MeanColour(), source, np.arange(3), commit=kept)
    assert list(failures) == [0, 2]
    assert "missing file" in failures[0]
    assert kept.vectors[1].tolist() == [9, 9, 9]


def test_augmentation_depends_on_seed_pass_and_image_alone() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 40, 3), dtype=np.uint8))

    def pixels(seed: int, number: int, index: int) -> bytes:
        augmented = Augmentation(seed, number)(picture, index)
        assert augmented.size == (35, 28)  # seven eighths of each side
        return augmented.tobytes()

    assert pixels(0, 0, 5) == pixels(0, 0, 5)
    assert len({pixels(0, 0, 5), pixels(1, 0, 5), pixels(0, 1, 5), pixels(0, 0, 6)}) == 4


def test_augmented_vectors_do_not_depend_on_batches() -> None:
    class Gradient:
        def rgb(self, index: int, /) -> Image.Image:
            return Image.fromarray(np.random.default_rng(index).integers(0, 256, (16, 16, 3), dtype=np.uint8))

    results = []
    for size in (3, 8):
        kept = Kept()
        embed_rows(MeanColour(), Gradient(), np.arange(8), batch_size=size, commit=kept, augment=Augmentation(0))
        results.append(np.stack([kept.vectors[index] for index in range(8)]))
    np.testing.assert_array_equal(results[0], results[1])
    plain = Kept()
    embed_rows(MeanColour(), Gradient(), np.arange(8), commit=plain)
    assert np.abs(results[0] - np.stack([plain.vectors[index] for index in range(8)])).max() > 0


def test_half_of_the_augmented_images_are_mirrored() -> None:
    left = Image.fromarray(np.tile(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], (32, 1, 3)))
    rising = [bool(np.diff(np.asarray(Augmentation(0)(left, i))[0, :, 0].astype(int)).sum() > 0) for i in range(400)]
    assert 160 < sum(rising) < 240  # 200 expected, four standard deviations are 40
