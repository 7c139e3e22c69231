from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from core.dataset import Dataset, IngestOptions, read_dataset
from core.dataset.folders import archives
from core.errors import BadInput, TwoReadings
from core.images.pixels import PixelSource
from tests.dataset.listed import PNG, counted, listed, places


def zipped(path: Path, *names: str, data: bytes = PNG) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return path


def tarred(path: Path, *names: str, data: bytes = PNG) -> Path:
    with tarfile.open(path, "w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def read(source: Path) -> Dataset:
    return read_dataset(
        str(source), IngestOptions(), on_thumbnails=lambda _: None, known_thumbnails=set(),
        progress=lambda done, total: None, workers=4,
    )  # fmt: skip


PACKED = {"a.zip": zipped, "A.ZIP": zipped, "a.tar": tarred}


@pytest.mark.parametrize("name", PACKED)
def test_an_archive_is_read_as_the_folder_in_it_would_be(tmp_path: Path, name: str) -> None:
    images = [f"set/{split}/{label}/{i}.png" for split in ("train", "dev") for label in "ab" for i in "12"]
    path = PACKED[name](
        tmp_path / name, *images, "set/notes.txt", "__MACOSX/set/._1.png", "set/.git/x.png", "set/.DS_Store",
    )  # fmt: skip
    listing = listed(path)
    assert places(listing) == {
        f"set/{folder}/{label}": {(split, label)}
        for folder, split in (("train", "train"), ("dev", "val"))
        for label in "ab"
    }
    assert listing.found == counted(listing) == 12
    dataset = read(path)
    source = PixelSource(dataset.images["path"].to_pylist(), dataset.images["row"].to_pylist())
    assert [source.read(i) for i in range(8)] == [PNG] * 8
    assert sorted(tmp_path.iterdir()) == [path]  # nothing is unpacked


@pytest.mark.parametrize(
    "name", ["../../evil.png", "/etc/evil.png", "a/../../evil.png", "C:\\evil.png", "..\\evil.png"]
)
@pytest.mark.parametrize("kind", ["a.zip", "a.tar"])
def test_a_path_that_leaves_the_archive_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    listing = listed(PACKED[kind](tmp_path / kind, "cat/a.png", name))
    assert [one.key for one in listing.candidates] == ["cat/a.png"]
    assert [(one.reason, one.detail) for one in listing.refused] == [
        ("outside the roots", "its path leaves the archive")
    ]
    assert listing.found == 2


def test_links_and_devices_in_an_archive_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (("s.png", tarfile.SYMTYPE), ("h.png", tarfile.LNKTYPE), ("p.png", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(link, "/etc/passwd")
    assert [one.reason for one in listed(tmp_path / "a.tar").refused] == ["no regular file"] * 3
    assert [one.reason for one in listed(tmp_path / "a.zip").refused] == ["no regular file"]


def test_a_member_beyond_the_limit_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.zip", "a/big.png", data=bytes(5000))
    monkeypatch.setattr(archives, "LARGEST", 4000)
    assert [(one.key, one.reason) for one in listed(path).refused] == [("a/big.png", "too large")]
    assert "5,000 bytes unpacked" in listed(path).refused[0].detail


def test_an_encrypted_or_damaged_member_costs_itself(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", "a/1.png", "a/2.png")
    whole = bytearray(path.read_bytes())
    whole[whole.find(b"1.png") + 10] ^= 0xFF  # within the first member's data
    path.write_bytes(bytes(whole))
    dataset = read(path)
    assert dataset.images["key"].to_pylist() == ["a/2.png"]
    assert [(one.key, one.reason) for one in dataset.refused] == [("a/1.png", "unreadable")]
    whole[whole.rfind(b"PK\x01\x02") + 8] |= 1  # the second member's flag in the directory
    path.write_bytes(bytes(whole))
    assert [(one.key, one.detail) for one in listed(path).refused] == [("a/2.png", "it is encrypted")]


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.tar.xz"])
def test_a_compressed_tar_is_refused_with_the_command_that_unpacks_it(tmp_path: Path, name: str) -> None:
    path = tarred(tmp_path / name, "cat/a.png")
    with pytest.raises(BadInput, match=rf"compressed tar.*mkdir {tmp_path}/a && tar -xf {tmp_path}/{name} -C"):
        listed(path)


def test_tables_and_doubts_in_an_archive_are_errors_as_they_are_in_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds the table 'labels\.csv', which is not read inside an archive.*unzip"):
        listed(zipped(tmp_path / "a.zip", "train/1.png", "labels.csv"))
    with pytest.raises(BadInput, match=r"holds the table 'metadata\.csv'"):
        listed(zipped(tmp_path / "a.zip", "a/1.png", "metadata.csv"))
    with pytest.raises(TwoReadings):
        listed(zipped(tmp_path / "a.zip", "a/x/1.png", "a/y/1.png", "b/x/1.png"))
    with pytest.raises(BadInput, match="holds no images"):
        listed(zipped(tmp_path / "a.zip", "a.txt"))
    (tmp_path / "b.zip").write_bytes(b"PK\3\4 no archive")
    (tmp_path / "b.tar").write_bytes(b"no archive" * 100)
    for broken in ("b.zip", "b.tar"):
        with pytest.raises(BadInput, match=rf"{broken} could not be read"):
            listed(tmp_path / broken)


def test_names_that_were_packed_with_backslashes_are_paths_where_no_name_has_a_slash(tmp_path: Path) -> None:
    listing = listed(zipped(tmp_path / "a.zip", "train\\a\\1.png", "train\\b\\1.png", "test\\a\\1.png"))
    assert {(one.key, one.split, one.label) for one in listing.candidates} == {
        ("train/a/1.png", "train", "a"), ("train/b/1.png", "train", "b"), ("test/a/1.png", "test", "a"),
    }  # fmt: skip
    assert "backslashes in the archive's names read as /: 3" in [line.text for line in listing.understood]
    beside = listed(zipped(tmp_path / "b.zip", "a/1.png", "b/x\\1.png"))
    assert {one.key for one in beside.candidates} == {"a/1.png", "b/x\\1.png"}


def test_a_table_in_an_archive_whose_one_folder_tells_no_classes_apart_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds the table 'labels\.csv'"):
        listed(zipped(tmp_path / "a.zip", "images_of_cats/1.png", "images_of_cats/2.png", "labels.csv"))
