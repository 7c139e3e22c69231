"""Blur: what lenses and movement take away. Levels are shares of the shorter side."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter  # type: ignore[attr-defined]  # its types leave it out

from ..types import Floats
from .fields import convolved, disc, streak
from .registry import register, side_of


@register("gaussian_blur", "blur", (0.008, 0.012, 0.018, 0.026, 0.036), "standard deviation beyond 0.3 pixels")
def gaussian_blur(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Averages with weights of a Gaussian, as an image enlarged too far."""
    sigma = 0.3 + level * side_of(image)  # weights sampled at whole pixels do nothing below a third of a pixel
    return np.asarray(gaussian_filter(image, (sigma, sigma, 0), mode="reflect"))


@register("defocus_blur", "blur", (0.010, 0.016, 0.024, 0.033, 0.045), "radius beyond 0.5 pixels")
def defocus_blur(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Spreads every point over a disc, as a lens out of focus does."""
    return convolved(image, disc(0.5 + level * side_of(image)))


@register("motion_blur", "blur", (0.04, 0.065, 0.095, 0.135, 0.19), "length of the movement")
def motion_blur(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Moves the camera along a straight line, in a direction drawn at random, while the shutter is open."""
    return convolved(image, streak(level * side_of(image), rng.uniform(0, np.pi)))


@register("zoom_blur", "blur", (0.05, 0.09, 0.14, 0.20, 0.28), "how much nearer the end is than the start")
def zoom_blur(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Moves straight towards the scene while the shutter is open: the mean over views from 1 to 1 + level times."""
    height, width, channels = image.shape
    steps = int(np.ceil(level * side_of(image) / 2)) + 2  # the border moves by a pixel at most from view to view
    pixels = np.rint(image * 255).astype(np.uint8)
    picture = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    total = np.zeros((height, width, channels), np.float32)
    for nearer in np.linspace(1.0, 1.0 + level, steps):
        left, top = (width - width / nearer) / 2, (height - height / nearer) / 2
        seen = (left, top, width - left, height - top)
        view = picture.resize((width, height), Image.Resampling.BILINEAR, box=seen)
        total += np.asarray(view, np.float32).reshape(total.shape)
    return total / (255 * steps)
