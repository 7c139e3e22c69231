"""The stage `predict`: what a model says of every image, by its last checkpoint or by columns of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ...dataset.predictions.class_columns import match_classes
from ...dataset.predictions.numbers import Kind, refuse_bad_rows, row_facts, settle_kind, to_logits
from ...errors import BadInput
from ...files.hashes import file_hash
from ...metrics.calibration.forecasts import forecasts
from ...store.held_out import evaluable, held_out_of
from ...types import UNLABELLED, Bools, Floats, Ints
from .chain import Ground
from .checked import checked, usable_rows
from .folder import ITEM, ShardFolder
from .models import CHECKPOINTS, COLUMNS, model_of, said_of_model
from .pictures import by_units
from .reached import load_systems
from .stage import Arrays, StageSpec, SummedStage

if TYPE_CHECKING:
    from ...training.networks.own_model import OwnModel

ROWS_AT_ONCE = 8192  # whose columns are made logits together: 65 MB with 1,000 classes
FLOATS = {"confidence": np.float32, "entropy": np.float32, "squared_error": np.float64, "log_loss": np.float64}


class Predict(SummedStage):
    """A row an item: `predicted`, UNLABELLED for none; `confidence`; `entropy` in nats; `squared_error` and `log_loss`,
    terms of Brier and NLL, of labelled images; `untrained` and `outside`, see `merge`; `reason`, see `Embed`."""

    kind, needs = "predict", ("ingest", "source", "name", "trained_on", "fit")

    def ready(self) -> None:
        """Load the model, if there is one, and what opens the images that it sees where they lie at URLs."""
        if self.spec.parameters["source"] == CHECKPOINTS:
            load_systems(self.folder.roots)
            _ = self._network

    def shard(self, number: int) -> pa.Table:
        """An image without a prediction has NaN, and does not hold up the others. Raises as `by_units` does."""
        items, facts = checked(self.folder, self.spec.inputs["ingest"], number)
        n, labels = items.num_rows, np.asarray(items["label"].fill_null(UNLABELLED).to_numpy())
        columns: dict[str, Any] = {name: np.full(n, np.nan, kind) for name, kind in FLOATS.items()}
        columns["predicted"] = np.full(n, UNLABELLED, np.int32)

        def keep(rows: Ints, logits: Floats) -> None:
            for name, values in _of_logits(logits, labels[rows]).items():
                columns[name][rows] = values

        missing: dict[int, str] = {}
        if self.spec.parameters["source"] == COLUMNS:
            for rows, logits in self._of_columns(number, items, usable_rows(facts)):
                keep(rows, logits)
        else:
            missing = self._by_the_network(number, keep)
        split = np.asarray(items["split"].to_pylist(), np.str_)
        counted = evaluable(labels, columns["predicted"], ())
        trained, inside = (np.isin(split, self.spec.parameters[name]) for name in ("trained_on", "fit"))
        for name, outside in (("untrained", False), ("outside", True)):
            columns[name] = held_out_of(counted, trained, inside, np.ones(n, bool), any_outside=outside)
        return pa.table({**columns, "reason": pa.array([missing.get(row) for row in range(n)], pa.string())})

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """How many images the model can be evaluated on: `untrained`, and of those `outside` the training split."""
        counts = {"untrained": 0, "outside": 0}
        for number in numbers:
            table = self.read(number)
            counts = {name: count + int(np.count_nonzero(table[name].to_numpy(zero_copy_only=False)))
                      for name, count in counts.items()}  # fmt: skip
        return {name: np.array(count) for name, count in counts.items()}

    def _by_the_network(self, number: int, keep: Any) -> dict[int, str]:
        from ...training.batches import Batches
        from ...training.predict import predict

        network, model, device = self._network

        def compute(rows: Ints, pixels: Any) -> Floats:
            return predict(network, Batches(pixels, model.normalisation, device))

        ingest = self.spec.inputs["ingest"]
        return by_units(self.folder, ingest, number, model.image_size, model.transform, compute, keep)

    def _of_columns(self, number: int, items: pa.Table, usable: Bools) -> Iterator[tuple[Ints, Floats]]:
        said = self.spec.parameters
        values = _matrix(items, said["columns"])
        rows = np.flatnonzero(usable & ~np.isnan(values).all(axis=1))
        kind: Kind = said["kind"]
        refuse_bad_rows(row_facts(values[rows]), kind, self.folder.item_file(number).name)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            yield part, to_logits(values[part], kind)

    @cached_property
    def _network(self) -> tuple[Any, Any, Any]:
        """The last checkpoint, the model that it is of, and the device it is on."""
        from torch import device

        from ...device import set_threads

        set_threads()
        model = model_of(self.spec, len(self.folder.classes))
        *_, last = model.networks()
        return last.model, model, device(model.device)


def _of_logits(logits: Floats, labels: Ints) -> dict[str, Any]:
    """Columns of these images, as an audit keeps and an evaluation counts them. logits: (b, K). labels: (b,)."""
    from ...training.readouts.logits import predictions_from_logits

    made = predictions_from_logits(logits, labels)
    labelled = np.flatnonzero(labels != UNLABELLED)
    cost = forecasts(made["probs"][labelled], labels[labelled], made["correct"][labelled])
    columns = {name: made[name] for name in ("predicted", "confidence", "entropy")}
    for name in ("squared_error", "log_loss"):
        columns[name] = np.full(len(labels), np.nan)
        columns[name][labelled] = getattr(cost, name)
    return columns


def of_checkpoints(
    ground: Ground, model: OwnModel, name: str, trained_on: list[str], device: str | None = None
) -> StageSpec:
    """The stage that predicts with a model's last checkpoint. Every checkpoint is loaded once, and refused if need be.

    trained_on: the splits that the model was trained on. device: of the workers, None for the one it is loaded on here.
    """
    for _ in model.networks():
        pass
    said = {
        **said_of_model(model),
        "device": device or model.device,
        "name": name,
        "trained_on": trained_on,
        "fit": ground.fit,
    }
    return StageSpec(Predict.kind, {"ingest": ground.ingest.name, "weights": file_hash(*model.paths)}, said)


def of_columns(ground: Ground, key: str, kind: str, name: str, trained_on: list[str]) -> StageSpec:
    """The stage whose predictions are columns of the items, one a class. key: "prob_*" for one of several sets.

    kind: of `KINDS`; "auto" looks at the first shard that has some. Raises BadInput, TwoReadings.
    """
    folder = ground.folder
    items = folder.items(0)
    own = [one for one in items.column_names if one not in ITEM.names]
    numbers = [one for one in own if pa.types.is_floating(items[one].type) or pa.types.is_integer(items[one].type)]
    if not numbers:
        raise BadInput(
            f"The items of {folder.name} have no columns of numbers of their own, and predictions are one a class.",
            "Divide a manifest that has them.",
        )
    found = match_classes(
        numbers, len(numbers), folder.classes, folder.name, pattern=key,
        texts=[one for one in own if one not in numbers],
    )  # fmt: skip
    columns = [numbers[place] for place in found.order]
    said = {
        "source": COLUMNS, "columns": columns, "kind": _kind(folder, columns, kind), "name": name,
        "trained_on": trained_on, "fit": ground.fit,
    }  # fmt: skip
    return StageSpec(Predict.kind, {"ingest": ground.ingest.name}, said)


def _kind(folder: ShardFolder, columns: Sequence[str], asked: str) -> Kind:
    for number in range(folder.count):
        values = _matrix(folder.items(number), columns)
        given = values[~np.isnan(values).all(axis=1)]
        if len(given):
            return settle_kind(row_facts(given), asked, folder.item_file(number).name)
    raise BadInput(f"No image of {folder.name} has a number in {columns[0]!r}.", "Name other columns with --key.")


def _matrix(items: pa.Table, columns: Sequence[str]) -> Floats:
    """(n, K) float64, NaN where a cell is empty."""
    return np.column_stack([items[name].cast(pa.float64()).fill_null(np.nan).to_numpy() for name in columns])
