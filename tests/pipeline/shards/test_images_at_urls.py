"""Images at URLs are opened, embedded and scored as those in a folder, and a place that is out of reach loses none."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from core.answers.image.roots import outside_roots
from core.dataset import IngestOptions
from core.engines.driving import OUT_OF_REACH
from core.errors import BadInput, HardlookError, Unreachable
from core.images.pixels import PixelSource, Refusal
from core.pipeline.ingest import ingest
from core.pipeline.shards.begun import begin, stages_of
from core.pipeline.shards.checked import ingest_spec
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.lens import lens
from core.pipeline.shards.stages import stage_at_work
from core.progress import Quiet
from core.remote.fetching import WAITS
from core.store import views
from core.store.thumbnails import all_have_one
from tests.pictures import write_images
from tests.pipeline.shards.made import SMALL, files, scored, table
from tests.remote.serving import FOREVER, Site, serving

N = 45


@pytest.fixture(scope="module")
def module_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    pictures(folder)
    with serving(folder) as site:
        yield site


@pytest.fixture
def own_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One to break; whoever asks it in this process waits for nothing between attempts."""
    monkeypatch.setattr("core.remote.fetching.WAITS", (0.0,) * len(WAITS))
    pictures(tmp_path / "site")
    with serving(tmp_path / "site") as site:
        yield site


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def pictures(folder: Path) -> None:
    write_images(folder / "train", 12, seed=0, size=32)
    write_images(folder / "test", 3, seed=1, size=32)


def manifest(folder: Path, prefix: str, to: Path) -> Path:
    """A table of all images below a folder, each behind this prefix."""
    with to.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "split", "id"))
        for image in sorted(folder.rglob("*.png")):
            name = image.relative_to(folder).as_posix()
            writer.writerow((prefix + name, image.parent.name, name.split("/")[0], name))
    return to


def divided(site: Site, to: Path, prefix: str | None = None, **options: object) -> ShardFolder:
    """Shards of 10 of the images of a site, by their URLs or behind another prefix."""
    source = manifest(site.folder, site.url if prefix is None else prefix, to.with_suffix(".csv"))
    roots = {"roots": (site.url,), **options}
    return shard(str(source), Quiet(), to=to, rows=10, options=IngestOptions(**roots))  # type: ignore[arg-type]


def opened(folder: ShardFolder, number: int) -> pa.Table:
    """What the stage `ingest` makes of a shard, in this process."""
    begin(folder, ingest_spec(folder))
    stage_at_work(folder.path, ingest_spec(folder), ())(number)
    (stage,) = folder.path.glob("ingest-*")
    return pq.read_table(stage / f"part-{number:05d}.parquet")


@pytest.mark.slow
def test_images_at_urls_give_the_same_bits_as_those_in_a_folder(module_site: Site, tmp_path: Path) -> None:
    there = divided(module_site, tmp_path / "there")
    here = divided(module_site, tmp_path / "here", str(module_site.folder) + "/", roots=(str(module_site.folder),))
    for folder in (there, here):
        assert scored(folder, workers=2).missing == {}
    assert there.items(0)["path"][0].as_py() == f"{module_site.url}test/blue/1-0.png"
    assert there.items(0)["key"].equals(here.items(0)["key"])
    for kind in ("ingest", "embed", "rmd", "centroid"):
        assert table(there, kind).equals(table(here, kind)), kind
    assert len([name for name in files(there) if name.startswith("embed-")]) == 5

    audit = lens(there, Quiet(), name="hard", images=20, by=["rmd_oof"], place=tmp_path / "audits")
    rows = views.images(views.open_hub(audit), "path, row, content_hash")
    assert all_have_one(audit, rows["content_hash"].to_pylist())
    path = rows["path"][0].as_py()
    assert outside_roots(views.open_hub(audit), path) == ""
    assert "outside" in outside_roots(views.open_hub(audit), path.replace("127.0.0.1", "127.0.0.2"))
    assert PixelSource([path], [None], rows["content_hash"].to_pylist()[:1]).rgb(0).size == (32, 32)


