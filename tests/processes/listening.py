"""Processes as Linux shows them: those below one, and the addresses on which they listen."""

from __future__ import annotations

import os
import socket
import struct
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from core.processes.identity import started

PROC = Path("/proc")
LISTENS = "0A"


def below(process: int) -> dict[int, str]:
    """The processes that a process has started, and those that they have: id -> command line."""
    children = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:  # it has ended since
                continue
            children[int(parent)].append(int(folder.name))
    found: dict[int, str] = {}
    left = [process]
    while left:
        for child in children[left.pop()]:
            try:
                found[child] = (
                    (PROC / str(child) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
            except OSError:
                continue
            left.append(child)
    return found


def alive(processes: Iterable[int]) -> set[int]:
    """Those of them that run; what has ended and waits for its parent to hear of it does not."""
    return {process for process in processes if started(process) not in (None, -1)}


def listens_on(processes: Iterable[int]) -> set[tuple[int, str]]:
    """(process, address) of every TCP socket on which one of them listens."""
    sockets: dict[str, str] = {}
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENS:
                sockets[f"socket:[{words[9]}]"] = _address(words[1].partition(":")[0])
    found = set()
    for process in processes:
        try:
            descriptors = list((PROC / str(process) / "fd").iterdir())
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                target = os.readlink(descriptor)
            except OSError:
                continue
            if target in sockets:
                found.add((process, sockets[target]))
    return found


def _address(digits: str) -> str:
    """The kernel writes words of four bytes in the machine's own order."""
    words = struct.pack(f"={len(digits) // 8}I", *(int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)))
    return socket.inet_ntop(socket.AF_INET if len(words) == 4 else socket.AF_INET6, words)
