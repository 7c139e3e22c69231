"""The encoder that every family builds: a PyTorch network with its preprocessing, on a device."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import nn

from ..device import pick_device
from ..errors import BadInput, HardlookError, command
from .blocks import MIDDLE_WEIGHT, Block, Middles, beside, blocks_of, chosen
from .fingerprint import encoder_fingerprint
from .layers import LAST, layers_text, read_layers
from .preprocessing import Preprocessing
from .protocol import Feature, Options, Pixels, Vectors
from .registry import READS_TEXT

logger = logging.getLogger(__name__)

BATCH_SIZE = {"cpu": 64, "cuda": 256}


@dataclass(frozen=True)
class TextSide:
    """The text tower of a contrastive model: texts -> token tensor -> (n, d) tensor."""

    tokenize: Callable[[list[str]], torch.Tensor]
    encode: Callable[[torch.Tensor], torch.Tensor]
    logit_scale: float


class NetworkEncoder:
    """An `Encoder` over a PyTorch module: (b, 3, S, S) normalised float in, (b, d) out.

    network: the image tower, on the CPU, in eval mode from here on. text: the text side, if the model has one, as a
    module holding its weights and the functions over it.
    fold: an exact rewriting of the network for inference, applied after the fingerprint is taken.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        preprocessing: Preprocessing,
        options: Options,
        *,
        feature: Feature = "pooled",
        fold: Callable[[nn.Module], nn.Module] | None = None,
        text: TextSide | None = None,
        text_network: nn.Module | None = None,
    ) -> None:
        self.name = name
        self.image_size = preprocessing.size
        network = network.eval().requires_grad_(False)
        blocks = self._blocks(network, LAST if options.layers is None else options.layers)
        self.layers = layers_text([block.name for block in blocks])
        middles = {"layers": self.layers, "middle_weight": MIDDLE_WEIGHT} if blocks else {}
        self.fingerprint = encoder_fingerprint(network.state_dict(), preprocessing, feature, options.l2norm, middles)
        self.device = pick_device(options.device)
        bf16 = self.device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        self.precision = "bfloat16" if bf16 else "float32"
        if blocks:  # what stands beside the last vector has no counterpart in a text's
            text = text_network = None
        self.has_text = text is not None
        network = fold(network) if fold else network
        # Convolutions are fastest with the channels innermost, which is also how a batch of images lies.
        self._network = network.to(memory_format=torch.channels_last).to(self.device)
        self._middles = Middles(self._network, blocks)
        if text_network is not None:
            text_network.eval().requires_grad_(False).to(self.device)
        self._prepare = preprocessing
        self._l2norm = options.l2norm
        self._text = text
        mean, sd = (
            torch.tensor(part, device=self.device).view(1, 3, 1, 1) for part in (preprocessing.mean, preprocessing.sd)
        )
        self._scale, self._shift = 1 / (255 * sd), -mean / sd
        self._largest_batch = 2**31
        self.dimension = self.encode(np.zeros((1, self.image_size, self.image_size, 3), np.uint8)).shape[1]

    @property
    def batch_size(self) -> int:
        """64 on a CPU (past that its caches overflow), 256 on a GPU; less where memory has run out before."""
        return min(BATCH_SIZE[self.device.type], self._largest_batch)

    def prepare(self, image: Image.Image) -> Pixels:
        """See `Encoder.prepare`."""
        return self._prepare(image)

    def encode(self, batch: Pixels) -> Vectors:
        """See `Encoder.encode`. Raises HardlookError when not even one image fits in memory."""
        parts: list[Vectors] = []
        start = 0
        while start < len(batch):
            stop = min(start + self._largest_batch, len(batch))
            try:
                parts.append(self._forward(batch[start:stop]))
                start = stop
            except (torch.OutOfMemoryError, RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self._halve(stop - start, error)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def encode_text(self, texts: list[str]) -> Vectors:
        """See `Encoder.encode_text`."""
        side = self._text_side()
        with torch.inference_mode():
            return _on_cpu(self._scaled(side.encode(side.tokenize(texts).to(self.device)).float()))

    @property
    def logit_scale(self) -> float:
        """See `Encoder.logit_scale`."""
        return self._text_side().logit_scale

    def _blocks(self, network: nn.Module, layers: str) -> list[Block]:
        """Those that are put beside the last vector. Raises BadInput."""
        return chosen(self.name, layers, blocks_of(network, self.image_size)) if read_layers(layers) else []

    def _text_side(self) -> TextSide:
        if self._text is None:
            raise BadInput(
                f"Encoder {self.name!r}, layers {self.layers}, has no text side.",
                "Text search needs an image-and-text encoder's last layer alone",
                command(None, "embed", "--encoder", READS_TEXT),
            )
        return self._text

    def _forward(self, batch: Pixels) -> Vectors:
        pixels = torch.from_numpy(np.ascontiguousarray(batch))
        if self.device.type == "cuda":
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        with torch.inference_mode():
            # (b, S, S, 3) seen as (b, 3, S, S) is channels_last as it lies; no copy.
            images = pixels.permute(0, 3, 1, 2).float().mul_(self._scale).add_(self._shift)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
                last = self._network(images)
            return _on_cpu(beside(self._scaled(last.float()), self._middles.latest()))

    def _scaled(self, vectors: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(vectors, dim=-1) if self._l2norm else vectors

    def _halve(self, tried: int, error: BaseException) -> None:
        """Remember that a batch of `tried` does not fit, and say so."""
        if tried == 1:
            raise HardlookError(
                f"{self.device} has not enough memory for one image of {self.image_size} pixels ({self.name}).",
                "Pass a smaller --image-size, a smaller --encoder, or --device cpu.",
            ) from error
        self._largest_batch = tried // 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        logger.warning(
            "%s ran out of memory with %d images at once; going on with %d", self.device, tried, self._largest_batch
        )


def _on_cpu(vectors: torch.Tensor) -> Vectors:
    return np.asarray(vectors.cpu().numpy(), dtype=np.float32)


def out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed: a type of its own on a GPU, a RuntimeError told by its text on a CPU."""
    text = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError | MemoryError)
        or "DefaultCPUAllocator" in text
        or "not enough memory" in text
    )