def test_a_lens_of_images_in_a_folder_opens_them_where_they_lie(module_site: Site, tmp_path: Path) -> None:
    folder = divided(module_site, tmp_path / "here", str(module_site.folder) + "/", roots=(str(module_site.folder),))
    scored(folder, workers=1)
    audit = lens(folder, Quiet(), name="hard", images=20, by=["rmd"], place=tmp_path / "audits")
    hub = views.open_hub(audit)
    assert outside_roots(hub, views.images(hub, "path")["path"][0].as_py()) == ""
    assert "outside" in outside_roots(hub, "/etc/passwd")


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_a_manifest_at_a_url_allows_what_lies_beside_it(own_site: Site, tmp_path: Path, ending: str) -> None:
    place = own_site.folder / f"labels{ending}"
    manifest(own_site.folder, "", tmp_path / "labels.csv")
    rows = pa.csv.read_csv(tmp_path / "labels.csv").to_pylist()
    rows[0]["path"] = own_site.url + rows[0]["path"]
    rows += [{**rows[1], "path": path, "id": f"x{i}"} for i, path in enumerate(
        ("http://127.0.0.1:1/x.png", own_site.url + "../x.png", "../x.png", "/etc/passwd")
    )]  # fmt: skip
    write(place, rows)
    folder = shard(own_site.url + place.name, Quiet(), to=tmp_path / "shards", rows=10, options=IngestOptions())
    assert folder.header["images"] == N
    assert folder.header["source"] == own_site.url + place.name
    assert folder.roots == [own_site.url]
    refused = pq.read_table(folder.path / "refused.parquet").to_pydict()
    assert sorted(refused["reason"]) == ["a URL", "outside the roots", "outside the roots", "outside the roots"]
    assert opened(folder, 0)["reason"].null_count == 10
    assert set(own_site.asked) == {place.name, *(row["path"].removeprefix(own_site.url) for row in rows[:10])}
    again = shard(own_site.url + place.name, Quiet(), to=folder.path, rows=10, options=IngestOptions())
    assert again.fingerprint == folder.fingerprint
    write(place, rows[:-5])
    with pytest.raises(BadInput, match="holds the shards of"):
        shard(own_site.url + place.name, Quiet(), to=folder.path, rows=10, options=IngestOptions())


