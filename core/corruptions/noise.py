"""Noise: what a sensor adds, pixel by pixel."""

from __future__ import annotations

import numpy as np

from ..types import Floats
from .registry import fineness, register


@register("gaussian_noise", "noise", (0.07, 0.11, 0.16, 0.24, 0.36), "standard deviation at 224 pixels")
def gaussian_noise(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Adds normal noise of one strength everywhere, as in poor light."""
    return image + level * fineness(image) * rng.standard_normal(image.shape, np.float32)


@register("shot_noise", "noise", (64, 30, 14, 7, 3.5), "photons of a white pixel at 224 pixels")
def shot_noise(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Counts a Poisson number of photons, whose noise grows as the root of the brightness."""
    photons = level / fineness(image) ** 2
    return rng.poisson(image * photons).astype(np.float32) / np.float32(photons)


@register("impulse_noise", "noise", (0.03, 0.055, 0.09, 0.15, 0.25), "share of values replaced at 224 pixels")
def impulse_noise(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Sets single values to black or white, as dead and hot pixels do."""
    draw, white = rng.random(image.shape, np.float32), rng.random(image.shape, np.float32) < 0.5
    return np.where(draw < level * fineness(image), white.astype(np.float32), image)


@register("speckle_noise", "noise", (0.14, 0.21, 0.31, 0.45, 0.65), "standard deviation on white at 224 pixels")
def speckle_noise(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Multiplies by normal noise, so that bright places suffer most, as in radar and ultrasound."""
    return image * (1 + level * fineness(image) * rng.standard_normal(image.shape, np.float32))
