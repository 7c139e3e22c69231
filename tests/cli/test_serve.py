"""`hardlook dashboard` as a process: where it listens, what it answers to, and that it hands out no file."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.answers.view.uploads import MOST_BYTES
from tests.audits import build_audit
from tests.serving import ROOT, free_port

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
GIVEN = "lab.example.org"
TRAVERSALS = (
    "/../pyproject.toml", "/app/static/../../pyproject.toml", "/app/static/%2e%2e/%2e%2e/pyproject.toml",
    "/media/../../pyproject.toml", "/static/..%2f..%2f..%2fpyproject.toml", "/component/../pyproject.toml",
    "//etc/passwd", "/hardest/../../../../../../etc/passwd",
)  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a dashboard that the command started, with nothing said but a port and one name: seconds, once."""
    folder, chosen = tmp_path_factory.mktemp("audits"), free_port()
    build_audit(folder, n=20, runs=False)
    command = [sys.executable, "-m", "core", "dashboard", "--no-browser", "--port", str(chosen), "--allow-host", GIVEN]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "HARDLOOK_AUDITS": str(folder)}, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 60
            while b"Dashboard:" not in (folder / "log").read_bytes():
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)  # the server is another process; up to the deadline
            yield chosen
        finally:
            process.terminate()
            process.wait(timeout=20)


def asked(port: int, path: str, host: str = "localhost") -> tuple[int, bytes]:
    """Status and body. The path goes out as it is, which urllib would tidy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's list of sockets")
def test_it_listens_on_127_0_0_1_and_on_nothing_else(port: int) -> None:
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                listening.append(local.rpartition(":")[0])
    assert listening == [f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"]


def test_it_answers_to_localhost_and_to_the_name_it_was_given_and_to_no_other(port: int) -> None:
    assert asked(port, "/", "localhost")[0] == 200
    assert asked(port, "/", GIVEN)[0] == 200
    status, body = asked(port, "/", "rebound.example")
    assert status == 400
    assert b"--allow-host" in body


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_to_a_file_of_the_machine(port: int, path: str) -> None:
    _, body = asked(port, path)
    assert b"[project]" not in body
    assert b"root:" not in body


def test_streamlit_run_alone_is_as_careful() -> None:
    """Whoever starts app.py by hand has what stands in the configuration."""
    server = CONFIG["server"]
    assert server["address"] == "127.0.0.1"
    assert server["enableXsrfProtection"] is server["enableCORS"] is True
    assert server["maxUploadSize"] << 20 == MOST_BYTES
    assert "enableStaticServing" not in server
    assert CONFIG["browser"]["gatherUsageStats"] is False


def test_ctrl_c_ends_it_with_one_word_and_no_other_program_s(tmp_path: Path) -> None:
    build_audit(tmp_path, n=12, runs=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "dashboard", "--no-browser"], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env={**os.environ, "HARDLOOK_AUDITS": str(tmp_path)},
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process:
        assert process.stdout.readline().startswith("Dashboard: ")
        time.sleep(0.5)  # until it waits for the server; within the write itself the line would be written twice
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all that run in it
        rest = process.stdout.read()
    assert (rest.strip(), process.returncode) == ("Stopped.", 0)
