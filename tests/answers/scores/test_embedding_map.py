from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.models.predictions import model_predictions
from core.answers.scores.cloud import cloud
from core.answers.scores.colouring import by_class, by_correctness, by_review, by_score, by_split
from core.answers.scores.embedding_map import (
    MapChoice,
    between_groups,
    encode_region,
    hardest_first,
    in_words,
    map_choices,
    map_cloud,
    place_explains,
    places_of,
)
from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader, open_reader
from core.answers.view.shapes import Box, Outline
from core.answers.view.subsets import subset_ids, subset_words
from core.errors import BadInput
from tests.audits import Made, build_audit, publish


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Reader]:
    """Ten images on a line from (0, 0) to (9, 9); the last has no place."""
    folder: Path = tmp_path_factory.mktemp("audits")
    made = build_audit(folder, n=10, n_classes=2)
    place = np.r_[np.arange(9), np.nan].astype(np.float32)
    embed = made.audit.runs("embed")[0].run_id
    for name in ("pca", "lda"):
        points = {"image_id": np.arange(10, dtype=np.int32), "x": place, "y": place}
        publish(made.audit, "project", name, {"point": points}, inputs={"embed": embed})
    return made, open_reader(made.audit)


def test_lda_is_the_first_choice(mapped: tuple[Made, Reader]) -> None:
    assert [one.label for one in map_choices(mapped[1])] == ["LDA · embedded", "PCA · embedded"]


def test_a_region_holds_the_images_in_it(mapped: tuple[Made, Reader]) -> None:
    _, reader = mapped
    run_id = map_choices(reader)[0].run_id
    box = encode_region(run_id, Box(2, 4, 0, 3))
    assert subset_ids(reader, box).tolist() == [2, 3]
    assert subset_words(reader, box) == "region of the LDA map"
    lasso = encode_region(run_id, Outline((-1.0, 2.5, 2.5, -1.0), (-1.0, -1.0, 2.5, 2.5)))
    assert subset_ids(reader, lasso).tolist() == [0, 1, 2]


def test_images_without_a_place_are_left_out(mapped: tuple[Made, Reader]) -> None:
    _, reader = mapped
    run_id = map_choices(reader)[0].run_id
    assert map_cloud(reader, run_id, Selection()).ids.tolist() == list(range(9))
    x, _ = places_of(reader, run_id, np.array([3, 9]))
    assert x.tolist() == [3]


@pytest.mark.parametrize("payload", ["map:", "map:nonesuch~box,0,1,0,1", "map:{rmd}~box,0,1,0,1", "map:{run}~box"])
def test_an_address_that_is_no_region_is_refused(mapped: tuple[Made, Reader], payload: str) -> None:
    _, reader = mapped
    with pytest.raises(BadInput):
        subset_ids(reader, payload.format(run=map_choices(reader)[0].run_id, rmd=reader.scores[0].run_id))


def test_the_hard_end_comes_first_and_images_without_a_value_last() -> None:
    values, ids = np.array([1.0, np.nan, 3.0, 2.0]), np.arange(4)
    assert hardest_first(ids, values, high_is_hard=True).tolist() == [2, 3, 0, 1]
    assert hardest_first(ids, values, high_is_hard=False).tolist() == [0, 3, 2, 1]


def test_ten_classes_have_a_name_and_the_rest_is_other(tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=120, n_classes=12).audit)
    found = by_class(reader, [])
    assert len(found.names) == 11
    assert found.names[-1] == "other"
    assert found.codes is not None
    chosen = by_class(reader, [7, 3])
    assert chosen.codes is not None
    assert chosen.names == (reader.class_names[7], reader.class_names[3], "other")
    np.testing.assert_array_equal(chosen.codes == 0, reader.labels == 7)
    np.testing.assert_array_equal(chosen.codes == 2, ~np.isin(reader.labels, [7, 3]))


def test_without_labels_there_is_one_group(tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=20, n_classes=3, labelled=False).audit)
    found = by_class(reader, [])
    assert found.codes is not None
    assert {found.names[code] for code in found.codes} == {"other"}


def test_errors_on_what_a_model_knows_are_told_apart(reader: Reader, made: Made) -> None:
    found = by_correctness(model_predictions(reader, made.audit.runs("train")[0].run_id), "resnet8")
    assert found.codes is not None
    assert found.values is not None
    wrong = made.predicted != made.labels
    held_out = [found.names[code] for code in found.codes[wrong & (made.splits == "test")]]
    assert set(held_out) == {"wrong, held out"}
    np.testing.assert_array_equal(found.values == 1, wrong)


def test_scores_and_splits_as_they_are(reader: Reader, made: Made) -> None:
    score = by_score(reader, score_choices(reader)[0])
    np.testing.assert_array_equal(score.values, made.values["rmd"])
    split = by_split(reader)
    assert split.codes is not None
    assert [split.names[code] for code in split.codes] == made.splits.tolist()


def test_reviews_are_read_as_of_an_entry(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20)
    reader = open_reader(made.audit)
    nothing = by_review(reader, 0)
    assert nothing.codes is not None
    assert set(nothing.codes.tolist()) == {4}


def test_groups_apart_hold_all_of_the_spread() -> None:
    x = np.array([0, 0, 9, 9], np.float32)
    found = cloud(x, np.zeros(4, np.float32), None)
    assert between_groups(found, np.array([0, 0, 1, 1])) == 1
    assert between_groups(found, np.array([0, 1, 0, 1])) <= 0
    assert np.isnan(between_groups(found, np.arange(4)))


def test_many_small_groups_that_have_nothing_to_do_with_the_place_explain_none_of_it() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 2000)).astype(np.float32)
    assert abs(between_groups(cloud(x, y, None), rng.integers(0, 1000, 2000))) < 0.05


def test_what_class_explains_is_of_every_class_and_not_of_those_that_have_a_colour(tmp_path: Path) -> None:
    """Fifteen classes in a row, each at its own place: ten have a colour, and the class explains all of it."""
    reader = open_reader(build_audit(tmp_path, n=150, n_classes=15).audit)
    found, chosen = cloud(reader.labels.astype(np.float32), np.zeros(150, np.float32), None), by_class(reader, [])
    assert chosen.groups is not None
    said = in_words(MapChoice("run", "pca", "PCA"), found, chosen.groups, None, "class")
    assert said.endswith("class explains 100 % of the place")


def test_place_explains_a_gradient_and_not_noise() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 5000)).astype(np.float32)
    found = cloud(x, y, None)
    assert place_explains(found, x) > 0.97
    assert abs(place_explains(found, rng.normal(size=5000))) < 0.02
    assert np.isnan(place_explains(found, np.zeros(5000)))
