"""Where each image stands among those of its class and split by a score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..sorting import packed_order
from ..types import Floats, Ints


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
    places = packed_order(codes[order].astype(np.uint32), np.arange(len(order)))
    sizes = np.bincount(codes[order], minlength=int(codes.max(initial=0)) + 1)
    return Standing(codes, values, values[order[places]], np.append(0, np.cumsum(sizes)))
