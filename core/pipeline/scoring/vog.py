"""Scores from the input gradients of a network's checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...device import pick_device, set_threads
from ...engines.local import plan_batches
from ...errors import MissingRun, command
from ...progress import Reporter, part_of
from ...scorers.registry import get_scorer
from ...scorers.vog import FORMS, is_eq3
from ...store import views
from ...store.audit import Audit
from ...store.held_out import classes_not_given
from ...store.writer import RunWriter, Stopwatch
from ...training.batches import Batches
from ...training.checkpoints import load_checkpoint
from ...training.fold import ready_for_gradients
from ...training.gradients import gradient_spread
from ...training.windows import label_followed, read_windows, spread_names
from ...types import UNLABELLED, Floats, Ints
from ..checkpoints import kept_checkpoints
from ..steps import Done, compute
from ..training.train import training_pixels
from .score import COLUMNS, commit_columns, gather, needed_runs, run_scorer, say_missing, score_spec

SPREAD = "gradient_spread"
UNIT = 512  # images between two commits: a few seconds of work that a killed process can lose


def score_gradients(
    audit: Audit,
    scorer_name: str,
    reporter: Reporter,
    *,
    model_run: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    device: str = "auto",
) -> Done:
    """Score from the input gradients of a training run's checkpoints, committed a few hundred images at a time.

    Images are the outer loop and checkpoints the inner one, so memory does not grow with either.
    parameters: passed to the scorer; `windows` names further windows of checkpoints, as `read_windows` takes them.
    """
    set_threads()
    scorer = get_scorer(scorer_name)
    _, network = needed_runs(audit, scorer, None, model_run)
    if network is None:
        raise MissingRun(f"{scorer_name} needs a model's checkpoints.", "Run", command(audit.name, "train"))
    (folder, epochs), on = kept_checkpoints(audit, network.run_id), pick_device(device)
    parameters = dict(parameters or {})
    windows = read_windows(parameters.get("windows", {}), len(epochs))
    if not (eq3 := is_eq3(parameters.get("form", FORMS[0]))):
        parameters.pop("form", None)  # said or not, it is the same run
    hub = views.open_hub(audit, ())
    kept_from = classes_not_given(views.classes(hub), network)
    parts = {"checkpoints": epochs, "device": on.type, **parameters}
    if len(kept_from):
        parts["not_given"] = (
            "left out"  # older runs have 0 for the given label of a class the network has no output for
        )
    spec = score_spec(audit, scorer, parts, train=network.run_id)

    def work(writer: RunWriter) -> None:
        if COLUMNS in writer.finished():
            return  # the spreads that they are made from are gone
        if writer.read("SELECT 1 FROM score LIMIT 1").num_rows:
            # Begun by an earlier Hardlook, which kept the spreads among the scores: they are computed again.
            writer.commit((), {}, clear=("score", "progress"))
        networks = [load_checkpoint(folder, epoch, on) for epoch in epochs]
        models = [ready_for_gradients(one.model) for one in networks]
        transform = network.parameters.get("transform", "stretch")
        pixels = training_pixels(audit, networks[-1].image_size, reporter, transform)
        batches = Batches(pixels, networks[-1].normalisation, on)
        given = views.labels(hub)
        labels = np.where(np.isin(given, kept_from), UNLABELLED, given)
        units = plan_batches(len(labels), UNIT, writer.finished())
        watch = Stopwatch()
        with reporter.bar(f"score {scorer.name}") as advance:
            done = len(labels) - sum(map(len, units))
            for unit in units:
                rows = np.arange(unit.start, unit.stop)
                spread = gradient_spread(
                    models, batches, labels, rows, windows=windows, eq3=eq3,
                    advance=part_of(advance, done, len(labels)),
                )  # fmt: skip
                followed = {name: label_followed(name, labels[rows], spread.predicted) for name in spread.values}
                writer.commit(unit.unit, {SPREAD: spread_rows(rows, spread.values, followed)}, seconds=watch.lap())
                done += len(unit)
        extra = stored_spread(writer, windows)
        columns = run_scorer(scorer, gather(audit, scorer, None, network, extra), parameters)
        say_missing(scorer.name, columns, reporter)
        commit_columns(writer, columns, None, network, seconds=watch.lap(), clear=(SPREAD,))

    return compute(audit, spec, work, reporter)


def spread_rows(rows: Ints, values: Mapping[str, Floats], targets: Mapping[str, Ints]) -> dict[str, Any]:
    """Rows of `gradient_spread` of one unit: each window's value, and the label that was followed."""
    return {
        "name": np.repeat(list(values), len(rows)),
        "image_id": np.tile(rows.astype(np.int32), len(values)),
        "value": np.concatenate(list(values.values())),
        "label": np.concatenate([targets[name] for name in values]).astype(np.int32),
    }


def stored_spread(writer: RunWriter, windows: Iterable[str]) -> dict[str, Any]:
    """The scorer's inputs from all committed units: `gradient_spread` and `gradient_labels`, (n,) by window."""
    spread, followed = {}, {}
    for name in spread_names(windows=windows):
        table = writer.read("SELECT value, label FROM gradient_spread WHERE name = ? ORDER BY image_id", [name])
        spread[name], followed[name] = table["value"].to_numpy(), table["label"].to_numpy()
    return {"gradient_spread": spread, "gradient_labels": followed}
