"""Pixels read again from files, rows of Parquet and arrays, or what is missing named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.errors import BadInput
from core.images.containers import ParquetImages, address
from core.images.pixels import PixelSource, content_hash
from tests.images.encoders import saved


def parquet_of(images: list[bytes], path: Path, *, group: int, struct: bool = True) -> str:
    rows: list[Any] = [{"bytes": data, "path": f"{i}.png"} for i, data in enumerate(images)] if struct else list(images)
    pq.write_table(pa.table({"image": rows}), path, row_group_size=group)
    return address(str(path), "image")


@pytest.fixture
def images() -> list[bytes]:
    return [saved(Image.new("RGB", (5, 4), (i, 0, 0))) for i in range(20)]


def test_every_kind_of_path_is_read(tmp_path: Path, images: list[bytes]) -> None:
    plain = tmp_path / "a b'\n.png"
    plain.write_bytes(images[7])
    pixels = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    np.savez(tmp_path / "a.npz", x=pixels, other=pixels + 1)
    np.save(tmp_path / "a.npy", pixels)
    paths = [
        str(plain),
        parquet_of(images, tmp_path / "a.parquet", group=6),
        parquet_of(images, tmp_path / "b.parquet", group=6, struct=False),
        address(str(tmp_path / "a.npz"), "other"),
        str(tmp_path / "a.npy"),
    ]
    source = PixelSource(paths, [None, 13, 13, 1, 1])
    assert len(source) == 5
    assert source.read(0) == images[7]
    assert source.read(1) == source.read(2) == images[13]
    assert np.array_equal(np.asarray(source.rgb(3)), pixels[1] + 1)
    assert np.array_equal(np.asarray(source.rgb(4)), pixels[1])
    assert source.rgb(0).getpixel((0, 0)) == (7, 0, 0)


def test_many_threads_read_the_same_file(tmp_path: Path, images: list[bytes]) -> None:
    path = parquet_of(images, tmp_path / "a.parquet", group=3)
    rows = [int(row) for row in np.random.default_rng(0).integers(0, 20, 200)]
    source = PixelSource([path] * 200, rows)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(source.read, range(200))) == [images[row] for row in rows]


def test_sequential_reads_open_each_row_group_once_within_the_budget(
    tmp_path: Path, images: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.images.containers.CACHE_BYTES", 1)
    parquet_of(images, tmp_path / "a.parquet", group=5)
    opened = ParquetImages(str(tmp_path / "a.parquet"), "image")
    loaded: list[int] = []
    read = opened._file.read_row_group

    def counted(group: int, **options: Any) -> pa.Table:
        loaded.append(group)
        return read(group, **options)

    monkeypatch.setattr(opened._file, "read_row_group", counted)
    assert [opened.read(row) for row in range(20)] == images
    assert loaded == [0, 1, 2, 3]
    assert opened.read(0) == images[0]
    assert loaded == [0, 1, 2, 3, 0]


def test_a_vanished_or_changed_file_names_itself_and_the_next_step(tmp_path: Path, images: list[bytes]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(images[0])
    source = PixelSource([str(path)], [None], [content_hash(images[0])])
    assert source.read(0) == images[0]
    path.write_bytes(images[1])
    with pytest.raises(BadInput, match=r"a\.png: changed .*hardlook ingest"):
        source.read(0)
    path.unlink()
    with pytest.raises(BadInput, match=r"a\.png: missing file .*hardlook ingest"):
        source.rgb(0)


@pytest.mark.parametrize("name", ["gone.parquet::image", "gone.npz::x", "gone.npy"])
def test_a_vanished_container_names_itself(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"gone\..*missing file .*hardlook ingest"):
        PixelSource([str(tmp_path / name)], [0]).read(0)


def test_a_container_that_shrank_or_became_another_file_is_refused(tmp_path: Path, images: list[bytes]) -> None:
    path = parquet_of(images[:3], tmp_path / "a.parquet", group=3)
    (tmp_path / "b.parquet").write_bytes(b"no parquet")
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(BadInput, match=r"c\.npz"):
        PixelSource([address(str(tmp_path / "c.npz"), "x")], [0]).read(0)
    with pytest.raises(BadInput, match=r"a\.parquet.*row 3"):
        PixelSource([path], [3]).read(0)
    with pytest.raises(BadInput, match=r"b\.parquet"):
        PixelSource([address(str(tmp_path / "b.parquet"), "image")], [0]).read(0)


def test_a_file_that_no_longer_decodes_names_itself(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"oops")
    with pytest.raises(BadInput, match=r"a\.png: not an image .*hardlook ingest"):
        PixelSource([str(tmp_path / "a.png")], [None]).rgb(0)
