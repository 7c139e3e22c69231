"""Middle layers beside the last, compared with what the model libraries themselves give for a layer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import timm
import torch
from torch import nn
from torchvision.models import SwinTransformer, VisionTransformer, get_model
from torchvision.models.feature_extraction import create_feature_extractor

from core.encoders import load_encoder
from core.encoders.blocks import beside, blocks_of
from core.encoders.embedded import classifier
from core.encoders.layers import read_layers
from core.encoders.network import NetworkEncoder
from core.encoders.preprocessing import Preprocessing
from core.encoders.protocol import Encoder, Options, Vectors
from core.encoders.torchvision_family import last_linear
from core.errors import BadInput, HardlookError

Loaded = tuple[Encoder, Encoder, Any]
"""An encoder with its last layer alone, one with more, and the images that both are given."""


def images_of(encoder: Encoder, batch: Any, mean: Any, sd: Any) -> torch.Tensor:
    images = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
    return (images - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(sd).view(1, 3, 1, 1)


def pixels(size: int, count: int = 3) -> Any:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def check(last: Vectors, both: Vectors, middles: list[torch.Tensor]) -> None:
    """The last to the bit, then each middle in its direction, half as long as the last."""
    d = last.shape[1]
    np.testing.assert_array_equal(both[:, :d], last)
    start = d
    for middle in middles:
        part = both[:, start : start + middle.shape[1]]
        start += middle.shape[1]
        lengths = 0.5 * np.linalg.norm(last, axis=1, keepdims=True)
        expected = middle.numpy() / np.linalg.norm(middle.numpy(), axis=1, keepdims=True) * lengths
        np.testing.assert_allclose(part, expected, rtol=1e-3, atol=1e-5 * lengths.max())
    assert start == both.shape[1]


def loaded(spec: str, layers: str, size: int | None = None, feature: str = "projected") -> Loaded:
    last, both = (
        load_encoder(spec, device="cpu", image_size=size, layers=said, feature=feature) for said in ("last", layers)
    )
    return last, both, pixels(last.image_size)


def small(network: nn.Module, layers: str, size: int = 8) -> NetworkEncoder:
    look = Preprocessing(size=size, resize=size, mean=(0.0, 0.0, 0.0), sd=(1.0, 1.0, 1.0))
    return NetworkEncoder("odd", network, look, Options(device="cpu", layers=layers))


TIMM = {
    "test_resnet": ["layer1", "layer3"],
    "test_efficientnet": ["blocks.1", "blocks.3"],
    "test_convnext": ["stages.0", "stages.2"],
    "test_byobnet": ["stages.1", "stages.2"],
    "test_vit": ["blocks.1", "blocks.4"],
    "test_vit3": ["blocks.0"],
}
TOKENS = {"test_vit", "test_vit3"}


def layers_of(nodes: list[str]) -> str:
    return ",".join([*(node.split(".")[-1] for node in nodes), "last"])


@pytest.mark.parametrize("name", TIMM)
def test_timms_blocks_are_what_timm_and_a_traced_graph_give(name: str, tmp_path: Path) -> None:
    nodes = TIMM[name]
    torch.manual_seed(0)
    model: Any = timm.create_model(name, num_classes=3).eval()
    path = tmp_path / "weights.pth"
    torch.save(model.state_dict(), path)
    last, both, batch = loaded(f"timm:{name}@{path}", layers_of(nodes))
    assert both.layers == layers_of(nodes)
    images = images_of(last, batch, model.pretrained_cfg["mean"], model.pretrained_cfg["std"])
    with torch.inference_mode():
        if name in TOKENS:  # a transformer's tokens, the class token among them
            found = model.forward_intermediates(
                images, indices=[int(node[-1]) for node in nodes], return_prefix_tokens=True, intermediates_only=True,
                output_fmt="NLC",
            )  # fmt: skip
            means = [torch.cat([prefix, tokens], dim=1).mean(1) for tokens, prefix in found]
            assert all(prefix.shape[1] == model.num_prefix_tokens for _, prefix in found)
        else:
            means = [create_feature_extractor(model, [node])(images)[node].mean((2, 3)) for node in nodes]
    check(last.encode(batch), both.encode(batch), means)


TORCHVISION: dict[str, tuple[Callable[[], nn.Module], list[str], tuple[int, ...]]] = {
    "resnet18": (lambda: get_model("resnet18", weights=None), ["layer2", "layer3"], (2, 3)),
    "mobilenet": (lambda: get_model("mobilenet_v3_small", weights=None), ["features.4", "features.8"], (2, 3)),
    "regnet": (
        lambda: get_model("regnet_y_400mf", weights=None), ["trunk_output.block1", "trunk_output.block3"], (2, 3)
    ),
    "densenet": (
        lambda: get_model("densenet121", weights=None), ["features.denseblock1", "features.denseblock3"], (2, 3)
    ),
    "swin": (
        lambda: SwinTransformer([4, 4], 8, [1, 1, 1], [1, 2, 4], [4, 4]), ["features.1", "features.3"], (1, 2)
    ),
    "vit": (lambda: VisionTransformer(64, 16, 3, 2, 16, 16), ["encoder.layers.encoder_layer_1"], (1,)),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_blocks_are_what_its_feature_extractor_gives(name: str) -> None:
    make, nodes, over = TORCHVISION[name]
    torch.manual_seed(0)
    model = make().eval()
    model.set_submodule(last_linear(model), nn.Identity())
    # The extractor stops before the next layer, which may change what it is given in place.
    traced = [f"{node}.add_1" if name == "vit" else node for node in nodes]
    batch = pixels(64)
    images = images_of(small(model, "last", 64), batch, [0.0] * 3, [1.0] * 3)
    with torch.inference_mode():
        means = [create_feature_extractor(model, [node])(images)[node].mean(over) for node in traced]
    last, both = small(model, "last", 64), small(model, layers_of(nodes), 64)
    assert both.layers == layers_of(nodes)
    check(last.encode(batch), both.encode(batch), means)


def test_a_torchvision_file_of_ones_own_has_layers_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "weights.pth"
    torch.save(get_model("resnet18", weights=None, num_classes=3).state_dict(), path)
    last, both, batch = loaded(f"torchvision:resnet18@{path}", "2,last", 64)
    assert (both.layers, both.dimension) == ("layer2,last", 512 + 128)
    np.testing.assert_array_equal(both.encode(batch)[:, :512], last.encode(batch))


TEXT = {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
TOWERS: dict[str, tuple[dict[str, Any], str]] = {
    "blocks-vit": ({"image_size": 32, "layers": 3, "width": 32, "head_width": 16, "patch_size": 16}, "0,1,last"),
    "blocks-resnet": ({"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}, "layer1,layer3,last"),
    "blocks-timm": (
        {"image_size": 32, "timm_model_name": "test_resnet", "timm_pool": "avg", "timm_proj": "linear"},
        "layer2,layer3,last",
    ),
}


@pytest.mark.parametrize("feature", ["projected", "pooled"])
@pytest.mark.parametrize("name", TOWERS)
def test_open_clips_blocks_are_what_open_clip_calls_intermediates(name: str, feature: str, tmp_path: Path) -> None:
    vision, layers = TOWERS[name]
    config = tmp_path / f"{name}.json"
    config.write_text(json.dumps({"embed_dim": 24, "vision_cfg": vision, "text_cfg": TEXT}))
    open_clip.add_model_config(config)
    torch.manual_seed(0)
    model: Any = open_clip.create_model(name, pretrained_text=False).eval()
    path = tmp_path / "weights.pth"
    torch.save(model.state_dict(), path)
    last, both, batch = loaded(f"open_clip:{name}@{path}", layers, feature=feature)
    assert both.layers == layers
    assert (last.has_text, both.has_text) == (feature == "projected", False)
    with pytest.raises(BadInput, match="last layer alone"):
        both.encode_text(["a cat"])
    settings = model.visual.preprocess_cfg
    images = images_of(last, batch, settings["mean"], settings["std"])
    with torch.inference_mode():
        check(last.encode(batch), both.encode(batch), open_clip_means(name, model.visual, images))


def open_clip_means(name: str, visual: Any, images: torch.Tensor) -> list[torch.Tensor]:
    if name == "blocks-vit":
        found = visual.forward_intermediates(images, indices=[0, 1], output_fmt="NLC", output_extra_tokens=True)
        tokens = zip(found["image_intermediates_prefix"], found["image_intermediates"], strict=True)
        return [torch.cat(both, dim=1).mean(1) for both in tokens]
    if name == "blocks-timm":
        maps = visual.trunk.forward_intermediates(images, indices=[2, 3], intermediates_only=True)
    else:  # the stem is the first of these
        maps = visual.forward_intermediates(images, indices=[1, 3], intermediates_only=True)["image_intermediates"]
    return [one.mean((2, 3)) for one in maps]


@pytest.mark.parametrize("size", [96, 128])
def test_the_embedded_encoders_blocks_are_timms_through_the_folded_batch_norms(size: int) -> None:
    last, both, batch = loaded("embedded", "4,6,last", size)
    assert (last.dimension, both.dimension) == (1280, 1280 + 112 + 320)
    whole: Any = classifier().eval()
    with torch.inference_mode():
        found = whole.forward_intermediates(
            images_of(last, batch, [0.5] * 3, [0.5] * 3), indices=[3, 4], intermediates_only=True
        )
    assert [one.shape[1] for one in found] == [112, 320]
    check(last.encode(batch), both.encode(batch), [one.mean((2, 3)) for one in found])


def test_layers_are_one_text_however_they_are_written_and_make_another_fingerprint() -> None:
    def again(layers: str) -> Encoder:
        return load_encoder("embedded", device="cpu", image_size=32, layers=layers)

    alone, both = again("last"), again("4,6,last")
    assert again(" last , 6,4,6").layers == both.layers == "4,6,last"
    assert again("6,last,4").fingerprint == both.fingerprint
    assert len({alone.fingerprint, both.fingerprint, again("4,last").fingerprint}) == 3
    assert alone.fingerprint == load_encoder("embedded", device="cpu", image_size=32).fingerprint


def test_l2norm_is_of_the_last_vector_before_the_middles_stand_beside_it() -> None:
    encoder = load_encoder("embedded", device="cpu", image_size=32, l2norm=True, layers="4,6,last")
    vectors = encoder.encode(pixels(32))
    np.testing.assert_allclose(np.linalg.norm(vectors[:, :1280], axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors[:, 1280:1392], axis=1), 0.5, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.sqrt(1.5), rtol=1e-6)


def test_batches_of_one_and_of_all_put_the_same_beside() -> None:
    encoder = load_encoder("embedded", device="cpu", image_size=64, layers="2,4,last")
    batch = pixels(64, 5)
    whole, single = encoder.encode(batch), np.concatenate([encoder.encode(one[None]) for one in batch])
    np.testing.assert_allclose(whole, single, rtol=1e-4, atol=5e-6 * np.linalg.norm(whole, axis=1).min())


def test_beside_by_hand() -> None:
    # |last| = 5, so a middle is 2.5 long: (0, 2) becomes (0, 2.5), and (3, 4) becomes 2.5 * (.6, .8).
    vectors = beside(torch.tensor([[3.0, 4.0]]), [torch.tensor([[0.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
    np.testing.assert_allclose(vectors, [[3, 4, 0, 2.5, 1.5, 2]], rtol=1e-6)
    np.testing.assert_array_equal(beside(torch.zeros(1, 2), [torch.ones(1, 2)]), np.zeros((1, 4)))


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ("9,last", "no block '9'. It has 0 (16 wide), 1 (24 wide)"),
        ("4,head,last", "no block 'head'"),
        ("4,6", "leave out the last, which every vector begins with. Pass --layers 4,6,last."),
        ("4,,last", "have an empty name"),
        ("", "have an empty name"),
    ],
)
def test_layers_that_are_not_there_are_refused_with_those_that_are(layers: str, says: str) -> None:
    with pytest.raises(BadInput) as raised:
        load_encoder("embedded", device="cpu", image_size=32, layers=layers)
    assert says in str(raised.value)
    assert "--layers" in str(raised.value)


class Odd(nn.Module):
    """A network whose blocks give what `make` makes of its map, (b, 4, S, S)."""

    def __init__(self, make: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self.make = make

        class Stage(nn.Module):
            def forward(self, images: torch.Tensor) -> Any:
                return make(images)

        self.stages = nn.ModuleList([Stage(), Stage()])
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for stage in self.stages:
            stage(images * self.weight)
        return images.mean((2, 3))


@pytest.mark.parametrize(
    "make",
    [
        lambda images: [images, images],  # several maps
        lambda images: images.flatten(0, 1),  # images one after another
        lambda images: images.unsqueeze(1),  # an axis that nobody can name
        lambda images: images[:, :, :4],  # a map that is not square
    ],
)
def test_a_network_whose_blocks_give_no_array_an_image_is_refused_in_words(make: Callable[..., Any]) -> None:
    assert small(Odd(make), "last").dimension == 3
    with pytest.raises(BadInput, match=r"'odd' no blocks can be told apart.*--layers last"):
        small(Odd(make), "0,last")


@pytest.mark.parametrize(
    ("make", "width"),
    [
        (lambda images: images, 3),
        (lambda images: images.permute(0, 2, 3, 1), 3),
        (lambda images: images.flatten(2).transpose(1, 2), 3),
        (lambda images: images.mean((2, 3)), 3),
        (lambda images: (images, "a shape"), 3),
        (lambda images: images.mean((2, 3), keepdim=True), 3),
    ],
)
def test_maps_tokens_and_vectors_are_averaged_to_their_channels(make: Callable[..., Any], width: int) -> None:
    encoder = small(Odd(make), "1,last")
    batch = pixels(8, 2)
    vectors = encoder.encode(batch)
    mean = batch.reshape(2, -1, 3).mean(1) / 255
    np.testing.assert_allclose(vectors, np.hstack([mean, mean / 2]), rtol=1e-5)  # as long as the last, halved
    assert vectors.shape[1] == 3 + width


def test_a_map_as_deep_as_it_is_wide_is_read_as_the_networks_others_are() -> None:
    class Net(nn.Module):
        def __init__(self, last: bool) -> None:
            super().__init__()
            self.last, self.blocks = last, nn.ModuleList([nn.Identity(), nn.Identity(), nn.Identity()])

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            for block, (channels, side) in zip(self.blocks, ((8, 8), (4, 8), (16, 4)), strict=True):
                map_ = torch.zeros(len(images), channels, side, side)
                block(map_.permute(0, 2, 3, 1) if self.last else map_)
            return images.mean((2, 3))

    assert [block.over for block in blocks_of(Net(last=False), 8)] == [(2, 3)] * 3
    assert [block.over for block in blocks_of(Net(last=True), 8)] == [(1, 2)] * 3
    assert [block.width for block in blocks_of(Net(last=True), 8)] == [8, 4, 16]


def test_a_block_is_also_called_by_its_number_alone_where_that_is_one_blocks() -> None:
    class Numbered(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer1, self.layer2, self.conv2 = nn.Identity(), nn.Identity(), nn.Identity()

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            map_: torch.Tensor = self.conv2(self.layer2(self.layer1(images)))
            return map_.mean((2, 3))

    assert small(Numbered(), "1,last").layers == "layer1,last"
    assert small(Numbered(), "layer2,1,last").layers == "layer1,layer2,last"
    densenet = get_model("densenet121", weights=None).eval()
    names = [block.name for block in blocks_of(densenet, 64)]
    assert {"denseblock1", "transition1"} <= set(names)
    densenet.classifier = nn.Identity()
    with pytest.raises(BadInput, match="no block '1'"):
        small(densenet, "1,last", 64)


def test_a_family_that_gives_one_layer_refuses_others_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = load_encoder("embedded", device="cpu", image_size=32)
    monkeypatch.setattr("core.encoders.embedded.load", lambda *_: alone)
    with pytest.raises(HardlookError, match=r"Encoders of embedded give their last layer alone.*--layers last"):
        load_encoder("embedded", device="cpu", layers="4,last")


def test_reading_leaves_no_last_behind() -> None:
    assert read_layers("last") == ()
    assert read_layers("a,last,b") == ("a", "b")
