"""Variance of gradients: of gradients that are there, and of a model with its checkpoints."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import BadInput, TooFewRows
from ..scorers.inputs import Inputs
from ..scorers.vog import variance_of_gradients as variance_of
from ..scorers.vog import vog as scored
from ..types import Floats, Ints
from .arguments.arrays import Rows, Wanted, flag, numbers, refusal, text, texts
from .arguments.labels import read_labels
from .frames import score_frame

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor, nn

MAPS = Wanted("gradients averaged over channels, (K, n, H, W), of two checkpoints or more", 4)
IMAGES = Wanted("images as the model is given them, normalised floating numbers, (n, c, H, W)", 4)
CHECKPOINTS = "two checkpoints or more, in order of training: state dicts, or paths of files that hold them"


def variance_of_gradients(maps: Any, *, eq3: bool = False) -> Floats:
    """Mean over pixels of the gradient's standard deviation over checkpoints: VoG before normalisation by class.

    maps: (K, n, H, W), the input gradient at each of K checkpoints, averaged over channels with its sign. eq3: the form
    that equation 3 prints, in place of the one that the paper's code computes. Returns (n,) float64, 0 or more; which
    end is hard depends on the data. Raises TooFewRows with fewer than two checkpoints.
    Agarwal, D'souza & Hooker 2022, section 2.
    """
    found = numbers("maps", maps, MAPS)
    if len(found) < 2:
        raise TooFewRows(f"maps has {len(found)} checkpoint, of shape {found.shape}.", f"Give {MAPS.text}.")
    return variance_of(found, eq3=flag("eq3", eq3))


def vog(
    model: nn.Module,
    checkpoints: Sequence[Any],
    images: Any,
    labels: Any,
    *,
    classes: Any = None,
    splits: Any = None,
    windows: Mapping[str, Sequence[int]] | None = None,
    device: str = "auto",
) -> pd.DataFrame:
    """Variance of gradients of each image over a model's checkpoints, in every window, raw and normalised by class.

    model: what the checkpoints are of; it stays as it is. checkpoints: state dicts or paths of .pt or .safetensors, in
    order of training, two or more. images: (n, c, H, W) floating, normalised as the model is given them, not augmented.
    labels: (n,) numbers of outputs, or text with classes; None or -1 for none. classes: (K,) the outputs' names.
    splits: (n,) text; normalise within a class and split. windows: name -> (first, last) checkpoint, from 1, beside
    early, late and all. device: "auto", "cpu" or "cuda".
    Returns one row an image, float32: vog_{logit,probability}_{window} (0 or more) with _predicted for the predicted
    label's activation, and the same with _normalised (a z-score). The direction is not known: measure it. Raises
    BadInput. Agarwal, D'souza & Hooker 2022.
    """
    import torch

    from ..device import pick_device

    if not isinstance(model, torch.nn.Module):
        raise refusal("model", model, "a torch.nn.Module")
    pixels = _images(images)
    like = Rows(len(pixels), "images")
    on = pick_device(text("device", device, "'auto', 'cpu' or 'cuda'"))
    ready = _models(model, checkpoints, on)
    outputs = _outputs(ready[0], pixels[:1], on)
    given = read_labels("labels", labels, like, classes=classes, columns=outputs)
    codes = None if splits is None else np.unique(texts("splits", splits, "text, (n,)", like), return_inverse=True)[1]
    spread, followed = _spread(ready, pixels, given.codes, windows, on)
    inputs = Inputs(
        labels=given.codes, n_classes=outputs, fit=np.ones(like.n, bool), gradient_spread=spread,
        gradient_labels=followed, split_codes=codes,
    )  # fmt: skip
    return score_frame(scored(inputs, windows=windows, by_split=codes is not None), given)


def _images(images: Any) -> Floats:
    dtype = str(getattr(images, "dtype", ""))
    if "int" in dtype:
        raise refusal("images", images, IMAGES.text, "which are pixels and not normalised")
    return numbers("images", images, IMAGES, dtype=np.float32)


def _models(model: nn.Module, checkpoints: Any, device: Any) -> list[nn.Module]:
    """A copy of the model with each checkpoint's weights, ready for gradients."""
    from copy import deepcopy

    from ..training.fold import ready_for_gradients
    from ..training.networks.state_dicts import load_weights, read_weights

    if not isinstance(checkpoints, list | tuple):
        raise refusal("checkpoints", checkpoints, CHECKPOINTS)
    if len(checkpoints) < 2:
        raise BadInput(f"checkpoints has {len(checkpoints)} of them.", f"Give {CHECKPOINTS}.")
    ready = []
    for number, one in enumerate(checkpoints):
        place = Path(one) if isinstance(one, str | Path) else Path(f"checkpoints[{number}]")
        if isinstance(one, str | Path) and not os.path.isfile(place):
            raise BadInput(f"checkpoints has {str(one)!r}, and there is no such file.", f"Give {CHECKPOINTS}.")
        if not isinstance(one, str | Path | Mapping):
            raise refusal(f"checkpoints[{number}]", one, CHECKPOINTS)
        copy = deepcopy(model)
        load_weights(copy, read_weights(place) if isinstance(one, str | Path) else _tensors(one, number), place)
        ready.append(ready_for_gradients(copy.to(device).eval()))
    return ready


def _tensors(weights: Mapping[Any, Any], number: int) -> Mapping[str, Tensor]:
    import torch

    strange = next((name for name, value in weights.items() if not isinstance(value, torch.Tensor)), None)
    if strange is not None or not weights:
        what = f"holds {strange!r}, which is no Tensor" if weights else "is empty"
        raise BadInput(f"checkpoints[{number}] {what}.", "Give what model.state_dict() gives.")
    return weights


def _outputs(model: nn.Module, image: Floats, device: Any) -> int:
    """How many classes the model tells apart. Raises BadInput where it does not take these images."""
    import torch

    try:
        with torch.no_grad():
            logits = model(torch.from_numpy(image.copy()).to(device))
    except (RuntimeError, TypeError, ValueError) as error:
        why = f"which the model does not take ({str(error).splitlines()[0]})"
        raise refusal("images", image, IMAGES.text, why) from error
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:
        raise BadInput(f"model gives {type(logits).__name__}.", "Give a model whose output is logits, (n, K).")
    return int(logits.shape[1])


def _spread(
    models: list[nn.Module], images: Floats, labels: Ints, windows: Any, device: Any
) -> tuple[dict[str, Floats], dict[str, Ints]]:
    """VoG of each window, and the labels whose activation was differentiated."""
    import torch

    from ..training.gradients import AT_ONCE, spread_of_batch
    from ..training.windows import label_followed, read_windows

    spans = read_windows({} if windows is None else windows, len(models))
    parts = []
    for start in range(0, len(images), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        batch = torch.from_numpy(images[rows].copy()).to(device).contiguous(memory_format=torch.channels_last)
        given = torch.from_numpy(labels[rows]).to(device)
        parts.append(spread_of_batch(models, batch, given, windows=spans))
    spread = {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values}
    predicted = {stage: np.concatenate([part.predicted[stage] for part in parts]) for stage in parts[0].predicted}
    return spread, {name: label_followed(name, labels, predicted) for name in spread}