def write(place: Path, rows: list[dict[str, str]]) -> None:
    found = pa.Table.from_pylist(rows)
    if place.suffix == ".parquet":
        pq.write_table(found, place)
    elif place.suffix == ".jsonl":
        found.to_pandas().to_json(place, orient="records", lines=True)
    else:
        found.to_pandas().to_csv(place, index=False)


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.csv", "There is nothing at"), ("photos", "is no manifest by its name"), ("a.zip", "no folder or archive"),
     ("../labels.csv", "are not followed"), ("labels.csv?sig=word", "may be a signature")],
)  # fmt: skip
def test_what_is_no_manifest_at_a_url_is_refused_in_words(own_site: Site, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        shard(own_site.url + name, Quiet(), to=tmp_path / "shards", rows=10, options=IngestOptions())
    assert "word" not in str(refused.value)
    own_site.fails("labels.csv", 403)
    with pytest.raises(BadInput, match="may not be read: the server answers 403"):
        shard(own_site.url + "labels.csv", Quiet(), to=tmp_path / "shards", rows=10, options=IngestOptions())


def test_images_inside_parquet_at_a_url_are_refused_with_what_to_do(own_site: Site, tmp_path: Path) -> None:
    images = [image.read_bytes() for image in sorted(own_site.folder.rglob("*.png"))]
    pq.write_table(pa.table({"image": images, "label": ["a"] * len(images)}), own_site.folder / "in.parquet")
    with pytest.raises(BadInput, match="holds images, and at a URL a table of paths is read"):
        shard(own_site.url + "in.parquet", Quiet(), to=tmp_path / "shards", rows=10, options=IngestOptions())


def test_without_a_root_a_url_is_refused_with_the_root_that_allows_it(own_site: Site, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"pass --root {own_site.url}test/blue/"):
        divided(own_site, tmp_path / "shards", roots=())
    with pytest.raises(BadInput, match="lies under no prefix that is allowed"):
        divided(own_site, tmp_path / "shards", roots=(own_site.url + "train",), prefix=own_site.url + "x")
    assert own_site.asked == {}


def test_names_of_a_manifest_on_the_disk_may_lie_below_a_prefix(own_site: Site, tmp_path: Path) -> None:
    folder = divided(own_site, tmp_path / "shards", prefix="")
    assert folder.items(0)["path"][0].as_py() == f"{own_site.url}test/blue/1-0.png"
    assert opened(folder, 0)["reason"].null_count == 10


def test_an_ordinary_ingest_reads_them_too(own_site: Site, tmp_path: Path) -> None:
    source = manifest(own_site.folder, own_site.url, tmp_path / "labels.csv")
    options = IngestOptions(roots=(own_site.url,))
    audit = ingest(str(source), Quiet(), name="a", options=options, folder=tmp_path / "audits")
    assert views.images(views.open_hub(audit), "key").num_rows == N
    own_site.down = True
    with pytest.raises(Unreachable):
        ingest(str(source), Quiet(), name="b", options=options, folder=tmp_path / "audits")


def test_one_image_is_left_out_with_its_reason(own_site: Site, tmp_path: Path) -> None:
    folder = divided(own_site, tmp_path / "shards")
    names = [path.removeprefix(own_site.url) for path in folder.items(1)["path"].to_pylist()]
    (own_site.folder / names[0]).unlink()
    own_site.fails(names[1], 403, times=FOREVER)
    own_site.fails(names[2], 503, times=FOREVER)
    own_site.fails(names[3], "cut", times=FOREVER)
    own_site.fails(names[4], "to http://127.0.0.1:1/x", times=FOREVER)
    (own_site.folder / names[5]).write_bytes(b"no image")
    own_site.fails(names[6], 500, "cut", 503)
    reasons = opened(folder, 1)["reason"].to_pylist()
    assert reasons == [
        "missing file", "forbidden", "unreadable", "unreadable", "forbidden", "not an image", None, None, None, None
    ]  # fmt: skip


def test_a_server_that_goes_down_fails_the_shard_and_leaves_nothing_out(own_site: Site, tmp_path: Path) -> None:
    folder = divided(own_site, tmp_path / "shards")
    own_site.down = True
    with pytest.raises(Unreachable, match="could not be reached"):
        opened(folder, 0)
    own_site.down = False
    assert opened(folder, 0)["reason"].null_count == 10


def test_an_object_that_changed_afterwards_is_not_taken_for_it(own_site: Site, tmp_path: Path) -> None:
    folder = divided(own_site, tmp_path / "shards")
    facts = opened(folder, 0)
    name = folder.items(0)["path"][3].as_py()
    (own_site.folder / name.removeprefix(own_site.url)).write_bytes(b"another")
    source = PixelSource([name], [None], facts["content_hash"].to_pylist()[3:4])
    with pytest.raises(Refusal, match="changed"):
        source.read(0)


# what is missing because of its place, in a folder as at a URL


def test_a_folder_that_a_machine_does_not_see_fails_its_shards_and_ends_its_driver(
    module_site: Site, tmp_path: Path
) -> None:
    pictures(tmp_path / "photos")
    folder = shard(str(tmp_path / "photos"), Quiet(), to=tmp_path / "shards", rows=5, options=IngestOptions())
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    with Drive(folder, Quiet(), 1) as drive, pytest.raises(HardlookError, match=r"photos.* is not there or empty"):
        drive.ingest()
    (ledger,) = folder.path.glob("ingest-*")
    assert list(ledger.glob("part-*")) == []
    assert len(list((ledger / "failures").iterdir())) == OUT_OF_REACH
    (tmp_path / "photos").mkdir()  # a disk that is not mounted leaves an empty folder
    with pytest.raises(Unreachable, match="is not there or empty"):
        opened(folder, 4)
    (tmp_path / "photos").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "photos")
    with Drive(folder, Quiet(), 1, retry=True) as drive:
        assert drive.ingest()[1] == list(range(9))


@pytest.mark.parametrize("gone", ["all", "one", "root"])
def test_a_shard_that_lost_every_image_fails_and_one_that_lost_some_does_not(tmp_path: Path, gone: str) -> None:
    pictures(tmp_path / "photos")
    folder = shard(str(tmp_path / "photos"), Quiet(), to=tmp_path / "shards", rows=10, options=IngestOptions())
    for path in folder.items(0)["path"].to_pylist()[: 1 if gone == "one" else None]:
        Path(path).unlink()
    if gone == "root":
        shutil.rmtree(tmp_path / "photos")
    if gone == "one":
        assert opened(folder, 0)["reason"].to_pylist() == ["missing file"] + [None] * 9
    else:
        with pytest.raises(Unreachable, match=r"Not one of the 10 images|is not there"):
            opened(folder, 0)


def test_images_that_vanish_before_they_are_embedded_are_not_silently_without_a_vector(tmp_path: Path) -> None:
    pictures(tmp_path / "photos")
    folder = shard(str(tmp_path / "photos"), Quiet(), to=tmp_path / "shards", rows=30, options=IngestOptions())
    with Drive(folder, Quiet(), 1) as drive:
        spec, _ = drive.embed("embedded", SMALL)
    (folder.path / spec.name / "part-00000.parquet").unlink()
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    work = stage_at_work(folder.path, stages_of(folder, "embed")[0], ())
    with pytest.raises(Unreachable):
        work(0)
    (tmp_path / "elsewhere").rename(tmp_path / "photos")
    work(0)
    assert np.isfinite(np.stack(table(folder, "embed")["vector"].to_pylist())).all()
