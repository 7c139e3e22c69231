"""The command over Ray, on this machine and on a cluster: the same files, and a cluster only with its token."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.engines.ray_address import AT_LOOPBACK
from core.engines.ray_session import FOLDER
from core.pipeline.shards.folder import ShardFolder
from tests.engines.on_ray import ENDS_WITHIN, OVER_RAY, ROOT, until
from tests.pipeline.shards.made import divide_pictures, files, scored
from tests.pipeline.shards.test_stages import divide_again
from tests.processes.listening import alive, below

SMALL = ("--encoder", "embedded", "--image-size", "32", "--layers", "last")
pytestmark = OVER_RAY


def assert_holds(by_ray: ShardFolder, local: ShardFolder) -> None:
    """That what `scored` makes is among what a whole audit made, bit for bit."""
    made, other = files(by_ray), files(local)
    assert {name: made.get(name) for name in other} == other


def hardlook(*words: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """The command as a user has it; None of a variable is for none."""
    given = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "core", *words], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )


def test_the_command_makes_the_files_of_the_others_names_what_is_missing_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    by_ray = divide_pictures(tmp_path / "ray")
    local = divide_again(by_ray, tmp_path / "local")
    for folder in (by_ray, local):
        folder.item_file(3).write_bytes(b"other")
    scored(local, workers=2)
    words = ("audit", str(by_ray.path), "--engine", "ray", "--workers", "2", *SMALL)
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as place:  # sockets want a short path
        done = hardlook(*words, HOME=str(tmp_path), TMPDIR=place)
        assert list(Path(place).glob(f"{FOLDER}*")) == []
    assert done.returncode == 1
    assert "part-00003.parquet are not those that were divided" in done.stderr
    assert "ray" not in done.stderr.lower().replace(str(tmp_path / "ray").lower(), "")
    assert "4 of 5 shards done" in done.stdout
    assert_holds(by_ray, local)
    assert not (tmp_path / ".ray").exists()


TOKEN = "of-this-test-and-no-other"


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a head that was started as a user starts one, with a token."""
    with started_head(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN) as address:
        yield address


@contextmanager
def started_head(**environment: str) -> Iterator[str]:
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="head-") as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        head = subprocess.Popen(
            [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--node-ip-address=127.0.0.1",
             f"--port={port}", "--include-dashboard=false", "--num-cpus=2", "--num-gpus=1",
             f"--object-store-memory={80 * 2**20}", f"--temp-dir={folder}"],
            # Its workers find Hardlook where it lies, as they do where it is installed on every machine.
            env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "HOME": folder, **AT_LOOPBACK,
                 **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert head.stdout
        try:
            while "Ray runtime started" not in (line := head.stdout.readline()):
                assert line, head.wait()
            yield f"127.0.0.1:{port}"
        finally:
            started = below(head.pid)
            head.terminate()
            head.wait()
            head.stdout.close()
            until(lambda: not alive(started), ENDS_WITHIN)


def test_a_cluster_makes_the_same_files_and_is_left_running(cluster: str, tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path / "ray")
    local = divide_again(folder, tmp_path / "local")
    scored(local, workers=1)
    words = ("audit", str(folder.path), "--engine", "ray", "--ray-address", cluster, *SMALL)
    environment = {"RAY_AUTH_TOKEN": TOKEN, "HOME": str(tmp_path)}
    done = hardlook(*words, **environment)
    assert done.returncode == 0, done.stderr
    assert f"Ray at {cluster}: 1 machine with 2 CPUs and 1 GPU, 2 workers" in done.stdout
    assert_holds(folder, local)
    again = hardlook(*words, **environment)
    assert "of them now" not in again.stdout
    assert "Ray at" not in again.stdout  # where nothing is to do nobody is bothered
    # A GPU is asked for by a worker, which is given the head's, that PyTorch on this machine need not see.
    on_gpu = hardlook("embed", *words[1:], "--gpus-per-worker", "0.5", **environment)
    assert "2 workers" in on_gpu.stdout
    assert on_gpu.returncode == 0 or "error: Device 'cuda' was asked for, and PyTorch sees 0 GPUs" in on_gpu.stderr


def test_a_token_of_another_cluster_is_refused(cluster: str, tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path)
    words = ("audit", str(folder.path), "--engine", "ray", "--ray-address", cluster, *SMALL)
    refused = hardlook(*words, RAY_AUTH_TOKEN="another", HOME=str(tmp_path))
    assert refused.returncode == 1
    assert f"error: The cluster at {cluster} cannot be used: " in refused.stderr
    assert "token" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_cluster_that_asks_for_no_token_is_refused(tmp_path: Path) -> None:
    folder = divide_pictures(tmp_path)
    with started_head(RAY_AUTH_MODE="disabled") as address:
        words = ("audit", str(folder.path), "--engine", "ray", "--ray-address", address, *SMALL)
        refused = hardlook(*words, RAY_AUTH_TOKEN=TOKEN, HOME=str(tmp_path))
    assert refused.returncode == 1
    assert f"The cluster at {address} asks for no token" in refused.stderr
