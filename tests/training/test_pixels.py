from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.training.batches import Batches, EpochPlan, augment, plan_epoch
from core.training.pixels import Normalisation, channel_statistics, decode_pixels, kept_pixels, pixels_path


class Images:
    """A fake source: image i is 10 x 6 pixels of the colour (i, 2i, 3i); it counts what was asked of it."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.fail_at = fail_at
        self.read: list[int] = []
        self._lock = threading.Lock()

    def rgb(self, i: int) -> Image.Image:
        if i == self.fail_at:
            raise ValueError(f"image {i} cannot be read")
        with self._lock:
            self.read.append(i)
        return Image.new("RGB", (10, 6), (i % 256, 2 * i % 256, 3 * i % 256))


def test_every_image_lands_in_its_own_row(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = pixels_path(tmp_path / "cache", "abc", 4)
    pixels = decode_pixels(Images(), 600, 4, path, advance=lambda done, total: seen.append((done, total)))
    assert pixels.shape == (600, 4, 4, 3)
    assert pixels.dtype == np.uint8
    expected = np.outer(np.arange(600), [1, 2, 3]) % 256
    assert (pixels == expected[:, None, None, :]).all()
    assert seen[-1] == (600, 600)


def test_a_second_call_decodes_nothing(tmp_path: Path) -> None:
    path = pixels_path(tmp_path, "abc", 4)
    first = decode_pixels(Images(), 5, 4, path)
    again = Images()
    assert (decode_pixels(again, 5, 4, path) == first).all()
    assert again.read == []


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_is_cut_short_is_set_aside_and_decoded_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    path = pixels_path(tmp_path, "abc", 4)
    first = np.array(decode_pixels(Images(), 50, 4, path))
    os.truncate(path, int(path.stat().st_size * share))
    assert (decode_pixels(Images(), 50, 4, path) == first).all()
    assert f"set aside as {path.name}.unreadable-1" in capsys.readouterr().err
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, f"{path.name}.unreadable-1"]


def test_a_file_of_other_pixels_is_not_taken_for_these(tmp_path: Path) -> None:
    path, said = tmp_path / "p.npy", list[str]()
    np.save(path, np.zeros((3, 4, 4, 3), np.float32))
    assert kept_pixels(path, 3, 4, said.append) is None
    assert "it does not hold 3 images of 4×4 pixels" in said[0]


def test_a_failure_leaves_no_file_that_looks_whole(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="image 300"):
        decode_pixels(Images(fail_at=300), 400, 4, tmp_path / "pixels.npy")
    assert list(tmp_path.iterdir()) == []
    assert decode_pixels(Images(), 400, 4, tmp_path / "pixels.npy").shape == (400, 4, 4, 3)


def test_images_of_the_right_size_are_not_resampled(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)

    class Exact:
        def rgb(self, i: int) -> Image.Image:
            return Image.fromarray(stored[i])

    assert (decode_pixels(Exact(), 3, 8, tmp_path / "p.npy") == stored).all()


def test_channel_statistics_match_numpy_on_the_rows_asked_for() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (700, 5, 5, 3), dtype=np.uint8)
    pixels[::2] = 0
    rows = np.arange(1, 700, 2)
    found = channel_statistics(pixels, rows)
    values = pixels[rows].reshape(-1, 3) / 255
    np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.sd, values.std(axis=0), rtol=1e-12)


def test_a_constant_channel_does_not_divide_by_zero() -> None:
    pixels = np.full((4, 2, 2, 3), 7, dtype=np.uint8)
    assert channel_statistics(pixels, np.arange(4)).sd == (1.0, 1.0, 1.0)


def batches(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Batches:
    return Batches(pixels, Normalisation((0.5, 0.25, 0.0), (0.5, 0.25, 1.0)), torch.device("cpu"))


def test_batches_are_normalised_and_channels_last_in_memory() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
    found = batches(pixels).images(np.array([5, 2]))
    expected = (pixels[[5, 2]] / 255 - [0.5, 0.25, 0.0]) / [0.5, 0.25, 1.0]
    np.testing.assert_allclose(found.numpy(), expected.transpose(0, 3, 1, 2), rtol=1e-5, atol=1e-6)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_augmentation_shifts_over_a_black_border_and_then_flips() -> None:
    raw = torch.arange(1, 10, dtype=torch.uint8).reshape(1, 3, 3, 1).expand(1, 3, 3, 3)
    # down = 0, right = 2 with a border of 1: the window starts one row above and one column right of the image.
    plan = EpochPlan(np.array([0]), np.array([0]), np.array([2]), np.array([False]))
    assert augment(raw, plan, slice(0, 1), 1)[0, :, :, 0].tolist() == [[0, 0, 0], [2, 3, 0], [5, 6, 0]]
    flipped = EpochPlan(np.array([0]), np.array([0]), np.array([2]), np.array([True]))
    assert augment(raw, flipped, slice(0, 1), 1)[0, :, :, 0].tolist() == [[0, 0, 0], [0, 3, 2], [0, 6, 5]]


def test_no_shift_and_no_flip_is_the_image_itself() -> None:
    raw = torch.randint(0, 256, (4, 5, 5, 3), dtype=torch.uint8)
    plan = plan_epoch(np.arange(4), seed=0, epoch=1, pad=0, flip=False)
    assert torch.equal(augment(raw, plan, slice(0, 4), 0), raw)


def test_a_plan_depends_on_seed_and_epoch_alone() -> None:
    rows = np.arange(100, 200)

    def plan(seed: int, epoch: int) -> list[int]:
        return [int(row) for row in plan_epoch(rows, seed, epoch, pad=4, flip=True).order]

    assert plan(1, 2) == plan(1, 2)
    assert plan(1, 2) != plan(1, 3)
    assert plan(1, 2) != plan(2, 2)
    assert sorted(plan(1, 2)) == rows.tolist()


@pytest.mark.parametrize(("n", "sizes"), [(8, [4, 4]), (9, [4, 5]), (10, [4, 4, 2]), (3, [3]), (5, [5])])
def test_no_batch_holds_one_image_alone(n: int, sizes: list[int]) -> None:
    plan = plan_epoch(np.arange(n), 0, 1, pad=0, flip=False)
    assert [step.stop - step.start for step in plan.steps(4)] == sizes
