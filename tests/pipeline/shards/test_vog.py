"""VoG over shards is that of the ordinary audit, whoever computes it, and names what it cannot be computed of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from core.dataset import IngestOptions
from core.errors import BadInput, HardlookError, MissingRun, TooFewRows
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import lens
from core.pipeline.shards.scores.columns import scores_in
from core.pipeline.shards.stage import ledger_of
from core.pipeline.training.import_model import import_model
from core.progress import Quiet
from core.store import views
from tests.pipeline.shards.made import files, table
from tests.pipeline.shards.modelled import SAID, described, divided, in_shares, modelled, project, write_checkpoints

STAGES = ("ingest", "predict", "vog-raw", "vog-sums", "vog")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with project(tmp_path_factory.mktemp("project")) as made:
        yield made


@pytest.fixture(scope="module")
def whole(place: Path) -> ShardFolder:
    """Scored shards, which no test changes."""
    folder = divided(place)
    assert modelled(folder, "vog", workers=1).missing == {}
    return folder


def test_it_is_that_of_the_ordinary_audit(whole: ShardFolder, place: Path, tmp_path: Path) -> None:
    audit = ingest(str(place / "images.csv"), Quiet(), name="ordinary", options=IngestOptions(), folder=tmp_path)
    import_model(audit, Quiet(), **SAID, name="mine")
    run = score_any(audit, "vog", Quiet(), device="cpu").run_id
    hub, found = views.open_hub(audit), table(whole, "vog")
    keys = [key for number in range(whole.count) for key in whole.items(number)["key"].to_pylist()]
    kept = views.images(hub, "key")["key"].to_pylist()
    at = [keys.index(key) for key in kept]
    names = [info.name for info in views.score_infos(hub) if info.scorer == "vog"]
    assert (len(names), set(names)) == (24, set(scores_in(found)))
    for name in names:
        here, there = views.score(hub, f"{run}:{name}"), found[name].to_numpy()
        np.testing.assert_allclose(here, there[at], rtol=1e-5, atol=1e-5 * np.nanmax(np.abs(here)), err_msg=name)
        assert np.isnan(np.delete(there, at)).all()
    labels = views.labels(hub)
    given = views.score(hub, f"{run}:vog_logit_all")
    np.testing.assert_array_equal(np.isnan(given), labels == -1)  # the image without a label
    lone = np.flatnonzero((labels >= 0) & (np.bincount(labels[labels >= 0])[labels] == 1))
    assert len(lone) == 1
    assert np.isnan(found["vog_logit_all_normalised"].to_numpy()[at][lone]).all()  # 0/0, of a class with one image


def test_an_image_that_cannot_be_opened_and_a_shard_without_any_have_no_value(whole: ShardFolder) -> None:
    reasons = np.array([one is not None for one in table(whole, "ingest")["reason"].to_pylist()])
    assert reasons.sum() == 16
    assert reasons[60:].all()
    for name in ("vog_logit_all_predicted", "vog_probability_late_predicted"):
        np.testing.assert_array_equal(np.isnan(table(whole, "vog")[name].to_numpy()), reasons)


def test_two_processes_make_the_same_files_as_one(whole: ShardFolder, place: Path) -> None:
    two = divided(place, "two")
    modelled(two, "vog", workers=2)
    assert files(two) == files(whole)


@pytest.mark.slow
def test_shares_of_stages_make_the_same_files_as_one_command(whole: ShardFolder, place: Path) -> None:
    shares = divided(place, "shares")
    in_shares(shares, STAGES)
    assert files(shares) == files(whole)


def test_an_image_that_changed_since_it_was_opened_is_left_out_with_its_reason(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    modelled(folder, workers=1)
    changed = Path(folder.items(1)["path"][4].as_py())
    before = changed.read_bytes()
    changed.write_bytes(Path(folder.items(1)["path"][5].as_py()).read_bytes())
    try:
        with Drive(folder, Quiet(), 1) as drive:
            drive.score(["vog"])
    finally:
        changed.write_bytes(before)
    assert drive.missing == {}
    raw = table(folder, "vog-raw")
    assert [place for place, one in enumerate(raw["reason"].to_pylist()) if one] == [14]
    assert np.isnan(table(folder, "vog")["vog_logit_all_predicted"].to_numpy()[14])


def test_a_quarantined_shard_is_left_out_of_the_sums_and_named(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    folder.item_file(2).write_bytes(b"")
    drive = modelled(folder, "vog", workers=1)
    assert [one.split(",")[0] for one in drive.missing.values()] == ["ingest part-00002.parquet"]
    (sums,) = stages_of(folder, "vog-sums")
    assert sorted(ledger_of(folder, sums).done()) == [0, 1, 3, 4, 5, 6]


def test_weights_that_are_not_those_it_began_with_end_the_command_and_blame_no_shard(
    whole: ShardFolder, place: Path, tmp_path: Path
) -> None:
    folder = ShardFolder(shutil.copytree(whole.path, tmp_path / "shards"))
    for stage in folder.path.glob("vog*"):
        shutil.rmtree(stage)
    kept = tmp_path / "kept"
    shutil.copytree(place / "ckpt", kept)
    try:
        write_checkpoints(place / "ckpt", seed=1)
        with (
            Drive(folder, Quiet(), 1) as drive,
            pytest.raises(HardlookError, match=r"not those that vog-raw-\w+ began"),
        ):
            drive.score(["vog"])
        with Drive(folder, Quiet(), 1) as drive, pytest.raises(BadInput, match=r"mine of other weights.*move away"):
            drive.predict(described(folder))
        (place / "ckpt" / "epoch-9.pt").unlink()
        with Drive(folder, Quiet(), 1) as drive, pytest.raises(HardlookError, match=r"epoch-9.pt is not there"):
            drive.score(["vog"])
    finally:
        shutil.rmtree(place / "ckpt")
        shutil.copytree(kept, place / "ckpt")
    (raw,) = stages_of(folder, "vog-raw")
    standing = ledger_of(folder, raw).standing()
    assert (standing.failed, standing.quarantined, standing.claimed) == ({}, {}, frozenset())


def test_checkpoints_that_do_not_fit_are_refused_before_anything_is_begun(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    torch.save({"a": torch.zeros(2)}, tmp_path / "strange.pt")
    for changes, said in (
        ({"checkpoints": "nowhere/*.pt"}, "No file matches"),
        ({"checkpoints": str(tmp_path / "strange.pt")}, "does not fit the model"),
        ({"factory": "sharded_nets:wider"}, "does not fit the model"),
        ({"factory": "sharded_nets:of_three"}, "does not fit the model"),
        ({"classes": ("red", "green", "blue", "violet", "grey")}, "5 classes are expected"),
        ({"classes": ("red", "green", "blue")}, "has no output for class 'violet'"),
    ):
        with Drive(folder, Quiet(), 1) as drive, pytest.raises(BadInput, match=said):
            drive.predict(described(folder, **changes))
    assert stages_of(folder, "predict") == []


def test_one_checkpoint_has_no_variance_and_columns_have_no_gradients(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    with Drive(folder, Quiet(), 1) as drive:
        with pytest.raises(MissingRun, match="has no model"):
            drive.score(["vog"])
        drive.predict(described(folder, checkpoints="ckpt/epoch-9.pt"), begin_only=True)
        with pytest.raises(TooFewRows, match="mine has 1"):
            drive.score(["vog"])
    with pytest.raises(MissingRun, match="theirs is imported predictions"):
        modelled(folder, "vog", columns=True, workers=1)


def test_a_lens_copies_it_with_or_without_an_embedding(whole: ShardFolder, tmp_path: Path) -> None:
    audit = lens(whole, Quiet(), name="by-vog", images=10, by=["vog_logit_late_normalised"], place=tmp_path)
    hub = views.open_hub(audit)
    rows = views.images(hub, "lens_shard, lens_row")
    at = [10 * s + r for s, r in zip(rows["lens_shard"].to_pylist(), rows["lens_row"].to_pylist(), strict=True)]
    run = audit.latest("score", "vog")
    for name in ("vog_logit_late_normalised", "vog_probability_all_predicted"):
        np.testing.assert_array_equal(
            views.score(hub, f"{run.run_id}:{name}"), table(whole, "vog")[name].to_numpy()[at]
        )
    infos = {info.name: info for info in views.score_infos(hub)}
    assert infos["vog_logit_late"].direction is None
    assert "4 checkpoints of sharded_nets:build" in infos["vog_logit_late"].fitted_on
    assert " highest by vog_logit_late_normalised, 2 at random" in hub.rows("SELECT note FROM items.source")[0]["note"]
    assert audit.runs("embed") == []
