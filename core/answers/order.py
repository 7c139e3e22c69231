"""Sorting a million images quickly and the same way every time, and where each stands among its own.

numpy sorts integers of 64 bits several times faster than it sorts indices by a float column: so a value's bits and the
image's number are packed into one integer, sorted, and unpacked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Ints

_LOW = np.uint64(0xFFFFFFFF)
_SIGN = np.uint32(0x80000000)


def stable_order(values: Floats) -> Ints:
    """(m,) int32 places of the values that are numbers, lowest first, equal ones in their own order.

    values: (n,) float32, n < 2^32. As `np.argsort(values, kind="stable")` without the NaN at its end.
    """
    # + 0.0 makes one zero of the two, which are equal and have different bits.
    bits = (np.asarray(values, np.float32) + np.float32(0)).view(np.uint32)
    # A float's bits are in its order once those of negative numbers are turned around.
    ordered = np.where(bits & _SIGN, ~bits, bits | _SIGN)
    known = np.flatnonzero(~np.isnan(values))
    return _packed_order(ordered[known], known)


def _packed_order(keys: NDArray[np.uint32], places: Ints) -> Ints:
    """(m,) int32: places by ascending key, and by ascending place among equal keys."""
    packed = keys.astype(np.uint64) << np.uint64(32) | places.astype(np.uint64)
    packed.sort()
    return (packed & _LOW).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Standing:
    """Where images stand among those of their group by a value.

    group_of: (n,) int32 group of each image. values: (n,) float32. ordered: (m,) float32, the values that are
    numbers, group after group, ascending in each. starts: (groups + 1,) where each group begins in it.
    """

    group_of: Ints
    values: Floats
    ordered: Floats
    starts: Ints

    def percentile(self, ids: Ints) -> Floats:
        """(len(ids),) float32 in 0..100: share of the image's group that has no higher value; NaN without a value."""
        found = np.full(len(ids), np.nan, np.float32)
        for place, image in enumerate(ids):
            value, group = self.values[image], self.group_of[image]
            peers = self.ordered[self.starts[group] : self.starts[group + 1]]
            if not np.isnan(value):
                found[place] = 100 * np.searchsorted(peers, value, side="right") / len(peers)
        return found


def standing(values: Floats, order: Ints, groups: Ints) -> Standing:
    """values: (n,) float32. order: their `stable_order`. groups: (n,) int, any small whole numbers."""
    codes = np.asarray(groups - groups.min(initial=0), np.int32)
    places = _packed_order(codes[order].astype(np.uint32), np.arange(len(order)))
    sizes = np.bincount(codes[order], minlength=int(codes.max(initial=0)) + 1)
    return Standing(codes, values, values[order[places]], np.append(0, np.cumsum(sizes)))
