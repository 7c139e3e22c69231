"""An image made worse at the size at which it is looked at: the same picture for an encoder and for a page."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .registry import corrupt


def worsened(image: Image.Image, kind: str, severity: int, *, side: int, seed: int, identity: str) -> Image.Image:
    """An RGB image corrupted; severity 0 leaves it as it is.

    side: images whose shorter side is longer are scaled down to it first, since an encoder sees no more of them and
    corrupting all of a photograph takes a hundred times as long. seed, identity, errors: as `corrupt` has them.
    """
    if min(image.size) > side:
        scale = side / min(image.size)
        size = (max(round(image.width * scale), side), max(round(image.height * scale), side))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    if severity == 0:
        return image
    return Image.fromarray(corrupt(np.asarray(image), kind, severity, seed=seed, identity=identity))
