"""One image's input-gradient maps at each checkpoint of a training run, asked of the worker and kept in the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...store.cache import read_arrays, write_arrays
from ...store.writer import fingerprint
from ...types import Floats, Ints, Run
from ...worker.background import BackgroundJob, Say, shared_jobs
from ...worker.client import ask_worker
from ..view.reader import Reader
from .detail import Detail

__all__ = ["GradientMaps", "kept_maps", "run_with_checkpoints", "start_maps"]

TARGET = "logit"  # what is differentiated: the given label's output before the softmax


@dataclass(frozen=True, eq=False)
class GradientMaps:
    """maps: (K, H, W) float32, signed, one a checkpoint; above 0 more brightness there raises the label's output.

    spread: (H, W) float32 >= 0, their standard deviation, whose mean is `vog`, this image's VoG over all checkpoints
    before normalisation. epochs: (K,) int. pixels: (H, W, 3) uint8 as the network sees them. label: differentiated.
    """

    maps: Floats
    spread: Floats
    epochs: Ints
    pixels: NDArray[np.uint8]
    label: int

    @property
    def vog(self) -> float:
        """The mean of `spread`."""
        return float(self.spread.mean(dtype=np.float64))


def run_with_checkpoints(reader: Reader, chosen: Run | None) -> Run | None:
    """The chosen model, else the newest, that has checkpoints on disk; None if none has."""
    runs = [run for run in reader.hub.runs if run.kind == "train"]
    for run in [*([chosen] if chosen else []), *reversed(runs)]:
        if any(reader.hub.audit.checkpoints(run.run_id).glob("epoch-*.pt")):
            return run
    return None


def kept_maps(reader: Reader, run: Run, found: Detail) -> GradientMaps | None:
    """The maps of an image, if they were made before."""
    arrays = read_arrays(_path(reader, run, found), _KEPT)
    return None if arrays is None else _from_arrays(arrays)


def start_maps(reader: Reader, run: Run, found: Detail) -> BackgroundJob[GradientMaps]:
    """Have the worker make the maps, and keep them. The job's error is a HardlookError."""
    path = _path(reader, run, found)

    def work(say: Say) -> GradientMaps:
        answer = ask_worker(
            "gradient_maps", say=say, audit=str(reader.hub.audit.path), run=run.run_id, image_id=found.image_id,
            label=found.label, target=TARGET,
        )  # fmt: skip
        arrays = {**answer.arrays, "label": np.array(answer.message["label"])}
        write_arrays(path, arrays)
        return _from_arrays(arrays)

    return shared_jobs().start(str(path), work)


_KEPT = ("maps", "spread", "epochs", "pixels", "label")


def _path(reader: Reader, run: Run, found: Detail) -> Path:
    name = fingerprint(run.run_id, found.content_hash, found.label, TARGET)
    return reader.hub.audit.cache / "gradients" / f"{name}.npz"


def _from_arrays(arrays: Mapping[str, NDArray[Any]]) -> GradientMaps:
    return GradientMaps(arrays["maps"], arrays["spread"], arrays["epochs"], arrays["pixels"], int(arrays["label"]))
