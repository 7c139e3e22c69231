"""The stages of VoG: `vog-raw` (the spread of each image's gradients), `vog-sums` (the classes'), `vog` (the scores).

Each calls what the ordinary audit calls: `core.training.gradients` for gradients, `core.scorers.vog` for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from ....errors import MissingRun, TooFewRows, command
from ....maths.moments import GroupMoments
from ....scorers.inputs import Inputs
from ....scorers.vog import spread_moments, vog_columns
from ....training.windows import STAGES, label_followed, spread_names
from ....types import UNLABELLED, Ints
from ..begun import spec_named
from ..chain import Chain, ChainSteps, Ground, fitted
from ..folder import ShardFolder
from ..models import CHECKPOINTS, OF_PREDICTIONS, model_of
from ..pictures import by_units
from ..reached import load_systems
from ..stage import ARRAYS, Arrays, Stage, StageSpec, SummedStage, ledger_named, read_part
from .columns import score_table

PREDICTED = "predicted."  # and the name of a stage of training: the labels that its last checkpoint predicts


class VogRaw(Stage):
    """VoG of every image before it is normalised, over each window of checkpoints."""

    kind = "vog-raw"

    def ready(self) -> None:
        """Load every checkpoint, and what opens the images where they lie at URLs."""
        load_systems(self.folder.roots)
        _ = self._networks

    def shard(self, number: int) -> pa.Table:
        """A row an item: each window float32, NaN for none; the labels that are predicted at the end of each stage of
        training, int32; the `reason` where an image went bad since it was opened. Raises as `by_units` does."""
        from ....training.batches import Batches
        from ....training.gradients import GradientSpread, gradient_spread

        models, model, device = self._networks
        n, labels = self.folder.items(number).num_rows, labels_of(self.folder, number)
        table: dict[str, Any] = {name: np.full(n, np.nan, np.float32) for name in spread_names()}
        table |= {PREDICTED + stage: np.full(n, UNLABELLED, np.int32) for stage in STAGES}

        def compute(rows: Ints, pixels: Any) -> GradientSpread:
            batches = Batches(pixels, model.normalisation, device)
            return gradient_spread(models, batches, labels[rows], np.arange(len(rows)))

        def keep(rows: Ints, spread: GradientSpread) -> None:
            for name, values in spread.values.items():
                table[name][rows] = values
            for stage, predicted in spread.predicted.items():
                table[PREDICTED + stage][rows] = predicted

        ingest = self.spec.inputs["ingest"]
        missing = by_units(self.folder, ingest, number, model.image_size, model.transform, compute, keep)
        return pa.table({**table, "reason": pa.array([missing.get(row) for row in range(n)], pa.string())})

    @cached_property
    def _networks(self) -> tuple[list[Any], Any, Any]:
        """The checkpoints ready for gradients, the model that they are of, and the device they are on."""
        from torch import device

        from ....device import set_threads  # PyTorch, which the processes of other stages do without
        from ....training.fold import ready_for_gradients

        set_threads()
        model = model_of(self.spec, len(self.folder.classes))
        return [ready_for_gradients(one.model) for one in model.networks()], model, device(model.device)


class VogSums(SummedStage):
    """The moments of each class of a shard, of each window."""

    kind, ending = "vog-sums", ARRAYS

    def shard(self, number: int) -> Arrays:
        """WINDOW.counts, .means, .squares and .largest, as in `GroupMoments`."""
        return _as_arrays(spread_moments(gradients_of(self.folder, self.spec.inputs["raw"], number)))

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """The same of all shards."""
        total = _from_arrays(self.read(numbers[0]))
        for number in numbers[1:]:
            part = _from_arrays(self.read(number))
            total = {window: moments + part[window] for window, moments in total.items()}
        return _as_arrays(total)


class Vog(Stage):
    """VoG of every item of a shard, raw and normalised by class, over each window."""

    kind = "vog"

    def ready(self) -> None:
        """Read the moments."""
        _ = self._moments

    def shard(self, number: int) -> pa.Table:
        """The columns of the scorer of that name, as `score_table` has them."""
        inputs = gradients_of(self.folder, self.spec.inputs["raw"], number)
        n = len(inputs.labels)
        return score_table(vog_columns(inputs, self._moments), np.arange(n), n)

    @cached_property
    def _moments(self) -> dict[str, GroupMoments]:
        return _from_arrays(fitted(self.folder, self.spec))


class VogChain(Chain):
    """VoG: gradients of given checkpoints, the classes' moments, and each image by those of its class."""

    name, stages = "vog", (VogRaw, VogSums, Vog)
    of_vectors, of_model = False, True
    shown_by = "vog_logit_late_normalised"

    def steps(self, ground: Ground) -> ChainSteps:
        """vog-raw, vog-sums and vog. Raises TooFewRows where the model has one checkpoint, MissingRun where none."""
        model = ground.predictions
        if model.parameters["source"] != CHECKPOINTS:
            raise MissingRun(
                f"VoG reads a model's checkpoints, and {model.parameters['name']} is imported predictions.",
                "Import it with its weights",
                command(None, "import-model", ground.folder.name, "--help"),
            )
        if len(model.parameters["checkpoints"]) < 2:
            raise TooFewRows(
                f"VoG compares checkpoints, and {model.parameters['name']} has 1.",
                "Import it with the weights of several epochs: --checkpoints 'epoch-*.pt'.",
            )
        said = {name: value for name, value in model.parameters.items() if name not in OF_PREDICTIONS}
        raw = StageSpec(VogRaw.kind, model.inputs, said)
        yield raw
        sums = StageSpec(VogSums.kind, {"ingest": model.inputs["ingest"], "raw": raw.name}, {})
        merged = yield sums
        yield StageSpec(Vog.kind, {**sums.inputs, "sums": sums.name, "fitted": merged}, {})

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """By how many images of the whole the classes are normalised, and of how many checkpoints."""
        n = int(fitted(folder, spec)["logit_all.counts"].sum())
        said = spec_named(folder, spec.inputs["raw"]).parameters
        count = len(said["checkpoints"])
        return f"{count} checkpoints of {said['factory']}, normalised by {n} labelled images of the whole"


def labels_of(folder: ShardFolder, number: int) -> Ints:
    """(n,) the given labels of a shard's items, UNLABELLED for none."""
    return np.asarray(folder.items(number)["label"].fill_null(UNLABELLED).to_numpy())


def gradients_of(folder: ShardFolder, raw: str, number: int) -> Inputs:
    """What the scorer reads of a shard."""
    table = read_part(ledger_named(folder, raw).part(number))
    labels = labels_of(folder, number)
    predicted = {stage: table[PREDICTED + stage].to_numpy() for stage in STAGES}
    names = spread_names()
    return Inputs(
        labels, len(folder.classes), np.ones(len(labels), bool),
        gradient_spread={name: table[name].to_numpy() for name in names},
        gradient_labels={name: label_followed(name, labels, predicted) for name in names},
    )  # fmt: skip


def _as_arrays(moments: Mapping[str, GroupMoments]) -> Arrays:
    return {f"{window}.{name}": values for window, one in moments.items() for name, values in vars(one).items()}


def _from_arrays(arrays: Arrays) -> dict[str, GroupMoments]:
    names = [field.name for field in fields(GroupMoments)]
    windows = dict.fromkeys(name.rpartition(".")[0] for name in arrays)
    return {window: GroupMoments(*(arrays[f"{window}.{name}"] for name in names)) for window in windows}
