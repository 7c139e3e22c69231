"""A full disk is one kind of error, whichever library meets it, and says which disk it is."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from core.errors import BadInput, DiskFull
from core.files.space import disk_of, needing_space, needing_space_somewhere, want_of_space
from tests.disks import small_disk


def fill(folder: Path) -> None:
    """Leave no byte."""
    with suppress(OSError), open(folder / "filler", "wb", buffering=0) as file:
        while file.write(bytes(1 << 16)) == 1 << 16:
            pass


def by_sqlite(folder: Path) -> None:
    connection = sqlite3.connect(folder / "a.sqlite")
    try:
        connection.execute("CREATE TABLE t AS SELECT zeroblob(100000) AS x")
    finally:
        connection.close()


def by_duckdb(folder: Path) -> None:
    with duckdb.connect(str(folder / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS x FROM range(1000000)")


def by_numpy(folder: Path) -> None:
    with open(folder / "a.npy", "wb", buffering=0) as file:
        np.arange(1_000_000).tofile(file)


def by_torch(folder: Path) -> None:
    torch.save({"x": torch.zeros(1_000_000)}, folder / "a.pt")


def by_parquet(folder: Path) -> None:
    pq.write_table(pa.table({"x": np.random.default_rng(0).random(1_000_000)}), folder / "a.parquet")


def by_python(folder: Path) -> None:
    (folder / "a.txt").write_text("a" * 1_000_000)


WAYS = [by_sqlite, by_duckdb, by_numpy, by_torch, by_parquet, by_python]


@pytest.mark.parametrize("write", WAYS)
@pytest.mark.parametrize("left", [0, 4096, 65536])
def test_every_library_that_writes_is_understood(tmp_path: Path, write: Callable[[Path], None], left: int) -> None:
    with small_disk(tmp_path / "disk", 1 << 20) as disk:
        fill(disk)
        if left:
            os.truncate(disk / "filler", (disk / "filler").stat().st_size - left)
        with pytest.raises(DiskFull) as caught, needing_space(disk / "a", needed=1_234_567):
            write(disk)
        assert f"The disk {disk} has" in caught.value.message
        assert "1,234,567 are needed" in caught.value.message
        assert "run the same command again" in caught.value.hint


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EFBIG, "File too large"), RuntimeError("[enforce fail] PytorchStreamWriter failed writing file"),
        OSError("1000 requested and 960 written"), sqlite3.OperationalError("database or disk is full"),
        duckdb.IOException('Could not write file "x": Disk quota exceeded'),
    ],
)  # fmt: skip
def test_the_words_for_it_are_known(error: Exception) -> None:
    assert want_of_space(error)
    outer = BadInput("It could not be kept.")
    outer.__cause__ = error
    assert want_of_space(outer) == want_of_space(error)


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error"), OSError(errno.EACCES, "Permission denied"), ValueError("full")]
)
def test_other_errors_stay_what_they_are(tmp_path: Path, error: Exception) -> None:
    assert want_of_space(error) == ""
    with pytest.raises(type(error)), needing_space(tmp_path):
        raise error


def test_a_quota_is_not_called_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="quota on the disk is used up"), needing_space(tmp_path / "a"):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")


def test_a_command_names_the_file_that_was_copied_to(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"copy\.png could not be written"), needing_space_somewhere(Path.cwd):
        raise OSError(errno.ENOSPC, "No space left on device", "/original.png", None, str(tmp_path / "copy.png"))


def test_a_command_whose_error_names_no_file_says_what_the_library_said() -> None:
    with (
        pytest.raises(
            DiskFull, match=r"the disk is full: .*No space left.*where the audits are, has [\d,]+ bytes free"
        ),
        needing_space_somewhere(Path.cwd),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_the_disk_is_where_the_path_would_lie(tmp_path: Path) -> None:
    assert os.path.ismount(disk_of(tmp_path / "not" / "there" / "yet"))
    with small_disk(tmp_path / "disk", 1 << 20) as disk:
        assert disk_of(disk / "a" / "b") == disk
