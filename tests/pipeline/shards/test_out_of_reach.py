"""Images that were opened once and are out of reach later fail whatever opens them, and are left out of nothing."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from core.dataset import IngestOptions
from core.errors import ExtraMissing, Unreachable
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import lens
from core.pipeline.shards.stage import StageSpec, ledger_of, read_part
from core.pipeline.shards.stages import stage_at_work
from core.processes.cores import THREADS_VARIABLE
from core.progress import Quiet
from core.remote.fetching import WAITS
from core.store import views
from tests.pictures import write_images
from tests.pipeline.shards.made import SMALL, change_header, files
from tests.pipeline.shards.modelled import CLASSES, described, project
from tests.remote.serving import FOREVER, Site, serving

OPENING = ["embed", "ingest", "predict", "vog-raw"]
"""Stages that open images: the first test finds whether there are others."""
BY = ["vog_logit_late_normalised"]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As the processes of shards have: what is computed here is compared with theirs by its bits."""
    monkeypatch.setenv(THREADS_VARIABLE, "1")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A model of the user's, and the images of one data set in two folders."""
    with project(tmp_path_factory.mktemp("project")) as made:
        write_images(made / "left", 5, seed=5)
        write_images(made / "right", 5, seed=6)
        with (made / "both.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("path", "label"))
            found = sorted([*made.glob("left/*/*.png"), *made.glob("right/*/*.png")])  # both are in shard 1
            writer.writerows((path, path.parent.name) for path in found)
        yield made


def computed(folder: ShardFolder) -> ShardFolder:
    """These shards with every stage that opens images, and those of VoG."""
    with Drive(folder, Quiet(), 1) as drive:
        drive.embed("embedded", SMALL)
        drive.predict(described(folder, classes=CLASSES))
        drive.score(["vog"])
    assert drive.missing == {}
    return folder


@pytest.fixture(scope="module")
def whole(place: Path) -> ShardFolder:
    """Of 30 images in three shards; no test changes what is in it."""
    roots = (str(place / "left"), str(place / "right"))
    options = IngestOptions(roots=roots)
    return computed(shard(str(place / "both.csv"), Quiet(), to=place / "whole", rows=10, options=options))


@pytest.fixture
def folder(whole: ShardFolder, tmp_path: Path) -> ShardFolder:
    return ShardFolder(Path(shutil.copytree(whole.path, tmp_path / "shards")))


@pytest.fixture
def put_back(place: Path) -> Iterator[Callable[[], None]]:
    """Puts the images back; done at the end in any case."""
    for name in ("left", "right"):
        shutil.copytree(place / name, place / "kept" / name)

    def back() -> None:
        for name in ("left", "right"):
            shutil.rmtree(place / name, ignore_errors=True)
            shutil.copytree(place / "kept" / name, place / name)

    yield back
    back()
    shutil.rmtree(place / "kept")


def taken_away(place: Path, how: str) -> None:
    """One of two folders is not there or not mounted; or both hold other files."""
    if how == "others":
        for path in [*place.glob("left/*/*"), *place.glob("right/*/*")]:
            path.rename(path.with_suffix(".moved"))
        return
    shutil.rmtree(place / "right")
    if how == "not mounted":
        (place / "right").mkdir()


def again(folder: ShardFolder, spec: StageSpec, number: int) -> None:
    """Compute a shard of a stage in this process."""
    stage_at_work(folder.path, spec, ())(number)


@pytest.mark.parametrize("how", ["gone", "not mounted", "others"])
def test_no_stage_writes_anything_else_for_images_out_of_reach(
    folder: ShardFolder, place: Path, how: str, put_back: Callable[[], None]
) -> None:
    before, refused = files(folder), []
    taken_away(place, how)
    for spec in stages_of(folder):
        part = ledger_of(folder, spec).part(1)
        content = part.read_bytes()
        part.unlink()
        try:
            again(folder, spec, 1)
        except Unreachable as error:
            refused.append((spec, error.message, part.exists()))
            part.write_bytes(content)  # for the stages that read it
    said = "Not one of the 10 images" if how == "others" else f"{place / 'right'}, in which the images lie"
    assert sorted(spec.kind for spec, _, _ in refused) == OPENING
    assert all(message.startswith(said) and not written for _, message, written in refused), refused
    assert files(folder) == before
    put_back()
    for spec, _, _ in refused:
        ledger_of(folder, spec).part(1).unlink()
        again(folder, spec, 1)
    assert files(folder) == before


@pytest.mark.parametrize("kind", ["predict", pytest.param("vog-raw", marks=pytest.mark.slow)])
def test_shards_whose_images_a_machine_does_not_see_are_named_and_done_once_it_does(
    folder: ShardFolder, place: Path, kind: str, put_back: Callable[[], None]
) -> None:
    before = files(folder)
    (spec,) = stages_of(folder, kind)
    for number in range(folder.count):
        ledger_of(folder, spec).part(number).unlink()
    taken_away(place, "not mounted")
    with Drive(folder, Quiet(), 1) as drive:
        drive.predict(None) if kind == "predict" else drive.score(["vog"])
    standing = ledger_of(folder, spec).standing()
    assert standing.done == {0}, "whose images are all in the other folder"
    assert set(standing.quarantined) == {1, 2}
    assert all(f"{place / 'right'}, in which the images lie, is not there" in why for why in drive.missing.values())
    put_back()
    with Drive(folder, Quiet(), 1, retry=True) as drive:
        drive.predict(None) if kind == "predict" else drive.score(["vog"])
    assert drive.missing == {}
    now = files(folder)  # VoG of the first shard alone is among them, another stage
    assert {name: now[name] for name in before} == before


def test_one_image_that_is_gone_is_left_out_alone(
    folder: ShardFolder, place: Path, put_back: Callable[[], None]
) -> None:
    Path(folder.items(1)["path"][3].as_py()).unlink()
    for kind in ("embed", "predict", "vog-raw"):
        (spec,) = stages_of(folder, kind)
        again(folder, spec, 1)
        reasons = stage_reasons(folder, spec)
        assert [row for row, reason in enumerate(reasons) if reason] == [3]
        assert "missing file" in reasons[3]


def stage_reasons(folder: ShardFolder, spec: StageSpec) -> list[str]:
    return [reason or "" for reason in read_part(ledger_of(folder, spec).part(1))["reason"].to_pylist()]


@pytest.mark.parametrize("kind", OPENING)
def test_a_package_that_is_missing_ends_a_stage_before_its_first_shard(
    folder: ShardFolder, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spec,) = stages_of(folder, kind)
    change_header(folder, roots=["s3://bucket/"])

    def missing(url: str) -> None:
        raise ExtraMissing(f"{url} needs a package.", "Install it.")

    monkeypatch.setattr("core.pipeline.shards.reached.system_of", missing)
    with pytest.raises(ExtraMissing, match="s3://bucket/ needs a package"):
        stage_at_work(folder.path, spec, ())


@pytest.mark.parametrize("kind", ["embed", "predict", "vog-raw"])
@pytest.mark.parametrize("how", ["down", 403, 404])
def test_images_at_urls_that_do_not_come_any_more_fail_the_shard(
    at_urls: tuple[ShardFolder, Site], kind: str, how: str | int
) -> None:
    folder, site = at_urls
    (spec,) = stages_of(folder, kind)
    part = ledger_of(folder, spec).part(1)
    before = part.read_bytes()
    part.unlink()
    if isinstance(how, int):
        for path in folder.items(1)["path"].to_pylist():
            site.fails(path.removeprefix(site.url), how, times=FOREVER)
    site.down = how == "down"
    with pytest.raises(Unreachable):
        again(folder, spec, 1)
    assert not part.exists()
    site.down = False
    site.faults.clear()
    again(folder, spec, 1)
    assert part.read_bytes() == before


@pytest.fixture(scope="module")
def at_urls(place: Path) -> Iterator[tuple[ShardFolder, Site]]:
    """The same images behind a server, which a test puts back as it was."""
    with pytest.MonkeyPatch.context() as patch, serving(place) as site:
        patch.setenv("no_proxy", "127.0.0.1")
        patch.setattr("core.remote.fetching.WAITS", (0.0,) * len(WAITS))
        text = (place / "both.csv").read_text().replace(f"{place}/", site.url)
        (place / "urls.csv").write_text(text)
        options = IngestOptions(roots=(site.url,))
        yield computed(shard(str(place / "urls.csv"), Quiet(), to=place / "urls", rows=10, options=options)), site


@pytest.mark.parametrize("how", ["gone", "not mounted", "others"])
def test_a_lens_whose_images_are_out_of_reach_is_refused_by_name_and_made_afterwards(
    folder: ShardFolder, place: Path, tmp_path: Path, how: str, put_back: Callable[[], None]
) -> None:
    taken_away(place, how)
    said = f"{place / 'right'}, in which" if how != "others" else "Not one of the 20 images"
    with pytest.raises(Unreachable, match=said):
        lens(folder, Quiet(), name="hard", images=20, by=BY, place=tmp_path / "audits")
    if how == "others":
        assert not (tmp_path / "audits" / "hard").exists()  # it would be the newest, of no images
    put_back()
    audit = lens(folder, Quiet(), name="hard", images=20, by=BY, place=tmp_path / "audits")
    hub = views.open_hub(audit)
    assert views.images(hub, "key").num_rows == 20
    assert hub.rows("SELECT key FROM items.refused") == []


def test_a_lens_that_has_its_thumbnails_is_refused_all_the_same(
    folder: ShardFolder, place: Path, tmp_path: Path, put_back: Callable[[], None]
) -> None:
    audit = lens(folder, Quiet(), name="hard", images=30, by=BY, place=tmp_path / "audits")
    taken_away(place, "gone")
    with pytest.raises(Unreachable, match="right, in which"):
        lens(folder, Quiet(), name="hard", images=30, by=BY, place=tmp_path / "audits")
    assert views.images(views.open_hub(audit), "key").num_rows == 30
