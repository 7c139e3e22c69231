"""Whatever people hold numbers in, as NumPy arrays, or refused in words: the one place where arguments are read.

Lists, tuples, NumPy, PyTorch, pandas, polars and Arrow are taken, by position: the index of a frame says nothing.
What cannot be meant (no array at all, rows of several lengths, NaN where a number is needed, True and False where a
probability is) is refused with the argument's name, what was given, and what is wanted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...errors import BadInput, TooFewRows
from ...types import Bools

_FEW = 8  # entries that a message shows
_SHOWN = 60  # characters of a value in a message
_WHOLE, _NUMBER = (int, np.integer), (int, float, np.integer, np.floating)
_MISSING_TYPES = ("NAType", "NaTType")  # pandas', which must not be imported to be told


@dataclass(frozen=True)
class Rows:
    """How many rows an argument must have, and the argument that says so."""

    n: int
    of: str


@dataclass(frozen=True)
class Wanted:
    """What an argument has to be. text: in words. ndim: its dimensions. low, high: bounds that its numbers stay within.

    missing: whether NaN and None stand for a number that is not known.
    """

    text: str
    ndim: int
    low: float = -np.inf
    high: float = np.inf
    missing: bool = False


def describe(value: Any) -> str:
    """What was given, short enough for a message: "None", "'abc' (str)", "a Tensor of shape (3, 2) and type int64"."""
    if value is None:
        return "None"
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(shape, tuple) and shape and not callable(dtype):
        kind = f" and type {str(dtype).removeprefix('torch.')}" if dtype is not None else ""
        return f"a {type(value).__name__} of shape {tuple(shape)}{kind}"
    if isinstance(value, list | tuple | dict | set) and len(value) > _FEW:
        return f"a {type(value).__name__} of {len(value):,} entries"
    text = " ".join(repr(value).split())
    return f"{text[:_SHOWN] + '…' if len(text) > _SHOWN else text} ({type(value).__name__})"


def refusal(name: str, value: Any, wanted: str, why: str = "") -> BadInput:
    """The error for an argument that cannot be used. why: what is wrong with it, "" where what it is says so."""
    return BadInput(f"{name} is {describe(value)}{f', {why}' if why else ''}.", f"Give {wanted}.")


def missing(value: Any) -> bool:
    """Whether one value of a column says that there is none."""
    if value is None or type(value).__name__ in _MISSING_TYPES:
        return True
    return isinstance(value, float | np.floating) and value != value


def as_array(name: str, value: Any, wanted: str) -> NDArray[Any]:
    """An argument as an array, its elements as they were. Raises BadInput on what is no array."""
    torch = sys.modules.get("torch")
    if value is None or isinstance(value, str | bytes | dict):
        raise refusal(name, value, wanted)
    if torch is not None and isinstance(value, torch.Tensor):
        return _of_tensor(name, value, wanted, torch)
    if type(value).__module__.startswith("scipy.sparse"):
        raise refusal(name, value, wanted, "which is sparse: .toarray() makes it whole")
    if np.ma.isMaskedArray(value) and np.ma.getmaskarray(value).any():
        raise refusal(name, value, wanted, "with masked entries: .filled(…) or .compressed() says what they are")
    if torch is not None and isinstance(value, list | tuple) and any(isinstance(one, torch.Tensor) for one in value):
        value = [as_array(name, one, wanted) if isinstance(one, torch.Tensor) else one for one in value]
    try:
        array = np.asarray(value)
        if array.dtype.kind in "US" and isinstance(value, list | tuple):
            array = np.asarray(value, dtype=object)  # NumPy would make text of the numbers, None and NaN among it
    except (TypeError, ValueError, RuntimeError, OverflowError, NotImplementedError) as error:
        if "inhomogeneous" in str(error):
            raise BadInput(f"{name} has rows of several lengths.", f"Give {wanted}.") from error
        raise refusal(name, value, wanted, f"which is no array ({error})") from error
    return _stacked(name, array, wanted) if array.dtype == object and array.ndim == 1 else array


def numbers(
    name: str, value: Any, wanted: Wanted, *, like: Rows | None = None, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """An argument as finite numbers of a type, in an array of its own or the user's, which is never changed.

    like: the rows that it must have. Raises BadInput, and TooFewRows on no rows.
    """
    array = as_array(name, value, wanted.text)
    shaped(name, array, value, wanted, like)
    given = array
    if array.dtype == object:
        array = _of_objects(name, array, wanted)
    if array.dtype.kind not in "iuf":
        why = "which are True and False" if array.dtype.kind == "b" else "which are no numbers"
        raise refusal(name, value, wanted.text, why)
    with np.errstate(over="ignore"):
        result: NDArray[Any] = np.ascontiguousarray(array, dtype)
    unusable = ~np.isfinite(result)
    if wanted.missing:
        unusable &= ~np.isnan(result)
    _refuse_first(name, given, unusable, wanted.text)
    _refuse_first(name, given, (result < wanted.low) | (result > wanted.high), wanted.text)
    return result


def bools(name: str, value: Any, wanted: Wanted, like: Rows | None = None) -> Bools:
    """An argument as True and False; 1 and 0 are taken for them."""
    array = as_array(name, value, wanted.text)
    shaped(name, array, value, wanted, like)
    if array.dtype == object:
        array = _of_objects(name, array, wanted, booleans=True)
    if array.dtype.kind not in "biuf":
        raise refusal(name, value, wanted.text, "which are no numbers")
    _refuse_first(name, array, (array != 0) & (array != 1), wanted.text)
    return np.ascontiguousarray(array, bool)


def texts(name: str, value: Any, wanted: str, like: Rows | None = None) -> NDArray[np.str_]:
    """An argument as (n,) text."""
    array = as_array(name, value, wanted)
    shaped(name, array, value, Wanted(wanted, 1), like)
    wrong = next((at for at, one in enumerate(array.tolist()) if not isinstance(one, str)), None)
    if wrong is not None:
        raise BadInput(f"{name} has {describe(array[wrong])} in row {wrong}, which is no text.", f"Give {wanted}.")
    return array.astype(np.str_)


def shaped(name: str, array: NDArray[Any], value: Any, wanted: Wanted, like: Rows | None) -> None:
    """Raise BadInput on another number of dimensions or of rows than wanted, TooFewRows on none."""
    if array.ndim != wanted.ndim:
        raise refusal(name, array if array.ndim else value, wanted.text)
    if like is not None and len(array) != like.n:
        raise BadInput(f"{name} has {len(array):,} rows, and {like.of} has {like.n:,}.", f"Give {wanted.text}.")
    if array.size == 0:
        raise TooFewRows(f"{name} is empty, its shape is {array.shape}.", f"Give {wanted.text}.")


def _of_tensor(name: str, value: Any, wanted: str, torch: Any) -> NDArray[Any]:
    try:
        on_cpu = value.detach().cpu()
        array: NDArray[Any] = (on_cpu.float() if on_cpu.dtype == torch.bfloat16 else on_cpu).numpy()
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise refusal(name, value, wanted, f"which NumPy cannot read ({str(error).splitlines()[0]})") from error
    return array


def _stacked(name: str, array: NDArray[Any], wanted: str) -> NDArray[Any]:
    """A column whose entries are rows themselves, such as vectors in a frame, as one array; any other as it is."""
    rows: Sequence[Any] = array.tolist()
    if not rows or not all(hasattr(row, "__len__") and not isinstance(row, str | bytes | dict) for row in rows):
        return array
    try:
        return np.stack([as_array(name, row, wanted) for row in rows])
    except ValueError as error:
        raise BadInput(f"{name} has rows of several lengths.", f"Give {wanted}.") from error


def _of_objects(name: str, array: NDArray[Any], wanted: Wanted, *, booleans: bool = False) -> NDArray[Any]:
    """Python's own numbers as floats, NaN where one is missing."""
    flat = array.ravel().tolist()
    for at, one in enumerate(flat):
        number = isinstance(one, bool | np.bool_) if booleans else not isinstance(one, bool | np.bool_)
        if not (number and isinstance(one, (*_NUMBER, Decimal, np.bool_))) and not missing(one):
            raise BadInput(
                f"{name} has {describe(one)} in {_where(array, at)}, which is no number.", f"Give {wanted.text}."
            )
    return np.array([np.nan if missing(one) else _as_float(one) for one in flat]).reshape(array.shape)


