"""What is written appears whole or not at all, and over nothing that is another's."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import BadInput, DiskFull
from core.files import whole
from core.files.whole import new_file, whole_export, whole_file
from tests.files.test_leftovers import mark_of_nobody

ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """Stands for a kill: no handler of Exception may catch it."""


def killed_after(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)
    raise Killed


def export_beside_another(to: Path, write: Callable[[Path], None], other: str) -> None:
    """An export, while somebody puts a file or a folder of theirs in its place."""
    with whole_export(to) as part:
        write(part)
        if other == "file":
            to.write_text("theirs")
        else:
            to.mkdir()
            (to / "theirs.txt").write_text("theirs")


def test_a_file_is_the_old_one_until_it_is_the_new_one(tmp_path: Path) -> None:
    to = tmp_path / "deeper" / "a.txt"
    with pytest.raises(FileNotFoundError), whole_file(to) as part:
        part.write_text("x")  # a folder that is not there may be a mistaken one
    to.parent.mkdir()
    for text in ("old", "new"):
        before = to.read_text() if to.exists() else None
        with whole_file(to, durable=True) as part:
            part.write_text(text)
            assert (to.read_text() if to.exists() else None) == before
        assert to.read_text() == text
    with pytest.raises(Killed), whole_file(to) as part:
        killed_after(part.write_text, "half")
    assert to.read_text() == "new"
    assert os.listdir(to.parent) == ["a.txt"]


def write_a_file(part: Path) -> None:
    part.write_text("rows")
    part.with_name(f"{part.name}.json").write_text("meaning")


def write_a_folder(part: Path) -> None:
    (part / "train").mkdir(parents=True)
    (part / "train" / "a.png").write_text("a")


WRITERS = pytest.mark.parametrize("write", [write_a_file, write_a_folder])


@WRITERS
def test_an_export_appears_when_all_of_it_is_there(tmp_path: Path, write: Callable[[Path], None]) -> None:
    to = tmp_path / "out" / "export.csv"
    with whole_export(to) as part:
        write(part)
        assert part.name == to.name
        assert not to.exists()
    expected = {"export.csv", "export.csv.json"} if to.is_file() else {"export.csv"}
    assert set(os.listdir(to.parent)) == expected


@WRITERS
def test_an_export_that_fails_leaves_nothing(tmp_path: Path, write: Callable[[Path], None]) -> None:
    with pytest.raises(Killed), whole_export(tmp_path / "export.csv") as part:
        killed_after(write, part)
    assert os.listdir(tmp_path) == []


@WRITERS
def test_what_somebody_puts_there_meanwhile_is_untouched(tmp_path: Path, write: Callable[[Path], None]) -> None:
    for name in ("file", "folder"):
        to = tmp_path / name
        with pytest.raises(BadInput, match="exists already"):
            export_beside_another(to, write, name)
        assert (to if name == "file" else to / "theirs.txt").read_text() == "theirs"


def test_a_disk_without_hard_links_takes_a_file_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuses)
    with whole_export(tmp_path / "a.csv") as part:
        write_a_file(part)
    assert (tmp_path / "a.csv").read_text() == "rows"
    with pytest.raises(BadInput, match="exists already"), whole_export(tmp_path / "a.csv") as part:
        part.write_text("other")
    assert (tmp_path / "a.csv").read_text() == "rows"


def test_an_empty_folder_is_taken_with_its_mode_and_a_link_to_one_stays_a_link(tmp_path: Path) -> None:
    empty, link = tmp_path / "empty", tmp_path / "link"
    empty.mkdir(mode=0o750)
    link.symlink_to(empty)
    with whole_export(link) as part:
        write_a_folder(part)
    assert link.is_symlink()
    assert (empty / "train" / "a.png").read_text() == "a"
    assert empty.stat().st_mode & 0o777 == 0o750


def test_the_folder_one_is_in_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="folder you are in"), whole_export(Path()):
        pass


def test_an_export_killed_between_its_two_names_is_made_again(tmp_path: Path) -> None:
    to, theirs = tmp_path / "a.csv", tmp_path / "b.csv.json"
    left = tmp_path / f".a.csv.{mark_of_nobody()}-0.part"
    left.mkdir()
    for name in ("a.csv", "a.csv.json", "b.csv.json"):
        (left / name).write_text("half")
    os.link(left / "a.csv.json", tmp_path / "a.csv.json")
    theirs.write_text("theirs")
    with whole_export(to) as part:
        write_a_file(part)
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.csv.json", "b.csv.json"]
    assert (tmp_path / "a.csv.json").read_text() == "meaning"
    assert theirs.read_text() == "theirs"


@pytest.mark.parametrize("form", ["write_a_file", "write_a_folder"])
def test_a_killed_export_looks_unfinished_and_the_next_one_clears_it_away(tmp_path: Path, form: str) -> None:
    to = tmp_path / "export"
    child = subprocess.Popen(
        [sys.executable, "-c", f"""
