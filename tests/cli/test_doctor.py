"""What `hardlook doctor` says of a machine: each thing that would stop an audit fails, by name and with what to do."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from packaging.requirements import Requirement
from typer.testing import CliRunner

from core.cli.app import app
from core.cli.doctor import machine, software, surroundings
from core.cli.doctor.looks import LOOKS, examine
from core.encoders import list_encoders
from core.processes.cores import THREADS_VARIABLE

Patch = pytest.MonkeyPatch
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def audits(tmp_path: Path, monkeypatch: Patch) -> Path:
    """The folder of audits of a machine that lacks nothing, whatever this one lacks."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setattr(software, "_needed", lambda *_: iter([Requirement("numpy>=2")]))
    monkeypatch.setattr(machine, "free_memory", lambda: 8.0)
    monkeypatch.setattr(machine, "gpus", lambda: 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**12))
    monkeypatch.setattr(surroundings, "free_port", lambda *_: 8501)
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("firefox"))
    return tmp_path / "audits"


def run(*options: str) -> tuple[int, list[str]]:
    """Exit code and lines."""
    done = CliRunner().invoke(app, ["doctor", *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output.splitlines()


def test_every_check_is_a_line_that_says_how_it_is_and_nothing_stays(audits: Path) -> None:
    code, lines = run()
    said = [line for line in lines[:-1] if not line.startswith(" ")]
    assert [re.split("  +", line)[1] for line in said] == list(LOOKS)
    assert {line.split()[0] for line in said} <= {"ok", "warn"}
    assert (code, lines[-1]) == (0, "Nothing here stops an audit.")
    assert list(audits.parent.iterdir()) == []


def in_a_process(code: str) -> str:
    """What code prints in a fresh process, where nothing is put in another's place."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def needs(text: str) -> Callable[[Patch, Path], None]:
    return lambda patch, _: patch.setattr(software, "_needed", lambda *_: iter([Requirement(text)]))


def file_in_the_way(patch: Patch, folder: Path) -> None:
    (folder / "file").write_text("")
    patch.setenv("HARDLOOK_AUDITS", str(folder / "file" / "audits"))


def no_temporary_folder(patch: Patch, _: Path) -> None:
    def refuse() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    patch.setattr(tempfile, "gettempdir", refuse)


STOPPING: dict[str, tuple[Callable[[Patch, Path], None], str, str]] = {
    "old library": (needs("numpy>=99"), "Libraries", "numpy is .*, and >=99 is needed"),
    "missing library": (needs("no-such-library>=1"), "Libraries", "no-such-library is not installed"),
    "threads": (lambda patch, _: patch.setenv(THREADS_VARIABLE, "many"), "Threads", "'many', not a number"),
    "memory": (lambda patch, _: patch.setattr(machine, "free_memory", lambda: 0.3), "Memory", "0.3 GB free"),
    "disk": (
        lambda patch, _: patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1e8)), "Disk", "0.1 GB",
    ),
    "file in the way": (file_in_the_way, "Audits", "file is a file, and audits are to lie in it"),
    "question mark": (
        lambda patch, at: patch.setenv("HARDLOOK_AUDITS", str(at / "a?b")), "Audits", "misreads the '\\?'",
    ),
    "not writable": (lambda patch, _: patch.setenv("HARDLOOK_AUDITS", "/proc/audits"), "Audits", "cannot be"),
    "temporary": (no_temporary_folder, "Temporary files", "No folder"),
    "weights": (lambda patch, _: patch.setattr(surroundings, "_embedded_weights", list), "Encoders", "missing"),
}  # fmt: skip


@pytest.mark.parametrize("what", STOPPING)
def test_what_would_stop_an_audit_fails_and_says_what_to_do(what: str, tmp_path: Path, monkeypatch: Patch) -> None:
    spoil, name, said = STOPPING[what]
    spoil(monkeypatch, tmp_path)
    failed = [one for one in examine() if one.state == "fail"]
    assert {one.name for one in failed} <= {name, "Disk"}  # a folder that cannot be has no disk either
    one = next(one for one in failed if one.name == name)
    assert re.search(said, one.said), one.said
    assert one.advice
    code, lines = run()
    assert code == 1
    assert any(line.startswith("fail") and name in line for line in lines)
    assert "would stop an audit" in lines[-1]
    assert name in lines[-1]


def test_what_works_less_well_warns_and_does_not_stop(monkeypatch: Patch) -> None:
    def no_browser() -> None:
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "get", no_browser)
    monkeypatch.setattr(surroundings, "free_port", lambda *_: 8502)
    monkeypatch.setattr(machine, "free_memory", lambda: 1.5)
    monkeypatch.setattr(machine, "gpus", lambda: 1)
    monkeypatch.setattr(machine, "cuda_of_torch", lambda: "")
    code, _ = run()
    warned = {one.name: one.advice for one in examine() if one.state == "warn"}
    assert code == 0
    assert {"Browser", "Port", "Memory", "Device"} <= set(warned)
    assert all(warned.values())
    assert "hardlook dashboard --port 8502" in warned["Port"]


def test_any_build_of_faiss_is_faiss(monkeypatch: Patch) -> None:
    monkeypatch.setattr(software, "_needed", lambda *_: iter([Requirement("faiss-cpu>=1.12,<2")]))
    monkeypatch.setattr(software, "_installed", lambda name: "" if name.startswith("faiss") else "1")
    monkeypatch.setattr(software, "builds_of_faiss", lambda: {"faiss-gpu": "1.15.1"})
    (line,) = [one for one in examine() if one.name == "Libraries"]
    assert (line.state, "faiss-gpu 1.15.1" in line.said) == ("ok", True)
    for builds, said in (({}, "faiss-cpu is not installed"), ({"faiss-gpu": "1.1"}, "faiss-cpu is 1.1, and")):
        monkeypatch.setattr(software, "builds_of_faiss", lambda builds=builds: builds)
        (line,) = [one for one in examine() if one.name == "Libraries"]
        assert line.state == "fail"
        assert line.said.startswith(said)


def test_two_builds_of_faiss_in_one_folder_are_said_with_the_way_out(monkeypatch: Patch) -> None:
    monkeypatch.setattr(software, "builds_of_faiss", lambda: {"faiss-cpu": "1.15.1", "faiss-gpu": "1.15.2"})
    (line,) = [one for one in examine() if one.name == "Libraries"]
    assert line.state == "warn"
    assert line.advice == "Run: pip uninstall --yes faiss-cpu faiss-gpu && pip install faiss-gpu==1.15.2"


@pytest.mark.parametrize(
    ("build", "by"), [("faiss-cpu", "PyTorch"), ("faiss-gpu", "faiss"), ("faiss-gpu-cu12", "faiss")]
)
def test_with_a_gpu_it_says_who_finds_neighbours_there(build: str, by: str, monkeypatch: Patch) -> None:
    monkeypatch.setattr(machine, "gpus", lambda: 1)
    monkeypatch.setattr(machine, "cuda_of_torch", lambda: "13.0")
    monkeypatch.setattr(machine, "builds_of_faiss", lambda: {build: "1.15.1"})
    (line,) = [one for one in examine() if one.name == "Device"]
    assert line.said == f"1 GPU, PyTorch for CUDA 13.0; neighbours are found there by {by}"


def test_as_json_it_says_the_same() -> None:
    code, lines = run("--json")
    said = json.loads("\n".join(lines))
    assert code == 0
    assert [one["name"] for one in said] == list(LOOKS)
    assert all(set(one) == {"name", "state", "said", "advice"} for one in said)


def test_it_agrees_with_pytorch_and_with_the_list_of_encoders() -> None:
    assert machine.cuda_of_torch() == (torch.version.cuda or "")
    code = "from core.cli.doctor import machine; print(machine.gpus(), machine.free_memory())"
    said = in_a_process(code).split()
    assert int(said[0]) == torch.cuda.device_count()
    assert 0 < float(said[1]) < 10_000
    (line,) = [one.said for one in examine() if one.name == "Encoders"]
    for encoder in list_encoders():
        assert (encoder.spec in line.split(": ")[1].split(", ")) == (encoder.weights != "needs download"), encoder.spec


def test_it_asks_no_network_and_loads_no_pytorch(monkeypatch: Patch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert {one.name for one in examine()} == set(LOOKS)
    loaded = "print(sorted({'torch', 'timm'} & set(sys.modules)))"
    code = f"import sys; from core.cli.doctor.looks import examine; examine(); {loaded}"
    assert in_a_process(code).strip() == "[]"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no folder in which nobody may write")
def test_a_folder_that_cannot_be_written_is_named_itself(monkeypatch: Patch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", "/proc/audits")
    said = next(one for one in examine() if one.name == "Audits")
    assert (said.state, said.said.partition(":")[0]) == ("fail", "Audits cannot be written in /proc")
    assert said.advice == "Set HARDLOOK_AUDITS to a folder of yours."
