"""A folder of shards in a bucket: the same files as on a disk, whoever makes them, and each shard is done once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.cli.shards.options import is_folder_of_shards
from core.dataset import IngestOptions
from core.engines.ledger import LEASE, Ledger
from core.errors import BadInput, HardlookError, Unreachable, Unreadable
from core.pipeline.shards.divide import shard
from core.pipeline.shards.folder import ShardFolder, open_shards
from core.pipeline.shards.stage import read_part, write_part
from core.pipeline.shards.stored.records import RecordFile
from core.progress import Quiet
from core.remote import systems
from core.remote.fetching import WAITS
from core.remote.place import UrlPath, place_of, refuse_shared
from tests.pictures import write_images
from tests.pipeline.shards.made import digest, divide_pictures, files, scored
from tests.pipeline.shards.modelled import write_manifest
from tests.remote.bucket import Bucket, bucket_served

ROOT = Path(__file__).parents[3]
SMALL = ("--encoder", "embedded", "--image-size", "32", "--layers", "last")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty one, which s3fs finds, here and in every process that is started."""
    monkeypatch.setattr("core.remote.fetching.WAITS", (0.0,) * len(WAITS))
    refuse_shared.cache_clear()
    systems._system.cache_clear()
    with bucket_served() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found
    systems._system.cache_clear()
    refuse_shared.cache_clear()


def held(bucket: Bucket) -> dict[str, str]:
    """A hash of everything that stages have made in it, by its place."""
    found = {key.removeprefix("shards/"): content for key, (content, _) in bucket.objects.items()}
    return {key: digest(content) for key, content in found.items() if re.search(r"/(part|merged)-[^/]*$", key)}


def divide(folder: Path, to: UrlPath, rows: int = 10) -> ShardFolder:
    if not (folder / "photos").exists():
        write_images(folder / "photos" / "train", 12, seed=0, size=32)
        write_images(folder / "photos" / "test", 3, seed=1, size=32)
    return shard(str(folder / "photos"), Quiet(), to=to, rows=rows, options=IngestOptions())


PLACE = UrlPath("s3://bucket/shards")


