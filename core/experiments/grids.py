"""Grids: several ways of training, each with several seeds, and what evaluating their networks found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..kinds.proof import GRIDS_OF_PROOFS
from ..store.metrics import Metric
from ..types import Run

BASELINE = "CE"
MAIN = "difficulty-aware"
ENTROPY, MAIN_ENTROPY = "entropy_regularisation", "ER"
"""Entropy regularisation without difficulty: its loss, and what a grid calls the one that it means."""

FAMILIES = ("cross_entropy", "label_smoothing", "focal", "l1_logits", ENTROPY, "poly1", "crl")
"""Losses in the order of paper A's tables; difficulty-aware training and its controls come after them."""

USUAL_ALPHA, USUAL_ENTROPY = 0.3, 0.1
"""Strength of difficulty-aware and of plain entropy regularisation where a run names none: the losses' own defaults."""

Values = Mapping[tuple[str, str], Mapping[str, float]]
"""(metric, slice) -> network's run id -> figure."""


@dataclass(frozen=True)
class Setting:
    """What methods have to share to be compared: the network, the classes it was not given, how many images it had."""

    model: str
    held_out_classes: tuple[str, ...]
    train_images: int | None

    def apart_from(self, usual: Setting) -> str:
        """What sets it apart from the usual setting, in words; "" if nothing does."""
        parts = [f"on {self.model}"] if self.model != usual.model else []
        if self.held_out_classes != usual.held_out_classes:
            parts.append(f"without {', '.join(self.held_out_classes)}" if self.held_out_classes else "of all classes")
        if self.train_images != usual.train_images:
            parts.append(f"from {self.train_images:,} images" if self.train_images else "from all images")
        return " ".join(parts)


@dataclass(frozen=True)
class Method:
    """One way of training in one setting. runs: seed -> run id.

    label: its name, with what sets it apart from the grid's usual setting. alpha: strength of the regularisation, where
    it has one. difficulty: what weighs the images ({} if nothing does). encoder: whose vectors that was made from.
    """

    name: str
    label: str
    setting: Setting
    loss: str
    alpha: float | None
    difficulty: Mapping[str, Any]
    encoder: str
    runs: Mapping[int, str]

    @property
    def is_control(self) -> bool:
        """Whether its weights are stand-ins that tell what difficulty is worth."""
        return bool(self.difficulty.get("control"))

    @property
    def is_weighted(self) -> bool:
        """Whether difficulty itself weighs its images."""
        return bool(self.difficulty) and not self.is_control


@dataclass(frozen=True)
class TrainedGrid:
    """A grid's methods, in the order of paper A's tables, and what was found. usual: the setting with most networks.

    audit: the name of the audit it was trained in, for the commands that fill its tables. counts: of how many images
    each figure is. pixels, epochs: of the networks of the usual setting, each number once.
    """

    name: str
    methods: tuple[Method, ...]
    usual: Setting
    values: Values
    audit: str = ""
    counts: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    pixels: tuple[int, ...] = ()
    epochs: tuple[int, ...] = ()

    def baseline(self, method: Method) -> Method | None:
        """Plain cross-entropy in the method's own setting."""
        return self.named(BASELINE, method.setting)

    def named(self, name: str, setting: Setting) -> Method | None:
        """The method of that name in a setting."""
        return next((one for one in self.methods if (one.name, one.setting) == (name, setting)), None)

    def main(self, setting: Setting) -> Method | None:
        """Difficulty-aware training as the grid means it: the method of that name, else the first with weights."""
        weighted = [one for one in self.methods if one.setting == setting and one.is_weighted]
        return self.named(MAIN, setting) or next(iter(weighted), None)

    def controls(self, setting: Setting) -> list[Method]:
        """The controls of a setting."""
        return [one for one in self.methods if one.setting == setting and one.is_control]

    def figures(self, method: Method, name: str, part: str) -> dict[int, float]:
        """Seed -> figure, of the networks that have it."""
        found = self.values.get((name, part), {})
        return {seed: found[run_id] for seed, run_id in method.runs.items() if run_id in found}

    def images(self, method: Method, name: str, part: str) -> dict[int, int]:
        """Seed -> of how many images the figure is, of the networks that have it."""
        found = self.counts.get((name, part), {})
        return {seed: found[run_id] for seed, run_id in method.runs.items() if run_id in found}

    def counted(self, name: str, part: str | None = None) -> set[int]:
        """Of how many images a metric is, of the networks of the usual setting. part: of one slice; None: of any."""
        usual = {run for method in self.methods if method.setting == self.usual for run in method.runs.values()}
        slices = [found for (metric, of), found in self.counts.items() if metric == name and part in (None, of)]
        return {n for found in slices for run, n in found.items() if run in usual and n}


