"""A grid of training runs as a TOML file: methods, each with every network and every seed. See docs/training.md."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ...encoders.layers import LAST, read_layers
from ...encoders.protocol import Feature
from ...errors import BadInput
from ...files.names import checked_name
from ...images.filenames import to_text
from ...store.paths import file_to_read
from ...training.config import TrainConfig
from ...training.objective import make_objective
from ...training.weights import difficulty_weights
from .request import DIFFICULTY_AWARE, DifficultyRequest, TrainRequest

SHARED = {
    "models": list, "epochs": int, "image_size": int, "batch_size": int, "learning_rate": float, "schedule": str,
    "flip": bool, "checkpoints": int, "checkpoints_every": int, "dynamics": str, "train_images": int,
    "hold_out_classes": list, "labels": str,
}  # fmt: skip
"""Keys that [grid] gives to all methods and a [[method]] may give anew."""
GRID = {"name": str, "seeds": int, "workers": int, **SHARED}
WEIGHTS = {"temperature": float, "c": float, "normalise": str, "control": str}
METHOD = {
    "label": str, "loss": str, "parameters": dict, "difficulty": str, "difficulty_from": str, "sweep": dict,
    **WEIGHTS, **SHARED,
}  # fmt: skip
EMBEDDING = {"label": str, "encoder": str, "image_size": int, "feature": str, "l2norm": bool, "layers": str}
TABLES = {"grid": dict, "embedding": list, "method": list}
IN_WORDS = {
    list: "a list",
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    dict: "a table",
}


@dataclass(frozen=True)
class Embedding:
    """Vectors that scores of the grid are made from; they are embedded if they are not there."""

    label: str
    encoder: str
    image_size: int | None = None
    feature: Feature = "projected"
    l2norm: bool = False
    layers: str | None = None


@dataclass(frozen=True)
class GridJob:
    """One training run. source: label of the embedding or method whose score weighs its images, "" for the newest."""

    request: TrainRequest
    source: str = ""

    @property
    def label(self) -> str:
        """How it is called: method, seed, and the network."""
        return f"{self.request.short_name}, {self.request.model or 'network by size'}, seed {self.request.seed}"


@dataclass(frozen=True)
class GridPlan:
    """All that a file asks for. jobs: in the order they are trained, all methods with one seed before the next seed."""

    name: str
    jobs: tuple[GridJob, ...]
    embeddings: tuple[Embedding, ...] = ()
    workers: int | None = None

    def source_job(self, job: GridJob) -> GridJob | None:
        """The run that a job's weights are read from: its source's first seed, with the job's network where it has it.

        None where the source is not a method.
        """
        runs = [other for other in self.jobs if job.source and other.request.method == job.source]
        same = [other for other in runs if other.request.model == job.request.model]
        return next(iter(same or runs), None)


def read_grid(path: Path, device: str = "auto") -> GridPlan:
    """The grid of a file, checked as far as it can be without the audit. Raises BadInput, naming what is wrong."""
    try:
        found = tomllib.loads(file_to_read(path, "--grid").read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.", "Pass a file: --grid grid.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not TOML: {error}.", "See docs/training.md for an example.") from error
    return grid_of(found, to_text(path.stem), str(path), device)


def grid_of(found: Mapping[str, Any], stem: str, where: str, device: str = "auto") -> GridPlan:
    """The grid of a file's tables. stem: its name where they give none. where: what errors call them."""
    _check(found, TABLES, "the file")
    shared, methods = found.get("grid", {}), found.get("method", [])
    _check(shared, GRID, "[grid]")
    if not methods:
        raise BadInput(f"{where} has no [[method]].", "Write one: [[method]] with a label and a loss.")
    embeddings = tuple(_embedding(table, number) for number, table in enumerate(found.get("embedding", []), 1))
    name, seeds = checked_name(shared.get("name", stem), "a grid"), shared.get("seeds", 1)
    if seeds < 1 or shared.get("workers", 1) < 1:
        raise BadInput(f"{where}: seeds and workers must be 1 or more.", "Write, for example: seeds = 5")
    defaults = {key: value for key, value in shared.items() if key in SHARED}
    cells = [
        cell for number, table in enumerate(methods, 1) for cell in _cells(table, f"[[method]] {number}", defaults)
    ]
    requests = [(replace(request, grid=name, device=device), source) for request, source in cells]
    jobs = tuple(GridJob(replace(request, seed=seed), source) for seed in range(seeds) for request, source in requests)
    grid = GridPlan(name, jobs, embeddings, shared.get("workers"))
    _check_labels(grid)
    return grid


def _embedding(table: Any, number: int) -> Embedding:
    where = f"[[embedding]] {number}"
    _check(table, EMBEDDING, where, required=("label", "encoder"))
    try:
        read_layers(table.get("layers", LAST))
    except BadInput as error:
        raise BadInput(f"{where}: {error.message}", 'Write, for example: layers = "4,6,last"') from error
    return Embedding(**table)