def _as_float(number: Any) -> float:
    """Infinity, which is refused, for what no float holds: 10**400, or Decimal's signalling NaN."""
    try:
        return float(number)
    except (OverflowError, ValueError):
        return float("inf")


def _refuse_first(name: str, array: NDArray[Any], unusable: NDArray[np.bool_], wanted: str) -> None:
    if not unusable.any():
        return
    at = int(np.argmax(unusable.ravel()))
    more = int(unusable.sum()) - 1
    others = f", and {more:,} more such numbers" if more else ""
    raise BadInput(f"{name} has {array.ravel()[at]} in {_where(array, at)}{others}.", f"Give {wanted}.")


def _where(array: NDArray[Any], at: int) -> str:
    place = [int(one) for one in np.unravel_index(at, array.shape)]
    return f"row {place[0]}" if len(place) == 1 else f"row {place[0]}, column {', '.join(map(str, place[1:]))}"


def whole(name: str, value: Any, least: int) -> int:
    """A setting that is a whole number of at least so much."""
    if isinstance(value, bool) or not isinstance(value, _WHOLE) or int(value) < least:
        raise refusal(name, value, f"a whole number of {least} or more")
    return int(value)


def real(name: str, value: Any, low: float, high: float = np.inf, *, above: bool = False) -> float:
    """A setting that is a number from low to high, above low where `above`."""
    usable = isinstance(value, _NUMBER) and not isinstance(value, bool) and np.isfinite(_as_float(value))
    if not usable or not low <= float(value) <= high or (above and float(value) == low):
        start = f"above {low:g}" if above else f"of {low:g} or more"
        end = "" if high == np.inf else f" and {high:g} at most" if above else f", {high:g} at most"
        raise refusal(name, value, f"a number {start}{end}")
    return float(value)


def one_of(name: str, value: Any, options: Sequence[str]) -> str:
    """A setting that is one of some words."""
    if not isinstance(value, str) or value not in options:
        raise refusal(name, value, "one of " + ", ".join(map(repr, options)))
    return value


def text(name: str, value: Any, wanted: str) -> str:
    """A setting that is text. wanted: what it says, in words."""
    if not isinstance(value, str):
        raise refusal(name, value, wanted)
    return value


def flag(name: str, value: Any) -> bool:
    """A setting that is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise refusal(name, value, "True or False")
    return bool(value)


def reduction(name: str, value: Any) -> int | float | str | None:
    """How far features are reduced first: "auto", None, a number of components or a share of variance."""
    if value is None or (isinstance(value, str) and value == "auto"):
        return value
    if isinstance(value, _WHOLE) and not isinstance(value, bool) and int(value) >= 1:
        return int(value)
    if isinstance(value, float | np.floating) and 0 < float(value) < 1:
        return float(value)
    raise refusal(name, value, "'auto', None, a number of components, or a share of variance such as 0.99")
