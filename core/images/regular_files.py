"""What is opened: regular files alone. A pipe would wait for ever, and a device does what its driver does."""

from __future__ import annotations

import stat

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)  # fmt: skip


def file_kind(mode: int) -> str:
    """What a file of this mode is where it is neither a regular file nor a folder: "a named pipe"; else ""."""
    return next((what for test, what in _KINDS if test(mode)), "")
