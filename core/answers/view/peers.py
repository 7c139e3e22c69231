"""Where each image stands among those of its class and split by a score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...maths.sorting import packed_order
from ...types import Floats, Ints


@dataclass(frozen=True, eq=False)
class Groups:
    """Which images belong together, for any score to count in.

    of: (n,) int32 group of each image. members: (n,) int32 image ids, group after group. starts: (groups + 1,) where
    each group begins in them.
    """

    of: Ints
    members: Ints
    starts: Ints

    def percentile(self, values: Floats, ids: Ints) -> Floats:
        """(len(ids),) float32 in 0..100: share of the image's group that has no higher value; NaN without a value.

        values: (n,) NaN takes no part. Counted for the few images that are shown: to sort a score within its groups
        for all of them takes as long as to sort it.
        """
        found = np.full(len(ids), np.nan, np.float32)
        for group in np.unique(self.of[ids]):
            peers = values[self.members[self.starts[group] : self.starts[group + 1]]]
            n = np.count_nonzero(~np.isnan(peers))
            for place in np.flatnonzero(self.of[ids] == group):
                value = values[ids[place]]
                if not np.isnan(value):
                    found[place] = 100 * np.count_nonzero(peers <= value) / n
        return found


def grouped(codes: Ints) -> Groups:
    """codes: (n,) int, any small whole numbers; equal ones are one group."""
    of = np.asarray(codes - codes.min(initial=0), np.int32)
    members = packed_order(of.astype(np.uint32), np.arange(len(of)))
    return Groups(of, members, np.append(0, np.cumsum(np.bincount(of))))
