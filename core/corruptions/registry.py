"""The kinds of corruption by name, and one image made worse by one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..types import Floats

Image = NDArray[np.uint8]
Change = Callable[[Floats, float, np.random.Generator], Floats]
SEVERITIES = (1, 2, 3, 4, 5)
SMALLEST = 8  # pixels a side, below which a blur or a drop of mud is the whole image
REFERENCE = 224  # pixels a side at which levels of per-pixel corruptions are given


@dataclass(frozen=True)
class Corruption:
    """One kind. levels: what `change` is given at severities 1 to 5. unit: what a level is, in words.

    change: (H, W, c) float32 in 0..1, a level and a generator -> the same shape, clipped by the caller; c is 1 or 3.
    """

    name: str
    family: str
    levels: tuple[float, float, float, float, float]
    unit: str
    summary: str
    change: Change


_known: dict[str, Corruption] = {}


def register(
    name: str, family: str, levels: tuple[float, float, float, float, float], unit: str
) -> Callable[[Change], Change]:
    """Make a function known as a kind of corruption; its docstring's first line is the summary."""

    def add(change: Change) -> Change:
        if name in _known:
            raise ValueError(f"the corruption {name!r} is registered twice")
        summary = (change.__doc__ or "").strip().splitlines()[0]
        _known[name] = Corruption(name, family, levels, unit, summary, change)
        return change

    return add


def all_corruptions() -> list[Corruption]:
    """Every kind: noise, blur, weather, digital."""
    order = ("noise", "blur", "weather", "digital")
    return sorted(_known.values(), key=lambda kind: order.index(kind.family))


def get_corruption(name: str) -> Corruption:
    """The kind of that name. Raises BadInput on another."""
    if name not in _known:
        kinds = ", ".join(kind.name for kind in all_corruptions())
        raise BadInput(f"There is no corruption {name!r}.", f"Give one of: {kinds}.")
    return _known[name]


def corrupt(image: Image, kind: str, severity: int, *, seed: int = 0, identity: str = "") -> Image:
    """An image made worse. image: (H, W, 3) uint8. severity: 1 mild to 5 strong. Returns the same shape and type.

    identity: of the image, such as its content hash; what is drawn at random depends on (seed, identity, kind) alone.
    It is drawn alike for every severity, so that a stronger one has the same grains, drops or direction, only more.
    Raises BadInput on an unknown kind or severity and on images of fewer than 8 pixels a side.
    """
    known = get_corruption(kind)
    if severity not in SEVERITIES:
        raise BadInput(f"The severity is {severity}.", "Give 1 (mild) to 5 (strong).")
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST:
        raise BadInput(
            f"An image of {width}×{height} pixels is too small to be corrupted to a degree.",
            f"Use images of {SMALLEST} pixels a side or more.",
        )
    grey = bool((image[..., :1] == image[..., 1:]).all())
    clean = (image[..., :1] if grey else image).astype(np.float32) / 255
    digest = np.frombuffer(blake2b(f"{kind} {identity}".encode(), digest_size=16).digest(), "<u4")
    changed = known.change(clean, known.levels[severity - 1], np.random.default_rng([seed, *digest.tolist()]))
    rounded = np.rint(np.clip(changed, 0.0, 1.0) * 255).astype(np.uint8)
    return np.repeat(rounded, 3, axis=2) if grey else rounded


def side_of(image: Floats) -> int:
    """The shorter side, in pixels."""
    return int(min(image.shape[:2]))


def fineness(image: Floats) -> float:
    """By how much a per-pixel corruption is scaled: 1 at 224 pixels a side, and as the square root of the side."""
    return float(np.sqrt(side_of(image) / REFERENCE))
