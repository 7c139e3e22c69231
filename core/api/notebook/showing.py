"""The dashboard in a notebook: a server of its own, which ends when the notebook's kernel does."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ...cli.serve import address_of, free_port, server_command, server_environment, wait_until_healthy
from ...processes.children import start
from ...store.audit import Audit

HOST = "127.0.0.1"
FRAMED_BY = "HARDLOOK_FRAMED_BY"
NOTEBOOKS = "http://localhost:* https://localhost:* http://127.0.0.1:* https://127.0.0.1:* vscode-webview:"
"""Whose pages may frame the dashboard: notebooks of this machine, in a browser or in Visual Studio Code."""


@dataclass(frozen=True)
class Shown:
    """A dashboard in a notebook. url: where it is, for a browser of this machine. height: of the frame, in pixels."""

    url: str
    height: int
    server: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server; another call of `show` starts one."""
        self.server.terminate()
        self.server.wait(timeout=20)

    def _repr_html_(self) -> str:
        """The frame that notebooks display."""
        style = "border: 0; width: 100%;"
        return f'<iframe src="{self.url}" style="{style}" height="{self.height}" title="Hardlook"></iframe>'


_servers: dict[Path, Shown] = {}
"""The servers of this process by audit, so that a cell that is run again starts no second one."""


def show(audit: Audit, height: int) -> Shown:
    """The dashboard of an audit, started if it does not run already."""
    running = _servers.get(audit.path)
    if running is not None and running.server.poll() is None:
        return Shown(running.url, height, running.server)
    port = free_port(HOST, None)
    environment = {**server_environment(audit.path.parent, audit.name), FRAMED_BY: NOTEBOOKS}
    # Alone: an interrupt of the kernel is not one of the dashboard.
    server = start(server_command(HOST, port), env=environment, stdout=subprocess.DEVNULL, alone=True)
    shown = Shown(address_of(HOST, port), height, server)
    wait_until_healthy(server, shown.url)
    _servers[audit.path] = shown
    return shown
