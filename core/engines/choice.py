"""Which engine works on shards, by name, and what each can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import BadInput
from ..progress import Reporter
from .driving import Workers
from .local import default_workers
from .processes import ShardProcesses

LOCAL, RAY = "local", "ray"


@dataclass(frozen=True)
class EngineChoice:
    """engine: of `ENGINES`. workers: how many side by side; None for one a core. ray_address: of a cluster, None for
    Ray on this machine alone. gpus_per_worker: GPUs for each, or a share of one; None for none."""

    engine: str = LOCAL
    workers: int | None = None
    ray_address: str | None = None
    gpus_per_worker: float | None = None

    def device(self, asked: str) -> str:
        """Where models run. Raises BadInput on --device cuda without a GPU for it, and on a GPU for --device cpu."""
        if self.engine != RAY:
            return asked
        if asked == "auto":
            return "cuda" if self.gpus_per_worker else "cpu"
        if asked == "cpu" and self.gpus_per_worker:
            raise BadInput(
                f"--gpus-per-worker is {self.gpus_per_worker:g}, and --device cpu would use none.", "Leave one out."
            )
        if asked != "cpu" and not self.gpus_per_worker:
            raise BadInput(
                f"--device is {asked}, and Ray gives a worker no GPU that is not asked for.",
                "Say how much of one each may use: --gpus-per-worker 0.5",
            )
        return asked


def _local(choice: EngineChoice, shards: int, _: Reporter) -> Workers[Any]:
    for option, value in (("--ray-address", choice.ray_address), ("--gpus-per-worker", choice.gpus_per_worker)):
        if value is not None:
            raise BadInput(f"{option} was given, and the engine is {choice.engine}.", "It is for --engine ray.")
    return ShardProcesses(min(choice.workers or default_workers(), shards))


def _ray(choice: EngineChoice, shards: int, reporter: Reporter) -> Workers[Any]:
    from .ray_actors import ShardActors
    from .ray_session import RaySession

    gpus = choice.gpus_per_worker
    if gpus is not None and not (0 < gpus < 1 or (gpus >= 1 and gpus.is_integer())):
        raise BadInput(
            f"--gpus-per-worker is {gpus:g}.", "Give a fraction of one GPU, as 0.5, or a whole number of them."
        )
    workers = choice.workers or (default_workers() if choice.ray_address is None else None)
    return ShardActors(RaySession(choice.ray_address), workers, shards, gpus or 0.0, reporter)


ENGINES: dict[str, Callable[[EngineChoice, int, Reporter], Workers[Any]]] = {LOCAL: _local, RAY: _ray}
"""What makes the workers of an engine for so many shards, none of whom has begun. Raises BadInput, ExtraMissing."""
