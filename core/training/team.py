"""Several processes that train one network, one GPU each, started by torchrun.

Each takes every size-th image of a batch and gradients are averaged, weighted by how many images each had, so that a
step equals the step of one process up to rounding (`tests/training/test_team.py`). Two things are not exact: batch
norm on a CPU, where each process sees its own images' statistics (on GPUs they are those of the whole batch), and the
pairs of the ranking loss, which are formed within a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from ..types import Bools, Floats, Ints


@dataclass(frozen=True)
class Team:
    """This process's place among `size` processes. rank 0 is the one that writes."""

    rank: int = 0
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process keeps files."""
        return self.rank == 0

    def part(self, step: slice) -> slice:
        """This process's positions of a batch."""
        return slice(step.start + self.rank, step.stop, self.size)

    def share(self, step: slice) -> float:
        """This process's images of a batch as a share of all of them."""
        mine = range(*self.part(step).indices(step.stop))
        return float(len(mine) / (step.stop - step.start))

    def summed(self, values: Tensor) -> Tensor:
        """The sum of a tensor over all processes, on each of them."""
        if self.size > 1:
            values = values.clone()
            distributed.all_reduce(values)
        return values

    def rows(self, rows: Ints) -> Ints:
        """This process's stretch of rows that are looked at once, without a step."""
        return np.array_split(rows, self.size)[self.rank]

    def joined(self, columns: dict[str, Floats | Bools]) -> dict[str, Floats | Bools]:
        """Columns over all rows from each process's stretch of them."""
        if self.size == 1:
            return columns
        parts: list[dict[str, Floats | Bools]] = [{} for _ in range(self.size)]
        distributed.all_gather_object(parts, columns)
        return {name: np.concatenate([part[name] for part in parts]) for name in columns}

    def parallel(self, model: nn.Module, device: torch.device) -> nn.Module:
        """The network as training steps call it: its gradients come out averaged over the processes."""
        if self.size == 1:
            return model
        return DistributedDataParallel(model, device_ids=[device] if device.type == "cuda" else None)

    def normalised_together(self, model: nn.Module, device: torch.device) -> nn.Module:
        """The network with batch norm over the whole batch, where that exists: on GPUs."""
        if self.size == 1 or device.type != "cuda":
            return model
        together: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return together

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            distributed.barrier()


ALONE = Team()


def started_by_torchrun() -> bool:
    """Whether this process is one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


@contextmanager
def assembled(device: torch.device) -> Iterator[tuple[Team, torch.device]]:
    """Join the other processes that torchrun started, for the length of the block; alone where it started none.

    device: the kind of device. Gives the team and this process's own device.
    """
    if not started_by_torchrun():
        yield ALONE, device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(distributed.get_rank(), distributed.get_world_size()), device
    finally:
        distributed.destroy_process_group()
