from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.answers.image.detail import LARGEST_SIDE, detail, find_image, read_picture
from core.answers.view.choices import score_choices
from core.answers.view.ranking import scored
from core.answers.view.reader import Reader
from core.errors import ExtraMissing, HardlookError, Unreachable
from core.images.pixels import PixelSource, content_hash
from tests.audits import HOSTILE_FILE, Made


def test_an_image_comes_with_every_score_and_the_percentile_its_tile_shows(reader: Reader, made: Made) -> None:
    choices = score_choices(reader)
    for image_id in (0, 5, 17):
        found = detail(reader, image_id, choices)
        assert found is not None
        assert [line.label for line in found.scores] == [choice.label for choice in choices]
        for line, choice in zip(found.scores, choices, strict=True):
            assert float(line.percentile) == pytest.approx(
                reader.peers.percentile(scored(reader, choice.address).values, np.array([image_id]))[0], abs=0.06
            )
        assert found.models[0].wrong == (made.labels[image_id] != made.predicted[image_id])


def test_an_image_without_a_score_says_so(reader: Reader, made: Made) -> None:
    found = detail(reader, len(made.keys) - 1, score_choices(reader))
    assert found is not None
    (rmd,) = [line for line in found.scores if line.label.startswith("rmd")]
    assert (rmd.value, rmd.percentile) == ("–", "–")


def test_images_are_found_by_key_and_by_nothing_else(reader: Reader) -> None:
    assert find_image(reader, HOSTILE_FILE) == 0
    assert find_image(reader, "../../etc/passwd") is None
    assert detail(reader, 10**6, []) is None


def test_small_pictures_are_enlarged_with_hard_pixels_by_a_whole_factor(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    path = tmp_path / "small.png"
    Image.fromarray(pixels).save(path)
    picture, refusal = read_picture(str(path), None, content_hash(path.read_bytes()))
    assert refusal == ""
    shown = np.asarray(Image.open(BytesIO(picture)))
    assert shown.shape == (504, 504, 3)
    np.testing.assert_array_equal(shown[::18, ::18], pixels)


def test_large_pictures_are_capped(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (3000, 1500), "teal").save(path)
    picture, _ = read_picture(str(path), None, content_hash(path.read_bytes()))
    assert Image.open(BytesIO(picture)).size == (LARGEST_SIDE, LARGEST_SIDE // 2)


def test_a_file_that_is_gone_or_was_changed_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (30, 30)).save(path)
    before = content_hash(path.read_bytes())
    Image.new("RGB", (31, 30)).save(path)
    assert "not what was ingested" in read_picture(str(path), None, before)[1]
    path.unlink()
    picture, refusal = read_picture(str(path), None, before)
    assert picture == b""
    assert "missing file" in refusal


@pytest.mark.parametrize("error", [Unreachable("s3://photos could not be reached."), ExtraMissing("s3:// needs s3fs.")])
def test_an_image_at_a_place_out_of_reach_takes_nothing_else_of_the_dialog_away(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, error: HardlookError
) -> None:
    def rgb(source: PixelSource, i: int) -> Image.Image:
        raise error

    choices = score_choices(reader)
    before = detail(reader, 5, choices)
    monkeypatch.setattr(PixelSource, "rgb", rgb)
    found = detail(reader, 5, choices)
    assert before is not None
    assert found == replace(before, picture=b"", refusal=str(error))
