"""The dashboard in a notebook: framed by it, one for an audit, gone when its kernel is, however that ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pages.components.layout.host_guard import FRAMED_BY, frame_ancestors
from tests.audits import build_audit

ROOT = Path(__file__).parents[3]
KERNEL = """
import sys, time
import core.api as hardlook
audit = hardlook.open_audit(sys.argv[1])
shown, again = audit.show(700), hardlook.open_audit(sys.argv[1]).show()
print(shown.url, again.url == shown.url, shown._repr_html_(), sep="\\n", flush=True)
if sys.argv[2] == "waits":
    time.sleep(600)  # until it is killed
if sys.argv[2] == "stops":
    shown.stop()
    print("stopped", flush=True)
    time.sleep(600)  # alive while the server is looked for, until it is killed
"""


def listens(url: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


def gone(url: str) -> bool:
    deadline = time.monotonic() + 30
    while listens(url) and time.monotonic() < deadline:
        time.sleep(0.1)  # the server is another process; up to the deadline
    return not listens(url)


@pytest.mark.slow
@pytest.mark.parametrize("end", ["killed", "ends", "stops"])
def test_the_dashboard_is_framed_by_notebooks_and_ends_with_the_kernel(tmp_path: Path, end: str) -> None:
    made = build_audit(tmp_path, "a", n=12)
    how = {"killed": "waits", "ends": "ends", "stops": "stops"}[end]
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(made.audit.path), how], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert kernel.stdout is not None
        url, same, frame = (kernel.stdout.readline().strip() for _ in range(3))
        assert same == "True"
        assert f'<iframe src="{url}"' in frame
        assert 'height="700"' in frame
        if end == "killed":
            with urllib.request.urlopen(url, timeout=10) as answer:
                policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'self' http://localhost:* " in policy
            os.kill(kernel.pid, signal.SIGKILL)
        if end == "stops":
            assert kernel.stdout.readline().strip() == "stopped"
        assert gone(url)
    finally:
        kernel.kill()
        kernel.communicate()


def test_only_sources_may_frame_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FRAMED_BY, raising=False)
    assert frame_ancestors() == "frame-ancestors 'self'"
    monkeypatch.setenv(FRAMED_BY, "http://localhost:* vscode-webview: *; script-src 'none' https://a.example:8888")
    assert frame_ancestors() == "frame-ancestors 'self' http://localhost:* vscode-webview: https://a.example:8888"
