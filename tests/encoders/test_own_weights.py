"""timm and torchvision models from weights made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torchvision.models import get_model

from core.encoders import load_encoder
from core.encoders.protocol import Encoder
from core.errors import BadInput


def normalised(encoder: Encoder, batch: Any, mean: Any, sd: Any) -> torch.Tensor:
    images = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
    return (images - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(sd).view(1, 3, 1, 1)


def pixels(size: int) -> Any:
    return np.random.default_rng(0).integers(0, 256, (2, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("classes", [1000, 7, 0])
@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_timm_gives_the_input_of_the_classifier(name: str, classes: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model: Any = timm.create_model(name, num_classes=classes).eval()
    path = tmp_path / "weights.safetensors"
    save_file(model.state_dict(), path)
    encoder = load_encoder(f"timm:{name}@{path}", device="cpu")
    batch = pixels(encoder.image_size)
    images = normalised(encoder, batch, model.pretrained_cfg["mean"], model.pretrained_cfg["std"])
    with torch.inference_mode():
        expected = model.forward_head(model.forward_features(images), pre_logits=True)
    np.testing.assert_allclose(encoder.encode(batch), expected.numpy(), rtol=1e-4, atol=1e-5)
    assert encoder.dimension == model.num_features
    assert not encoder.has_text


def test_timm_reads_a_training_checkpoint_and_another_image_size(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = timm.create_model("test_vit", num_classes=3)
    path = tmp_path / "last.pth"
    torch.save({"epoch": 3, "state_dict": {f"module.{k}": v for k, v in model.state_dict().items()}}, path)
    native = load_encoder(f"timm:test_vit@{path}", device="cpu")
    larger = load_encoder(f"timm:test_vit@{path}", device="cpu", image_size=192)
    assert (native.image_size, larger.image_size) == (160, 192)
    assert larger.encode(pixels(192)).shape == (2, native.dimension)


@pytest.mark.parametrize(("name", "classes", "dimension"), [("resnet18", 5, 512), ("mobilenet_v3_small", 1000, 1024)])
def test_torchvision_gives_the_input_of_the_last_layer(name: str, classes: int, dimension: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = get_model(name, weights=None, num_classes=classes).eval()
    path = tmp_path / "weights.pth"
    torch.save(model.state_dict(), path)
    encoder = load_encoder(f"torchvision:{name}@{path}", device="cpu", image_size=64)
    batch = pixels(64)
    with torch.inference_mode():
        expected = model(normalised(encoder, batch, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])).numpy()
    last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    weight, bias = last.weight.detach().numpy(), last.bias.detach().numpy()
    assert encoder.dimension == dimension
    np.testing.assert_allclose(encoder.encode(batch) @ weight.T + bias, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("spec", ["timm:test_vit", "torchvision:resnet34"])
def test_weights_of_another_model_are_refused(spec: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save(get_model("resnet18", weights=None, num_classes=2).state_dict(), path)
    with pytest.raises(BadInput, match="cannot be loaded into their model"):
        load_encoder(f"{spec}@{path}")


def test_weights_with_a_layer_missing_are_refused(tmp_path: Path) -> None:
    tensors = timm.create_model("test_resnet", num_classes=7).state_dict()
    del tensors["layer1.0.conv1.weight"]
    path = tmp_path / "weights.pth"
    torch.save(tensors, path)
    with pytest.raises(BadInput, match="Missing key"):
        load_encoder(f"timm:test_resnet@{path}")