@pytest.mark.slow
def test_shards_in_a_bucket_are_those_on_a_disk_from_two_processes_and_from_shares(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = divide_pictures(tmp_path)
    scored(here, workers=1)
    there = divide(tmp_path, PLACE)
    assert there.header == {**here.header}
    assert scored(there, workers=2).missing == {}
    assert held(bucket) == files(here)
    assert [key for key in bucket.objects if "/claims/" in key or "probe" in key or "clock" in key] == []

    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    run = CliRunner().invoke
    listed = run(app, ["runs", str(PLACE)])
    assert listed.exit_code == 0, listed.exception
    assert listed.output.count("5 of 5") == 7
    assert "nothing was to do" in run(app, ["score", str(PLACE), "centroid", "--workers", "1"]).output
    made = run(app, ["lens", str(PLACE), "--images", "10", "--by", "rmd_oof", "--audit", "hard"])
    assert made.exit_code == 0, made.exception
    assert all(b"secret-word" not in content for content, _ in bucket.objects.values())

    for key in [key for key in bucket.objects if re.search(r"/(ingest|embed)-[^/]*/part-", key)]:
        del bucket.objects[key]
    for stage in ("ingest", "embed"):
        command = [sys.executable, "-m", "core", "worker", stage, str(PLACE), *(SMALL if stage == "embed" else ())]
        shares = [subprocess.Popen([*command, "--shard", f"{i}/2"], cwd=ROOT) for i in (1, 2)]
        assert [share.wait() for share in shares] == [0, 0]
    assert held(bucket) == files(here)


@pytest.mark.slow
def test_a_driver_of_a_bucket_that_is_killed_is_gone_on_with(bucket: Bucket, tmp_path: Path) -> None:
    folder = divide(tmp_path, PLACE, rows=3)
    command = [sys.executable, "-m", "core", "worker", "ingest", str(PLACE)]
    driver = subprocess.Popen(command, cwd=ROOT)
    while not any("/part-" in key and key.startswith("shards/ingest-") for key in list(bucket.objects)):
        assert driver.poll() is None
        time.sleep(0.02)  # looks again: nothing tells when a part is put
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    time.sleep(0.5)  # its process ends with it, and what that was just putting still arrives
    before = {key: when for key, (_, when) in bucket.objects.items() if "/part-" in key}
    for key, (content, when) in list(bucket.objects.items()):
        if "/claims/" in key:
            bucket.objects[key] = content, when - timedelta(seconds=LEASE)
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    parts = {key: when for key, (_, when) in bucket.objects.items() if key.startswith("shards/ingest-")}
    assert len([key for key in parts if "/part-" in key]) == folder.count
    assert all(bucket.objects[key][1] == when for key, when in before.items())


@pytest.mark.slow
def test_an_evaluation_in_a_bucket_prints_and_keeps_what_one_on_a_disk_does(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    source = str(write_manifest(tmp_path))
    for place in (tmp_path / "shards", PLACE):
        shard(source, Quiet(), to=place, rows=35, options=IngestOptions())
        named = (str(place), "--workers", "1")
        taken = CliRunner().invoke(app, ["import-predictions", *named, "--name", "theirs", "--trained-on", "train"])
        assert taken.exit_code == 0, taken.exception
        ended = CliRunner().invoke(app, ["evaluate", *named])
        assert ended.exit_code == 0, ended.exception
        assert ended.output.count("kept in") == 2
    here = {file.name: file.read_bytes() for file in (tmp_path / "shards").glob("evaluate-*/*-*.parquet")}
    kept = {key.rpartition("/")[2]: content for key, (content, _) in bucket.objects.items() if "/evaluate-" in key}
    assert {name.partition("-")[0] for name in here} == {"metrics", "confusion"}
    assert here.items() <= kept.items()


# the ledger


@pytest.fixture(params=["s3://bucket/stage", "memory://bucket/stage"])
def ledger(request: pytest.FixtureRequest, bucket: Bucket) -> Ledger:
    import fsspec

    fsspec.filesystem("memory").store.clear()
    made = Ledger(UrlPath(request.param), ".parquet")
    made.begin()
    return made


def test_of_many_that_want_a_shard_one_gets_it(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda _: ledger.claim(7), range(16)))
    assert got.count(True) == 1
    assert ledger.standing().claimed == {7}
    ledger.release(7)
    assert ledger.standing().claimed == frozenset()
    assert ledger.claim(7)


def test_what_is_done_failed_and_quarantined_is_told_from_names(ledger: Ledger) -> None:
    import pyarrow as pa

    write_part(ledger.part(3), pa.table({"a": [1]}))
    assert read_part(ledger.part(3)).to_pydict() == {"a": [1]}
    assert not ledger.claim(3)
    for attempt in range(3):
        ledger.fail(4, f"attempt {attempt}")
    ledger.fail(5, "changed", refused=True)
    standing = ledger.standing()
    assert standing.done == {3}
    assert standing.quarantined == {4: "attempt 2", 5: "changed"}
    assert ledger.forgive([4]) == [4]
    assert ledger.standing().quarantined == {5: "changed"}


def test_a_claim_lasts_as_long_as_its_lease_and_is_renewed(bucket: Bucket) -> None:
    ledger = Ledger(UrlPath("s3://bucket/stage"), ".npz")
    ledger.begin()
    key = "stage/claims/00007-1"
    assert ledger.claim(7)
    age(bucket, key, 0.7 * LEASE)
    assert not ledger.claim(7)  # this process lives, and it is its
    ledger.renew([7])
    assert bucket.objects[key][1] == max(when for _, when in bucket.objects.values())
    bucket.objects[key] = b"1-1-aaaaaaaa-bbbbbbbb\n1", bucket.objects[key][1]
    assert not ledger.claim(7)
    age(bucket, key, LEASE + 2)
    assert ledger.claim(7)
    assert "stage/claims/00007-2" in bucket.objects


def test_a_claim_of_a_process_that_ended_here_is_taken_over_when_it_was_not_renewed(bucket: Bucket) -> None:
    from tests.engines.test_ledger import gone

    ledger = Ledger(UrlPath("s3://bucket/stage"), ".npz")
    ledger.begin()
    bucket.put("stage/claims/00007-1", f"{gone()}\n1".encode(), new=True)
    age(bucket, "stage/claims/00007-1", 0.7 * LEASE)
    assert ledger.standing().claimed == frozenset()
    assert ledger.claim(7)


def age(bucket: Bucket, key: str, seconds: float) -> None:
    content, when = bucket.objects[key]
    bucket.objects[key] = content, when - timedelta(seconds=seconds)


def test_a_claim_whose_answer_was_lost_is_its_own(bucket: Bucket) -> None:
    ledger = Ledger(UrlPath("s3://bucket/stage"), ".npz")
    ledger.begin()
    bucket.lost.add("stage/claims/00007-1")
    assert ledger.claim(7)
    assert ledger.standing().claimed == {7}


def test_a_bucket_that_lets_two_claim_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    bucket.conditional = False
    with pytest.raises(BadInput, match="lets two files of one name be written"):
        divide(tmp_path, PLACE)
    with pytest.raises(BadInput, match="conditional writes"):
        Ledger(UrlPath("s3://bucket/stage"), ".npz").begin()
    assert bucket.objects == {}


def test_a_folder_at_a_url_is_divided_once_and_never_over_other_things(bucket: Bucket, tmp_path: Path) -> None:
    folder = divide(tmp_path, PLACE)
    assert divide(tmp_path, PLACE).fingerprint == folder.fingerprint
    with pytest.raises(BadInput, match="holds the shards of"):
        divide(tmp_path, PLACE, rows=9)
    bucket.put("other/notes.txt", b"", new=True)
    with pytest.raises(BadInput, match=r"holds other things: 'notes.txt' first"):
        divide(tmp_path, UrlPath("s3://bucket/other"))
    with pytest.raises(BadInput, match="is no folder of shards"):
        open_shards(UrlPath("s3://bucket/other"))


def test_a_division_that_was_stopped_is_no_folder_and_is_divided_again(bucket: Bucket, tmp_path: Path) -> None:
    folder = divide(tmp_path, PLACE)
    del bucket.objects["shards/shards.json"]
    with pytest.raises(BadInput, match="is no folder of shards"):
        open_shards(PLACE)
    assert divide(tmp_path, PLACE).fingerprint == folder.fingerprint


def test_records_in_a_bucket_lie_on_the_disk_while_they_are_looked_at_and_leave_nothing_there(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place, rows = PLACE / "part-00000.npy", np.arange(12).reshape(4, 3)
    write_part(place, rows)
    found = read_part(place)
    assert isinstance(found, RecordFile)
    assert os.listdir(tmp_path) == []
    assert np.array_equal(found[1:], rows[1:])
    bucket.put("shards/part-00000.npy", b"other", new=False)
    with pytest.raises(Unreadable, match=r"part-00000\.npy cannot be read"):
        read_part(place)
    assert os.listdir(tmp_path) == []


def test_items_in_a_bucket_that_were_changed_are_refused(bucket: Bucket, tmp_path: Path) -> None:
    folder = divide(tmp_path, PLACE)
    bucket.put("shards/items/part-00001.parquet", b"other", new=False)
    del bucket.objects["shards/items/part-00002.parquet"]
    assert folder.items(0).num_rows == 10
    with pytest.raises(BadInput, match="not those that were divided"):
        folder.items(1)
    with pytest.raises(BadInput, match=r"part-00002.parquet cannot be read: .*not there"):
        folder.items(2)


def test_a_bucket_that_gives_no_answer_is_said_to_be_out_of_reach(bucket: Bucket, tmp_path: Path) -> None:
    folder = divide(tmp_path, PLACE)
    bucket.down = True
    with pytest.raises(Unreachable, match="could not be reached"):
        folder.items(0)


def test_a_folder_in_a_bucket_is_known_by_what_it_holds_and_a_manifest_by_its_ending(
    bucket: Bucket, tmp_path: Path
) -> None:
    for name in ("shards-1.5", "v2.0"):
        divide(tmp_path, UrlPath(f"s3://bucket/{name}"))
        assert is_folder_of_shards(f"s3://bucket/{name}/")
    bucket.down = True  # nobody asks for it
    assert not is_folder_of_shards("s3://bucket/images.CSV")
    assert not is_folder_of_shards("s3://bucket/images.v2.jsonl")


@pytest.mark.parametrize(
    ("to", "said"),
    [("http://127.0.0.1:1/shards", "nothing is written there"), ("s3://me:word@bucket/shards", "credentials are read"),
     ("s3://bucket/shards?X-Amz-Signature=word", "may be a signature"), ("s3://bucket", "names nothing in its bucket"),
     ("s3://bucket/a/../shards", "are not followed"), ("ftp://host/shards", "is none of")],
)  # fmt: skip
def test_a_url_that_is_no_place_for_shards_is_refused_without_its_secret(tmp_path: Path, to: str, said: str) -> None:
    write_images(tmp_path / "photos", 2)
    ended = CliRunner().invoke(app, ["shard", str(tmp_path / "photos"), "--to", to])
    assert isinstance(ended.exception, HardlookError)
    assert said in str(ended.exception)
    assert "word" not in str(ended.exception).replace("a name or password", "")


def test_what_a_path_is_stays_a_path(tmp_path: Path) -> None:
    assert place_of(str(tmp_path)) == tmp_path
    assert place_of("s3:/bucket/a") == Path("s3:/bucket/a")
    assert place_of("s3://bucket/a/") == UrlPath("s3://bucket/a")
    with pytest.raises(TypeError):
        os.fspath(place_of("s3://bucket/a"))  # type: ignore[arg-type]
