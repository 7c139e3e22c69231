"""A loss by name with its parameters, bound to the per-image values it needs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ..errors import BadInput
from . import losses

PerImage = Literal["difficulty", "correctness"]


@dataclass(frozen=True)
class Objective:
    """`loss(logits, labels, per_image)` -> scalar. per_image says which (b,) values it wants, None if none."""

    name: str
    parameters: Mapping[str, float]
    per_image: PerImage | None
    function: Callable[..., Tensor]

    def __call__(self, logits: Tensor, labels: Tensor, per_image: Tensor | None) -> Tensor:
        """The batch's loss, computed in float32 whatever precision the network ran in."""
        values = () if per_image is None else (per_image,)
        return self.function(logits.float(), labels, *values, **self.parameters)


_LOSSES: dict[str, tuple[Callable[..., Tensor], PerImage | None]] = {
    "cross_entropy": (losses.cross_entropy, None),
    "label_smoothing": (losses.label_smoothing, None),
    "focal": (losses.focal, None),
    "l1_logits": (losses.l1_logits, None),
    "entropy_regularisation": (losses.entropy_regularisation, None),
    "poly1": (losses.poly1, None),
    "crl": (losses.crl, "correctness"),
    "difficulty_aware_entropy": (losses.difficulty_aware_entropy_loss, "difficulty"),
}
LOSS_NAMES: tuple[str, ...] = tuple(_LOSSES)


def make_objective(name: str, parameters: Mapping[str, float]) -> Objective:
    """The loss of that name. Raises BadInput on another name, or a parameter the loss does not have."""
    if name not in _LOSSES:
        raise BadInput(f"There is no loss {name!r}.", f"Pass one of: {', '.join(LOSS_NAMES)}.")
    function, per_image = _LOSSES[name]
    taken = [p.name for p in inspect.signature(function).parameters.values() if p.default is not p.empty]
    unknown = sorted(set(parameters) - set(taken))
    if unknown:
        raise BadInput(
            f"Loss {name!r} has no parameter {', '.join(unknown)}.", f"It takes: {', '.join(taken) or 'none'}."
        )
    return Objective(name, dict(parameters), per_image, function)
