"""Smooth random fields and blurring kernels, which several corruptions are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import fftconvolve  # type: ignore[attr-defined]  # its types leave it out

from ..types import Floats


def stretched(grid: Floats, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A coarse (g, g) field drawn over a whole image of shape (H, W, …), bicubic. Returns (H, W, 1) float32."""
    picture = Image.fromarray(np.asarray(grid, np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))[:, :, None]


def clouds(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """(H, W, 1) in 0..1: random grids of 3, 5, 9 … cells a side, each half as strong as the one before."""
    total = np.zeros((*shape[:2], 1), np.float32)
    for octave in range(1, 6):  # the same draws at every image size
        total += stretched(rng.standard_normal((2**octave + 1,) * 2), shape) / 2**octave
    low, high = total.min(), total.max()
    return np.asarray((total - low) / max(float(high - low), 1e-6))


def convolved(image: Floats, kernel: Floats) -> Floats:
    """An (H, W, c) image convolved with a (k, k) kernel of odd side, mirrored at its border."""
    margin = min(len(kernel) // 2, min(image.shape[:2]))
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    blurred = fftconvolve(padded, kernel[:, :, None].astype(np.float32), mode="same", axes=(0, 1))
    return np.asarray(blurred[margin : margin + image.shape[0], margin : margin + image.shape[1]])


def disc(radius: float) -> Floats:
    """(k, k) a disc's share of each pixel, summing to 1. radius: in pixels."""
    half = int(np.ceil(radius + 0.5))
    fine = 8  # samples a side of a pixel
    offsets = (np.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    inside = offsets[:, None] ** 2 + offsets**2 <= radius**2
    share = inside.reshape(2 * half + 1, fine, 2 * half + 1, fine).mean(axis=(1, 3))
    return np.asarray(share / share.sum())


def streak(length: float, angle: float) -> Floats:
    """(k, k) a straight line through the centre, summing to 1. length: in pixels. angle: in radians.

    Points along the line, each shared out over the four pixels round it, so that fractions of a pixel count.
    """
    half = int(np.ceil(length / 2)) + 1
    along = np.linspace(-length / 2, length / 2, 8 * half + 1)
    kernel = np.zeros((2 * half + 1,) * 2)
    down, right = half + along * np.sin(angle), half + along * np.cos(angle)
    top, left = np.floor(down).astype(int), np.floor(right).astype(int)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        weight = (1 - abs(down - top - row)) * (1 - abs(right - left - column))
        inside = (top + row <= 2 * half) & (left + column <= 2 * half)
        np.add.at(kernel, ((top + row)[inside], (left + column)[inside]), weight[inside])
    return np.asarray(kernel / kernel.sum())
