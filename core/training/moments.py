"""Mean and spread of a stream of arrays in the memory of three."""

from __future__ import annotations

from torch import Tensor


class Moments:
    """Running sums of float64 tensors of one shape, about the first one added.

    Deviations are from one of the sample's own members, and no member of K lies further than sqrt(K - 1) standard
    deviations from their mean. So the subtraction in the variance loses at most log2(K) bits, however large a part
    all members have in common; plain sums of squares would lose all of them.
    """

    def __init__(self) -> None:
        self._count = 0

    def add(self, values: Tensor) -> None:
        """Take one more array; it is not changed."""
        self._count += 1
        if self._count == 1:
            self._first = values
            self._sum = values.new_zeros(values.shape)
            self._squares = values.new_zeros(values.shape)
            return
        deviation = values - self._first
        self._sum += deviation
        self._squares.addcmul_(deviation, deviation)

    def standard_deviation(self) -> Tensor:
        """Elementwise, ddof 0, over the arrays added."""
        return self._variance().sqrt_()

    def as_typeset(self) -> Tensor:
        """Elementwise sum of squared deviations over the root of their number: VoG's equation 3 as it is printed."""
        return self._variance().mul_(self._count**0.5)

    def _variance(self) -> Tensor:
        mean = self._sum / self._count
        return (self._squares / self._count - mean * mean).clamp_min_(0)
