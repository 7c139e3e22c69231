"""Difficulty rises with corruption and with altered labels, as it should."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.dataset import IngestOptions
from core.errors import BadInput
from core.pipeline.embed import embed
from core.pipeline.evaluation.difficulty_checks import altered_labels, difficulty_checks, drawn_and_fitted
from core.pipeline.ingest import ingest
from core.store.audit import Audit
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
    usable, training = np.ones(40, bool), np.arange(40) < 25
    drawn, fit = drawn_and_fitted(usable, training, 12, seed=0)
    assert (drawn >= 25).all()
    assert fit.sum() == 25
    drawn, fit = drawn_and_fitted(usable, np.ones(40, bool), 12, seed=0)  # one split: they are taken out of it
    assert not fit[drawn].any()
    assert fit.sum() == 28
