"""A network between a browser and a server that can be cut, or fall silent, and come back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

POLL = 0.1  # seconds between two looks at whether the line is still there


class Line:
    """Forwards a port of its own to a server. Use as a context manager.

    open: bytes move. silent: connections stay and nothing moves, as when a laptop leaves its network; what was said
    meanwhile arrives later. cut: every connection is closed and new ones are refused.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self.state = "open"
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self.state = "cut"
        self._listening.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                browser, _ = self._listening.accept()
            except OSError:
                return
            if self.state == "cut":
                browser.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._server))
            for each in (browser, server):  # before either thread starts, for the first may end at once and close both
                each.settimeout(POLL)
            for one, other in ((browser, server), (server, browser)):
                threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        waiting = b""
        with suppress(OSError):
            while self.state != "cut":
                try:
                    if not waiting and not (waiting := source.recv(65536)):
                        break
                except TimeoutError:
                    continue
                if self.state == "silent":
                    threading.Event().wait(POLL)
                    continue
                target.sendall(waiting)
                waiting = b""
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
