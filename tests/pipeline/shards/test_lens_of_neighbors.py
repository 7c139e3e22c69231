"""A lens shows what neighbours over shards say, as an ordinary audit has it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.duplicates import duplicate_summary
from core.answers.view.reader import open_reader
from core.dataset import IngestOptions
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import lens
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from core.types import HARDER_HIGH
from tests.pictures import write_images
from tests.pipeline.shards.made import SMALL, table
from tests.pipeline.shards.test_neighbors import merged


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Shards of pictures in two splits, four of the test split copied from the training split."""
    place = tmp_path_factory.mktemp("whole")
    write_images(place / "photos" / "train", 12, seed=0, size=32)
    write_images(place / "photos" / "test", 3, seed=1, size=32)
    for at, picture in enumerate(sorted((place / "photos" / "train").glob("*/*"))[:4]):
        shutil.copy(picture, place / "photos" / "test" / picture.parent.name / f"again {at}{picture.suffix}")
    folder = shard(str(place / "photos"), Quiet(), to=place / "shards", rows=10, options=IngestOptions())
    with Drive(folder, Quiet(), 2) as drive:
        drive.embed("embedded", SMALL)
        drive.score(["rmd", "duplicates", "knn", "suspicion"])
    return folder


def of(whole: ShardFolder, images: int, place: Path) -> Audit:
    return lens(whole, Quiet(), name="near", images=images, by=["duplicate", "rmd_oof"], place=place)


def copies(audit: Audit) -> int:
    """Groups of identical images that are in both splits."""
    found = duplicate_summary(open_reader(audit), threshold=2.0)
    assert found is not None
    return sum(group.exact and group.crosses_splits for group in found.groups)


def test_a_lens_of_all_images_has_the_groups_of_the_whole(whole: ShardFolder, tmp_path: Path) -> None:
    audit = of(whole, 49, tmp_path)
    found, counts = duplicate_summary(open_reader(audit)), merged(whole, "duplicates")
    assert found is not None
    assert [len(group.rows) for group in found.groups] == counts["size"].tolist()
    assert [group.exact for group in found.groups] == counts["exact"].tolist()
    assert copies(audit) == 4
    np.testing.assert_array_equal([row for group in found.groups for row in group.rows], counts["row"])


def test_a_lens_of_some_images_has_the_pairs_of_which_both_are_there(whole: ShardFolder, tmp_path: Path) -> None:
    audit = of(whole, 20, tmp_path)
    found = duplicate_summary(open_reader(audit))
    assert found is not None
    rows = [row for group in found.groups for row in group.rows]
    assert max(rows) < 20
    assert copies(audit) == 4  # the most similar of all are copies, and both of each are there


def test_what_orders_no_images_has_no_direction_in_a_lens(whole: ShardFolder, tmp_path: Path) -> None:
    scores = {info.name: info.direction for info in open_reader(of(whole, 20, tmp_path)).scores}
    assert scores["suspicion_from_noise"] is None
    assert scores["duplicate"] is None
    assert scores["suspicion"] == scores["knn"] == HARDER_HIGH


def test_a_lens_says_how_neighbours_were_found(whole: ShardFolder, tmp_path: Path) -> None:
    parameters = {info.name: info.parameters for info in open_reader(of(whole, 20, tmp_path)).scores}
    assert (parameters["knn"]["exact"], parameters["knn"]["recall"]) == (True, 1.0)
    assert parameters["suspicion"]["tells_labels"] in (True, False)
    hub = views.open_hub(of(whole, 20, tmp_path))
    assert len(views.images(hub, "key")) == 20
    assert len(table(whole, "knn")) == 49
