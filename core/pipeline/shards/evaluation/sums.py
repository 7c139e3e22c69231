"""The stages of an evaluation: `deciles` (of difficulty, over all shards) and `evaluate` (what figures add up from).

A model is evaluated on the images that `core.store.held_out` says, and figures are of `core.metrics`, as in an audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from ....errors import BadInput
from ....maths.moments import NO_GROUP, GroupMoments
from ....metrics.calibration.forecasts import Forecasts
from ....metrics.calibration.sums import ForecastSums, forecast_sums
from ....metrics.difficulty import DECILES, deciles
from ....types import UNLABELLED, Bools, Ints
from ...evaluation.model_metrics import BINS, DIFFICULTIES, ENOUGH
from ..begun import stages_of
from ..chain import Chain, ChainSteps, Ground
from ..folder import ShardFolder
from ..stage import ARRAYS, Arrays, StageSpec, SummedStage, ledger_named, ledger_of, place_of_stage, read_part

TOGETHER = 32  # shards whose confusions are added at once
COSTS = ("squared_error", "log_loss")
FIGURES, MOMENTS = ("brier", "nll"), tuple(field.name for field in fields(GroupMoments))


class DecilesOf(SummedStage):
    """In which decile of a difficulty each image lies that the model is evaluated on."""

    kind, ending = "deciles", ARRAYS

    def shard(self, number: int) -> Arrays:
        """value: (m,) float32 of these images, in the order of the rows, NaN for none."""
        scores = read_stage(self.folder, self.spec.inputs["score"], number)[self.spec.parameters["score"]].to_numpy()
        return {"value": scores[held_out_rows(self.folder, self.spec, number)]}

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """decile: (m,) int8 of all, shard after shard, which begin at `starts`; NO_GROUP for none, of all where they
        are too few."""
        values = [self.read(number)["value"] for number in numbers]
        together = np.concatenate(values)
        found = deciles(together) if np.isfinite(together).sum() >= ENOUGH else np.full(len(together), NO_GROUP)
        starts = np.cumsum([0, *map(len, values)])
        return {"numbers": np.asarray(numbers), "starts": starts, "decile": found.astype(np.int8)}


class EvaluateSums(SummedStage):
    """What a model's figures on a shard are made of: of all images, of each class, of each decile of difficulty."""

    kind, ending = "evaluate", ARRAYS

    def ready(self) -> None:
        """Read how many images there are, and the deciles."""
        _ = self._deciles

    def shard(self, number: int) -> Arrays:
        """The arrays of `ForecastSums`, whose groups are all images, each class and each decile; `confusion`: (c, 3)
        int64, a label, a predicted label and of how many."""
        rows = held_out_rows(self.folder, self.spec, number)
        table = read_stage(self.folder, self.spec.inputs["predict"], number)
        column = {name: table[name].to_numpy()[rows] for name in ("predicted", "confidence", *COSTS)}
        labels = self.folder.items(number)["label"].fill_null(UNLABELLED).to_numpy()[rows]
        made = Forecasts(column["confidence"], column["predicted"] == labels, *(column[name] for name in COSTS))
        everything, of_one = np.zeros(len(labels), np.int64), np.ones(len(labels), np.int64)
        kinds = (everything, 1), (labels, len(self.folder.classes)), (self._decile(number, len(labels)), DECILES)
        sums = [forecast_sums(made, groups, n_groups, BINS) for groups, n_groups in kinds]
        confusion = _confusion(np.column_stack([labels, column["predicted"], of_one]).astype(np.int64))
        return {**as_arrays(joined(sums)), "confusion": confusion}

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """The same of all shards."""
        first = self.read(numbers[0])
        total, confusion = from_arrays(first), first["confusion"]
        for start in range(1, len(numbers), TOGETHER):
            parts = [self.read(number) for number in numbers[start : start + TOGETHER]]
            total = reduce(add, map(from_arrays, parts), total)
            confusion = _confusion(np.vstack([confusion, *(part["confusion"] for part in parts)]))
        return {**as_arrays(total), "confusion": confusion}

    def _decile(self, number: int, n: int) -> Ints:
        """(n,) of the images of a shard."""
        if self._deciles is None:
            return np.full(n, NO_GROUP)
        place = int(np.flatnonzero(self._deciles["numbers"] == number)[0])
        start, stop = self._deciles["starts"][place : place + 2]
        return np.asarray(self._deciles["decile"][start:stop].astype(np.int64))

    @cached_property
    def _deciles(self) -> Arrays | None:
        inputs = self.spec.inputs
        if "deciles" not in inputs:
            return None
        return dict(read_part(place_of_stage(self.folder, inputs["deciles"]) / inputs["dealt"]))