import time
from pathlib import Path
from core.files.whole import whole_export
from tests.files.test_whole import {form}
with whole_export(Path({str(to)!r})) as part:
    {form}(part)
    print("half", flush=True)
    time.sleep(100)
"""], cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        (left,) = os.listdir(tmp_path)
        with whole_export(to) as part:  # of a process that lives: it is left alone
            write_a_folder(part)
        assert sorted(os.listdir(tmp_path)) == sorted([left, "export"])
        child.send_signal(signal.SIGKILL)
    with whole_export(tmp_path / "second") as part:
        write_a_folder(part)
    assert sorted(os.listdir(tmp_path)) == ["export", "second"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no folder in which nobody may write")
@pytest.mark.parametrize("to", ["/proc/table.csv", "/proc/new/table.csv"])
def test_a_place_where_nothing_can_be_written_is_refused_by_the_name_that_was_given(to: str) -> None:
    with pytest.raises(BadInput, match=f"^{to} cannot be written: ") as refused, whole_export(Path(to)):
        pass
    assert refused.value.hint == "Choose another place for --to."


# a file that must be new


def without_links(*_: object) -> None:
    raise OSError(errno.EPERM, "no links here")


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_is_made_whole_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", without_links)
    to = tmp_path / "claim"
    assert new_file(to, "mine")
    assert not new_file(to, "theirs")
    assert to.read_text() == "mine"
    assert os.listdir(tmp_path) == ["claim"]


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_for_which_there_is_no_space_leaves_none_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    opened = os.fdopen

    def full(descriptor: int, *_: object, **__: object) -> object:
        os.close(descriptor)
        return opened(os.open("/dev/full", os.O_WRONLY), "w")

    if not links:
        monkeypatch.setattr(os, "link", without_links)
        monkeypatch.setattr(whole, "part_of_file", lambda to: to.with_name("part"))
        made = whole._made_exclusively
        monkeypatch.setattr(  # there was room for the part, and there is none for the file
            whole, "_made_exclusively",
            lambda to, text: made(to, text) if to.name == "part" else fails(monkeypatch, full, made, to, text),
        )  # fmt: skip
    else:
        monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(DiskFull):
        new_file(tmp_path / "claim", "mine")
    assert os.listdir(tmp_path) == []


def fails(
    monkeypatch: pytest.MonkeyPatch, full: Callable[..., object], made: Callable[[Path, str], bool], to: Path, text: str
) -> bool:
    """Make a file on a disk that is full by now."""
    monkeypatch.setattr(os, "fdopen", full)
    return made(to, text)


def test_a_process_that_is_killed_before_the_name_is_given_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(os, "link", killed)
    with pytest.raises(Killed):
        new_file(tmp_path / "claim", "mine")
    assert not (tmp_path / "claim").exists()


def test_a_server_that_makes_a_link_and_says_that_it_was_there_has_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def twice(source: Path, to: Path) -> None:
        link(source, to)
        link(source, to)

    monkeypatch.setattr(os, "link", twice)
    assert new_file(tmp_path / "claim", "mine")
    assert not new_file(tmp_path / "claim", "theirs")
    assert (tmp_path / "claim").read_text() == "mine"
