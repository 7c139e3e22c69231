"""Contrastive image-and-text models through open_clip: `open_clip:MODEL/TAG` or `open_clip:MODEL@FILE_OR_FOLDER`.

TAG names published weights; `MODEL/TAG@FILE` is a copy of them. FOLDER is open_clip's own format
(`open_clip_config.json` and weights), whose configuration is used, MODEL being then only what you call it.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.factory import get_model_config
from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model
from safetensors.torch import save_file
from torch import nn

from ..errors import BadInput
from ..files.temporary import temporary_folder
from .network import NetworkEncoder, TextSide
from .preprocessing import Preprocessing
from .protocol import Encoder, Options
from .registry import split_path, unknown_model
from .weights import OPEN_CLIP_FILES, Published, clip_cache, local_path, obtain, weights_that_fit

CONFIGURATION = "open_clip_config.json"
LOCAL = "local-dir:"
SHARED_WITH_TAG = ("mean", "std", "interpolation", "resize_mode")


def load(spec: str, model: str, options: Options) -> Encoder:
    """An image-and-text encoder. See `load_encoder`."""
    name, path = split_path(model)
    if name.startswith(LOCAL):  # open_clip's own way to name a folder
        name, path = "", name.removeprefix(LOCAL)
    location = local_path(path, spec) if path else None
    if location is not None and location.is_dir():
        if not (location / CONFIGURATION).is_file():
            raise BadInput(f"{location} holds no {CONFIGURATION}.", f"For a file of weights: open_clip:{name}@FILE.")
        source, settings, weights = f"{LOCAL}{location}", {}, None
    else:
        source, _, tag = name.partition("/")
        settings = published_settings(source, tag, needed=location is None)
        weights = location or obtain(published(settings), spec, download=options.download)
    network = build(source, weights, settings, options.image_size, spec)
    preprocessing = preprocessing_of(network)
    text = text_side(network, source) if options.feature == "projected" else None
    if options.feature == "pooled":
        remove_projection(network.visual, spec)
    return NetworkEncoder(
        spec, ImageTower(network.visual), preprocessing, options, feature=options.feature,
        text=text, text_network=network if text else None,
    )  # fmt: skip


class ImageTower(nn.Module):
    """The image side alone: some towers return the tokens beside the vector."""

    def __init__(self, visual: nn.Module) -> None:
        super().__init__()
        self.visual = visual

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(b, 3, S, S) -> (b, d)."""
        out = self.visual(images)
        vectors: torch.Tensor = out[0] if isinstance(out, tuple) else out
        return vectors


def published_settings(model: str, tag: str, *, needed: bool) -> dict[str, Any]:
    """How the weights of a tag were trained and where they are; {} where no tag is given nor needed."""
    if get_model_config(model) is None:
        raise unknown_model("open_clip", model, open_clip.list_models())
    tags = list_pretrained_tags_by_model(model)
    if tag and not (found := get_pretrained_cfg(model, tag)):
        raise unknown_model(f"open_clip's {model}", tag, tags, "weights")
    if not tag and needed:
        some = ", ".join(tags[:4]) + (f" or one of {len(tags) - 4} others" if len(tags) > 4 else "")
        raise BadInput(
            f"open_clip:{model} does not say which weights: {some or 'open_clip knows none'}.",
            f"Pass open_clip:{model}/WEIGHTS, or open_clip:{model}@FILE.",
        )
    return dict(found) if tag else {}


def published(settings: Mapping[str, Any]) -> Published:
    """Where open_clip would look: the hub before the makers' server."""
    repository, _, name = str(settings.get("hf_hub") or "").rpartition("/")
    if not repository:
        return Published(url=str(settings["url"]), folder=clip_cache())
    safe = (f"{name.rpartition('.')[0]}.safetensors",) if name.endswith((".bin", ".pth")) else ()
    return Published(repository, (*safe, name) if name else OPEN_CLIP_FILES)


def build(source: str, weights: Path | None, settings: Mapping[str, Any], size: int | None, spec: str) -> Any:
    """The open_clip model with its weights, strictly loaded. Raises BadInput where they do not fit."""
    with temporary_folder("hardlook-weights-") as folder:
        quick = bool(settings.get("quick_gelu"))
        with weights_that_fit(spec):
            if weights is not None and is_torchscript(weights):
                # OpenAI published CLIP in this form, and all of it was trained with the quick form of GELU.
                weights, quick = unpacked(weights, folder / "weights.safetensors"), True
            # Without force_quick_gelu open_clip builds ViT-B-32 with the exact GELU, warns, and returns vectors
            # that look right and are not those of OpenAI's model.
            return open_clip.create_model(
                source, pretrained=None if weights is None else str(weights), force_quick_gelu=quick,
                force_image_size=size, require_pretrained=True,
                force_preprocess_cfg={key: settings[key] for key in SHARED_WITH_TAG if key in settings},
            )  # fmt: skip


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript archive: a zip that carries code."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def unpacked(archive: Path, target: Path) -> Path:
    """The tensors of a TorchScript archive as a safetensors file."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # of TorchScript, which the file is made of
        warnings.filterwarnings("ignore", category=FutureWarning)
        script = torch.jit.load(str(archive), map_location="cpu")  # type: ignore[no-untyped-call]
    extra = {"input_resolution", "context_length", "vocab_size"}
    tensors = {key: value.contiguous().clone() for key, value in script.state_dict().items() if key not in extra}
    save_file(tensors, str(target))
    return target


def preprocessing_of(network: Any) -> Preprocessing:
    """open_clip's evaluation transform of the model, as ours."""
    found = network.visual.preprocess_cfg
    size = found["size"]
    height, width = (size, size) if isinstance(size, int) else size
    if height != width:
        raise BadInput(f"The model sees {width}×{height} pixels; only square inputs are supported.")
    return Preprocessing(
        size=height, resize=height, mean=tuple(found["mean"]), sd=tuple(found["std"]),
        interpolation=found["interpolation"], mode=found["resize_mode"], fill=(found["fill_color"],) * 3,
    )  # fmt: skip


def text_side(network: Any, source: str) -> TextSide | None:
    """The text tower, None where its tokenizer is not part of open_clip and would have to be downloaded."""
    configuration = get_model_config(source) or {}
    if configuration.get("text_cfg", {}).get("hf_tokenizer_name") or "siglip" in source.lower():
        return None
    return TextSide(open_clip.get_tokenizer(source), network.encode_text, float(network.logit_scale.detach().exp()))


def remove_projection(visual: Any, spec: str) -> None:
    """Make the image tower return the vector before its last projection, in place. Raises BadInput if it has none."""
    if isinstance(getattr(visual, "proj", None), nn.Parameter):
        visual.proj = None
    elif hasattr(visual, "attnpool"):
        # The projection is the attention's output layer, which cannot be left out: the identity stands in for it.
        width = visual.attnpool.c_proj.in_features
        visual.attnpool.c_proj = nn.Linear(width, width)
        nn.init.eye_(visual.attnpool.c_proj.weight)
        nn.init.zeros_(visual.attnpool.c_proj.bias)
    elif hasattr(visual, "trunk") and not len(visual.head):
        visual.trunk.reset_classifier(0)
    elif hasattr(visual, "trunk") and "pool" not in dict(visual.head.named_children()):
        visual.head = nn.Identity()
    else:
        raise BadInput(f"Encoder {spec!r} has no vector before its projection.", "Pass --feature projected.")
