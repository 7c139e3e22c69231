"""Difficulty checks as pages read them, and an image made worse on the spot."""

from __future__ import annotations

import os
import shutil
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.answers.scores.difficulty_checks import corrupted_images, difficulty_checks, rising, worse_image
from core.answers.view.reader import Reader, open_reader
from core.corruptions import corrupt
from core.dataset import IngestOptions
from core.errors import Unreachable
from core.images.pixels import PixelSource
from core.pipeline.embed import embed
from core.pipeline.evaluation.difficulty_checks import difficulty_checks as check
from core.pipeline.ingest import ingest
from core.store import lookups
from core.store.audit import Audit
from tests.pictures import Heard, write_images

KINDS = ("fog", "pixelate")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures and the audit of them, whose embedding is checked by two corruptions."""
    folder = tmp_path_factory.mktemp("checked")
    for seed, split in enumerate(("train", "test")):
        write_images(folder / "pictures" / split, 12, seed=seed, size=16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(folder / "audits"))
        audit = ingest(str(folder / "pictures"), Heard(), name="a", options=IngestOptions())
        embed(audit, "embedded", Heard(), image_size=32)
        check(audit, Heard(), images=10, kinds=KINDS)
    return folder


@pytest.fixture
def reader(checked: Path) -> Reader:
    return open_reader(Audit(checked / "audits" / "a"))


def test_every_figure_of_the_checks_is_read(reader: Reader) -> None:
    (found,) = difficulty_checks(reader)
    assert [one.title for one in found.corruptions] == list(KINDS)
    for one in found.corruptions:
        assert one.names == ("clean", "1", "2", "3", "4", "5")
        assert one.means[0] == found.corruptions[0].means[0]
    assert found.shares is not None
    assert found.shares.names == ("0 %", "20 %", "40 %", "60 %", "80 %", "100 %")
    assert found.distances is not None
    assert found.distances.names == ("0", "1", "2")  # of three classes
    assert rising(found.corruptions)[1] == 2


def test_the_pictures_are_those_whose_rmd_is_shown(reader: Reader) -> None:
    (found,) = difficulty_checks(reader)
    kept = corrupted_images(reader, found.subject)
    assert kept is not None
    assert len(kept.keys) == 10
    key = kept.keys[3]
    shown = worse_image(reader, kept.run.run_id, key, "pixelate")
    assert [one.severity for one in shown.pictures] == [0, 1, 2, 3, 4, 5]
    image_id = lookups.image_id_of(reader.hub, key)
    assert image_id is not None
    row = lookups.whole_image_row(reader.hub, image_id) or {}
    clean = np.asarray(Image.open(row["path"]).convert("RGB"))
    pictures = [np.asarray(Image.open(BytesIO(b64decode(one.source.partition(",")[2])))) for one in shown.pictures]
    assert np.array_equal(pictures[0], clean)
    assert np.array_equal(pictures[4], corrupt(clean, "pixelate", 4, identity=row["content_hash"]))
    values = reader.hub.rows(
        f"SELECT rmd FROM {reader.hub.alias(kept.run.run_id)}.corrupted_rmd "
        "WHERE image_id = ? AND kind = 'pixelate' ORDER BY severity",
        [image_id],
    )
    assert [one.rmd for one in shown.pictures[1:]] == [row["rmd"] for row in values]


def test_an_image_that_has_come_to_lie_elsewhere_is_not_opened(checked: Path, tmp_path: Path) -> None:
    shutil.copytree(checked, tmp_path / "moved")
    audit = Audit(tmp_path / "moved" / "audits" / "a")
    reader = open_reader(audit)
    (found,) = difficulty_checks(reader)
    kept = corrupted_images(reader, found.subject)
    assert kept is not None
    image_id = lookups.image_id_of(reader.hub, kept.keys[0])
    assert image_id is not None
    path = Path((lookups.whole_image_row(reader.hub, image_id) or {})["path"])
    secret = tmp_path / "secret.png"
    os.replace(path, secret)
    try:
        path.symlink_to(secret)
        shown = worse_image(reader, kept.run.run_id, kept.keys[0], "fog")
        assert not shown.pictures
        assert "outside the audit's folders" in shown.refusal
        path.unlink()
        shown = worse_image(reader, kept.run.run_id, kept.keys[0], "fog")
        assert not shown.pictures
        assert path.name in shown.refusal
    finally:
        path.unlink(missing_ok=True)
        os.replace(secret, path)


def test_an_image_at_a_place_out_of_reach_is_refused_in_words(checked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rgb(source: PixelSource, i: int) -> Image.Image:
        raise Unreachable("s3://results could not be reached.")

    reader = open_reader(Audit(checked / "audits" / "a"))
    (found,) = difficulty_checks(reader)
    kept = corrupted_images(reader, found.subject)
    assert kept is not None
    monkeypatch.setattr(PixelSource, "rgb", rgb)
    shown = worse_image(reader, kept.run.run_id, kept.keys[0], "fog")
    assert (shown.pictures, shown.refusal) == ((), "s3://results could not be reached.")


def test_checks_of_before_have_no_images_of_their_own(checked: Path, tmp_path: Path) -> None:
    shutil.copytree(checked / "audits" / "a", tmp_path / "a")
    audit = Audit(tmp_path / "a")
    import duckdb

    (run,) = audit.runs("evaluate")
    with duckdb.connect(str(audit.run_path(run.run_id))) as connection:
        connection.execute("DROP TABLE corrupted_rmd")
        connection.execute("DELETE FROM metric WHERE name LIKE 'rmd_%label_distance%'")
    reader = open_reader(audit)
    (found,) = difficulty_checks(reader)
    assert len(found.corruptions) == 2
    assert found.distances is None
    assert corrupted_images(reader, found.subject) is None
