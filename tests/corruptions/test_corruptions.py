from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_image

from core.corruptions import SEVERITIES, all_corruptions, corrupt, get_corruption
from core.corruptions.contact_sheet import contact_sheet
from core.corruptions.fields import clouds, convolved, disc, streak, stretched
from core.corruptions.registry import register
from core.errors import BadInput

Pixels = NDArray[np.uint8]
KINDS = [kind.name for kind in all_corruptions()]


def photographs(side: int) -> list[Pixels]:
    """Crops of the two photographs that scikit-learn carries."""
    whole = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    crops = [picture[top : top + 320, left : left + 320] for picture in whole for top, left in ((0, 100), (90, 250))]
    return [np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.BICUBIC)) for crop in crops]


def distance(a: Pixels, b: Pixels) -> float:
    """Root mean square difference, in grey levels."""
    return float(np.sqrt(np.mean((a.astype(float) - b) ** 2)))


def test_there_are_sixteen_kinds_in_four_families_each_said_in_a_line() -> None:
    kinds = all_corruptions()
    assert [sum(kind.family == family for kind in kinds) for family in ("noise", "blur", "weather", "digital")] == [
        4
    ] * 4
    assert all(len(kind.levels) == len(SEVERITIES) and kind.unit and kind.summary.endswith(".") for kind in kinds)


