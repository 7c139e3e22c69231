"""Altered labels: the verdict's figures where VoG differs by construction and where not; a kill changes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.pipeline.evaluation.vog_checks import memorisation
from core.pipeline.evaluation.vog_checks.memorisation import memorisation_rows, memorise, prepare_memorisation
from core.pipeline.training import throwaway
from core.progress import Advance
from core.store import views
from core.store.audit import Audit
from core.store.metrics import MEMORISATION, Metric, read_metrics
from core.store.writer import run_id
from tests.pictures import Heard

EPOCHS = 8


class StoppedAt(Heard):
    """A reporter that stops the process it listens to in the middle of a bar."""

    def __init__(self, bar: str, after: int) -> None:
        super().__init__()
        self.at, self.left = bar, after

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        def advance(done: int, total: int) -> None:
            self.left -= what == self.at
            if self.left == 0:
                raise KeyboardInterrupt

        yield advance


def rows_of(audit: Audit) -> list[Metric]:
    return [row for row in read_metrics(views.open_hub(audit)) if row.name.startswith("memorisation_")]


def asked(audit: Audit) -> memorisation.Memorising:
    return prepare_memorisation(audit, audit.latest("train"), images=90, epochs=EPOCHS, device="cpu")


def test_a_fifth_of_a_copy_is_altered_in_the_same_way_each_time_and_the_audits_labels_stay(seeded: Audit) -> None:
    before = views.labels(views.open_hub(seeded)).copy()
    made, again = asked(seeded), asked(seeded)
    assert made.copy.altered.sum() == 18
    assert (made.copy.labels != before[made.copy.rows]).sum() == 18
    assert np.array_equal(made.copy.labels, again.copy.labels)
    assert run_id(made.spec) == run_id(again.spec)
    splits = views.column(views.open_hub(seeded), "split")
    assert set(splits[made.copy.rows].tolist()) == {"train"}
    assert (made.config.model, made.config.image_size) == ("lenet", 16)
    memorise(seeded, made, Heard())
    assert np.array_equal(views.labels(views.open_hub(seeded)), before)


@pytest.mark.parametrize(("bar", "after"), [("train", 9), ("follow gradients", 1)])
def test_a_run_that_was_killed_goes_on_to_the_same_figures(seeded: Audit, tmp_path: Path, bar: str, after: int) -> None:
    shutil.copytree(seeded.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    memorise(whole, asked(whole), Heard())
    with pytest.raises(KeyboardInterrupt):
        memorise(seeded, asked(seeded), StoppedAt(bar, after))
    assert os.listdir(seeded.checkpoints(run_id(asked(seeded).spec)))
    heard = Heard()
    memorise(seeded, asked(seeded), heard)
    assert rows_of(seeded) == rows_of(whole)
    assert not seeded.checkpoints(run_id(asked(seeded).spec)).exists()
    assert len([row for row in rows_of(whole) if row.slice.startswith("epoch ")]) == EPOCHS
    (last,) = [row for row in rows_of(whole) if row.name == MEMORISATION["error"] and row.slice == "all"]
    assert "near zero not reached" in last.note
    assert "near zero was not reached" in heard.text


def test_training_ends_when_the_error_is_near_zero_also_after_a_kill(
    seeded: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throwaway, "MEMORISED", 1.0)  # whatever it is: near enough
    monkeypatch.setattr(memorisation, "ENOUGH_CHECKPOINTS", 3)
    shutil.copytree(seeded.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    memorise(whole, asked(whole), Heard())
    epochs = [row for row in rows_of(whole) if row.slice.startswith("epoch ")]
    assert [row.slice for row in epochs] == ["epoch 1", "epoch 2", "epoch 3"]
    assert any("3 checkpoints" in row.note and "near zero" in row.note for row in rows_of(whole))
    with pytest.raises(KeyboardInterrupt):
        memorise(seeded, asked(seeded), StoppedAt("follow gradients", 1))
    memorise(seeded, asked(seeded), Heard())
    assert rows_of(seeded) == rows_of(whole)


@pytest.mark.parametrize("apart", [2.0, 0.0, -2.0])
def test_planted_gradients_are_told_with_their_sign(seeded: Audit, apart: float) -> None:
    made = asked(seeded)
    drawn = {"rows": np.arange(300), "labels": np.zeros(300, np.int64), "altered": np.arange(300) % 5 == 0}
    made = replace(made, copy=replace(made.copy, **drawn))
    rng = np.random.default_rng(0)
    spreads = {
        f"{target}_{stage}": rng.gamma(4.0, size=300) + 8 + apart * made.copy.altered
        for target in ("logit", "probability") for stage in ("early", "late", "all")
    }  # fmt: skip
    rows = {(row.name, row.slice): row.estimate for row in memorisation_rows(made, spreads, 0.0, 8, 8)}
    t, auroc = rows[MEMORISATION["welch_t"], "logit all"], rows[MEMORISATION["auroc"], "logit all"]
    if apart:
        assert np.sign(t.low) == np.sign(t.high) == np.sign(t.value) == np.sign(apart)
        assert (auroc.low > 0.5) == (apart > 0)
        assert (auroc.high < 0.5) == (apart < 0)
    else:
        assert t.low < 0 < t.high
        assert auroc.low < 0.5 < auroc.high
    means = [rows[MEMORISATION["mean"], f"probability late, {side}"].value for side in ("altered", "kept")]
    assert rows[MEMORISATION["difference"], "probability late"].value == pytest.approx(means[0] - means[1])
