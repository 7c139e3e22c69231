"""What an encoder is: pixels in, one vector per image out. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]
Feature = Literal["projected", "pooled"]
Weights = Literal["bundled", "at hand", "needs download"]


class Encoder(Protocol):
    """A frozen network that turns images into vectors.

    name: the spec it was loaded by. dimension: d. image_size: S, the side it sees. fingerprint: hash over weights,
    preprocessing and feature options; equal fingerprints give equal vectors up to the device's rounding.
    layers: what its vectors are made of, "last" or "4,6,last"; the last comes first, blocks after it in their order.
    precision: arithmetic of the forward pass, "float32" or "bfloat16". has_text: whether encode_text works.
    """

    name: str
    dimension: int
    image_size: int
    layers: str
    fingerprint: str
    precision: str
    has_text: bool

    @property
    def batch_size(self) -> int:
        """How many images at once suit the device it runs on."""

    def prepare(self, image: Image.Image) -> Pixels:
        """An RGB image of any size -> (S, S, 3) uint8, resized and cropped as the network was trained to see it.

        Bytes rather than normalised floats: the resize rounds to bytes anyway, and a quarter of the memory moves
        between threads and to the device. `encode` normalises.
        """

    def encode(self, batch: Pixels) -> Vectors:
        """(b, S, S, 3) uint8 from `prepare` -> (b, d) float32. Calls itself on halves when memory runs out."""

    def encode_text(self, texts: list[str]) -> Vectors:
        """(n, d) float32, comparable with `encode` by cosine. Raises BadInput unless has_text."""

    @property
    def logit_scale(self) -> float:
        """What cosines of image and text are multiplied by before a softmax. Raises BadInput unless has_text."""


@dataclass(frozen=True)
class EncoderInfo:
    """One line of the list of encoders. dimension: of the projected feature. image_size: the default side.

    blocks: those that layers can name. megabytes: to fetch, 0 where it is not known.
    """

    spec: str
    dimension: int
    image_size: int
    weights: Weights
    blocks: str
    note: str
    megabytes: int = 0


@dataclass(frozen=True)
class Options:
    """How an encoder is to be loaded, None for what is the encoder's own; see `load_encoder`."""

    device: str = "auto"
    image_size: int | None = None
    feature: Feature = "projected"
    l2norm: bool = False
    layers: str | None = None
    download: bool = False