@pytest.mark.parametrize("side", [28, 224])
@pytest.mark.parametrize("kind", KINDS)
def test_a_severity_changes_photographs_more_than_the_one_before(kind: str, side: int) -> None:
    pictures = photographs(side)
    changed = [
        np.mean([distance(corrupt(p, kind, s, identity=str(i)), p) for i, p in enumerate(pictures)]) for s in SEVERITIES
    ]
    assert changed[0] > 1.0  # one grey level: also the mildest is no copy
    assert (np.diff(changed) > 0).all(), changed


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_image_kind_and_severity_give_the_same_pixels(kind: str) -> None:
    picture = photographs(32)[0]
    before = picture.copy()
    once, again = (corrupt(picture, kind, 3, seed=7, identity="a") for _ in range(2))
    assert np.array_equal(once, again)
    assert np.array_equal(picture, before)
    assert once.dtype == np.uint8
    assert once.shape == picture.shape
    random = not np.array_equal(once, corrupt(picture, kind, 3, seed=8, identity="a"))
    assert random == (not np.array_equal(once, corrupt(picture, kind, 3, seed=7, identity="b")))
    drawn = {"gaussian_blur", "defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg"}
    assert random == (kind not in drawn)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_without_colour_stays_without_and_keeps_what_it_shows(kind: str) -> None:
    grey = np.repeat(photographs(32)[0].mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    changed = corrupt(grey, kind, 2)
    assert (changed == changed[..., :1]).all()
    assert np.corrcoef(changed[..., 0].ravel(), grey[..., 0].ravel())[0, 1] > 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_images_need_not_be_square(kind: str) -> None:
    picture = photographs(48)[0][:20]
    assert corrupt(picture, kind, 5).shape == (20, 48, 3)


@pytest.mark.parametrize("kind", ["gaussian_blur", "zoom_blur", "motion_blur", "elastic"])
def test_what_is_measured_in_shares_of_the_side_covers_as_much_of_the_scene_at_any_size(kind: str) -> None:
    small, large = photographs(64), photographs(224)
    shrunk = [np.asarray(Image.fromarray(corrupt(p, kind, 5)).resize((64, 64), Image.Resampling.BOX)) for p in large]
    between = np.mean([distance(a, corrupt(b, kind, 5)) for a, b in zip(shrunk, small, strict=True)])
    assert between < np.mean([distance(a, b) for a, b in zip(shrunk, small, strict=True)])


def flat(level: int, side: int = 224) -> Pixels:
    return np.full((side, side, 3), level, np.uint8)


def test_strengths_worked_by_hand() -> None:
    # Noise of sd 0.16 on mid grey at 224 pixels: 0.16 * 255 = 40.8 levels; at 56 pixels half of that.
    assert np.std(corrupt(flat(128), "gaussian_noise", 3)) == pytest.approx(40.8, rel=0.02)
    assert np.std(corrupt(flat(128, 56), "gaussian_noise", 3)) == pytest.approx(20.4, rel=0.05)
    # 14 photons of white, so 14 * 64/255 = 3.51 here: sd sqrt(3.51) / 14 * 255 = 34.1 levels.
    assert np.std(corrupt(flat(64), "shot_noise", 3)) == pytest.approx(34.1, rel=0.02)
    # 9 % of values become 0 or 255, half of them each.
    replaced = corrupt(flat(128), "impulse_noise", 3)
    assert np.mean(replaced == 0) == pytest.approx(0.045, abs=0.004)
    assert np.mean(replaced == 255) == pytest.approx(0.045, abs=0.004)
    # Speckle leaves black alone.
    assert (corrupt(flat(0), "speckle_noise", 5) == 0).all()
    # 100 + 0.27 * 255 = 168.85.
    assert (corrupt(flat(100), "brightness", 3) == 169).all()
    # Half 0 and half 200: mean 100, 0.38 of the way from it is 62 and 138.
    halves = flat(0)
    halves[:112] = 200
    assert set(np.unique(corrupt(halves, "contrast", 3)).tolist()) == {62, 138}
    # Blur, zoom, bending and blocks leave an even surface as it is.
    for kind in ("gaussian_blur", "defocus_blur", "motion_blur", "zoom_blur", "pixelate", "elastic", "jpeg"):
        assert np.abs(corrupt(flat(128), kind, 5).astype(int) - 128).max() <= 1, kind


def test_mud_covers_about_the_share_that_is_asked_for() -> None:
    assert np.mean(corrupt(flat(255), "spatter", 3) < 200) == pytest.approx(0.14, abs=0.04)


def test_kernels_worked_by_hand() -> None:
    # A disc inside one pixel is that pixel; a wide one weighs its pixels alike and as many as its area.
    assert disc(0.4)[disc(0.4) > 0].tolist() == [1.0]
    wide = disc(6.0)
    assert wide.sum() == pytest.approx(1)
    assert 1 / wide.max() == pytest.approx(np.pi * 36, rel=0.02)
    # A streak of two pixels across: half at the centre, a quarter to each side.
    across = streak(2.0, 0.0)
    middle = across[len(across) // 2]
    assert middle[middle > 0] == pytest.approx([0.25, 0.5, 0.25], abs=0.03)
    assert across.sum() == pytest.approx(middle.sum())
    assert streak(2.0, np.pi / 2) == pytest.approx(across.T, abs=1e-12)


def test_convolving_keeps_an_even_image_and_moves_nothing() -> None:
    image = np.zeros((9, 9, 1), np.float32)
    image[4, 4] = 1
    kernel = np.arange(9.0).reshape(3, 3) / 36
    assert convolved(image, kernel)[3:6, 3:6, 0] == pytest.approx(kernel, abs=1e-6)
    assert convolved(np.ones((9, 9, 3), np.float32), disc(3)) == pytest.approx(1.0, abs=1e-5)


def test_fields_cover_the_image_whatever_its_size() -> None:
    for shape in ((28, 28, 1), (50, 33, 3)):
        drift = clouds(shape, np.random.default_rng(0))
        assert drift.shape == (*shape[:2], 1)
        assert (drift.min(), drift.max()) == pytest.approx((0, 1))
    assert stretched(np.full((4, 4), 0.25), (8, 6, 3)) == pytest.approx(0.25)


def test_what_cannot_be_done_is_refused_with_what_can() -> None:
    with pytest.raises(BadInput, match=r"no corruption 'rain'.*gaussian_noise, .*elastic"):
        get_corruption("rain")
    with pytest.raises(BadInput, match="severity is 6"):
        corrupt(flat(0, 32), "fog", 6)
    with pytest.raises(BadInput, match="40×7 pixels is too small"):
        corrupt(np.zeros((7, 40, 3), np.uint8), "fog", 1)
    with pytest.raises(ValueError, match="registered twice"):
        register("fog", "weather", (1, 2, 3, 4, 5), "")(get_corruption("fog").change)


def test_the_contact_sheet_has_a_row_for_every_kind() -> None:
    sheet = contact_sheet(photographs(28)[:2], side=40)
    assert sheet.size[1] > 16 * 40
    assert sheet.size[0] > 6 * 40
