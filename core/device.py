"""Which device computes, and with how many threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from .errors import BadInput
from .processes.cores import asked_threads, physical_cores

DEVICES = ("cpu", "cuda")
"""Kinds of device; "auto" chooses between them."""


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name: "cpu", "cuda" (or "cuda:1"), or "auto", which is a GPU where there is one.

    Raises BadInput on another name, and on cuda where PyTorch sees no such GPU.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in DEVICES or (index and not index.isdigit()):
        raise BadInput(f"There is no device {name!r}.", "Pass --device auto, cpu or cuda.")
    if kind == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(index or 0) >= count:
            built = "" if torch.version.cuda else " (this PyTorch is built without CUDA)"
            raise BadInput(
                f"Device {name!r} was asked for, and PyTorch sees {count} GPUs{built}.",
                "Pass --device cpu, or leave it to --device auto.",
            )
    return torch.device(name)


def set_threads() -> int:
    """Let PyTorch use one thread per physical core, or as many as HARDLOOK_THREADS says. Returns the number.

    Hyperthreads share the arithmetic units that a convolution saturates. On a machine under other load two
    threads can be slower than one, because each operation waits for the later of the two: hence the variable.
    Raises BadInput where it is not a positive whole number.
    """
    asked = asked_threads()
    if not asked and os.environ.get("OMP_NUM_THREADS"):
        return torch.get_num_threads()  # PyTorch has read that variable already
    threads = asked or physical_cores()
    torch.set_num_threads(threads)
    return threads


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch as a worker has it, of which there are several at a time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
