"""Full, closed and abandoned output, and limits of the system: each an exit code and words, never a traceback."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from core.cli.app import PANELS
from core.cli.failures import refused_by_system
from tests.audits import build_audit
from tests.cli.as_process import run_command

COMMANDS = [example.split()[0] for commands in PANELS.values() for example in commands.values()]
SPEAK = ("runs", "reviews", "encoders", "scorers", "doctor", "man")
"""Commands whose work is what they print."""
READ_NO_AUDIT = ("encoders", "scorers", "doctor", "man", "completion", "mcp")


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audits")
    build_audit(folder, n=20)
    return folder


@pytest.fixture(autouse=True)
def chosen(audits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(audits))


def onto_full(number: int) -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), number)


def abandoned() -> None:
    """Standard output goes to a reader that went away."""
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)


def every_case() -> list[list[str]]:
    return [[name, "--help"] for name in COMMANDS] + [[name] for name in SPEAK]


@pytest.mark.parametrize("arguments", every_case(), ids=" ".join)
def test_output_that_cannot_be_written_is_an_error_in_words(arguments: list[str]) -> None:
    ended = run_command(arguments, partial(onto_full, 1))
    assert ended.code == 1
    assert ended.err.startswith("error: Standard output cannot be written: No space left on device.")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("arguments", every_case(), ids=" ".join)
def test_a_reader_that_went_away_ends_the_command_as_the_signal_would(arguments: list[str]) -> None:
    ended = run_command(arguments, abandoned)
    assert (ended.code, ended.err) == (141, "")


@pytest.mark.parametrize("arguments", every_case(), ids=" ".join)
def test_a_closed_output_is_nobody_who_listens(arguments: list[str]) -> None:
    ended = run_command(arguments, partial(os.close, 1))
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("lost", [partial(os.close, 2), partial(onto_full, 2)], ids=["closed", "full"])
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in (*READ_NO_AUDIT, "demo")])
def test_without_an_error_stream_the_exit_code_still_says_it(
    name: str, lost: Callable[[], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    given = {
        "ingest": ["/nowhere"], "diff": ["a", "b"], "audit": ["/nowhere"], "score": ["rmd"],
        "reproduce": ["rmd"], "lens": ["/nowhere"], "shard": ["/nowhere", "--to", "x"],
        "worker": ["ingest", "/nowhere"],
        "import-decisions": ["/nowhere.csv"],
        "import-predictions": ["/nowhere.csv", "--name", "x"], "import-scores": ["/nowhere.csv"],
        "import-embeddings": ["/nowhere.npy"],
        "export": ["--format", "manifest", "--to", "x.csv"],
        "import-model": ["--factory", "a:b", "--checkpoints", "*.pt", "--image-size", "32", "--mean", "0,0,0", "--std",
                         "1,1,1"],
    }  # fmt: skip
    ended = run_command([name, *given.get(name, [])], lost)
    assert (ended.code, ended.err) == (1, "")


def all_closed() -> None:
    for number in range(3):
        os.close(number)


def test_a_closed_stream_lends_its_number_to_no_file_of_the_audit(audits: Path, tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    assert run_command(["export", "--audit", "sample", "--format", "manifest", "--to", str(to)], all_closed).code == 0
    assert to.read_text().startswith("path,label,split,id")
    assert "export" not in to.read_text()


@pytest.mark.parametrize(("shell", "code"), [("| true", 141), (">/dev/full", 1), (">&-", 0), ("2>&- >&-", 0)])
def test_a_process_of_its_own_ends_the_same(shell: str, code: int) -> None:
    command = f"{sys.executable} -m core reviews --audit sample {shell}; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


QUICK = ("runs --audit sample", "reviews --audit sample", "encoders", "scorers",
         "report --audit sample --to {to}/r.html",
         "export --audit sample --format decisions --to {to}/d.csv", "project --audit sample --method pca",
         "score rmd --audit sample", "embed --audit sample --encoder embedded")  # fmt: skip


def without_home() -> None:
    os.environ.pop("HOME", None)


def home_unwritable() -> None:
    os.environ["HOME"] = "/dev/null/home"


def without_temporary_folder() -> None:
    os.environ["TMPDIR"] = "/nowhere/at/all"


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))


LIMITS = (without_home, home_unwritable, without_temporary_folder, few_files)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.__name__)
@pytest.mark.parametrize("command", QUICK, ids=lambda command: command.split()[0])
def test_what_the_system_refuses_is_an_error_in_words(command: str, limit: Callable[[], None], tmp_path: Path) -> None:
    ended = run_command(command.format(to=tmp_path).split(), limit)
    assert ended.code in (0, 1)
    assert "Traceback" not in ended.err
    assert ended.err.startswith("error: ") == (ended.code == 1)


@pytest.mark.parametrize("command", ["runs --audit sample", "embed --audit sample", "train --audit sample --epochs 1"])
@pytest.mark.parametrize("kilobytes", [600_000, 1_500_000])
def test_memory_that_runs_out_is_said(command: str, kilobytes: int) -> None:
    shell = f"ulimit -v {kilobytes}; exec {sys.executable} -m core {command}"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode in (0, 1)
    assert "Traceback" not in ended.stderr
    assert ("error: " in ended.stderr) == (ended.returncode == 1)


@pytest.mark.parametrize("name", ["ingest", "embed", "reviews", "runs", "export"])
@pytest.mark.parametrize("place", ["/dev/null/audits", "/proc/audits"])
def test_a_place_that_cannot_be_written_is_named(name: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", place)
    given = {"ingest": ["data"], "export": ["--format", "manifest", "--to", "x.csv"]}
    ended = run_command([name, *given.get(name, [])])
    assert ended.code == 1
    assert place in ended.err
    assert "Traceback" not in ended.err


def test_errors_that_the_system_has_no_part_in_are_left_alone() -> None:
    for ours in (KeyError("x"), ValueError("a wrong number"), RuntimeError("shapes differ"), AssertionError()):
        assert refused_by_system(ours) is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EMFILE, errno.EIO, errno.ELOOP])
def test_every_refusal_names_the_file_or_the_limit(number: int) -> None:
    refused = refused_by_system(OSError(number, os.strerror(number), "/data/audits/x"))
    assert refused is not None
    assert "/data/audits/x" in refused.message or "open more files" in refused.message
    assert refused.hint


PRINTS = """
import resource, sys
from core.cli.shell.streams import guard_standard_streams
guard_standard_streams()
before = resource.getrusage(resource.RUSAGE_SELF)
for _ in range(100):
    print("x" * 1999)
sys.stdout.flush()
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, file=sys.stderr)
"""


def test_a_full_pipe_that_is_set_not_to_wait_is_waited_for_and_not_asked_again_and_again() -> None:
    """Programs that share a terminal or a pipe with others set it so, and all who have it open get that."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    command = [sys.executable, "-c", PRINTS]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True) as child:
        os.close(writing)
        with open(reading, "rb") as us:
            begun = us.read(1)
            time.sleep(3)  # most of which it would spend in asking
            assert begun + us.read() == (b"x" * 1999 + b"\n") * 100
        assert child.stderr is not None
        assert float(child.stderr.read()) < 0.4
    assert child.returncode == 0
