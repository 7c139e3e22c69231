"""A dashboard server of our own, for the browser tests, the benchmark and the pictures of the documentation."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pages.components.layout.listing import PAGES as LISTED
from pages.components.layout.listing import address_of

ROOT = Path(__file__).parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip

PAGES = {address_of(page): page.script for page in LISTED}
"""Path of each page -> its file in pages/."""

ALL_PAINTED = """() => {
    const host = document.querySelector('.st-key-grid [data-testid=stBidiComponentIsolated]');
    const images = host?.shadowRoot ? [...host.shadowRoot.querySelectorAll('.tile img')] : [];
    return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
}"""
"""In the browser: whether the grid has thumbnails and every one is drawn."""


AT_REST = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return app?.dataset.testScriptState === 'notRunning' && !app.querySelector('[data-testid=stStatusWidget]');
}"""
"""In the browser: whether no script run is under way."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    audits: Path, log: Path, port: int, audit: str = "", module: str = "streamlit"
) -> subprocess.Popen[bytes]:  # fmt: skip
    """A dashboard that answers on a port, over a folder of audits. Whoever starts it ends it.

    audit: the one that opens; the newest if "". module: what is run in Streamlit's place.
    """
    environment = {**os.environ, "HARDLOOK_AUDITS": str(audits), "HARDLOOK_AUDIT": audit}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "run", str(ROOT / "app.py"), "--server.port", str(port)],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_until_healthy(process, f"http://127.0.0.1:{port}", log)
    except BaseException:
        process.kill()
        raise
    return process


@contextmanager
def serving(audits: Path, log: Path, audit: str = "", module: str = "streamlit") -> Iterator[str]:
    """The dashboard on a free port over a folder of audits; its address. Ended, by its own handle, on the way out."""
    port = free_port()
    process = start(audits, log, port, audit, module)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def private_megabytes(process: int) -> float:
    """Memory of a process that is its own and present."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE)) / 1024


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)  # between two questions; the deadline above ends them
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
