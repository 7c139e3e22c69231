"""From uint8 pixels to the tensors a network sees: where they live, one batch normalised, one epoch's plan.

An epoch's order and augmentation come from (seed, epoch) alone, so a resumed run needs no generator's state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ..types import Bools, Ints
from .pixels import Normalisation, Pixels

SHARE_OF_FREE_MEMORY = 0.4  # of the accelerator's, that the pixels may take; the network needs the rest

READ_AHEAD = 2  # batches


@dataclass(frozen=True)
class Batches:
    """Normalised batches of the pixels, on a device. The array stays uint8 until a batch is asked for."""

    pixels: Pixels
    normalisation: Normalisation
    device: torch.device

    def __len__(self) -> int:
        return len(self.pixels)

    @cached_property
    def _resident(self) -> Tensor | None:
        """All pixels on the accelerator, where they fit: then a batch is a gather there and not a transfer."""
        if self.device.type != "cuda":
            return None
        free, _ = torch.cuda.mem_get_info(self.device)
        if self.pixels.nbytes > free * SHARE_OF_FREE_MEMORY:
            return None
        return torch.from_numpy(np.array(self.pixels)).to(self.device)

    @cached_property
    def _scale_and_shift(self) -> tuple[Tensor, Tensor]:
        mean = torch.tensor(self.normalisation.mean, dtype=torch.float64)
        sd = torch.tensor(self.normalisation.sd, dtype=torch.float64)
        scale, shift = 1 / (255 * sd), -mean / sd
        return scale.float().to(self.device), shift.float().to(self.device)

    def raw(self, rows: Ints) -> Tensor:
        """(b, S, S, 3) uint8 on the device."""
        if self._resident is not None:
            return self._resident[torch.from_numpy(rows).to(self.device)]
        return torch.from_numpy(self.pixels[rows]).to(self.device)

    def raw_ahead(self, parts: Sequence[Ints]) -> Iterator[Tensor]:
        """`raw` of each part in turn. From the disk to a GPU, the next part is read while this one is worked on."""
        if self.device.type != "cuda" or self._resident is not None:
            yield from map(self.raw, parts)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="pixels") as pool:
            waiting: deque[Future[Tensor]] = deque()
            for part in parts:
                waiting.append(pool.submit(self._pinned, part))
                if len(waiting) > READ_AHEAD:
                    yield waiting.popleft().result().to(self.device, non_blocking=True)
            while waiting:
                yield waiting.popleft().result().to(self.device, non_blocking=True)

    def _pinned(self, rows: Ints) -> Tensor:
        return torch.from_numpy(self.pixels[rows]).pin_memory()

    def normalised(self, raw: Tensor) -> Tensor:
        """(b, S, S, 3) uint8 to (b, 3, S, S) float32, channels last in memory."""
        scale, shift = self._scale_and_shift
        return torch.addcmul(shift, raw.float(), scale).permute(0, 3, 1, 2)

    def images(self, rows: Ints) -> Tensor:
        """(b, 3, S, S) float32 as the network sees them at test time."""
        return self.normalised(self.raw(rows))

    def chunks(self, rows: Ints, size: int) -> Iterator[tuple[Ints, Tensor]]:
        """The rows in order, `size` at a time, with their images."""
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            yield part, self.images(part)


@dataclass(frozen=True)
class EpochPlan:
    """One epoch: the order of the training rows, and each one's shift (pixels, 0..2·pad) and flip."""

    order: Ints
    down: Ints
    right: Ints
    flip: Bools

    def steps(self, batch_size: int, processes: int = 1) -> list[slice]:
        """Positions of each batch. A last one too small to give each process two images joins the one before.

        Batch norm needs two.
        """
        edges = [*range(0, len(self.order), batch_size), len(self.order)]
        if len(edges) > 2 and edges[-1] - edges[-2] < 2 * processes:
            del edges[-2]
        return [slice(a, b) for a, b in pairwise(edges)]


def plan_epoch(rows: Ints, seed: int, epoch: int, *, pad: int, flip: bool) -> EpochPlan:
    """The plan of an epoch, the same for the same (rows, seed, epoch, pad, flip). pad = 0: no shift."""
    generator = np.random.default_rng([seed, epoch])
    n = len(rows)
    return EpochPlan(
        order=generator.permutation(rows),
        down=generator.integers(0, 2 * pad + 1, n),
        right=generator.integers(0, 2 * pad + 1, n),
        flip=(generator.random(n) < 0.5) & flip,
    )


def augment(raw: Tensor, plan: EpochPlan, step: slice, pad: int) -> Tensor:
    """Shift (over a black border of `pad` pixels) and flip each image of a batch: one gather on the batch's device.

    raw: (b, S, S, 3) uint8, the images of `plan.order[step]`. Returns the same shape and type.
    """
    b, size = raw.shape[0], raw.shape[1]
    bordered = torch.nn.functional.pad(raw, (0, 0, pad, pad, pad, pad))

    def on_device(values: Ints | Bools) -> Tensor:
        return torch.from_numpy(values[step]).to(raw.device)[:, None]

    span = torch.arange(size, device=raw.device)
    down = on_device(plan.down) + span
    right = on_device(plan.right) + torch.where(on_device(plan.flip), size - 1 - span, span)
    image = torch.arange(b, device=raw.device)[:, None, None]
    return bordered[image, down[:, :, None], right[:, None, :]]
