"""How the embedded encoder sees images where nobody says: pixels a side and layers, by what they gain and cost."""

from __future__ import annotations

from dataclasses import dataclass

SMALL = 160
"""Pixels: images of this shorter side and less are small, and are not shrunk much by the lesser of the two sizes."""
REDUCED, FULL = 128, 224
"""Pixels a side: for small images where time is short, and the encoder's own. Work grows by their square."""
FEW = 20_000
"""Images: up to so many the larger size, by which every score found more on CIFAR-10N (docs/label-errors.md), takes two
cores some ten minutes; beyond it the wait is said and the lesser one is taken."""
MIDDLES = "4,6,last"
"""Blocks 4 and 6 beside the last: where the network's maps are a 16th and a 32nd of the image."""


@dataclass(frozen=True)
class Sight:
    """What an encoder sees of an image and what is kept of it."""

    image_size: int
    layers: str

    @property
    def options(self) -> str:
        """As a command takes it."""
        return f"--image-size {self.image_size} --layers {self.layers}"

    def __str__(self) -> str:
        return f"{self.image_size} pixels, layers {self.layers}"

    def times(self, other: Sight) -> float:
        """How many times the work of the other it is: layers come in the same pass."""
        return (self.image_size / other.image_size) ** 2


BEST = Sight(FULL, MIDDLES)
"""What found most, on most data that were tried (docs/suspicion-development.md)."""


def usual_sight(side: int, n_images: int, *, gpu: bool) -> Sight:
    """What is chosen for images of this typical shorter side, this many of them, with or without a GPU."""
    hurried = side <= SMALL and n_images > FEW and not gpu
    return Sight(REDUCED if hurried else FULL, MIDDLES)
