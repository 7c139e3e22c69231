from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.answers.scores.quadrants import quadrant_scores, quadrants
from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader, open_reader
from core.answers.view.subsets import subset_ids
from core.types import HARDER_LOW
from tests.audits import build_audit, publish

# Difficulty 0..9 and chances of a wrong label: the median cut lies at 4.5, so five images are hard.
SUSPICION = [0.9, 0, 0, 0.1, 0, 0.2, 0, 0.5, 0.8, 0.6]


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder: Path = tmp_path_factory.mktemp("audits")
    made = build_audit(folder, n=10, n_classes=2, runs=False)
    for name, values in (("rmd", np.arange(10.0)), ("suspicion", np.array(SUSPICION))):
        publish(made.audit, "score", name, {
            "score": {"name": [name] * 10, "image_id": np.arange(10, dtype=np.int32), "value": values},
            "score_column": {"name": [name], "scorer": [name], "parameters": ["{}"], "direction": [1]},
        })  # fmt: skip
    return open_reader(made.audit)


def test_four_counts_worked_by_hand(ten: Reader) -> None:
    difficulty, suspicion = quadrant_scores(score_choices(ten), None)
    assert difficulty is not None
    assert suspicion is not None
    found = quadrants(ten, difficulty, suspicion, "median", Selection())
    assert found is not None
    assert found.hard_from == 4.5
    assert {one.name: one.n for one in found.quadrants} == {
        "hard but right": 2, "probably wrong": 3, "easy": 4, "easy-looking but doubted": 1,
    }  # fmt: skip
    by_name = {one.name: one for one in found.quadrants}
    assert by_name["probably wrong"].expected == pytest.approx(1.9)
    opened = {name: sorted(subset_ids(ten, one.only).tolist()) for name, one in by_name.items()}
    assert opened == {
        "hard but right": [5, 6], "probably wrong": [7, 8, 9], "easy": [1, 2, 3, 4], "easy-looking but doubted": [0],
    }  # fmt: skip


def test_with_a_score_whose_low_end_is_hard_the_other_side_is(ten: Reader) -> None:
    difficulty, suspicion = quadrant_scores(score_choices(ten), None)
    assert difficulty is not None
    assert suspicion is not None
    found = quadrants(ten, replace(difficulty, direction=HARDER_LOW), suspicion, "hardest fifth", Selection())
    assert found is not None
    assert {one.name: one.n for one in found.quadrants} == {
        "hard but right": 1, "probably wrong": 1, "easy": 5, "easy-looking but doubted": 3,
    }  # fmt: skip


def test_nothing_in_view_has_no_quadrants(ten: Reader) -> None:
    difficulty, suspicion = quadrant_scores(score_choices(ten), None)
    assert difficulty is not None
    assert suspicion is not None
    assert quadrants(ten, difficulty, suspicion, "median", Selection(split="nowhere")) is None


def test_without_suspicion_there_is_none(reader: Reader) -> None:
    difficulty, suspicion = quadrant_scores(score_choices(reader), None)
    assert difficulty is not None
    assert difficulty.name == "rmd"
    assert suspicion is None
