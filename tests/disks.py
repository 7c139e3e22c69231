"""Small disks of their own to fill, for tests of what becomes of a command that has no room left."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """A file system in memory of so many bytes, mounted on a folder that is made.

    Raises PermissionError where that is not allowed.
    """
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """The same for a test, which is skipped where it is not allowed."""
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(mounted(folder, size))
        except PermissionError as error:
            pytest.skip(str(error))
        yield disk
