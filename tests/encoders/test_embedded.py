from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.encoders import Encoder, load_encoder
from core.encoders.embedded import classifier, fold_batch_norms, renamed
from core.encoders.protocol import Vectors
from core.errors import WeightsUnavailable

FASHION = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("embedded", device="cpu", image_size=64)


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (24, 6, 6, 3), dtype=np.uint8)
    return [Image.fromarray(one).resize((40, 32), Image.Resampling.BICUBIC) for one in coarse]


def vectors_of(encoder: Encoder, images: list[Image.Image], size: int) -> Vectors:
    pixels = np.stack([encoder.prepare(image) for image in images])
    return np.concatenate([encoder.encode(pixels[start : start + size]) for start in range(0, len(pixels), size)])


def test_shapes_and_types_are_what_the_protocol_says(encoder: Encoder, images: list[Image.Image]) -> None:
    pixels = encoder.prepare(images[0])
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == np.uint8
    vectors = encoder.encode(pixels[None])
    assert vectors.shape == (1, encoder.dimension)
    assert vectors.dtype == np.float32
    assert encoder.dimension == 1280
    assert encoder.precision == "float32"


def test_vectors_do_not_depend_on_the_batch_size(encoder: Encoder, images: list[Image.Image]) -> None:
    whole = vectors_of(encoder, images, len(images))
    for size in (1, 5, 16):
        parts = vectors_of(encoder, images, size)
        # A convolution library picks another order of summation for another batch: float32 rounding through 49
        # layers, measured at 1e-6 to 2e-6 of the vector's length.
        assert np.linalg.norm(whole - parts, axis=1).max() < 5e-6 * np.linalg.norm(whole, axis=1).min()


def test_same_batch_gives_the_same_bits(encoder: Encoder, images: list[Image.Image]) -> None:
    np.testing.assert_array_equal(vectors_of(encoder, images, 8), vectors_of(encoder, images, 8))


def test_different_images_have_different_vectors(encoder: Encoder, images: list[Image.Image]) -> None:
    vectors = vectors_of(encoder, images, 8)
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=2) + 1e9 * np.eye(len(vectors))
    assert distances.min() > 1


def test_fingerprint_is_the_same_twice_and_differs_with_what_the_vectors_depend_on(encoder: Encoder) -> None:
    def again(size: int = 64, *, l2norm: bool = False) -> str:
        return load_encoder("lite0", device="cpu", image_size=size, l2norm=l2norm).fingerprint

    assert again() == encoder.fingerprint
    assert len({encoder.fingerprint, again(96), again(l2norm=True)}) == 3


def test_l2norm_scales_to_length_one(images: list[Image.Image]) -> None:
    vectors = vectors_of(load_encoder("embedded", device="cpu", image_size=64, l2norm=True), images[:3], 3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_folding_batch_norms_changes_nothing_but_rounding() -> None:
    network = classifier().eval()
    pixels = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        before = network(pixels)
        folded = fold_batch_norms(network)
        after = folded(pixels)
    assert not [name for name, _ in folded.named_buffers() if "running" in name]
    assert (after - before).abs().max() < 1e-5 * before.abs().max()


def test_weights_that_do_not_fit_are_refused() -> None:
    target = {"a.weight": torch.zeros(2, 3), "b.bias": torch.zeros(2)}
    assert list(renamed({"x.weight": torch.ones(2, 3), "y.bias": torch.ones(2)}, target)) == list(target)
    with pytest.raises(WeightsUnavailable, match="1 tensors, not 2"):
        renamed({"x.weight": torch.ones(2, 3)}, target)
    with pytest.raises(WeightsUnavailable, match=r"x\.weight does not fit a\.weight"):
        renamed({"x.weight": torch.ones(3, 2), "y.bias": torch.ones(2)}, target)
    with pytest.raises(WeightsUnavailable, match=r"y\.weight does not fit b\.bias"):
        renamed({"x.weight": torch.ones(2, 3), "y.weight": torch.ones(2)}, target)


@pytest.mark.skipif(not FASHION.is_dir(), reason=f"Fashion-MNIST is not in {FASHION}")
def test_nearest_neighbours_in_its_space_share_a_class() -> None:
    def read(name: str, offset: int) -> np.ndarray:
        with gzip.open(FASHION / name) as file:
            return np.frombuffer(file.read(offset + 400 * (784 if offset == 16 else 1)), np.uint8, offset=offset)

    pictures = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = read("t10k-labels-idx1-ubyte.gz", 8)
    encoder = load_encoder("embedded", device="cpu", image_size=64, l2norm=True)
    vectors = vectors_of(encoder, [Image.fromarray(picture).convert("RGB") for picture in pictures], 50)
    similarity = vectors[300:] @ vectors[:300].T
    # 0.1 by chance, 0.24 with the weights of each convolution shuffled, 0.73 as they are.
    assert (labels[:300][similarity.argmax(axis=1)] == labels[300:]).mean() > 0.65
