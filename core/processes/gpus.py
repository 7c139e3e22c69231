"""What there is to compute on a GPU with, without loading it: NVIDIA's driver, and the builds of faiss."""

from __future__ import annotations

import ctypes
from importlib.metadata import distributions

FAISS, FAISS_ON_GPU = "faiss", "faiss-gpu"
DRIVERS = ("libcuda.so.1", "nvcuda.dll")


def gpus() -> int:
    """The GPUs that NVIDIA's driver sees, 0 where there is no driver."""
    for name in DRIVERS:
        try:
            driver = ctypes.CDLL(name)
        except OSError:
            continue
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def builds_of_faiss() -> dict[str, str]:
    """Name and version of each installed distribution of faiss; they share one folder, so two overwrite each other."""
    named = [one for one in distributions() if one.name.startswith(f"{FAISS}-")]
    return {one.name: one.version for one in named if any(path.parts[0] == FAISS for path in one.files or ())}
