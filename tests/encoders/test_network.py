"""What every encoder shares, on networks small enough to reckon by hand."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from torch import nn

from core.encoders.network import NetworkEncoder, out_of_memory
from core.encoders.preprocessing import Preprocessing
from core.encoders.protocol import Options
from core.errors import BadInput, HardlookError


class MeanColour(nn.Module):
    """(b, 3, S, S) -> (b, 3); fails as an allocator does on more than `limit` images at once."""

    def __init__(self, limit: int = 10**6, message: str = "DefaultCPUAllocator: can't allocate memory") -> None:
        super().__init__()
        self.limit, self.message = limit, message
        self.seen: list[int] = []
        self.gain = nn.Parameter(torch.ones(3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(images))
        if len(images) > self.limit:
            raise RuntimeError(self.message)
        return images.mean(dim=(2, 3)) * self.gain


def encoder(network: nn.Module, *, l2norm: bool = False) -> NetworkEncoder:
    preprocessing = Preprocessing(size=8, resize=8, mean=(0.5, 0.0, 0.25), sd=(0.5, 1.0, 0.25))
    return NetworkEncoder("tiny", network, preprocessing, Options(device="cpu", l2norm=l2norm))


def test_pixels_are_scaled_to_0_1_then_centred_and_scaled_by_channel() -> None:
    pixels = np.zeros((1, 8, 8, 3), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = 255, 51, 0
    # (1 - .5)/.5 = 1; 51/255 = .2; (0 - .25)/.25 = -1
    np.testing.assert_allclose(encoder(MeanColour()).encode(pixels), [[1, 0.2, -1]], rtol=1e-6)


def test_the_batch_halves_until_it_fits_and_stays_so(caplog: pytest.LogCaptureFixture) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    network = MeanColour(limit=6)
    small = encoder(network)
    network.seen.clear()
    with caplog.at_level(logging.WARNING):
        vectors = small.encode(pixels)
    np.testing.assert_allclose(vectors, encoder(MeanColour()).encode(pixels), rtol=1e-6)
    assert network.seen == [20, 10, 5, 5, 5, 5]
    assert "cpu ran out of memory with 20 images at once; going on with 10" in caplog.text
    assert small.batch_size == 5
    network.seen.clear()
    small.encode(pixels)
    assert network.seen == [5, 5, 5, 5]


def test_no_memory_for_one_image_is_an_error_with_a_way_out() -> None:
    network = MeanColour(limit=1)
    small = encoder(network)
    network.limit = 0
    with pytest.raises(HardlookError, match=r"not enough memory for one image of 8 pixels.*--image-size"):
        small.encode(np.zeros((4, 8, 8, 3), np.uint8))


def test_other_errors_of_a_network_are_not_taken_for_a_lack_of_memory() -> None:
    network = MeanColour(limit=1, message="shapes do not match")
    with pytest.raises(RuntimeError, match="shapes do not match"):
        encoder(network).encode(np.zeros((2, 8, 8, 3), np.uint8))


def test_what_counts_as_out_of_memory() -> None:
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"))
    assert not out_of_memory(RuntimeError("size mismatch"))


def test_fingerprint_follows_the_weights() -> None:
    changed = MeanColour()
    with torch.no_grad():
        changed.gain[1] += 1e-6
    assert encoder(MeanColour()).fingerprint == encoder(MeanColour()).fingerprint
    assert encoder(MeanColour()).fingerprint != encoder(changed).fingerprint


def test_no_text_side_says_which_encoder_has_one() -> None:
    without = encoder(MeanColour())
    assert not without.has_text
    with pytest.raises(BadInput, match=r"no text side.*open_clip"):
        without.encode_text(["a cat"])
    with pytest.raises(BadInput, match="no text side"):
        _ = without.logit_scale
