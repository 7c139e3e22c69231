"""Leftovers are removed when their process is gone, and what cannot be read is put aside by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.files.leftovers import part_of_file, remove_leftovers, set_aside
from core.processes.identity import own_mark


def mark_of_nobody() -> str:
    process, start, boot, host = own_mark().split("-")
    return f"{process}-{int(start) - 1}-{boot}-{host}"


def leave(folder: Path, name: str, mark: str = "") -> Path:
    path = folder / f".{name}.{mark or mark_of_nobody()}-3.part"
    path.write_text("half")
    return path


def test_parts_of_an_ended_process_go_and_all_else_stays(tmp_path: Path) -> None:
    gone = [leave(tmp_path, "audit.json"), leave(tmp_path, "items-0.duckdb"), leave(tmp_path, "a\nb")]
    log = tmp_path / f"{gone[1].name}.wal"
    log.write_text("log")
    folder = tmp_path / f".photos.{mark_of_nobody()}-0.part"
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "a.png").write_text("a")
    stay = [
        part_of_file(tmp_path / "mine"), leave(tmp_path, "elsewhere", f"{os.getpid()}-1-{'1' * 8}-{'2' * 8}"),
        tmp_path / "audit.json", tmp_path / ".hidden.part", tmp_path / f"audit.json.{mark_of_nobody()}-1.part",
    ]  # fmt: skip
    for path in stay:
        path.write_text("x")
    removed = remove_leftovers(tmp_path)
    assert sorted(removed) == sorted([*gone, log, folder])
    assert sorted(tmp_path.iterdir()) == sorted(stay)


def test_a_link_that_a_process_left_is_removed_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept.txt").write_text("kept")
    link = tmp_path / f".out.{mark_of_nobody()}-0.part"
    link.symlink_to(other)
    assert remove_leftovers(tmp_path) == [link]
    assert (other / "kept.txt").read_text() == "kept"


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "nowhere") == []
    (tmp_path / "file").touch()
    assert remove_leftovers(tmp_path / "file") == []


@pytest.mark.parametrize("name", ["a", "ü" * 120, "a" * 250, "with space #?", os.fsdecode(b"\xff\xfe")])
def test_the_name_of_a_part_fits_whatever_it_is_a_part_of(tmp_path: Path, name: str) -> None:
    part = part_of_file(tmp_path / name)
    part.write_text("x")
    assert part.parent == tmp_path
    assert part != part_of_file(tmp_path / name)


def test_what_cannot_be_read_is_renamed_and_named_with_the_reason(tmp_path: Path) -> None:
    for number in (1, 2):
        path = tmp_path / "a.partial"
        path.write_text(f"torn {number}")
        said = set_aside(path, ValueError("no database"))
        aside = f"a.partial.unreadable-{number}"
        assert said == f"a.partial cannot be read (no database): it was set aside as {aside} and is begun anew"
        assert not path.exists()
        assert (tmp_path / f"a.partial.unreadable-{number}").read_text() == f"torn {number}"
