"""A scorer's parameters as the command line and Python give them, checked in one place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import BadInput

MAY_BE_ZERO = ("seed", "ridge")
COUNT_OR_NONE = "clusters"


def read_setting(name: str, value: Any, default: Any) -> Any:
    """A parameter's value, with a number of NumPy as Python's. Raises BadInput on what it cannot be.

    default: its own, which says of what kind it is.
    """
    value = value.item() if isinstance(value, np.generic) else value
    wanted = _wanted(name, value, default)
    if wanted:
        raise BadInput(f"{name} is {value!r}.", f"Give {wanted}.")
    return value


def _wanted(name: str, value: Any, default: Any) -> str:
    """What the parameter has to be, where this value is none; "" where it is one."""
    zero = name in MAY_BE_ZERO
    if name == "pca":
        return "" if _reduces(value) else "'auto', None, a number of components, or a share of variance such as 0.99"
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(default, int) or (name == COUNT_OR_NONE and value is not None):
        least = 0 if zero else 1
        return "" if _whole(value, least) else f"a whole number of {least} or more"
    if isinstance(default, float):
        usable = type(value) in (int, float) and math.isfinite(value) and (value > 0 or (zero and value == 0))
        return "" if usable else f"a number {'of 0 or more' if zero else 'above 0'}"
    return ""


def _whole(value: Any, least: int) -> bool:
    return type(value) is int and value >= least  # True is an int of another type


def _reduces(value: Any) -> bool:
    """Whether a value says how far features are reduced first."""
    share = isinstance(value, float) and 0 < value < 1
    return value is None or (isinstance(value, str) and value == "auto") or share or _whole(value, 1)