def _cells(table: Any, where: str, defaults: Mapping[str, Any]) -> Iterator[tuple[TrainRequest, str]]:
    """The runs of one method without their seed: each value of its sweep with each of its networks."""
    _check(table, METHOD, where, required=("label", "loss"))
    where = f"[[method]] {table['label']!r}"
    merged = {**defaults, **table}
    sweep = merged.pop("sweep", {})
    for key, values in sweep.items():
        if not isinstance(values, list) or not values:
            raise BadInput(f"{where}: sweep.{key} is {values!r}, not a list of values.", f"Write: {key} = [0.1, 0.2]")
    for values in product(*sweep.values()):
        cell = {**merged, "parameters": dict(merged.get("parameters", {}))}
        for key, value in zip(sweep, values, strict=True):
            if key in METHOD and key not in ("label", "sweep", "parameters"):
                cell[key] = value
            else:
                cell["parameters"][key] = value
        cell["label"] = " ".join(
            [table["label"], *(f"{key} {value}" for key, value in zip(sweep, values, strict=True))]
        )
        _check(cell, METHOD, where)
        for model in cell.get("models", [None]):
            yield _request(cell, model, where), cell.get("difficulty_from", "")


def _request(cell: Mapping[str, Any], model: str | None, where: str) -> TrainRequest:
    """One cell as a request, with everything refused that can be seen now."""
    loss = cell["loss"]
    # A whole number in the file is the number that the command line reads: else one run would have two ids.
    cell = {key: float(value) if METHOD.get(key) is float else value for key, value in cell.items()}
    weights = {key: cell[key] for key in WEIGHTS if key in cell}
    weighs = "difficulty" in cell or "difficulty_from" in cell or bool(weights) or loss == DIFFICULTY_AWARE
    names = {field.name for field in fields(TrainRequest)}
    try:
        make_objective(loss, cell["parameters"])
        asked = DifficultyRequest(**weights, **({"score": cell["difficulty"]} if "difficulty" in cell else {}))
        difficulty_weights(np.array([0.0, 1.0]), asked.temperature, asked.c, asked.normalise)
        request = TrainRequest(
            model=model, loss_parameters=cell["parameters"], difficulty=asked if weighs else None,
            held_out_classes=tuple(cell.get("hold_out_classes", ())), method=cell["label"],
            **{key: value for key, value in cell.items() if key in names and key != "difficulty"},
        )  # fmt: skip
        # What is chosen later stands in here, so that what is given is checked now.
        TrainConfig(
            model or "resnet8", request.epochs or 1, request.image_size or 32, request.batch_size or 64,
            request.learning_rate or 0.1, schedule=request.schedule, checkpoints=request.checkpoints,
            dynamics=request.dynamics, checkpoints_every=request.checkpoints_every if request.epochs else None,
        )  # fmt: skip
    except BadInput as error:
        raise BadInput(f"{where}: {error.message}", error.advice, *error.commands) from error
    if request.train_images is not None and request.train_images < 1:
        raise BadInput(f"{where}: train_images is {request.train_images}.", "Give 1 or more.")
    return request


def _check(table: Any, known: Mapping[str, type], where: str, required: Collection[str] = ()) -> None:
    """Raise BadInput unless a table has only known keys, of the right kind, and all required ones."""
    if not isinstance(table, dict):
        raise BadInput(f"{where} is not a table.", "See docs/training.md for an example.")
    allowed = f"Allowed: {', '.join(known)}."
    for key in table:
        if key not in known:
            raise BadInput(f"{where} has a key {key!r}, which means nothing here.", allowed)
    for key in required:
        if key not in table:
            raise BadInput(f"{where} has no {key}.", allowed)
        if not table[key]:
            raise BadInput(f"{where}: {key} is empty.", "Give it a name.")
    for key, value in table.items():
        wanted = known[key]
        right = isinstance(value, (int, float) if wanted is float else wanted)
        if not right or (isinstance(value, bool) and wanted is not bool):
            raise BadInput(f"{where}: {key} is {value!r}, and not {IN_WORDS[wanted]}.", allowed)
        if key in ("models", "hold_out_classes") and not (value and all(isinstance(name, str) for name in value)):
            raise BadInput(f"{where}: {key} is {value!r}, and not names.", f'Write: {key} = ["one", "two"]')


def _check_labels(grid: GridPlan) -> None:
    """Raise BadInput on two of the same name, and on a source that is not in the file or comes in a circle."""
    embeddings = [embedding.label for embedding in grid.embeddings]
    first = [job for job in grid.jobs if job.request.seed == 0]
    named = [(job.request.method, job.request.model) for job in first]
    taken = [*embeddings, *dict.fromkeys(method for method, _ in named)]
    for each in (*named, *taken):
        if named.count(each) > 1 or taken.count(each) > 1:  # type: ignore[arg-type]
            what = each if isinstance(each, str) else each[0]
            raise BadInput(f"Two tables of the grid are labelled {what!r}.", "Give each a label of its own.")
    for job in first:
        if not job.source:
            continue
        if job.source not in taken:
            raise BadInput(
                f"[[method]] {job.request.method!r}: difficulty_from is {job.source!r}, which is not in the file.",
                f"Name an [[embedding]] or another [[method]]: {', '.join(taken)}.",
            )
        before, seen = grid.source_job(job), {job.request.method}
        while before is not None:
            if before.request.method in seen:
                raise BadInput(
                    f"[[method]] {job.request.method!r} waits for itself through difficulty_from.", "Break the circle."
                )
            seen.add(before.request.method)
            before = grid.source_job(before) if before.source else None
