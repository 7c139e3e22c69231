"""The stages of RMD: `folds` (which fold each row is in), `rmd-sums` (what fits add up from) and `rmd` (the scores).

Each calls what `core.scorers.rmd` calls for images in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....maths.folds import folds_of_keys, row_keys
from ....maths.gaussians import DEFAULT_RIDGE, Gaussians
from ....maths.lone import lone_by_size
from ....maths.moments import Sums, pilot_shift
from ....scorers.inputs import Inputs
from ....scorers.rmd import FOLDS, NOT_FITTED, FoldFits, fit_folds, rmd_columns, sums_by_fold
from ....types import Floats, Ints
from ..chain import Chain, ChainSteps, Ground, fitted, labelled_images
from ..folder import ShardFolder, nothing_labelled
from ..stage import ARRAYS, Arrays, Stage, StageSpec, SummedStage, place_of_stage, read_part
from .columns import score_table
from .embedded import Embedded


class Folds(SummedStage):
    """The label and the key of each row to fit on, by which rows are dealt into folds over all shards together."""

    kind, ending = "folds", ARRAYS

    def shard(self, number: int) -> Arrays:
        """label: (m,) int32, key: (m,) uint64, in the order of the rows. shift: (d,) near the data, of these rows."""
        part = Embedded(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        rows = part.array[part.fit]
        return {
            "label": part.labels[part.fit].astype(np.int32), "key": row_keys(rows, self.spec.parameters["seed"]),
            "shift": pilot_shift(rows) if len(rows) else np.zeros(0),
        }  # fmt: skip

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """fold: the fold of each row, shard after shard, which begin at `starts`. counts: (K,). shift: of the first."""
        parts = [self.read(number) for number in numbers]
        labels = np.concatenate([part["label"] for part in parts])
        if not len(labels):
            raise nothing_labelled(self.folder)
        return {
            "numbers": np.asarray(numbers), "starts": np.cumsum([0, *(len(part["label"]) for part in parts)]),
            "fold": folds_of_keys(labels, np.concatenate([part["key"] for part in parts]), FOLDS).astype(np.int8),
            "counts": np.bincount(labels, minlength=len(self.folder.classes)),
            "shift": next(part["shift"] for part in parts if len(part["shift"])),
        }  # fmt: skip


class FoldTable:
    """What `Folds` adds up to. counts: (K,) rows of each class to fit on. shift: (d,) subtracted from all vectors."""

    def __init__(self, folder: ShardFolder, inputs: Any) -> None:
        self._found = read_part(place_of_stage(folder, inputs["folds"]) / inputs["dealt"])
        self._place = {int(number): place for place, number in enumerate(self._found["numbers"])}
        self.counts, self.shift = self._found["counts"], self._found["shift"]

    def of(self, number: int, part: Embedded) -> Ints:
        """(m,) the fold of each row of a shard, NOT_FITTED where it has none."""
        start, stop = self._found["starts"][self._place[number] :][:2]
        fold = np.full(len(part.rows), NOT_FITTED)
        fold[part.fit] = self._found["fold"][start:stop]
        return fold


class RmdSums(SummedStage):
    """The moments of each fold of a shard."""

    kind, ending = "rmd-sums", ARRAYS

    def ready(self) -> None:
        """Read the folds."""
        _ = self._folds

    def shard(self, number: int) -> Arrays:
        """FOLD.counts and FOLD.totals as in `Sums`, FOLD.triangle of its scatter; of the folds that the shard has."""
        part = Embedded(self.folder, self.spec.inputs["embed"], number, self.spec.parameters["fit"])
        fold, table = self._folds.of(number, part), self._folds
        found = sums_by_fold(part.vectors, part.labels, fold, len(self.folder.classes), table.shift)
        upper = np.triu_indices(len(table.shift))
        return {
            f"{f}.{name}": values
            for f, sums in found.items()
            for name, values in (("counts", sums.counts), ("totals", sums.totals), ("triangle", sums.scatter[upper]))
        }

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """The fits to all and to all but each fold, as `as_arrays` has them."""
        total: dict[int, Sums] = {}
        for number in numbers:
            arrays = self.read(number)
            for f in sorted({int(name.partition(".")[0]) for name in arrays}):
                part = Sums(
                    self._folds.shift, arrays[f"{f}.counts"], arrays[f"{f}.totals"], _symmetric(arrays[f"{f}.triangle"])
                )
                total[f] = total[f] + part if f in total else part
        chosen = self.spec.parameters
        return as_arrays(fit_folds(dict(sorted(total.items())), chosen["pca"], chosen["ridge"]))

    @cached_property
    def _folds(self) -> FoldTable:
        return FoldTable(self.folder, self.spec.inputs)


class Rmd(Stage):
    """All forms of RMD of every item of a shard."""

    kind, needs = "rmd", ("embed",)

    def ready(self) -> None:
        """Read the folds and the fits."""
        _ = self._folds, self._fits

    def shard(self, number: int) -> pa.Table:
        """The columns of the scorer of that name, as `score_table` has them."""
        chosen = self.spec.parameters
        part = Embedded(self.folder, self.spec.inputs["embed"], number, chosen["fit"])
        inputs = Inputs(labels=part.labels, n_classes=len(self.folder.classes), fit=part.fit, features=part.vectors)
        alone = lone_by_size(part.labels, part.fit, self._folds.counts)
        said = {name: chosen[name] for name in ("pca", "ridge", "seed")} | {"out_of_fold": True}
        said["components"] = self._fits.components
        columns = rmd_columns(inputs, self._folds.of(number, part), self._fits, alone, said)
        return score_table(columns, part.rows, part.n_items)

    @cached_property
    def _folds(self) -> FoldTable:
        return FoldTable(self.folder, self.spec.inputs)

    @cached_property
    def _fits(self) -> FoldFits:
        return from_arrays(fitted(self.folder, self.spec))


class RmdChain(Chain):
    """RMD: rows are dealt into folds, fits add up from the sums of the folds, and each form is a column."""

    name, stages = "rmd", (Folds, RmdSums, Rmd)
    shown_by = "rmd_oof"

    def steps(self, ground: Ground) -> ChainSteps:
        """folds, rmd-sums and rmd."""
        folds = StageSpec(Folds.kind, {"embed": ground.vectors}, {"seed": 0, "fit": ground.fit})
        dealt = yield folds
        of = {"embed": ground.vectors, "folds": folds.name, "dealt": dealt}
        sums = StageSpec(RmdSums.kind, of, usual_parameters(ground.fit))
        merged = yield sums
        yield StageSpec(Rmd.kind, {**of, "sums": sums.name, "fitted": merged}, sums.parameters)

    def fitted_on(self, folder: ShardFolder, spec: StageSpec) -> str:
        """Of the fit to all folds."""
        return labelled_images(int(fitted(folder, spec)[f"{NOT_FITTED}.counts"].sum()), folder)


def _symmetric(triangle: Floats) -> NDArray[np.float64]:
    """The (d, d) matrix of its upper triangle, row by row."""
    d = int(np.sqrt(2 * len(triangle)))  # d (d + 1) / 2 entries
    whole = np.zeros((d, d))
    whole[np.triu_indices(d)] = triangle
    return np.asarray(whole + np.triu(whole, 1).T)


def usual_parameters(fit: list[str]) -> dict[str, Any]:
    """Those of the scorer where nobody says otherwise. fit: the splits that are fitted on."""
    return {"pca": "auto", "ridge": DEFAULT_RIDGE, "seed": 0, "fit": fit}


def as_arrays(fits: FoldFits) -> Arrays:
    """Fits as arrays by name: FOLD.FIELD of each Gaussian, `judges` the folds that have one or have none."""
    there = {f: fit for f, fit in fits.judges.items() if fit is not None}
    return {
        "judges": np.array(sorted(fits.judges)), "none": np.array(sorted(set(fits.judges) - set(there)), np.int64),
        "components": np.array([] if fits.components is None else [fits.components]),
        **{f"{f}.{field.name}": getattr(fit, field.name) for f, fit in there.items() for field in fields(Gaussians)},
    }  # fmt: skip


def from_arrays(arrays: Arrays) -> FoldFits:
    """What `as_arrays` was given."""
    judges: dict[int, Gaussians | None] = dict.fromkeys(arrays["judges"].tolist())
    for f in set(judges) - set(arrays["none"].tolist()):
        values = {field.name: arrays[f"{f}.{field.name}"] for field in fields(Gaussians)}
        judges[f] = Gaussians(**{**values, "ridge": float(values["ridge"])})
    components = arrays["components"].tolist()
    return FoldFits(cast(Gaussians, judges[NOT_FITTED]), judges, components[0] if components else None)
