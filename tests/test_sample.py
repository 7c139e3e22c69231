from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.images.pixels import check
from data.make_sample import CLASSES, LOOK_ALIKE, SAMPLE, SOURCE, make_table, plant, read_idx


@pytest.fixture(scope="module")
def sample() -> pa.Table:
    return pq.read_table(SAMPLE)


def test_the_sample_is_small_and_balanced(sample: pa.Table) -> None:
    assert SAMPLE.stat().st_size < 5_000_000
    split, true = np.array(sample["split"]), np.array(sample["true_label"])
    assert np.bincount(true[split == "train"]).tolist() == [400] * 10
    assert np.bincount(true[split == "test"]).tolist() == [100] * 10


def test_exactly_eight_per_cent_of_the_training_labels_are_wrong_and_no_test_label(sample: pa.Table) -> None:
    split, label, true = (np.array(sample[name]) for name in ("split", "label", "true_label"))
    wrong = label != true
    assert wrong.sum() == wrong[split == "train"].sum() == 320
    alike = np.array([CLASSES.index(LOOK_ALIKE[name]) for name in CLASSES])
    # 160 look-alikes, and the random ones that happened to hit the look-alike class (expected 160 / 9).
    assert 160 <= (label == alike[true])[wrong].sum() < 200


def test_every_image_is_a_whole_grey_png_and_no_image_is_there_twice(sample: pa.Table) -> None:
    images = sample["image"].to_pylist()
    facts = {check(image["bytes"]) for image in images}
    assert {(fact.width, fact.height, fact.mode, fact.format) for fact in facts} == {(28, 28, "L", "PNG")}
    assert len({image["path"] for image in images}) == 5000
    assert len({hashlib.blake2b(image["bytes"]).digest() for image in images}) == 5000


def test_the_class_names_are_where_hugging_face_looks_for_them(sample: pa.Table) -> None:
    features = json.loads(sample.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["label"] == features["true_label"] == {"names": list(CLASSES), "_type": "ClassLabel"}
    assert features["image"] == {"_type": "Image"}


def test_every_class_looks_like_another_one() -> None:
    assert set(LOOK_ALIKE) == set(CLASSES)
    assert set(LOOK_ALIKE.values()) <= set(CLASSES)
    assert all(name != other for name, other in LOOK_ALIKE.items())


def test_planting_is_seeded() -> None:
    labels = np.repeat(np.arange(10), 40)
    once, again, other = (plant(labels, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert (once != labels).sum() == 320


def test_an_idx_file_is_read(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x02" + (2).to_bytes(4, "big") + (3).to_bytes(4, "big") + bytes(range(6))))
    assert read_idx(path).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.skipif(not SOURCE.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_script_makes_the_file_again(sample: pa.Table) -> None:
    assert make_table(SOURCE).drop_columns("image").equals(sample.drop_columns("image"))
