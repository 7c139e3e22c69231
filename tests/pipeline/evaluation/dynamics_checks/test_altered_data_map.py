"""Altered labels on the data map: what is trained on, what the rows count, and that a kill changes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.dataset import IngestOptions
from core.errors import TooFewRows
from core.kinds.evaluate import evaluate_again
from core.maths.data_map import EASY, HARD
from core.pipeline.evaluation.dynamics_checks.data_map import map_altered, map_rows, prepare_map
from core.pipeline.ingest import ingest
from core.pipeline.training.altered_training import AlteredTraining
from core.progress import Advance
from core.store import views
from core.store.audit import Audit
from core.store.metrics import DATA_MAP, Metric, read_metrics
from core.store.provenance import provenance_of
from core.store.writer import run_id
from tests.pictures import Heard, write_images

EPOCHS = 4


class Stopped(Heard):
    """A reporter that stops the process it listens to in the middle of the training."""

    left = 9  # steps

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        def advance(done: int, total: int) -> None:
            self.left -= what == "train"
            if self.left == 0:
                raise KeyboardInterrupt

        yield advance


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    for seed, split in enumerate(("train", "train", "test")):
        write_images(tmp_path / "pictures" / split, 40, seed=seed, size=16)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return ingest(str(tmp_path / "pictures"), Heard(), name="a", options=IngestOptions())


def asked(audit: Audit) -> AlteredTraining:
    return prepare_map(audit, None, images=200, epochs=EPOCHS, device="cpu")


def rows_of(audit: Audit) -> list[Metric]:
    return [row for row in read_metrics(views.open_hub(audit)) if row.name in DATA_MAP.values()]


def test_a_fifth_of_a_copy_is_altered_and_a_killed_run_goes_on_to_the_same_rows(
    pictures: Audit, tmp_path: Path
) -> None:
    before = views.labels(views.open_hub(pictures)).copy()
    made = asked(pictures)
    assert made.copy.altered.sum() == round(len(made.copy.rows) / 5)
    assert (made.copy.labels != before[made.copy.rows]).sum() == made.copy.altered.sum()
    assert set(views.column(views.open_hub(pictures), "split")[made.copy.rows].tolist()) == {"train"}
    shutil.copytree(pictures.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    map_altered(whole, asked(whole), Heard())
    with pytest.raises(KeyboardInterrupt):
        map_altered(pictures, asked(pictures), Stopped())
    assert os.listdir(pictures.checkpoints(run_id(made.spec)))
    map_altered(pictures, asked(pictures), Heard())
    assert rows_of(pictures) == rows_of(whole)
    assert len(rows_of(whole)) == 3 * 2 + 3 + 1 + 4
    assert all(provenance_of(row.name) for row in rows_of(whole))
    assert not pictures.checkpoints(run_id(made.spec)).exists()
    assert np.array_equal(views.labels(views.open_hub(pictures)), before)


def test_the_command_that_repeats_it_says_which_section_and_how_much(pictures: Audit) -> None:
    words = evaluate_again(asked(pictures).spec).words
    assert words == ["reproduce", "further", "--section", "data-map", "--device", "cpu"]
    assert "--quick" in evaluate_again(prepare_map(pictures, None, quick=True, device="cpu").spec).words


def test_rows_worked_by_hand() -> None:
    # Nine images: three vary most, three are always given their label, three never; the altered ones are two of these
    # and one of the first.
    p = np.array([[0.1, 0.9]] * 3 + [[0.9, 0.9]] * 3 + [[0.1, 0.1]] * 3, np.float32)
    altered = np.array([1, 0, 0, 0, 0, 0, 1, 1, 0], bool)
    found = {(row.name, row.slice): row.estimate for row in map_rows(p, altered, "how")}
    assert found[DATA_MAP["share"], f"{HARD}, altered"].value == pytest.approx(2 / 3)
    assert found[DATA_MAP["share"], f"{HARD}, kept"].value == pytest.approx(1 / 6)
    assert found[DATA_MAP["share"], f"{EASY}, altered"].value == 0
    assert found[DATA_MAP["altered"], HARD].value == pytest.approx(2 / 3)
    assert found[DATA_MAP["altered"], "all"].value == pytest.approx(1 / 3)
    # By the mean: an altered label beats the kept one of its group by half, and so on over 3 times 6 pairs.
    of_varying = 2 * 0.5 + 0 + 1
    of_never = 2 * 0.5
    assert found[DATA_MAP["auroc"], "p_label_mean"].value == pytest.approx((of_varying + of_never) / 18)


def test_too_few_images_are_refused_before_the_training(pictures: Audit) -> None:
    with pytest.raises(TooFewRows, match="Two groups of"):
        prepare_map(pictures, None, images=30, epochs=2, device="cpu")
