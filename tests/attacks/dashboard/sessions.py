"""Memory of the dashboard under many sessions: python -m tests.attacks.dashboard.sessions [--sessions 20 --minutes 5].

A session is what a browser is to the server: a WebSocket that asks for pages and takes what is drawn. All pages are
loaded a few times first; what the server holds after that may grow by MOST_MEGABYTES and no more.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.attacks.faults import list_faults
from tests.audits import build_audit, publish_map
from tests.serving import PAGES, free_port, private_megabytes, start

MOST_MEGABYTES = 50
WARMING = 2  # loads of every page in every way before memory is measured
QUERIES = ("", "class=shirt", "split=test", "mode=one&of=all", "mode=grid")
PATIENCE = 120.0  # seconds for a page, on a machine that 20 sessions share
SETTLE = 5.0  # seconds in which the server lets go of sessions that have ended


def session(url: str) -> ClientConnection:
    """One browser's connection; a context manager, which ends it as a tab that is closed does."""
    address = f"ws://{urllib.parse.urlsplit(url).netloc}/_stcore/stream"
    return connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None, origin=Origin(url))


def drawn(connection: ClientConnection, page: str, query: str) -> list[str]:
    """Ask for a page and wait until it is drawn; the exceptions that it shows."""
    asked = BackMsg()
    asked.rerun_script.page_name = page.strip("/")
    asked.rerun_script.query_string = query
    connection.send(asked.SerializeToString())
    shown: list[str] = []
    while True:
        said = ForwardMsg()
        said.ParseFromString(connection.recv(timeout=PATIENCE, decode=False))
        if said.delta.new_element.HasField("exception"):
            shown.append(f"{page}?{query}: {said.delta.new_element.exception.message}")
        if said.WhichOneof("type") == "script_finished":
            return shown


@dataclass
class Outcome:
    """Megabytes of the server: before, the most while sessions were open, and after they had ended."""

    before: float = 0.0
    most: float = 0.0
    after: float = 0.0
    loads: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def grown(self) -> float:
        """What the server holds more than before."""
        return self.after - self.before


def attack(folder: Path, sessions: int, seconds: float, loads: int, seed: int = 0) -> Outcome:
    """Load pages of a dashboard over an audit made in a folder: side by side for so long, then one after the other."""
    made = build_audit(folder / "audits", "sample", n=400)
    publish_map(made)
    port, outcome = free_port(), Outcome()
    server = start(folder / "audits", folder / "log", port)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(WARMING):
            for page, query in product(PAGES, QUERIES):
                _load(url, page, query, outcome)
        outcome.before = _settled(server)
        _side_by_side(url, sessions, seconds, seed, outcome, server)
        draw = random.Random(seed)
        for _ in range(loads):
            _load(url, draw.choice(list(PAGES)), draw.choice(QUERIES), outcome)
        outcome.after = _settled(server)
    finally:
        server.terminate()
        server.wait(timeout=20)
    if "Traceback" in (log := (folder / "log").read_text()):
        outcome.faults.append(f"the server's log: {log[-2000:]}")
    if outcome.grown > MOST_MEGABYTES:
        outcome.faults.append(f"the server has grown by {outcome.grown:.0f} MB")
    return outcome


def _settled(server: subprocess.Popen[bytes]) -> float:
    time.sleep(SETTLE)  # the server ends sessions in its own time
    return private_megabytes(server.pid)


def _load(url: str, page: str, query: str, outcome: Outcome) -> None:
    with session(url) as connection:
        outcome.faults += drawn(connection, page, query)
    outcome.loads[page] += 1


def _side_by_side(
    url: str, sessions: int, seconds: float, seed: int, outcome: Outcome, server: subprocess.Popen[bytes]
) -> None:
    deadline, counting = time.monotonic() + seconds, threading.Lock()

    def stay(number: int) -> None:
        draw = random.Random(f"{seed} {number}")
        try:
            with session(url) as connection:
                while time.monotonic() < deadline:
                    page = draw.choice(list(PAGES))
                    shown = drawn(connection, page, draw.choice(QUERIES))
                    with counting:
                        outcome.loads[page] += 1
                        outcome.faults += shown
        except (OSError, TimeoutError, WebSocketException) as error:
            with counting:
                outcome.faults.append(f"session {number}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=stay, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        outcome.most = max(outcome.most, private_megabytes(server.pid))
        time.sleep(0.5)  # between two looks
    for thread in threads:
        thread.join()


def main() -> int:
    """Print the figures; 1 if memory grew too far or a page showed an exception."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--loads", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start_time = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = attack(Path(folder), given.sessions, 60 * given.minutes, given.loads, given.seed)
    total = outcome.loads.total()
    print(f"{given.sessions} sessions for {given.minutes:g} minutes and {given.loads} loads: {total:,} pages drawn")
    print(f"in {time.monotonic() - start_time:.0f} s, at least {min(outcome.loads.values())} of each page")
    print(
        f"memory of the server: {outcome.before:.0f} MB before, {outcome.most:.0f} at most, {outcome.after:.0f} after"
    )
    print(f"grown by {outcome.grown:+.0f} MB (at most {MOST_MEGABYTES})")
    return list_faults(outcome.faults, most=20)


if __name__ == "__main__":
    sys.exit(main())
