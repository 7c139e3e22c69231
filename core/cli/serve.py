"""Starting the dashboard as a child process, so that nothing of this process (torch, say) is loaded into it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadInput, HardlookError
from ..processes.children import start
from ..store.audit import AUDITS_VARIABLE, audits_folder

APP = Path(__file__).resolve().parents[2] / "app.py"
AUDIT_VARIABLE = "HARDLOOK_AUDIT"
HOSTS_VARIABLE = "HARDLOOK_HOSTS"
DEFAULT_PORT = 8501
START_LIMIT = 60.0  # seconds; a cold, busy machine has been seen to need 12


def free_port(host: str, wanted: int | None) -> int:
    """The port to use: the one asked for, else 8501 or the next free one. Raises BadInput if the asked one is taken."""
    for port in [wanted] if wanted else [*range(DEFAULT_PORT, DEFAULT_PORT + 50), 0]:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if wanted:
                    raise BadInput(
                        f"Port {wanted} on {host} cannot be used: {error.strerror}.",
                        "Leave --port out and a free one is taken.",
                    ) from error
                continue
            except (UnicodeError, TypeError, ValueError) as error:  # as `bind` calls what is no name of a machine
                raise BadInput(f"--host is {host!r}, and no address to listen on: {error}.", "Leave it out.") from error
            return int(probe.getsockname()[1])
    raise HardlookError(f"No free port on {host}.", "Pass one with --port.")


def server_command(host: str, port: int) -> list[str]:
    """What runs the dashboard at an address."""
    return [
        sys.executable, "-m", "streamlit", "run", str(APP), "--server.address", host, "--server.port", str(port),
        "--server.headless", "true", "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
    ]  # fmt: skip


def server_environment(audits: Path, audit_name: str, names: Sequence[str] = ()) -> dict[str, str]:
    """What it is told: where audits lie, which of them opens, and the names that it answers to."""
    environment = {**os.environ, AUDITS_VARIABLE: str(audits), AUDIT_VARIABLE: audit_name}
    environment[HOSTS_VARIABLE] = ",".join([*names, environment.get(HOSTS_VARIABLE, "")])
    return environment


def address_of(host: str, port: int) -> str:
    """Where a browser finds it."""
    return f"http://{'localhost' if host in ('127.0.0.1', '::1') else host}:{port}"


def serve(audit_name: str, *, host: str, port: int | None, open_browser: bool, names: Sequence[str] = ()) -> int:
    """Run the dashboard until it is stopped; its exit code. Prints the URL once pages are being served.

    names: those it answers to beside addresses and localhost; any other Host header is refused.
    """
    chosen = free_port(host, port)
    environment = server_environment(audits_folder(), audit_name, names)
    # In a session of its own: Ctrl-C is for this process, which ends the server; Streamlit would say "Aborted!" of it.
    child = start(server_command(host, chosen), env=environment, stdout=subprocess.DEVNULL, alone=True)
    previous = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        url = address_of(host, chosen)
        wait_until_healthy(child, url)
        print(f"Dashboard: {url}   (Ctrl+C stops it)", flush=True)
        if open_browser:
            webbrowser.open(url)
        return child.wait()
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)
        if child.poll() is None:
            child.terminate()
            child.wait(timeout=10)


def wait_until_healthy(child: subprocess.Popen[bytes], url: str) -> None:
    """Return once the server answers. Raises HardlookError if it ends or stays silent."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise HardlookError(
                f"The dashboard stopped while starting (exit code {child.returncode}).", "Its message stands above."
            )
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise HardlookError(
        f"The dashboard did not answer at {url} within {START_LIMIT:.0f} s.", "Try again, or another --port."
    )
