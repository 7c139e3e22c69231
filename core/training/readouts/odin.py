"""ODIN: confidence at a high temperature, of an image moved a small step towards what the network takes it for."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...progress import Advance
from ...types import Ints
from ..batches import Batches

TEMPERATURE = 1000.0
EPS = 0.0014
"""The step that Liang et al. 2018 used for CIFAR-10, in units of pixels from 0 to 1."""
AT_ONCE = 64  # images per pass


def odin(
    model: nn.Module, batches: Batches, rows: Ints, *, eps: float = EPS, temperature: float = TEMPERATURE,
    advance: Advance | None = None,
) -> NDArray[np.float64]:  # fmt: skip
    """(m,) maximum softmax probability of the moved images at a temperature, 1/K..1; higher is more in-distribution.

    model: in evaluation mode, on the batches' device, crossing no images, as `fold.ready_for_gradients` gives it. eps:
    of pixels in 0..1, so each channel's step is divided by the standard deviation it was normalised by.
    Liang, Li & Srikant 2018, section 3.
    """
    step = eps / torch.tensor(batches.normalisation.sd, device=batches.device).view(1, -1, 1, 1)
    parts: list[NDArray[np.float64]] = []
    done = 0
    for part, images in batches.chunks(rows, AT_ONCE):
        moved = towards_its_class(model, images, step, temperature)
        with torch.no_grad():
            logits = model(moved)
        # In float64: at a temperature of 1000 the probabilities differ from 1/K in the fourth digit.
        surest = (logits.double() / temperature).softmax(dim=1).amax(dim=1)
        parts.append(surest.cpu().numpy())
        done += len(part)
        if advance is not None:
            advance(done, len(rows))
    return np.concatenate(parts) if parts else np.empty(0)


def towards_its_class(model: nn.Module, images: Tensor, step: Tensor | float, temperature: float) -> Tensor:
    """Images moved by the sign of the gradient that makes the predicted class likelier. images: (b, c, H, W).

    step: how far, broadcast to the images' shape. The gradient is of the sum over the batch, which is each image's own.
    """
    inputs = images.detach().requires_grad_()
    log_p = (model(inputs) / temperature).log_softmax(dim=1)
    (gradient,) = torch.autograd.grad(log_p.amax(dim=1).sum(), inputs)
    return images + step * gradient.sign()
