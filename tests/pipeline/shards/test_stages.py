"""Stages over shards give what the ordinary audit gives, whoever computes them, and name what they cannot."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.dataset import IngestOptions
from core.encoders.protocol import Options
from core.engines.driving import run_one
from core.engines.jobs import Work
from core.engines.processes import ShardProcesses
from core.errors import BadInput, HardlookError, MissingRun
from core.pipeline.embed import embed
from core.pipeline.given import store_vectors
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.shards import described
from core.pipeline.shards.begun import begin, stages_of
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import lens
from core.pipeline.shards.progress import progress_of
from core.pipeline.shards.scores.columns import DOUBTED, SUGGESTED
from core.pipeline.shards.stage import StageSpec, ledger_of
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from tests.pictures import Heard
from tests.pipeline.shards.made import SMALL, divide_pictures, files, ingested, scored, staged, table, vectors

FORMS = {"rmd": ("rmd", "rmd_oof", "rmd_nearest", "rmd_margin"), "centroid": ("centroid",)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    """Scored shards, which no test changes."""
    folder = divide_pictures(tmp_path_factory.mktemp("whole"))
    assert scored(folder, workers=1).missing == {}
    return folder


def copied(folder: ShardFolder, to: Path) -> ShardFolder:
    shutil.copytree(folder.path, to)
    return ShardFolder(to)


def agree(folder: ShardFolder, audit: Audit) -> None:
    """Hold an ordinary audit of the same images and vectors against the shards."""
    hub = views.open_hub(audit)
    assert views.images(hub, "key")["key"].to_pylist() == [
        key for number in range(folder.count) for key in folder.items(number)["key"].to_pylist()
    ]
    for scorer, names in FORMS.items():
        run, found = audit.latest("score", scorer).run_id, table(folder, scorer)
        for name in names:
            here, there = views.score(hub, f"{run}:{name}"), found[name].to_numpy()
            np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-5 * np.nanmax(np.abs(here)))


def ordinary(source: str, folder: ShardFolder, place: Path, options: IngestOptions) -> Audit:
    """The ordinary audit of the same images, given the same vectors."""
    audit = ingest(source, Quiet(), name="ordinary", options=options, folder=place)
    store_vectors(audit, vectors(folder), Quiet())
    for scorer in FORMS:
        score_any(audit, scorer, Quiet())
    return audit


def test_scores_over_shards_are_those_of_the_ordinary_audit(whole: ShardFolder, tmp_path: Path) -> None:
    audit = ordinary(str(whole.path.parent / "photos"), whole, tmp_path, IngestOptions())
    agree(whole, audit)
    embedded = embed(audit, "embedded", Quiet(), image_size=32, layers="last", device="cpu").run_id
    here = views.embedding(views.open_hub(audit), embedded)
    np.testing.assert_allclose(here, vectors(whole), atol=1e-5 * np.abs(here).max())


def test_a_score_that_suggests_says_so_in_the_shards(whole: ShardFolder) -> None:
    found = table(whole, "rmd")
    for name in ("rmd_oof", "rmd_nearest", "rmd_margin"):
        assert {name + SUGGESTED, name + DOUBTED} <= set(found.column_names)
    doubted = found["rmd_margin" + DOUBTED].to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(doubted, np.nan_to_num(found["rmd_margin"].to_numpy()) > 0)


def test_an_embedding_is_the_same_described_by_a_worker(whole: ShardFolder) -> None:
    (ingest,), (embed,) = stages_of(whole, "ingest"), stages_of(whole, "embed")
    (merged,) = (whole.path / ingest.name).glob("merged-*")
    heard = Heard()
    with ShardProcesses(1) as processes:
        work = Work(described.__name__, "describe", (ingest.name, merged, "embedded", SMALL))
        assert described.spec_of(run_one(processes, work, None), heard) == embed
    assert "sees the images at 32 pixels" in heard.text


def test_two_processes_make_the_same_files_as_one(whole: ShardFolder, tmp_path: Path) -> None:
    two = divide_again(whole, tmp_path / "two")
    scored(two, workers=2)
    assert files(two) == files(whole)


@pytest.mark.slow
def test_shares_of_stages_make_the_same_files_as_one_command(whole: ShardFolder, tmp_path: Path) -> None:
    shares = divide_again(whole, tmp_path / "shares")
    for stage in ("ingest", "embed", "folds", "rmd-sums", "rmd", "centroid-sums", "centroid"):
        for place in (2, 1):
            staged(shares, stage, (place, 2))
    assert files(shares) == files(whole)


def divide_again(folder: ShardFolder, to: Path) -> ShardFolder:
    return shard(str(folder.path.parent / "photos"), Quiet(), to=to, rows=10, options=IngestOptions())


def test_a_stage_whose_shards_are_not_there_yet_names_them(whole: ShardFolder, tmp_path: Path) -> None:
    folder = divide_again(whole, tmp_path / "shards")
    staged(folder, "ingest", (1, 2))
    with pytest.raises(MissingRun, match=r"2 shards of 5 are not there: part-00001.parquet, part-00003.parquet"):
        staged(folder, "embed")
    with pytest.raises(MissingRun, match="no embedding"):
        staged(folder, "rmd")


def test_the_same_command_does_nothing_twice_and_makes_what_was_deleted(whole: ShardFolder, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "shards")
    before = {path: path.stat().st_mtime_ns for path in folder.path.glob("*/part-*")}
    (gone,) = folder.path.glob("embed-*/part-00002.parquet")
    gone.unlink()
    scored(folder, workers=1)
    after = {path: path.stat().st_mtime_ns for path in folder.path.glob("*/part-*")}
    assert {path for path in before if after[path] != before[path]} == {gone}
    assert files(folder) == files(whole)


def test_items_that_were_changed_are_refused_by_name_and_the_rest_is_finished(tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path)
    changed, deleted = folder.item_file(1), folder.item_file(3)
    content = changed.read_bytes()
    pq.write_table(pq.read_table(changed).slice(0, 9), changed)
    held = deleted.read_bytes()
    deleted.unlink()
    done, drive = ingested(folder)
    assert done == [0, 2, 4]
    said = str(drive.said())
    assert "2 shards" in said
    assert "part-00001.parquet are not those that were divided" in said
    assert "part-00003.parquet cannot be read" in said
    changed.write_bytes(content)
    deleted.write_bytes(held)
    assert ingested(folder)[0] == [0, 2, 4]  # quarantined until somebody says that it is mended
    assert ingested(folder, retry=True)[0] == [0, 1, 2, 3, 4]


def test_a_retry_is_of_its_own_share_and_once_a_stage(whole: ShardFolder, tmp_path: Path) -> None:
    folder = divide_again(whole, tmp_path / "shards")
    kept = {number: folder.item_file(number).read_bytes() for number in (1, 2)}
    for number in kept:
        folder.item_file(number).write_bytes(b"")
    heard = Heard()
    with Drive(folder, Quiet(), 1) as drive:
        spec, _ = drive.ingest()
        assert [number for _, number in drive.missing] == [1, 2]
        with Drive(folder, heard, 1, retry=True) as again:
            again.ingest()
            again.ingest()
        assert heard.text.count("tried again") == 1
        assert len(again.missing) == 2
        for number, content in kept.items():
            folder.item_file(number).write_bytes(content)
        with Drive(folder, Quiet(), 1, retry=True, share=(2, 2)) as second:
            second.ingest()
        assert set(ledger_of(folder, spec).standing().quarantined) == {2}
        drive.ingest()
        assert [number for _, number in drive.missing] == [2]  # what is done since is missing no more


def test_weights_that_are_not_those_it_began_with_end_the_command_and_blame_no_shard(
    whole: ShardFolder, tmp_path: Path
) -> None:
    folder = copied(whole, tmp_path / "shards")
    (first,) = stages_of(folder, "embed")
    shutil.rmtree(folder.path / first.name)
    other = StageSpec("embed", {**first.inputs, "weights": "0" * 16}, first.parameters)
    ledger = begin(folder, other)
    with Drive(folder, Quiet(), 1) as drive, pytest.raises(HardlookError, match="are not those that embed-"):
        drive.embed(None, Options())
    with Drive(folder, Quiet(), 1) as drive, pytest.raises(BadInput, match=r"move away .*embed-"):
        drive.embed("embedded", SMALL)
    standing = ledger.standing()
    assert (standing.failed, standing.quarantined, standing.claimed) == ({}, {}, frozenset())
    assert stages_of(folder, "embed") == [other]


def test_a_damaged_file_that_every_shard_is_computed_with_blames_no_shard(whole: ShardFolder, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "shards")
    (spec,) = stages_of(folder, "centroid")
    for part in (folder.path / spec.name).glob("part-*"):
        part.unlink()
    fitted = folder.path / spec.inputs["sums"] / spec.inputs["fitted"]
    fitted.write_bytes(fitted.read_bytes()[:40])
    with Drive(folder, Quiet(), 1) as drive, pytest.raises(HardlookError, match=r"merged-.*cannot be read"):
        drive.score(["centroid"])
    assert ledger_of(folder, spec).failures() == {}


def test_scores_of_images_without_labels_are_refused_with_the_way_out(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    np.savez(tmp_path / "bare.npz", images=pixels)
    folder = shard(str(tmp_path / "bare.npz"), Quiet(), to=tmp_path / "shards", rows=3, options=IngestOptions())
    with Drive(folder, Quiet(), 1) as drive:
        assert drive.embed("embedded", SMALL)[1] == [0, 1]
        with pytest.raises(BadInput, match=r"No image to fit on is labelled.*Divide the input anew with its labels"):
            drive.score(["rmd"])
    assert stages_of(folder, "folds") == []
    with pytest.raises(BadInput, match="No image to fit on is labelled"):
        lens(folder, Quiet(), name="x", images=2, by=["rmd"], place=tmp_path / "audits")


def test_an_image_that_is_broken_is_left_out_with_its_reason_and_has_no_score(tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path)
    broken = Path(folder.items(1)["path"][4].as_py())
    broken.write_bytes(b"no image")
    scored(folder, workers=1)
    facts = table(folder, "ingest")
    place = facts["reason"].to_pylist().index(next(filter(None, facts["reason"].to_pylist())))
    assert place == 14
    for scorer, names in FORMS.items():
        for name in names:
            assert np.flatnonzero(np.isnan(table(folder, scorer)[name].to_numpy())).tolist() == [14]


def test_a_quarantined_shard_is_left_out_of_the_fit_and_named(tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path)
    folder.item_file(2).write_bytes(b"")
    drive = scored(folder, workers=1)
    assert [one.split(",")[0] for one in drive.missing.values()] == ["ingest part-00002.parquet"]
    assert [name for name in files(folder) if "part-00002" in name] == ["items/part-00002.parquet"]
    stages = {one.spec.kind: one for one in progress_of(folder).stages}
    assert set(stages["ingest"].standing.quarantined) == {2}
    assert len(stages["rmd"].standing.done) == 4


def test_a_damaged_file_of_a_stage_is_named(whole: ShardFolder, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "shards")
    (damaged,) = folder.path.glob("embed-*/part-00002.parquet")
    damaged.write_bytes(damaged.read_bytes()[:100])
    for made in folder.path.glob("rmd-*"):
        shutil.rmtree(made)
    with Drive(folder, Quiet(), 1) as drive:
        drive.score(["rmd"])
    assert any(str(damaged) in one for one in drive.missing.values())


def test_deep_images_need_a_range_that_is_said(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 4096, (12, 8, 8), dtype=np.uint16)
    np.savez(tmp_path / "deep.npz", images=pixels, labels=np.arange(12) % 3)
    source = str(tmp_path / "deep.npz")
    folder = shard(source, Quiet(), to=tmp_path / "shards", rows=6, options=IngestOptions())
    done, drive = ingested(folder)
    assert done == []
    assert "--pixel-range" in str(drive.said())
    ranged = IngestOptions(pixel_range=(0.0, 4095.0))
    said = shard(source, Quiet(), to=tmp_path / "ranged", rows=6, options=ranged)
    assert ingested(said)[0] == [0, 1]
    audit = ingest(source, Quiet(), name="deep", options=ranged, folder=tmp_path)
    hashes = views.images(views.open_hub(audit), "content_hash")["content_hash"].to_pylist()
    assert table(said, "ingest")["content_hash"].to_pylist() == hashes


def test_the_images_of_an_audit_are_cut_and_not_opened_again(
    whole: ShardFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    audit = ingest(str(whole.path.parent / "photos"), Quiet(), name="mine", options=IngestOptions())
    monkeypatch.chdir(tmp_path)
    folder = shard("mine", Quiet(), to=tmp_path / "shards", rows=10, options=IngestOptions())
    assert ingested(folder)[0] == [0, 1, 2, 3, 4]
    assert table(folder, "ingest").equals(table(whole, "ingest"))
    assert folder.classes == whole.classes == views.classes(views.open_hub(audit))


def test_a_folder_is_cut_once_and_never_over_another(whole: ShardFolder, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "shards")
    header = (folder.path / "shards.json").stat().st_mtime_ns
    divide_again(whole, folder.path)
    assert (folder.path / "shards.json").stat().st_mtime_ns == header
    with pytest.raises(BadInput, match="holds the shards of"):
        shard(str(whole.path.parent / "photos"), Quiet(), to=folder.path, rows=9, options=IngestOptions())
    with pytest.raises(BadInput, match="exists already"):
        divide_again(whole, whole.path.parent / "photos")


def test_an_encoder_is_described_once_and_gone_on_with(whole: ShardFolder, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "shards")
    with Drive(folder, Quiet(), 1) as drive:
        spec, done = drive.embed(None, Options())
    assert (spec.parameters["image_size"], done) == (32, [0, 1, 2, 3, 4])
