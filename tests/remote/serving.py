"""A server on 127.0.0.1 that gives the files of a folder, and fails as it is told to."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

FOREVER = 10**6


class Site:
    """url: with a slash at its end. faults: path -> what is done instead, the first first: a status as number, "cut",
    "slow", "drip" for a byte at a time, "packed" for a header that says so, or "to URL" for a redirect. asked: how
    often each path was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: dict[str, list[int | str]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.down = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def fails(self, path: str, *faults: int | str, times: int = 1) -> None:
        """Have a path fail so often, each of these in turn."""
        self.faults[path] += [*faults] * times

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.lstrip("/")
                site.asked[path] += 1
                if site.down:
                    self.close_connection = True
                    return
                fault = site.faults[path].pop(0) if site.faults[path] else None
                file = site.folder / unquote(path)
                content = file.read_bytes() if file.is_file() else None
                if isinstance(fault, int) or content is None:
                    self._answer(fault if isinstance(fault, int) else 404, b"no")
                elif fault == "cut":
                    self._head(200, len(content))
                    self.wfile.write(content[: len(content) // 2])
                    self.close_connection = True
                elif fault == "drip":
                    self._head(200, len(content))
                    with suppress(ConnectionError):
                        for place in range(len(content)):
                            self.wfile.write(content[place : place + 1])
                            time.sleep(0.05)  # each byte in time, and the whole never
                elif fault == "packed":
                    self._head(200, len(content), packed="gzip")
                    self.wfile.write(content)
                elif isinstance(fault, str) and fault.startswith("to "):
                    self._answer(302, content, fault.removeprefix("to "))
                else:
                    time.sleep(2.0 if fault == "slow" else 0.0)  # longer than a reader under test waits
                    with suppress(BrokenPipeError):
                        self._answer(200, content)

            def _head(self, status: int, length: int, location: str = "", packed: str = "") -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(length))
                if packed:
                    self.send_header("Content-Encoding", packed)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def _answer(self, status: int, content: bytes, location: str = "") -> None:
                self._head(status, len(content), location)
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """The folder, served until the block is left."""
    site = Site(folder)
    with answering(site.server):
        yield site


@contextmanager
def answering(server: ThreadingHTTPServer) -> Iterator[None]:
    """Let a server answer in a thread, until the block is left."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
