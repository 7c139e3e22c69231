"""open_clip models from weights made on the spot, and from the small trained one where it is at hand."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from core.encoders import load_encoder
from core.encoders.open_clip_family import published, published_settings
from core.encoders.protocol import Encoder, Vectors
from core.errors import BadInput

SHARED = Path(__file__).parents[3] / "shared"
TRAINED = SHARED / "models" / "lite0-wordnet-256"
CIFAR = SHARED / "data" / "cifar10n-train-10k.npz"

TEXT = {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
TOWERS: dict[str, dict[str, Any]] = {
    "tiny-vit": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "tiny-resnet": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
    "tiny-timm": {"image_size": 32, "timm_model_name": "test_resnet", "timm_pool": "avg", "timm_proj": "linear"},
    "tiny-timm-head": {"image_size": 32, "timm_model_name": "test_resnet", "timm_pool": "avg", "timm_proj": ""},
}
POOLED = {"tiny-vit": 32, "tiny-resnet": 256, "tiny-timm": 96, "tiny-timm-head": 96}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of random weights for each of TOWERS, whose configurations open_clip then knows by name."""
    folder = tmp_path_factory.mktemp("open_clip")
    files = {}
    for name, vision in TOWERS.items():
        config = folder / f"{name}.json"
        config.write_text(json.dumps({"embed_dim": 24, "vision_cfg": vision, "text_cfg": TEXT}))
        open_clip.add_model_config(config)
        torch.manual_seed(0)
        files[name] = folder / f"{name}.pth"
        torch.save(open_clip.create_model(name, pretrained_text=False).state_dict(), files[name])
    return files


def pixels(encoder: Encoder, count: int = 3) -> Any:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, encoder.image_size, encoder.image_size, 3), dtype=np.uint8)


def unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


@pytest.mark.parametrize("name", TOWERS)
def test_vectors_equal_open_clips_own(name: str, weights: dict[str, Path]) -> None:
    encoder = load_encoder(f"open_clip:{name}@{weights[name]}", device="cpu")
    model, _, transform = open_clip.create_model_and_transforms(name, pretrained=str(weights[name]))
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (50, 40, 3), dtype=np.uint8))
    with torch.inference_mode():
        theirs = model.eval().encode_image(transform(picture)[None]).numpy()
        words = model.encode_text(open_clip.get_tokenizer(name)(["a cat", "a dog"])).numpy()
    np.testing.assert_allclose(encoder.encode(encoder.prepare(picture)[None]), theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_text(["a cat", "a dog"]), words, rtol=1e-4, atol=1e-5)
    assert encoder.logit_scale == pytest.approx(1 / 0.07, rel=1e-4)
    assert (encoder.dimension, encoder.image_size, encoder.has_text) == (24, 32, True)


@pytest.mark.parametrize("name", TOWERS)
def test_pooled_is_the_vector_that_the_projection_projects(name: str, weights: dict[str, Path]) -> None:
    spec = f"open_clip:{name}@{weights[name]}"
    projected = load_encoder(spec, device="cpu")
    pooled = load_encoder(spec, device="cpu", feature="pooled")
    assert pooled.dimension == POOLED[name]
    assert not pooled.has_text
    assert pooled.fingerprint != projected.fingerprint
    before, after = pooled.encode(pixels(pooled)), projected.encode(pixels(projected))
    state = torch.load(weights[name], weights_only=True)
    layer = {"tiny-resnet": "attnpool.c_proj", "tiny-timm": "head.proj", "tiny-timm-head": "trunk.fc"}.get(name)
    matrix = state[f"visual.{layer}.weight"].T if layer else state["visual.proj"]
    bias = state.get(f"visual.{layer}.bias", torch.zeros(24))
    np.testing.assert_allclose(before @ matrix.numpy() + bias.numpy(), after, rtol=1e-3, atol=1e-5)


