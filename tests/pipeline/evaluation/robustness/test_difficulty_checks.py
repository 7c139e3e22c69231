"""Difficulty rises with corruption and with altered labels, as it should."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.dataset import IngestOptions
from core.errors import BadInput, TooFewRows
from core.maths.gaussians import fit_gaussians
from core.pipeline.embed import embed
from core.pipeline.evaluation.altered_labels import altered_labels, rank_rows, ranks_measured
from core.pipeline.evaluation.difficulty_checks import difficulty_checks, drawn_and_fitted
from core.pipeline.ingest import ingest
from core.store import views
from core.store.audit import Audit
from core.store.metrics import Metric
from core.types import Run
from tests.pictures import Heard, write_images
from tests.pipeline.evaluation.robustness.metric_rows import KINDS, Stopped, rows_of


def test_images_of_a_few_pixels_are_too_small_to_be_made_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "tiny", 10, size=6)
    audit = ingest(str(tmp_path / "tiny"), Heard(), options=IngestOptions())
    embed(audit, "embedded", Heard(), image_size=32)
    with pytest.raises(BadInput, match=r"6×6 pixels is too small"):
        difficulty_checks(audit, Heard(), images=12, kinds=["fog"])


def test_difficulty_rises_with_blur_and_with_altered_labels(audit: Audit, tmp_path: Path) -> None:
    shutil.copytree(audit.path, tmp_path / "whole")
    whole, heard = Audit(tmp_path / "whole"), Heard()
    difficulty_checks(whole, heard, images=12, kinds=KINDS)
    rows = rows_of(whole, "rmd_")
    (run,) = whole.runs("embed")
    assert {row.subject for row in rows.values()} == {run.run_id}
    altered = [rows["rmd_by_altered_labels", f"altered {share} %"].estimate.value for share in (0, 20, 40, 60, 80, 100)]
    assert altered == sorted(altered)
    assert rows["rmd_altered_labels_trend", "all"].estimate.low > 0
    assert rows["rmd_by_altered_labels", "altered 0 %"].estimate.n == 60
    assert {part for name, part in rows if name == "rmd_corruption_trend"} == set(KINDS)
    assert rows["rmd_by_corruption", "none 0"].estimate.n == 12
    assert "rises with severity for" in heard.text
    with pytest.raises(KeyboardInterrupt):
        difficulty_checks(audit, Stopped(after=1), images=12, kinds=KINDS)
    difficulty_checks(audit, Heard(), images=12, kinds=KINDS)
    assert rows_of(audit, "rmd_") == rows


def test_altered_labels_worked_by_hand() -> None:
    labels, classes = np.repeat([0, 2, 5], 10), np.array([0, 2, 5])
    versions = altered_labels(labels, classes, seed=3)
    assert [int((version != labels).sum()) for version in versions] == [0, 6, 12, 18, 24, 30]
    for fewer, more in pairwise(versions):
        changed = fewer != labels
        assert (more[changed] == fewer[changed]).all()
    assert set(np.unique(versions[-1]).tolist()) == {0, 2, 5}
    assert all(np.array_equal(a, b) for a, b in zip(versions, altered_labels(labels, classes, seed=3), strict=True))


def test_images_made_worse_are_never_fitted_on() -> None:
    labels, usable, training = np.arange(40) % 2, np.ones(40, bool), np.arange(40) < 25
    drawn, fit = drawn_and_fitted(labels, usable, training, 12, seed=0)
    assert (drawn >= 25).all()
    assert fit.sum() == 25
    drawn, fit = drawn_and_fitted(labels, usable, np.ones(40, bool), 12, seed=0)  # one split: they are taken out of it
    assert not fit[drawn].any()
    assert fit.sum() == 28
    with pytest.raises(TooFewRows, match="all of one"):
        drawn_and_fitted(np.zeros(40, int), usable, training, 12, seed=0)


def line_of_classes(n_classes: int, apart: float, m: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of classes whose means lie on a line, `apart` from the next, and the labels."""
    labels = np.repeat(np.arange(n_classes), m)
    noise = np.random.default_rng(0).standard_normal((len(labels), 3))
    return noise + np.outer(labels * apart, [1.0, 0.0, 0.0]), labels


def rows_by_rank(apart: float, n_classes: int = 5) -> dict[tuple[str, str], Metric]:
    fitted, held = line_of_classes(n_classes, apart), line_of_classes(n_classes, apart, m=41)
    gaussians = fit_gaussians(*fitted, n_classes)
    run = Run("embed-0", "embed", "planted", {}, {}, 0, "", 0.0, "", {}, "")
    return {(row.name, row.slice): row for row in rank_rows(run, gaussians, *held, seed=0)}


def test_rmd_rises_with_the_distance_of_the_class_that_a_label_is_replaced_by() -> None:
    rows = rows_by_rank(apart=4.0)
    means = [rows["rmd_by_label_distance", f"rank {rank}"].estimate.value for rank in range(5)]
    assert means == sorted(means)
    assert rows["rmd_label_distance_trend", "all"].estimate.low > 0.8
    # Rank 1 of a class on a line is a neighbour at 4 standard deviations, so 16 further away than the own class.
    assert means[1] - means[0] == pytest.approx(16, rel=0.2)


def test_classes_that_nothing_tells_apart_have_no_order_for_rmd_to_rise_along() -> None:
    along = rows_by_rank(apart=0.0)["rmd_label_distance_trend", "all"].estimate
    assert along.low < 0.15
    assert abs(along.value) < 0.2


def test_between_two_classes_there_is_one_other_and_no_trend() -> None:
    assert set(rows_by_rank(apart=4.0, n_classes=2)) == {
        ("rmd_by_label_distance", "rank 0"), ("rmd_by_label_distance", "rank 1")
    }  # fmt: skip


def test_every_rank_of_a_few_classes_is_measured_and_both_ends_of_many() -> None:
    assert ranks_measured(10) == list(range(10))
    many = ranks_measured(1000)
    assert many[:3] == [0, 1, 2]
    assert many[-1] == 999
    assert len(many) <= 21


def test_the_rmd_of_every_image_that_was_corrupted_is_kept(audit: Audit) -> None:
    done = difficulty_checks(audit, Heard(), images=12, kinds=KINDS)
    hub = views.open_hub(audit, [done.run])
    kept = hub.arrays("SELECT kind, severity, avg(rmd) AS rmd, count(*) AS n "
                      f"FROM {hub.alias(done.run_id)}.corrupted_rmd "
                      "GROUP BY ALL ORDER BY ALL")  # fmt: skip
    assert kept["n"].tolist() == [12] * (1 + 5 * len(KINDS))
    rows = rows_of(audit, "rmd_by_corruption")
    for kind, severity, mean in zip(kept["kind"], kept["severity"], kept["rmd"], strict=True):
        assert rows["rmd_by_corruption", f"{kind} {severity}"].estimate.value == pytest.approx(mean, abs=1e-4)
