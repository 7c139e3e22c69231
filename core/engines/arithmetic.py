"""Which arithmetic computes scores: numpy's, or PyTorch's where a GPU is to be used. PyTorch is loaded only then."""

from __future__ import annotations

from ..maths.arithmetic import NUMPY, Arithmetic
from ..processes.gpus import gpus


def arithmetic_on(device: str) -> Arithmetic:
    """device: "auto", which is a GPU where there is one, "cpu" or "cuda". Raises BadInput as `pick_device`.

    PyTorch takes seconds to load, so that a machine without a GPU is told by its driver.
    """
    if device == "cpu" or (device == "auto" and not gpus()):
        return NUMPY
    from ..device import pick_device
    from .torch_arithmetic import TorchArithmetic

    on = pick_device(device)
    return NUMPY if on.type == "cpu" else TorchArithmetic(on)
