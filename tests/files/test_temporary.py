"""Folders for a while: gone after the block, and gone by the next that begins where their process was killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.files.temporary import OWNER, temporary_folder
from core.processes.identity import own_mark
from core.remote.place import place_of, whole_at

ROOT = Path(__file__).parents[2]
KILLED = (
    "import os, signal, sys\nfrom core.remote.place import place_of, whole_at\n"
    "with whole_at(place_of('memory://bucket/part')) as part:\n"
    "    part.write_bytes(b'half')\n    os.kill(os.getpid(), signal.SIGKILL)"
)


def test_it_is_this_process_s_alone_and_does_not_stay(tmp_path: Path) -> None:
    with temporary_folder("hardlook-mine-", tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "below").mkdir()
        with temporary_folder("hardlook-mine-", tmp_path) as other:
            assert folder.exists()
            assert other != folder
    assert list(tmp_path.iterdir()) == []


def test_what_was_being_put_at_a_url_by_a_killed_process_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert (left / "part").read_bytes() == b"half"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with whole_at(place_of("memory://bucket/part")) as part:
        part.write_bytes(b"whole")
        assert not left.exists()
    assert list(tmp_path.iterdir()) == []
    assert place_of("memory://bucket/part").read_bytes() == b"whole"


def gone() -> str:
    """The mark of a process of this machine that has ended."""
    return own_mark().replace(f"{os.getpid()}-", "4194305-", 1)  # no system gives so high a number


@contextmanager
def another_begins(above: Path) -> Iterator[None]:
    """A command that wants such a folder for something else; it may not be waited for."""
    signal.alarm(20)
    try:
        with temporary_folder("hardlook-other-", above):
            yield
    finally:
        signal.alarm(0)


def test_whatever_command_begins_next_removes_what_killed_ones_left_whatever_for(tmp_path: Path) -> None:
    for what in ("put", "manifest", "divided", "records", "weights"):
        left = tmp_path / f"hardlook-{what}-abc"
        (left / "below").mkdir(parents=True)
        (left / OWNER).write_text(gone())
    with another_begins(tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def a_pipe(owner: Path) -> None:
    os.mkfifo(owner)


def a_link_to_a_mark(owner: Path) -> None:
    owner.with_name("mark").write_text(gone())
    owner.symlink_to("mark")


def a_folder(owner: Path) -> None:
    owner.mkdir()


def endless(owner: Path) -> None:
    owner.symlink_to("/dev/zero")


def long(owner: Path) -> None:
    owner.write_text(gone() + "x" * 10_000_000)


def not_even_text(owner: Path) -> None:
    owner.write_bytes(b"\xff\xfe" * 50)


def nothing(owner: Path) -> None:
    """No word of whose it is."""


@pytest.mark.parametrize("put", [a_pipe, a_link_to_a_mark, a_folder, endless, long, not_even_text, nothing])
def test_what_says_nothing_of_its_process_is_neither_waited_for_nor_removed(
    put: Callable[[Path], None], tmp_path: Path
) -> None:
    made = tmp_path / "hardlook-put-x"
    made.mkdir()
    put(made / OWNER)
    with another_begins(tmp_path):
        assert made.exists()


def test_links_files_and_folders_of_others_are_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / OWNER).write_text(gone())
    (tmp_path / "hardlook-put-link").symlink_to(elsewhere)
    (tmp_path / "hardlook-put-file").write_text(gone())
    with another_begins(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "hardlook-put-file", "hardlook-put-link"]
    (tmp_path / "hardlook-put-link").unlink()
    elsewhere.rename(tmp_path / "hardlook-put-other")
    monkeypatch.setattr("core.files.temporary.os.geteuid", lambda: os.getuid() + 1)  # it is another user's, then
    with another_begins(tmp_path):
        assert (tmp_path / "hardlook-put-other").exists()


def test_no_other_way_to_a_temporary_folder_is_taken() -> None:
    """What `tempfile` makes by itself stays where its process is killed."""
    allowed = {"core/files/temporary.py", "core/cli/doctor/surroundings.py", "core/engines/ray_session.py"}
    own = re.compile(r"(?<!in )\b(mkdtemp|mkstemp|TemporaryDirectory|NamedTemporaryFile)\(")
    found = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for room in ("core", "pages")
        for path in (ROOT / room).rglob("*.py")
    }
    assert {name for name, text in found.items() if own.search(text)} - allowed == {"core/dataset/at_url.py"}
    assert "mkdtemp(dir=_folder())" in found["core/dataset/at_url.py"]  # below one that is swept


ENDED_WITH_A_MANIFEST = (
    "import os, signal, sys\nfrom core.dataset import IngestOptions\nfrom core.dataset.at_url import list_at_url\n"
    "from core.remote.place import place_of, put\n"
    "put(place_of('memory://bucket/labels.csv'), b'path,label\\na.png,cat\\n')\n"
    "list_at_url('memory://bucket/labels.csv', IngestOptions())\n"
    "os.kill(os.getpid(), getattr(signal, sys.argv[1])) if sys.argv[1:] else None"
)


@pytest.mark.parametrize("ending", ["", "SIGTERM", "SIGKILL"])
def test_a_manifest_that_was_fetched_goes_with_its_process_or_with_the_next(tmp_path: Path, ending: str) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", ENDED_WITH_A_MANIFEST, *([ending] if ending else [])]
    ended = subprocess.run(command, env=environment, check=False)
    assert ended.returncode == (-getattr(signal, ending) if ending else 0)
    assert len(list(tmp_path.rglob("labels.csv"))) == (1 if ending else 0)
    with another_begins(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
