"""What a network makes of an image before its last layer decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor, nn

from ...errors import BadInput, command
from ...progress import Advance
from ...types import Floats, Ints
from ..batches import Batches
from ..predict import predict


class Penultimate(nn.Module):
    """A network cut before its last linear layer: (b, c, H, W) to the (b, d) that goes into it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
        if not layers:
            raise BadInput(
                f"{type(network).__name__} has no linear layer to read features before.",
                "Score with an encoder instead",
                command(None, "score", "rmd"),
            )
        self.network = network
        self._input: Tensor | None = None
        self.training = network.training  # whoever puts a mode back puts it back in the network
        self.hook = layers[-1].register_forward_pre_hook(self._note)

    def _note(self, _: nn.Module, inputs: tuple[Any, ...]) -> None:
        self._input = inputs[0]

    def forward(self, images: Tensor) -> Tensor:
        """The last linear layer's input."""
        self.network(images)
        if self._input is None:
            raise BadInput(
                f"{type(self.network).__name__} did not use its last linear layer.",
                "Score with an encoder instead",
                command(None, "score", "rmd"),
            )
        return self._input.flatten(1)


def penultimate_features(
    network: nn.Module, batches: Batches, rows: Ints | None = None, *, advance: Advance | None = None
) -> Floats:
    """(m, d) float32 of the rows (all by default), in evaluation mode. The network is left as it was.

    Raises BadInput on a network without a linear layer.
    """
    cut = Penultimate(network)
    try:
        return np.ascontiguousarray(predict(cut, batches, rows, advance=advance))
    finally:
        cut.hook.remove()