def test_a_folder_in_open_clips_format_is_read_with_its_own_configuration(
    weights: dict[str, Path], tmp_path: Path
) -> None:
    config = {"embed_dim": 24, "vision_cfg": TOWERS["tiny-vit"], "text_cfg": TEXT}
    preprocess = {"mean": [0.1, 0.2, 0.3], "std": [0.5, 0.5, 0.5], "resize_mode": "squash"}
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}))
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(weights["tiny-vit"].read_bytes())
    by_path = load_encoder(f"open_clip:mine@{tmp_path}", device="cpu")
    by_schema = load_encoder(f"open_clip:local-dir:{tmp_path}", device="cpu")
    plain = load_encoder(f"open_clip:tiny-vit@{weights['tiny-vit']}", device="cpu")
    assert by_path.fingerprint == by_schema.fingerprint != plain.fingerprint
    wide = Image.fromarray(np.tile(np.arange(0, 256, 4, dtype=np.uint8)[:, None], (32, 1, 3)))
    assert by_path.prepare(wide)[0, 0, 0] < 10  # squashed, so the left edge is there; a centre crop starts at 64


def test_a_torchscript_archive_is_openais_and_gets_the_quick_gelu(weights: dict[str, Path], tmp_path: Path) -> None:
    model = open_clip.create_model("tiny-vit", pretrained=str(weights["tiny-vit"])).eval()
    path = tmp_path / "ViT.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript warns of its own retirement
        torch.jit.save(torch.jit.trace(Holder(model), torch.zeros(1), check_trace=False), str(path))  # type: ignore[no-untyped-call]
    encoder = load_encoder(f"open_clip:tiny-vit@{path}", device="cpu")
    quick = open_clip.create_model("tiny-vit", pretrained=str(weights["tiny-vit"]), force_quick_gelu=True).eval()
    batch = pixels(encoder)
    images = (torch.from_numpy(batch).permute(0, 3, 1, 2) / 255 - mean_of(quick)) / sd_of(quick)
    with torch.inference_mode():
        expected, exact = quick.encode_image(images).numpy(), model.encode_image(images).numpy()
    np.testing.assert_allclose(encoder.encode(batch), expected, rtol=1e-4, atol=1e-5)
    assert np.abs(expected - exact).max() > 1e-3


class Holder(torch.nn.Module):
    """A module with a CLIP's parameters under their own names, and a forward that can be traced."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        for name, child in model.named_children():
            self.add_module(name, child)
        for name, parameter in model.named_parameters(recurse=False):
            self.register_parameter(name, parameter)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def mean_of(model: Any) -> torch.Tensor:
    return torch.tensor(model.visual.preprocess_cfg["mean"]).view(1, 3, 1, 1)


def sd_of(model: Any) -> torch.Tensor:
    return torch.tensor(model.visual.preprocess_cfg["std"]).view(1, 3, 1, 1)


def test_openais_weights_are_known_to_want_the_quick_gelu_which_the_architecture_lacks() -> None:
    settings = published_settings("ViT-B-32", "openai", needed=True)
    assert settings["quick_gelu"]
    assert "quick_gelu" not in open_clip.get_model_config("ViT-B-32")
    assert published(settings).files[0].endswith(".safetensors")


def test_weights_of_another_model_are_refused(weights: dict[str, Path]) -> None:
    with pytest.raises(BadInput, match="cannot be loaded into their model"):
        load_encoder(f"open_clip:tiny-vit@{weights['tiny-resnet']}")


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no open_clip_config\.json"):
        load_encoder(f"open_clip:ViT-B-32@{tmp_path}")


@pytest.mark.skipif(not (TRAINED.is_dir() and CIFAR.is_file()), reason="the trained model or CIFAR-10 is not at hand")
def test_text_names_the_images_of_a_trained_model() -> None:
    encoder = load_encoder(f"open_clip:lite0@{TRAINED}", device="cpu", image_size=128)
    with np.load(CIFAR) as data:
        images, labels = data["x"][:120], data["label"][:120]
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    vectors = encoder.encode(np.stack([encoder.prepare(Image.fromarray(image)) for image in images]))
    similarity = unit(vectors) @ unit(encoder.encode_text(names)).T
    assert (similarity.argmax(axis=1) == labels).mean() > 0.4  # 0.1 by chance
