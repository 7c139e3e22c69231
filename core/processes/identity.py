"""Which process something belongs to, in a short text, and whether that process is certainly gone.

A mark is `pid-start-boot-host`. An id of a process says little by itself: it is given again, and another machine or
container has one that is the same. So a mark says too when the process started, since when the machine is up, and on
which machine and in which of its process namespaces it ran.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
from functools import cache
from pathlib import Path

MARK = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})")
"""A mark; its groups are the id, the start, the boot and the host."""

_PROC = Path("/proc")
_NOT_KNOWN = "0" * 8


def own_mark() -> str:
    """The mark of this process."""
    return f"{os.getpid()}-{started(os.getpid()) or 0}-{_boot()}-{_host()}"


def certainly_gone(mark: str) -> bool:
    """Whether the process of a mark has ended for certain. Where that cannot be known, it has not.

    Of this host and boot: no process has its id, or one that started at another time. Of this host before it was
    booted: all are gone. Of another host, or another container's namespace: nothing is known.
    """
    found = MARK.fullmatch(mark)
    if found is None:
        return False
    process, start, boot, host = found.groups()
    if host != _host():
        return False
    if boot != _boot():
        return _NOT_KNOWN not in (boot, _boot()) and _machine() != ""
    if not _exists(int(process)):
        return True
    now = started(int(process))
    return now is not None and int(start) != 0 and now != int(start)


def in_words(mark: str) -> str:
    """Whose mark it is: "process 123 of this machine"."""
    found = MARK.fullmatch(mark)
    if found is None:
        return "a process that has not said which it is"
    where = "this machine" if found[4] == _host() else "another machine or container"
    return f"process {found[1]} of {where}"


def started(process: int) -> int | None:
    """When a process started, in the kernel's ticks since the boot; None where there is no such process or no telling.

    A zombie has ended: it only waits for its parent to hear of it.
    """
    try:
        after_name = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return -1 if after_name[0] in "ZX" else int(after_name[19])


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


@cache
def _boot() -> str:
    try:
        return _short((_PROC / "sys/kernel/random/boot_id").read_text().strip())
    except OSError:
        return _NOT_KNOWN


@cache
def _host() -> str:
    """The machine by its id and name, and the namespace that numbers its processes."""
    try:
        namespace = os.readlink(_PROC / "self/ns/pid")
    except OSError:
        namespace = ""
    return _short(f"{_machine()} {socket.gethostname()} {namespace}")


@cache
def _machine() -> str:
    """The machine's id, "" where it has none: then nothing is known of what ran before it was booted."""
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return ""


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