class EvaluationChain(Chain):
    """An evaluation of a model: deciles of a difficulty that is there, and sums of which its figures are made."""

    name, stages = "evaluate", (DecilesOf, EvaluateSums)
    of_vectors, of_model = False, True

    def steps(self, ground: Ground) -> ChainSteps:
        """deciles, if there is a difficulty, and evaluate. Raises BadInput where no image is left to evaluate on."""
        model = ground.predictions
        counted = yield model
        inputs = {"ingest": ground.ingest.name, "predict": model.name, "counted": counted}
        if not evaluated_on(ground.folder, inputs)[1]:
            raise BadInput(
                f"{model.parameters['name']} cannot be evaluated: no labelled image with a prediction is outside the "
                f"splits it was trained on, {', '.join(map(repr, model.parameters['trained_on']))}.",
                "Import it again with --trained-on SPLIT, or none.",
            )
        if difficulty := difficulty_of(ground.folder, model):
            score, name = difficulty
            dealt = StageSpec(DecilesOf.kind, {**inputs, "score": score.name}, {"score": name})
            merged = yield dealt
            inputs |= {"score": score.name, "deciles": dealt.name, "dealt": merged}
        yield StageSpec(EvaluateSums.kind, inputs, {"score": difficulty[1]} if difficulty else {})

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """What the figures are of."""
        outside, n = evaluated_on(folder, spec.inputs)
        return f"{n} labelled images that the model was not trained on" + (
            ", outside the training split" if outside else ""
        )


def evaluated_on(folder: ShardFolder, inputs: Mapping[str, str]) -> tuple[bool, int]:
    """Whether a model is evaluated outside the training split alone, and on how many images of all shards."""
    counts = read_part(place_of_stage(folder, inputs["predict"]) / inputs["counted"])
    outside = int(counts["outside"])
    return outside > 0, outside or int(counts["untrained"])


def held_out_rows(folder: ShardFolder, spec: StageSpec, number: int) -> Bools:
    """(n,) bool, the items of a shard that the model is evaluated on."""
    outside, _ = evaluated_on(folder, spec.inputs)
    column = read_stage(folder, spec.inputs["predict"], number)["outside" if outside else "untrained"]
    return np.asarray(column.to_numpy(zero_copy_only=False), bool)


def difficulty_of(folder: ShardFolder, model: StageSpec) -> tuple[StageSpec, str] | None:
    """The newest RMD of which every shard is there that has predictions, and which form of it; None where none is."""
    there = ledger_of(folder, model).done()
    finished = [spec for spec in stages_of(folder, "rmd") if ledger_of(folder, spec).done().issuperset(there)]
    return (finished[-1], DIFFICULTIES[0]) if finished else None


def read_stage(folder: ShardFolder, name: str, number: int) -> Any:
    """The file of a shard of another stage."""
    return read_part(ledger_named(folder, name).part(number))


def joined(sums: Sequence[ForecastSums]) -> ForecastSums:
    """Groups of several kinds, one kind after the other."""

    def together(moments: Sequence[GroupMoments]) -> GroupMoments:
        return GroupMoments(*(np.concatenate([getattr(one, name) for one in moments]) for name in MOMENTS))

    return ForecastSums(
        np.concatenate([one.right for one in sums]), np.concatenate([one.gaps for one in sums]),
        together([one.brier for one in sums]), together([one.nll for one in sums]),
    )  # fmt: skip


def as_arrays(sums: ForecastSums) -> Arrays:
    """Arrays by name: `right`, `gaps`, and FIGURE.FIELD of its moments."""
    moments = {f"{figure}.{name}": getattr(getattr(sums, figure), name) for figure in FIGURES for name in MOMENTS}
    return {"right": sums.right, "gaps": sums.gaps, **moments}


def from_arrays(arrays: Arrays) -> ForecastSums:
    """What `as_arrays` was given."""
    brier, nll = (GroupMoments(*(arrays[f"{figure}.{name}"] for name in MOMENTS)) for figure in FIGURES)
    return ForecastSums(arrays["right"], arrays["gaps"], brier, nll)


def _confusion(rows: Ints) -> Ints:
    """Each pair of labels once, in order, with its counts added. rows: (m, 3) label, predicted label, how many."""
    pairs, place = np.unique(rows[:, :2], axis=0, return_inverse=True)
    counts = np.bincount(place.ravel(), rows[:, 2], len(pairs)).astype(np.int64)
    return np.column_stack([pairs, counts]).astype(np.int64)
