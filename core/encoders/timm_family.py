"""Image models of timm: `timm:MODEL.TAG`, or `timm:MODEL@FILE` with weights of your own. The penultimate layer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import timm
from timm.data.config import resolve_data_config
from timm.models import load_state_dict

from ..errors import BadInput
from .network import NetworkEncoder
from .preprocessing import Mode, Preprocessing
from .protocol import Encoder, Options
from .registry import split_path, unknown_model
from .weights import TIMM_FILES, Published, local_path, obtain, torch_cache, weights_that_fit

MODES: dict[str, Mode] = {"center": "shortest", "squash": "squash", "border": "longest"}


def load(spec: str, model: str, options: Options) -> Encoder:
    """A timm model without its classifier. See `load_encoder`."""
    name, path = split_path(model)
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise unknown_model("timm", architecture, timm.list_models())
    if tag and name not in (tagged := timm.list_pretrained(f"{architecture}.*")):
        raise unknown_model(f"timm's {architecture}", tag, [full.partition(".")[2] for full in tagged], "weights")
    if path:
        network = with_own_weights(name, local_path(path, spec), spec)
    else:
        if not timm.is_model_pretrained(name):
            raise BadInput(f"timm publishes no weights for {name!r}.", f"Pass weights of your own: {spec}@FILE.")
        weights = obtain(published(timm.get_pretrained_cfg(name)), spec, download=options.download)
        with weights_that_fit(spec):
            network = timm.create_model(name, pretrained=True, pretrained_cfg_overlay={"file": str(weights)})
    network.reset_classifier(0)
    preprocessing = preprocessing_of(network, options.image_size)
    if options.image_size and hasattr(network, "set_input_size"):  # position embeddings are interpolated
        network.set_input_size(img_size=preprocessing.size)
    return NetworkEncoder(spec, network, preprocessing, options)


def with_own_weights(name: str, path: Path, spec: str) -> Any:
    """The model with a file's weights, strictly loaded, whatever number of classes it was trained for."""
    classifiers = timm.get_pretrained_cfg_value(name, "classifier")
    classifier = classifiers if isinstance(classifiers, str) else (classifiers or ("",))[0]
    with weights_that_fit(spec):
        tensors = load_state_dict(str(path), weights_only=True)
        head = tensors.get(f"{classifier}.weight")
        classes = 0 if head is None else head.shape[0]
        # timm loads without checking when the number of classes differs, so it is told the file's own.
        overlay = {"state_dict": tensors, "num_classes": classes, "label_offset": 0}
        return timm.create_model(name, pretrained=True, num_classes=classes, pretrained_cfg_overlay=overlay)


def published(settings: Any) -> Published:
    """Where timm would look: the hub before the makers' server."""
    if settings.hf_hub_id:
        name = settings.hf_hub_filename
        return Published(settings.hf_hub_id, (name,) if name else TIMM_FILES)
    return Published(url=settings.url, folder=torch_cache())


def preprocessing_of(network: Any, image_size: int | None) -> Preprocessing:
    """timm's evaluation transform of the model, as ours. Another image size keeps the share that is cropped."""
    found: dict[str, Any] = resolve_data_config(model=network)  # type: ignore[no-untyped-call]
    _, height, width = found["input_size"]
    if image_size is None and height != width:
        raise BadInput(f"The model sees {width}×{height} pixels; only square inputs are supported.")
    size = image_size or height
    red, green, blue = (round(255 * part) for part in found["mean"])
    return Preprocessing(
        size=size, resize=math.floor(size / found["crop_pct"]), mean=tuple(found["mean"]), sd=tuple(found["std"]),
        interpolation=found["interpolation"], mode=MODES[found["crop_mode"]], fill=(red, green, blue),
    )  # fmt: skip