def grid_names(runs: Iterable[Run]) -> list[str]:
    """The grids that networks belong to, the oldest first."""
    names = dict.fromkeys(str(run.parameters["grid"]) for run in runs if run.parameters.get("grid"))
    return [name for name in names if name not in GRIDS_OF_PROOFS]


def read_grid(name: str, runs: Sequence[Run], rows: Iterable[Metric], *, audit: str = "") -> TrainedGrid | None:
    """The grid of that name; None if no network belongs to it.

    runs: of any kind, oldest first: the newest network of a (method, setting, seed) counts. rows: of the metric table.
    audit: its name, for the commands that fill the grid's tables.
    """
    networks = [run for run in runs if run.kind == "train" and run.parameters.get("grid") == name]
    if not networks:
        return None
    settings = Counter(_setting(run) for run in networks)
    usual = max(settings, key=lambda setting: (settings[setting], not setting.held_out_classes))
    grouped: dict[tuple[Setting, str], dict[int, Run]] = {}
    for run in networks:
        grouped.setdefault((_setting(run), str(run.parameters.get("method") or run.name)), {})[run.seed] = run
    sources = {run.run_id: run for run in runs}
    methods = [_method(key, by_seed, usual, sources) for key, by_seed in grouped.items()]
    ours = {run.run_id for run in networks}
    values: dict[tuple[str, str], dict[str, float]] = {}
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row.subject in ours:
            values.setdefault((row.name, row.slice), {})[row.subject] = row.estimate.value
            counts.setdefault((row.name, row.slice), {})[row.subject] = row.estimate.n
    return TrainedGrid(
        name,
        tuple(sorted(methods, key=lambda one: _place(one, usual))),
        usual,
        {**values, **_means(values)},
        audit,
        counts,
        *(_numbers(networks, usual, name) for name in ("image_size", "epochs")),
    )


def _numbers(networks: Iterable[Run], usual: Setting, name: str) -> tuple[int, ...]:
    """A parameter of the networks of a setting, each number once."""
    of = {run.parameters.get(name) for run in networks if _setting(run) == usual}
    return tuple(sorted(one for one in of if isinstance(one, int)))


def _setting(run: Run) -> Setting:
    held_out = tuple(run.parameters.get("held_out_classes") or ())
    return Setting(str(run.parameters.get("model", run.name)), held_out, run.parameters.get("train_images"))


def _method(key: tuple[Setting, str], by_seed: Mapping[int, Run], usual: Setting, sources: Mapping[str, Run]) -> Method:
    setting, name = key
    run = by_seed[min(by_seed)]
    difficulty = run.parameters.get("difficulty") or {}
    score = sources.get(difficulty.get("run", ""))
    embedding = sources.get(score.inputs.get("embed", "")) if score else None
    loss = str(run.parameters.get("loss", ""))
    usual_alpha = USUAL_ALPHA if difficulty else USUAL_ENTROPY if loss == ENTROPY else None
    alpha = (run.parameters.get("loss_parameters") or {}).get("alpha", usual_alpha)
    label = " ".join(filter(None, (name, setting.apart_from(usual))))
    ids = {seed: by_seed[seed].run_id for seed in sorted(by_seed)}
    encoder = _encoder(embedding) if embedding else ""
    return Method(name, label, setting, loss, alpha, difficulty, encoder, ids)


def _encoder(embedding: Run) -> str:
    """An embedding in words, with what sets two of one encoder apart."""
    size, layers = embedding.parameters.get("image_size"), embedding.parameters.get("layers")
    said = f"{embedding.name} at {size} pixels" if size else embedding.name
    return f"{said}, layers {layers}" if layers else said


def _place(method: Method, usual: Setting) -> tuple[Any, ...]:
    family = FAMILIES.index(method.loss) if method.loss in FAMILIES else len(FAMILIES) + method.is_control
    named = (method.name != BASELINE, method.name not in (MAIN, MAIN_ENTROPY))
    return (method.setting != usual, method.setting.model, family, named, method.alpha or 0.0, method.name)


def _means(values: Values) -> dict[tuple[str, str], dict[str, float]]:
    """Figures of a ladder of corruptions averaged over its kinds, by severity: slice "severity <1..5>".

    Only of networks that were shown every kind that any was, so that the same kinds are averaged.
    """
    gathered: dict[tuple[str, str], list[Mapping[str, float]]] = {}
    for (name, part), by_run in values.items():
        if name.startswith("corruption_") and not part.endswith(" 0"):
            gathered.setdefault((name, f"severity {part.rsplit(' ', 1)[-1]}"), []).append(by_run)
    return {
        key: {run: float(np.mean([kind[run] for kind in kinds])) for run in set.intersection(*map(set, kinds))}
        for key, kinds in gathered.items()
    }
