"""What a lens is made of, and what a stage is called after: what is unfinished or old holds up nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, HardlookError, MissingRun
from core.pipeline.shards.begun import begin, stages_of
from core.pipeline.shards.choose import at_random
from core.pipeline.shards.clusters import centres
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import _directed
from core.pipeline.shards.scores import probe, sampled
from core.pipeline.shards.scores.rmd import Rmd
from core.pipeline.shards.scores.suspicion import SuspicionSample
from core.pipeline.shards.stage import StageSpec, ledger_of, read_part
from core.pipeline.shards.stages import SCORES, form_of
from core.pipeline.shards.whole import whole_of
from core.scorers.registry import get_scorer
from core.types import UNLABELLED
from tests.pipeline.shards.made import change_header
from tests.pipeline.shards.planted import mixture, planted, scored


@pytest.fixture
def folder(tmp_path: Path) -> ShardFolder:
    vectors, labels = mixture(120, 8, 3)
    made = planted(tmp_path / "shards", vectors, labels, rows=30)
    assert scored(made, "rmd", "centroid")[0].missing == {}
    return made


def spoil(folder: ShardFolder, spec: StageSpec, number: int) -> None:
    """Quarantine a shard of a stage."""
    ledger = ledger_of(folder, spec)
    ledger.part(number).unlink(missing_ok=True)
    ledger.fail(number, "it was damaged", refused=True)


def test_a_score_that_is_unfinished_or_quarantined_holds_up_no_lens_by_another(folder: ShardFolder) -> None:
    (centroid,) = stages_of(folder, "centroid")
    ledger_of(folder, centroid).part(2).unlink()
    whole = whole_of(folder, ["rmd_oof"])
    assert ([spec.kind for spec in whole.scores], whole.numbers) == (["rmd"], [0, 1, 2, 3])
    with pytest.raises(BadInput, match=r"centroid-\w+/part-00002.parquet is not there.*score .*shards centroid"):
        whole_of(folder, ["centroid"])
    for number in range(folder.count):
        spoil(folder, centroid, number)
    assert whole_of(folder, ["rmd_oof"]).numbers == [0, 1, 2, 3]
    with pytest.raises(BadInput, match=r"Every shard of .* is quarantined at one stage of centroid or another"):
        whole_of(folder, ["centroid"])


def test_a_score_that_these_images_cannot_have_holds_up_no_other(tmp_path: Path) -> None:
    vectors, _ = mixture(12, 8, 3)
    folder = planted(tmp_path / "shards", vectors, np.arange(12), rows=5)
    drive, said = scored(folder, "rmd", "centroid", "probe", "knn")
    assert drive.missing == {}
    assert {spec.kind for kind in SCORES for spec in stages_of(folder, kind)} == {"centroid", "knn"}
    assert "rmd is not computed: The embeddings do not vary within any class (12 images, 12 classes)." in said
    assert "probe is not computed: probe holds an image against others of its class" in said
    with pytest.raises(HardlookError, match="do not vary within any class"):
        scored(folder, "rmd")
    with pytest.raises(MissingRun, match="has no model"):
        scored(folder, "vog", "rmd")


def test_of_a_score_the_one_with_every_shard_is_shown_whatever_was_begun_since(folder: ShardFolder) -> None:
    (rmd,) = stages_of(folder, "rmd")
    later = StageSpec(rmd.kind, {**rmd.inputs, "fitted": "merged-of-three.npz"}, rmd.parameters)
    ledger = begin(folder, later)
    for number in range(3):
        ledger.part(number).write_bytes(ledger_of(folder, rmd).part(number).read_bytes())
    assert stages_of(folder, "rmd")[-1] == later
    assert whole_of(folder, ["rmd"]).scores[0] == rmd
    ledger.part(3).write_bytes(ledger_of(folder, rmd).part(3).read_bytes())
    assert whole_of(folder, ["rmd"]).scores[0] == later


def test_the_sample_to_learn_from_is_as_large_as_was_asked_however_few_are_labelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, labels = mixture(6000, 8, 3)
    labels[np.random.default_rng(0).random(6000) < 0.9] = UNLABELLED
    folder = planted(tmp_path / "shards", vectors, labels, rows=1000)
    n_labelled = int((labels != UNLABELLED).sum())
    assert dict(folder.labelled) == {"train": n_labelled}
    for asked, used in ((2000, n_labelled), (300, 300)):
        monkeypatch.setattr(probe, "SAMPLE", asked)
        scored(folder, "probe")
        (spec,) = [one for one in stages_of(folder, "probe-fit") if one.parameters["sample"] == asked]
        (merged,) = ledger_of(folder, spec).folder.glob("merged-*")
        assert int(read_part(merged)["n"]) == used
    change_header(folder, "labelled")  # divided before it was written down
    assert dict(ShardFolder(folder.path).labelled) == {"train": n_labelled}


@pytest.mark.parametrize("stream", [centres.STREAM, sampled.STREAM])
def test_no_seed_of_a_lens_draws_what_scores_learned_from(stream: int) -> None:
    drawn = at_random(5, 1000, 0, stream)
    for seed in range(20):
        assert abs(np.corrcoef(drawn, at_random(5, 1000, seed))[0, 1]) < 0.15


def test_a_stage_that_is_computed_otherwise_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = StageSpec(SuspicionSample.kind, {"embed": "e"}, {})
    before = spec.name
    monkeypatch.setattr(SuspicionSample, "form", SuspicionSample.form + 1)
    form_of.cache_clear()
    assert spec.name != before
    form_of.cache_clear()
    assert form_of(Rmd.kind) == get_scorer("rmd").form + Rmd.form - 1 > 1
    monkeypatch.undo()
    form_of.cache_clear()
    assert spec.name == before


def test_a_column_without_a_hard_end_is_not_called_hard() -> None:
    assert _directed("suspicion")
    assert not any(_directed(name) for chain in SCORES.values() for name in chain.undirected)
