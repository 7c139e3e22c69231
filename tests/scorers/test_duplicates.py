from __future__ import annotations

import numpy as np
import pytest

from core.errors import MissingRun
from core.maths.duplicates import DuplicateGroup, duplicate_groups
from core.scorers.duplicates import duplicates, nearest_other, similar_pairs
from core.scorers.inputs import Inputs
from core.types import UNLABELLED, Neighbors

# 0 and 1 are one file twice; 2 is nearly 3; 4 stands alone.
FEATURES = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0.05], [0, 0, 1]], np.float32)
HASHES = np.array(["a", "a", "b", "c", "d"])
LABELS = np.array([0, 0, 1, 2, 1])
SPLITS = ["train", "test", "train", "train", "test"]


def pairs(features: np.ndarray = FEATURES, hashes: np.ndarray = HASHES) -> Neighbors:
    return similar_pairs(*nearest_other(features, hashes))


def groups(labels: np.ndarray = LABELS, threshold: float = 0.98) -> list[DuplicateGroup]:
    return duplicate_groups(pairs(), HASHES, labels, SPLITS, threshold)


def test_groups_worked_by_hand() -> None:
    near, exact = groups()
    assert (exact.rows, exact.exact, exact.crosses_splits, exact.labels_differ) == ((0, 1), True, True, False)
    assert (near.rows, near.exact, near.crosses_splits, near.labels_differ) == ((2, 3), False, False, True)
    assert near.lowest_similarity == pytest.approx(1 / np.sqrt(1 + 0.05**2), abs=1e-5)
    assert exact.splits == ("test", "train")


def test_a_higher_threshold_leaves_only_copies() -> None:
    assert len(groups(threshold=0.99999)) == 1


def test_an_unlabelled_copy_does_not_disagree() -> None:
    assert not any(group.labels_differ for group in groups(np.full(5, UNLABELLED)))


def test_equal_files_are_one_group_however_many_and_whatever_the_encoder_says() -> None:
    features = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    hashes = np.array(["same"] * 30 + [str(i) for i in range(10)])
    found = duplicate_groups(pairs(features, hashes), hashes, np.zeros(40, int), ["train"] * 40, 0.999)
    assert [group.rows for group in found] == [tuple(range(30))]
    assert found[0].lowest_similarity == 1


def test_the_score_is_the_cosine_of_the_nearest_other_image() -> None:
    column = duplicates(Inputs(LABELS, 3, np.ones(5, bool), FEATURES, content_hashes=HASHES))[0]
    unit = FEATURES / np.linalg.norm(FEATURES, axis=1, keepdims=True)
    cosine = unit @ unit.T - 2 * np.eye(5)
    np.testing.assert_allclose(column.values, cosine.max(axis=1), atol=1e-6)
    assert column.direction is None
    assert column.neighbors is not None
    kept = set(zip(column.neighbors.rows.tolist(), column.neighbors.others.tolist(), strict=True))
    assert kept == {(0, 1), (1, 0), (2, 3), (3, 2)}


def test_without_hashes_it_says_what_to_do() -> None:
    with pytest.raises(MissingRun, match="hardlook ingest"):
        duplicates(Inputs(LABELS, 3, np.ones(5, bool), FEATURES))
