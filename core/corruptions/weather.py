"""Weather, simply: what lies between the scene and the lens, or lights it otherwise."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter  # type: ignore[attr-defined]  # its types leave it out

from ..types import Floats
from .fields import clouds, convolved, streak, stretched
from .registry import register

AIRLIGHT = 0.85  # brightness of fog
MUD = (0.27, 0.21, 0.15)
FLAKES, DROPS = 64, 40  # cells a side of the grids that snow and mud are drawn on, whatever the image's size
PATCHINESS = 0.5  # of the fog's density, that varies over the image


@register("fog", "weather", (0.22, 0.34, 0.46, 0.58, 0.72), "mean density")
def fog(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Mixes in bright air, by a density that drifts over the image like clouds."""
    drift = clouds(image.shape, rng)
    density = np.clip(level * (1 + PATCHINESS * (drift - drift.mean())), 0, 1)
    return np.asarray((1 - density) * image + density * AIRLIGHT)


@register("snow", "weather", (0.02, 0.04, 0.07, 0.11, 0.17), "share of the scene that flakes begin in")
def snow(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Lays white flakes over the image, streaked along one direction, in slightly paler air."""
    draw, angle = rng.random((FLAKES, FLAKES)), rng.uniform(0.25, 0.75) * np.pi  # mostly downwards
    flakes = (draw < level).astype(np.float32)[:, :, None]
    falling = convolved(flakes, streak(3.0, angle))[:, :, 0] * 2  # a flake over three cells, two of them dense
    cover = np.clip(stretched(falling, image.shape), 0, 1)
    paler = level + (1 - level) * image
    return paler + cover * (1 - paler)


@register("brightness", "weather", (0.1, 0.18, 0.27, 0.37, 0.48), "added to every value")
def brightness(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Adds light evenly, so that bright parts are lost."""
    return image + level


@register("spatter", "weather", (0.05, 0.09, 0.14, 0.21, 0.30), "share covered")
def spatter(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Spatters the lens with drops of mud that have soft edges."""
    field = gaussian_filter(rng.standard_normal((DROPS, DROPS)), 1.5)
    depth = (field - np.quantile(field, 1 - level)) / field.std()
    cover = np.clip(0.5 + 2.5 * stretched(depth, image.shape), 0, 1)
    mud = np.asarray(MUD if image.shape[2] == 3 else np.mean(MUD), np.float32)
    return np.asarray(image + cover * (mud - image))
