"""The wheel in an empty environment of each Python that is here: `make installed`, or `python -m tests.installed 3.13`.

Each environment takes some 6 GB while it lasts, so that there is one at a time. In it, from an empty folder: the
version, the doctor, the demo's whole audit, the dashboard's answer, and the manual page. Prints a row for each Python.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.installed.pythons import SUPPORTED, pythons
from tests.installed.wheel import build_wheel

STARTED = re.compile(r"Dashboard: (http://\S+)")


def check(python: Path, wheel: Path, folder: Path) -> str:
    """What happened, as a row of a table. Raises CalledProcessError on the first command that fails."""
    home, empty = folder / "environment", folder / "empty"
    empty.mkdir()
    subprocess.run([python, "-m", "venv", home], check=True)
    started = time.monotonic()
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-cache-dir"]
    subprocess.run([*pip, str(wheel)], check=True)
    installed = time.monotonic() - started
    # Nothing of the checkout and no other environment is seen from there.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    clean |= {"PATH": f"{home / 'bin'}:{clean['PATH']}", "HARDLOOK_AUDITS": str(empty / "audits")}

    def run(*words: str) -> str:
        done = subprocess.run(words, cwd=empty, env=clean, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    run("hardlook", "--version")
    said = run("hardlook", "doctor")
    assert (home / "share" / "man" / "man1" / "hardlook.1").is_file()
    run("python", "-c", "import hardlook; assert hardlook.aurc([2, 1], [True, False]) == 0.25")
    started = time.monotonic()
    summary = run("hardlook", "demo", "--no-dashboard")
    demo = time.monotonic() - started
    assert "Suspected wrong labels" in summary, summary
    answer_of_dashboard(empty, clean)
    size = sum(path.lstat().st_size for path in home.rglob("*")) / 1e9
    libraries = re.search(r"Libraries +(.*)", said)
    return f"| {size:.1f} GB, {installed:.0f} s | {demo:.0f} s | {libraries[1] if libraries else ''} |"


def answer_of_dashboard(folder: Path, environment: dict[str, str]) -> None:
    """Start the dashboard, and see that it serves the first page of the product."""
    command = ["hardlook", "dashboard", "--no-browser"]
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = STARTED.search(server.stdout.readline())
        assert found, "the dashboard did not start"
        with urllib.request.urlopen(found[1], timeout=30) as page:
            assert b"<title>" in page.read()
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    here = pythons()
    print("| Python | environment | demo | libraries |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as out:
        built = build_wheel(Path(source), Path(out))
        for version in sys.argv[1:] or SUPPORTED:
            if version not in here:
                print(f"| {version} | not on this machine | | |", flush=True)
                continue
            with tempfile.TemporaryDirectory() as place:
                print(f"| {version} {check(here[version], built, Path(place))}", flush=True)
