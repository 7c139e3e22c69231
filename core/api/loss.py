"""The difficulty-aware loss as a PyTorch module, for a training loop of one's own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import BadInput
from ..training.losses import difficulty_aware_entropy_loss
from .arguments.arrays import real, refusal

LOGITS = "the model's outputs, a floating Tensor (b, k) with b of 1 or more"
TARGETS = "the labels, a Tensor (b,) of whole numbers in 0..k-1"
WEIGHTS = "the images' difficulty weights, a Tensor (b,) of finite numbers in 0..1"


class DifficultyAwareLoss(nn.Module):
    """Mean of -log p_y - alpha · s_i · H(p): harder images are pushed harder towards uncertainty.

    alpha: 0 or more; 0 is cross-entropy. Called with (logits, labels, weights): logits (b, k) floating, labels (b,)
    whole numbers in 0..k-1, weights (b,) in 0..1 as `difficulty_weights` gives them for these images, constants.
    Returns a scalar in nats, float32, with a gradient in logits. Raises BadInput.
    Cui et al. 2023, equation 9.
    """

    def __init__(self, alpha: float = 0.3) -> None:
        super().__init__()
        self.alpha = real("alpha", alpha, 0)

    def forward(self, logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        """The loss of one batch."""
        _refuse_logits(logits)
        given, s = _like(labels, logits, "labels", TARGETS), _like(weights, logits, "weights", WEIGHTS)
        if given.dtype.is_floating_point or given.dtype in (torch.bool, torch.complex64, torch.complex128):
            raise refusal("labels", given, TARGETS)
        if int(given.min()) < 0 or int(given.max()) >= logits.shape[1]:
            low, high = int(given.min()), int(given.max())
            raise BadInput(f"labels has {low if low < 0 else high}, and there are {logits.shape[1]} outputs.",
                           f"Give {TARGETS}.")  # fmt: skip
        if not s.dtype.is_floating_point or not bool(((s >= 0) & (s <= 1)).all()):
            raise refusal("weights", s, WEIGHTS, "with a number that is none of these")
        return difficulty_aware_entropy_loss(logits.float(), given.long(), s.detach().float(), self.alpha)

    def extra_repr(self) -> str:
        """What it prints as."""
        return f"alpha={self.alpha}"


def _refuse_logits(logits: Any) -> None:
    if not isinstance(logits, Tensor) or logits.ndim != 2 or not logits.dtype.is_floating_point or not logits.numel():
        raise refusal("logits", logits, LOGITS)


def _like(value: Any, logits: Tensor, name: str, wanted: str) -> Tensor:
    """A Tensor, or an array or list as one, on the device of the outputs and as long."""
    if value is None or isinstance(value, str | bytes):
        raise refusal(name, value, wanted)
    try:
        tensor = torch.as_tensor(value, device=logits.device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise refusal(name, value, wanted, f"which is no Tensor ({error})") from error
    if tensor.ndim != 1 or len(tensor) != len(logits):
        raise refusal(name, value, wanted, f"and logits has {len(logits)} rows")
    return tensor
