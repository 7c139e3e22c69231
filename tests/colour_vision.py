"""How colours look: contrast on a ground, and how far apart they lie, also for eyes with one kind of cone missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

VISION: dict[str, Array] = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""On linear RGB, at full severity: Machado, Oliveira & Fernandes 2009, table 1."""

TO_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


def srgb(colours: Sequence[str]) -> Array:
    """(n, 3) of #RRGGBB, 0..1."""
    return np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours])


def linear(values: Array) -> Array:
    """sRGB to light, both 0..1 (WCAG 2.2)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(colours: Sequence[str], ground: str, opacity: float = 1.0) -> Array:
    """(n,) contrast ratios, 1..21, of colours that are drawn on a ground with an opacity (WCAG 2.2)."""
    drawn = opacity * srgb(colours) + (1 - opacity) * srgb([ground])
    weights = np.array([0.2126, 0.7152, 0.0722])
    ours, under = linear(drawn) @ weights, linear(srgb([ground])) @ weights
    return np.asarray((np.maximum(ours, under) + 0.05) / (np.minimum(ours, under) + 0.05))


def oklab(light: Array) -> Array:
    """(n, 3) of linear RGB (Ottosson 2020); a distance of 0.02 is about just noticeable."""
    return np.asarray(np.cbrt(light @ TO_CONES.T) @ TO_LAB.T)


def nearest_pair(colours: Sequence[str], vision: str) -> float:
    """The smallest OKLab distance between any two of the colours as such an eye sees them."""
    seen = oklab(np.clip(linear(srgb(colours)) @ VISION[vision].T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    return float(apart[np.triu_indices(len(colours), 1)].min())
