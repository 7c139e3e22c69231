"""The highest of several finders of wrong labels is named with its paired lead and how many it was picked from."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from core.answers.labels.detection import Finder, highest, lead
from core.answers.view.choices import ScoreChoice
from core.answers.view.reader import open_reader
from core.store import views
from core.types import Estimate
from tests.audits import build_audit


def finder(name: str, value: float) -> Finder:
    """A score whose average precision was measured, by its interval alone."""
    choice = ScoreChoice(f"run:{name}", name, name, 1, "", "", "", "given", "")
    return Finder(choice, Estimate(0.9, 0.8, 0.95, 100), Estimate(value, value - 0.1, value + 0.1, 100), None, None)


def test_the_highest_is_said_with_its_paired_lead_or_that_it_was_not_compared() -> None:
    three = [finder("rmd", 0.6), finder("knn", 0.55), finder("loss", 0.3)]
    assert highest([], None) == ""
    assert highest(three[:1], None) == "rmd: average precision 0.600 [0.500, 0.700]"
    assert highest(three, None) == "highest average precision of 3: rmd; not compared with knn, the next"
    apart, close = Estimate(0.05, 0.02, 0.08, 100), Estimate(0.05, -0.02, 0.12, 100)
    said = "highest average precision of 3: rmd; ahead of knn by 0.0500 ["
    assert highest(three, apart) == f"{said}0.0200, 0.0800], paired"
    assert highest(three, close) == f"{said}−0.0200, 0.120], paired: not told apart"
    assert highest(three, Estimate(0.05, n=100)).endswith("ahead of knn by 0.0500, paired: not told apart")


def test_the_lead_is_of_the_training_images_with_true_labels(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=300, seed=1)
    with duckdb.connect(str(made.audit.items_path)) as connection:
        connection.execute(
            "UPDATE images SET true_label = CASE WHEN image_id % 4 = 0 THEN (label + 1) % 5 ELSE label END "
            "WHERE image_id >= 50"
        )
    reader = open_reader(made.audit)
    first, second = (info.address for info in reader.scores)
    ahead = lead(reader, first, second)
    assert ahead is not None
    rows = (np.arange(300) >= 50) & (made.splits == "train")
    ours, theirs = (views.score(reader.hub, address)[rows] for address in (first, second))
    both, wrong = ~np.isnan(ours) & ~np.isnan(theirs), np.arange(300)[rows] % 4 == 0
    values = [average_precision_score(wrong[both], score[both]) for score in (ours, theirs)]
    assert ahead.value == pytest.approx(values[0] - values[1])
    assert ahead.n == both.sum()
    assert ahead.has_interval


def test_without_true_labels_nothing_is_compared(tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=30).audit)
    first, second = (info.address for info in reader.scores)
    assert lead(reader, first, second) is None
