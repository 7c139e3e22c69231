"""All images decoded once to training size: one (n, S, S, 3) uint8 array on disk, memory-mapped.

Each image is resized as a whole to S×S (bicubic, antialiased), not cropped: everything that can make an image
hard, or its label wrong, stays in sight, at the price of a changed aspect ratio. A network from elsewhere that was
evaluated on centre crops gets those.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..files.broken import BROKEN, is_of_the_machine
from ..files.leftovers import set_aside
from ..files.space import needing_space
from ..files.whole import whole_file
from ..images.rgb import central
from ..progress import Advance, warning
from ..types import Ints

Pixels = NDArray[np.uint8]
Transform = Literal["stretch", "crop"]
CROP_SHARE = 0.875
CHUNK = 256  # images decoded between two progress reports; bounds what waits in memory


class RgbSource(Protocol):
    """Where images come from; `core.images.pixels.PixelSource` is one."""

    def rgb(self, i: int, /) -> Image.Image:
        """Image i as RGB, full size. Called from several threads."""


@dataclass(frozen=True)
class Normalisation:
    """Channel mean and standard deviation, of pixels in 0..1. The network sees (pixel/255 - mean) / sd."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]


def decode_pixels(
    source: RgbSource,
    n: int,
    size: int,
    path: Path,
    *,
    transform: Transform = "stretch",
    advance: Advance | None = None,
    threads: int | None = None,
) -> Pixels:
    """(n, size, size, 3) uint8, memory-mapped read-only from `path`, which is made if it is not there.

    path: names what it was made from (items fingerprint, size, transform), so that it never has to be checked.
    transform: see `to_square`.
    The file appears in one rename: a killed run leaves none, and the next one decodes again.
    Raises what `source.rgb` raises on an image that cannot be read, and DiskFull.
    """
    if (pixels := kept_pixels(path, n, size, warning)) is not None:
        return pixels
    with needing_space(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, durable=True, needed=n * size**2 * 3) as part:
        _decode_into(part, source, n, size, transform, advance, threads)
    made: Pixels = np.load(path, mmap_mode="r")
    return made


def kept_pixels(path: Path, n: int, size: int, warn: Callable[[str], None]) -> Pixels | None:
    """The pixels that were decoded before, None where there are none.

    warn: told if the file cannot be read or is cut short; it is set aside then.
    """
    try:
        pixels: Pixels = np.load(path, mmap_mode="r")
    except FileNotFoundError:
        return None
    except BROKEN as error:
        if is_of_the_machine(error):
            raise
        warn(set_aside(path, error))
        return None
    if getattr(pixels, "shape", ()) != (n, size, size, 3) or pixels.dtype != np.uint8:
        warn(set_aside(path, f"it does not hold {n:,} images of {size}×{size} pixels"))
        return None
    return pixels


def pixels_path(cache: Path, fingerprint: str, size: int, transform: Transform = "stretch") -> Path:
    """Where an audit keeps the pixels of one state of its images at one size."""
    return cache / f"pixels-{fingerprint}-{size}{'' if transform == 'stretch' else f'-{transform}'}.npy"


def to_square(image: Image.Image, size: int, transform: Transform = "stretch") -> Image.Image:
    """An RGB image as size × size pixels, bicubic.

    stretch: the whole image, its sides scaled apart. crop: the shorter side scaled to size / 0.875, then the centre,
    which is how networks for ImageNet are evaluated (224 pixels of 256).
    """
    if transform == "crop":
        image = central(image)
        scale = max(round(size / CROP_SHARE), size) / min(image.size)
        width, height = (max(round(side * scale), size) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC)
        left, top = (width - size) // 2, (height - size) // 2
        return image.crop((left, top, left + size, top + size))
    return image if image.size == (size, size) else image.resize((size, size), Image.Resampling.BICUBIC)


def _decode_into(
    partial: Path,
    source: RgbSource,
    n: int,
    size: int,
    transform: Transform,
    advance: Advance | None,
    threads: int | None,
) -> None:
    def decode(i: int) -> Pixels:
        return np.asarray(to_square(source.rgb(i), size, transform), dtype=np.uint8)

    # Written as a stream, not through a writable map: a full disk is then an error here and not a SIGBUS later.
    with open(partial, "wb") as file, ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        header = {"descr": "|u1", "fortran_order": False, "shape": (n, size, size, 3)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, n, CHUNK):
            stop = min(start + CHUNK, n)
            for image in pool.map(decode, range(start, stop)):
                file.write(image.tobytes())
            if advance is not None:
                advance(stop, n)


def channel_statistics(pixels: Pixels, rows: Ints | Sequence[int]) -> Normalisation:
    """Mean and standard deviation (ddof 0) of each channel over the given rows, in one exact integer pass.

    A channel that never varies gets sd 1: it carries nothing, and must not become NaN.
    """
    levels = np.arange(256, dtype=np.float64)
    counts = np.zeros((3, 256), dtype=np.int64)
    ordered = np.sort(np.asarray(rows))
    for start in range(0, len(ordered), CHUNK):
        part = pixels[ordered[start : start + CHUNK]].reshape(-1, 3)
        for channel in range(3):
            counts[channel] += np.bincount(part[:, channel], minlength=256)
    total = counts.sum(axis=1)
    mean = counts @ levels / total
    variance = (counts * (levels - mean[:, None]) ** 2).sum(axis=1) / total
    sd = np.where(variance > 0, np.sqrt(variance), 255.0)
    return Normalisation(tuple((mean / 255).tolist()), tuple((sd / 255).tolist()))
