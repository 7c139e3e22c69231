"""Folders for a while: gone after the block, and gone by the next that begins where their process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.files.temporary import temporary_folder
from core.remote.place import place_of, whole_at

ROOT = Path(__file__).parents[2]
KILLED = (
    "import os, signal, sys\nfrom core.remote.place import place_of, whole_at\n"
    "with whole_at(place_of('memory://bucket/part')) as part:\n"
    "    part.write_bytes(b'half')\n    os.kill(os.getpid(), signal.SIGKILL)"
)


def test_it_is_this_process_s_alone_and_does_not_stay(tmp_path: Path) -> None:
    with temporary_folder("mine-", tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "below").mkdir()
        with temporary_folder("mine-", tmp_path) as other:
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
