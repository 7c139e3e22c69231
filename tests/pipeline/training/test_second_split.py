"""Halves that are learned and forgotten in turn: how they are drawn, and what a kill leaves of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.answers.runs.reproduce import reproduction
from core.dataset import IngestOptions
from core.errors import BadInput, TooFewRows
from core.kinds.registry import get_kind
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_all, score_any
from core.pipeline.training import throwaway
from core.pipeline.training.second_split import halves
from core.store import views
from core.store.audit import Audit
from core.types import UNLABELLED
from tests.pictures import Heard, write_images
from tests.pipeline.evaluation.vog_checks.test_memorisation import StoppedAt

NAME = "second_split_forgetting"
ASKED = {"model": "lenet", "epochs": 3, "second_epochs": 2}


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Of 30 small pictures, a third of them in a test split."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    for seed, split in enumerate(("train", "train", "test")):
        write_images(tmp_path / "pictures" / split, 4, seed=seed, size=12)
    return ingest(str(tmp_path / "pictures"), Heard(), name="a", options=IngestOptions())


def values(audit: Audit) -> dict[str, list[float]]:
    hub = views.open_hub(audit)
    return {info.name: views.score(hub, info.address).tolist() for info in views.score_infos(hub)}


@pytest.mark.parametrize("seed", range(5))
def test_either_half_has_half_of_each_class_and_another_seed_draws_another(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([rng.integers(UNLABELLED, 7, 200), [7, 7, 8]])
    half = halves(labels, seed)
    assert set(half.tolist()) == {0, 1}
    for label in np.unique(labels):
        of_class = half[labels == label]
        assert abs(int((of_class == 0).sum()) - int((of_class == 1).sum())) <= 1
    assert np.array_equal(half, halves(labels, seed))
    assert not np.array_equal(half, halves(labels, seed + 1))


def test_every_image_of_the_training_split_has_both_epochs_and_no_model_is_kept(audit: Audit) -> None:
    heard = Heard()
    done = score_any(audit, NAME, heard, parameters=ASKED, device="cpu")
    assert "train lenet at 16 pixels, 5 epochs at most, on each half of 24 images in turn" in heard.text
    assert "first half learned: after 3 epochs" in heard.text
    assert heard.text.index("about") < heard.text.index("first half learned")
    found = values(audit)
    splits = views.column(views.open_hub(audit), "split")
    for name, epochs in ((NAME, {-1, -2, -3}), ("first_split_learning", {1, 2, 3, 4})):
        known = np.isfinite(found[name])
        assert np.array_equal(known, splits == "train")
        assert set(np.asarray(found[name])[known]) <= epochs
    assert not audit.checkpoints(done.run_id).exists()
    with duckdb.connect(str(audit.run_path(done.run_id)), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert not tables & get_kind("score").scratch.keys()
    again = Heard()
    assert not score_any(audit, NAME, again, parameters=ASKED, device="cpu").new
    assert "about" not in again.text
    words = reproduction(done.run, "a").command
    assert all(part in words for part in (f"score {NAME}", "epochs=3", "second_epochs=2", "model=lenet"))
    assert "learn" not in words


@pytest.mark.parametrize("after", [2, 4, 6, 9])
def test_a_killed_run_goes_on_to_the_same_epochs(audit: Audit, tmp_path: Path, after: int) -> None:
    """In each of the four trainings in turn: the first has three steps, the second two, and so on."""
    shutil.copytree(audit.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    score_any(whole, NAME, Heard(), parameters=ASKED, device="cpu")
    with pytest.raises(KeyboardInterrupt):
        score_any(audit, NAME, StoppedAt("train", after), parameters=ASKED, device="cpu")
    (run_id,) = audit.unfinished()
    assert audit.checkpoints(run_id).exists()
    heard = Heard()
    score_any(audit, NAME, heard, parameters=ASKED, device="cpu")
    assert "going on where it was stopped" in heard.text
    assert repr(values(audit)) == repr(values(whole))
    assert not audit.checkpoints(run_id).exists()


def test_a_half_that_is_learned_early_is_trained_no_longer_also_after_a_kill(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throwaway, "MEMORISED", 1.0)  # whatever it is: near enough
    shutil.copytree(audit.path, tmp_path / "whole")
    whole, heard = Audit(tmp_path / "whole"), Heard()
    score_any(whole, NAME, heard, parameters=ASKED, device="cpu")
    assert heard.text.count("learned: after 1 epochs") == 2
    learned = np.asarray(values(whole)["first_split_learning"])
    assert set(learned[np.isfinite(learned)]) <= {1, 4}  # what was wrong after the only epoch was never learned
    with pytest.raises(KeyboardInterrupt):
        score_any(audit, NAME, StoppedAt("train", 3), parameters=ASKED, device="cpu")
    score_any(audit, NAME, Heard(), parameters=ASKED, device="cpu")
    assert repr(values(audit)) == repr(values(whole))


def test_it_is_asked_for_by_name_and_its_parameters_are_checked(audit: Audit) -> None:
    left_out = score_all(audit, Heard(), device="cpu")
    assert f"hardlook score {NAME}" in left_out[NAME]
    for wrong, said in (({"epochs": 0}, "epochs is 0"), ({"model": "zebra"}, "zebra"), ({"k": 3}, "no parameter 'k'")):
        with pytest.raises(BadInput, match=said):
            score_any(audit, NAME, Heard(), parameters=wrong, device="cpu")
    assert not audit.unfinished()


def test_too_few_images_are_refused_before_anything_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "pictures", 2, size=12)
    for path in (tmp_path / "pictures").glob("[gb]*/0-1.png"):
        path.unlink()
    audit = ingest(str(tmp_path / "pictures"), Heard(), options=IngestOptions())
    with pytest.raises(TooFewRows, match="the first half has one class of the two"):
        score_any(audit, NAME, Heard(), parameters=ASKED, device="cpu")
    assert not audit.unfinished()
