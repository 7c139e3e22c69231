"""A lens: an ordinary audit of some images of the shards, with what the whole says of them, and ids that lead back."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.answers.overview.summary import summary
from core.errors import BadInput, MissingRun
from core.kinds.registry import get_kind
from core.pipeline.shards.choose import AT_RANDOM, RANDOM_SHARE, Largest, at_random, choose
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import ROW, SHARD, WHY, lens
from core.pipeline.shards.whole import whole_of
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from core.store.thumbnails import all_have_one
from tests.pages.drawn import draw_page, pages_as_app_says
from tests.pictures import Heard
from tests.pipeline.shards.made import SMALL, divide_pictures, scored, table, vectors

N, IMAGES = 45, 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ShardFolder:
    folder = divide_pictures(tmp_path_factory.mktemp("whole"))
    scored(folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def made(whole: ShardFolder, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return lens(whole, Quiet(), name="hard", images=IMAGES, by=["rmd_oof", "centroid"],
                place=tmp_path_factory.mktemp("audits"))  # fmt: skip


def places(audit: Audit) -> Iterator[int]:
    """Of each image of a lens, its place among all items."""
    rows = views.images(views.open_hub(audit), f"{SHARD}, {ROW}")
    for shard, row in zip(rows[SHARD].to_pylist(), rows[ROW].to_pylist(), strict=True):
        yield 10 * shard + row


def test_a_fifth_is_drawn_and_the_rest_are_the_hardest_in_turn() -> None:
    hardest = {"a": [(0, 1), (0, 2), (0, 3), (1, 1)], "b": [(0, 2), (1, 5), (1, 6)]}
    chosen = choose(hardest, [(2, 0), (0, 1), (9, 9)], 5)
    assert dict(zip(zip(chosen.shards.tolist(), chosen.rows.tolist(), strict=True), chosen.by, strict=True)) == {
        (2, 0): "random", (0, 1): "a", (0, 2): "b, a", (1, 5): "b", (0, 3): "a"
    }  # fmt: skip


def test_the_largest_of_all_shards_are_kept_whatever_the_shards() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    for size in (7, 100, 1000):
        kept = Largest(10)
        for shard, start in enumerate(range(0, 1000, size)):
            part = values[start : start + size]
            kept.add(shard, part, np.ones(len(part), bool))
        assert [shard * size + row for shard, row in kept.in_order()] == np.argsort(-values)[:10].tolist()


def test_the_share_at_random_favours_no_image() -> None:
    drawn = np.concatenate([at_random(shard, 1000, 0) for shard in range(20)])
    assert abs(drawn.mean() - 0.5) < 0.01
    np.testing.assert_array_equal(at_random(3, 1000, 0), at_random(3, 1000, 0))
    assert (at_random(3, 1000, 0) != at_random(3, 1000, 1)).all()


def test_a_lens_holds_the_hardest_and_a_fair_sample_and_says_so(whole: ShardFolder, made: Audit) -> None:
    why = views.column(views.open_hub(made), WHY).tolist()
    assert len(why) == IMAGES
    assert sum(AT_RANDOM in one for one in why) == round(IMAGES * RANDOM_SHARE)
    at = list(places(made))
    for name in ("rmd_oof", "centroid"):
        kind = "rmd" if name.startswith("rmd") else name
        order = np.argsort(-np.nan_to_num(table(whole, kind)[name].to_numpy(), nan=-np.inf))
        chosen = {place for place, one in zip(at, why, strict=True) if name in one.split(", ")}
        assert chosen == set(order[: len(chosen)].tolist())
        assert len(chosen) >= 8
    (row,) = views.open_hub(made).rows("SELECT note FROM items.source")
    assert "20 of 45 images" in row["note"]
    assert "4 drawn at random (20 % of what was asked for), each of which stands for 11" in row["note"]


def test_vectors_and_scores_are_those_of_the_whole(whole: ShardFolder, made: Audit) -> None:
    hub, at = views.open_hub(made), list(places(made))
    np.testing.assert_array_equal(views.embedding(hub, made.latest("embed").run_id), vectors(whole)[at])
    for kind, names in {"rmd": ("rmd", "rmd_oof", "rmd_nearest", "rmd_margin"), "centroid": ("centroid",)}.items():
        run = made.latest("score", kind)
        for name in names:
            np.testing.assert_array_equal(
                views.score(hub, f"{run.run_id}:{name}"), table(whole, kind)[name].to_numpy()[at]
            )
        words = get_kind("score").again(run).words
        assert words[:2] == ["lens", str(whole.path)]
    infos = {info.name: info for info in views.score_infos(hub)}
    assert "36 labelled training images of the whole" in infos["rmd_oof"].fitted_on
    assert infos["rmd_oof"].direction == 1


def test_its_ids_lead_back_to_the_shards(whole: ShardFolder, made: Audit) -> None:
    rows = views.images(views.open_hub(made), f"key, {SHARD}, {ROW}, content_hash")
    for key, shard, row in zip(*(rows[name].to_pylist() for name in ("key", SHARD, ROW)), strict=True):
        assert whole.items(shard)["key"][row].as_py() == key
    assert all_have_one(made, rows["content_hash"].to_pylist())


@pytest.mark.parametrize("name", ["overview", "hardest_easiest", "label_suspects", "runs"])
def test_the_dashboard_opens_it_as_any_audit(made: Audit, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.path.parent))
    with pages_as_app_says():
        drawn = draw_page(name, {"audit": made.name})
    assert [one.message for one in drawn.exception] == []


def test_the_same_lens_again_is_the_same_and_does_nothing(whole: ShardFolder, made: Audit) -> None:
    heard = Heard()
    before = {path: path.stat().st_mtime_ns for path in made.runs_folder.iterdir()}
    lens(whole, heard, name="hard", images=IMAGES, by=["rmd_oof", "centroid"], place=made.path.parent)
    assert {path: path.stat().st_mtime_ns for path in made.runs_folder.iterdir()} == before
    assert heard.text.count("nothing to do") == 3


def test_an_image_that_changed_since_is_left_out_by_name(tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path)
    scored(folder, workers=1)
    changed = Path(folder.items(1)["path"][4].as_py())
    changed.write_bytes(Path(folder.items(1)["path"][5].as_py()).read_bytes())
    audit = lens(folder, Quiet(), name="all", images=N, by=["rmd"], place=tmp_path / "audits")
    rows = views.open_hub(audit).rows("SELECT key, reason FROM items.refused")
    assert [(row["key"], row["reason"]) for row in rows] == [(folder.items(1)["key"][4].as_py(), "changed")]
    assert len(list(places(audit))) == N - 1
    (gone,) = folder.path.glob("rmd-*/part-00003.parquet")
    gone.unlink()
    with pytest.raises(BadInput, match=r"rmd-\w+/part-00003.parquet is not there"):
        lens(folder, Quiet(), name="all", images=N, by=["rmd"], place=tmp_path / "audits")


def test_a_shard_that_a_stage_below_the_scores_quarantined_is_left_out(whole: ShardFolder, tmp_path: Path) -> None:
    folder = ShardFolder(shutil.copytree(whole.path, tmp_path / "shards"))
    for kind in ("folds", "rmd", "centroid"):
        for stage in folder.path.glob(f"{kind}-*"):
            shutil.rmtree(stage)
    (damaged,) = folder.path.glob("embed-*/part-00002.parquet")
    damaged.write_bytes(damaged.read_bytes()[:100])
    with Drive(folder, Quiet(), 1) as drive:
        drive.score(["rmd", "centroid"])
    assert {number for _, number in drive.missing} == {2}
    audit = lens(folder, Quiet(), name="all", images=N, by=["rmd_oof", "centroid"], place=tmp_path / "audits")
    at = set(places(audit))
    assert at == set(range(N)) - set(range(20, 30))
    (row,) = views.open_hub(audit).rows("SELECT note FROM items.source")
    assert "1 quarantined shard of 5 left out" in row["note"]


def test_a_lens_is_of_the_newest_embedding_that_has_the_scores_it_is_by(whole: ShardFolder, tmp_path: Path) -> None:
    folder = ShardFolder(shutil.copytree(whole.path, tmp_path / "shards"))
    with Drive(folder, Quiet(), 1) as drive:
        drive.embed("embedded", replace(SMALL, image_size=48))
        drive.score(["centroid"])
    for by, size, kinds in ((["rmd_oof", "centroid"], 32, {"rmd", "centroid"}), (["centroid"], 48, {"centroid"})):
        found = whole_of(folder, by)
        assert found.embed is not None
        assert found.embed.parameters["image_size"] == size
        assert {spec.kind for spec in found.scores} == kinds
        assert {spec.inputs["embed"] for spec in found.scores} == {found.embed.name}


def test_its_own_seed_is_not_that_of_the_scores(whole: ShardFolder, tmp_path: Path) -> None:
    audit = lens(whole, Quiet(), name="seeded", images=IMAGES, by=["rmd_oof"], seed=7, place=tmp_path)
    (info,) = [info for info in views.score_infos(views.open_hub(audit)) if info.name == "rmd_oof"]
    assert (info.parameters["seed"], info.parameters["lens"]["seed"]) == (0, 7)
    assert "--seed" in get_kind("score").again(audit.latest("score", "rmd")).words


def test_its_figures_are_said_to_be_of_the_lens(made: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    said = next(line for line in summary(made) if line.startswith("A lens: "))
    assert "hardest by rmd_oof" in said
    assert said.endswith("figures here are of these, not of the whole.")
    why = views.column(views.open_hub(made), "lens_by").tolist()
    parts, twice = Counter(part for one in why for part in one.split(", ")), sum(", " in one for one in why)
    assert f"{parts['rmd_oof']} hardest by rmd_oof" in said
    assert f"4 at random{f', {twice} for several of these reasons' if twice else ''};" in said
    assert sum(parts.values()) - len(why) >= twice
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.path.parent))
    with pages_as_app_says():
        drawn = draw_page("overview", {"audit": made.name})
    assert any("figures here are of these, not of the whole" in one.proto.body for one in drawn.get("html"))


def test_what_is_asked_for_and_not_there_is_said(whole: ShardFolder, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no score 'vog'; there is: rmd, rmd_oof"):
        lens(whole, Quiet(), name="x", images=5, by=["vog"], place=tmp_path)
    with pytest.raises(MissingRun, match="has no scores"):
        lens(divide_pictures(tmp_path), Quiet(), name="x", images=5, by=["rmd"], place=tmp_path)
    assert not (tmp_path / "x").exists()
