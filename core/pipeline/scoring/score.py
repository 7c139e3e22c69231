"""Scoring: gather what a scorer declares it needs, run it, store its columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...engines.arithmetic import arithmetic_on
from ...errors import BadInput, MissingRun, TooFewRows, command
from ...kinds.score import OTHER_CLASS
from ...kinds.train import LAST_EPOCH
from ...maths.arithmetic import NUMPY, Arithmetic
from ...maths.vectors import as_vectors
from ...progress import Reporter
from ...scorers.inputs import Inputs, of_images
from ...scorers.inputs.asks import refuse_too_little
from ...scorers.registry import Scorer, all_scorers, get_scorer
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...store.writer import RunWriter, Stopwatch
from ...types import DIRECTIONS, UNLABELLED, Bools, Neighbors, OtherClasses, Run, RunSpec, ScoreColumn
from ...wording import counted
from ..steps import Done, compute
from .embeddings import can_embed_more, embedding_for, knows_texts

FROM_EMBEDDING = frozenset({"features", "text_features"})
FROM_CHECKPOINTS = frozenset({"dynamics", "gradient_spread", "gradient_labels", "penultimate"})
COLUMNS = "columns"
"""The last unit of a scoring run: its columns are written, and it is left to publish it."""
FROM_MODEL = FROM_CHECKPOINTS | {"probabilities", "predicted"}


def score(
    audit: Audit,
    scorer_name: str,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    model_run: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    extra: Callable[[], Mapping[str, Any]] | None = None,
    device: str = "auto",
) -> Done:
    """Run one scorer over the audit's images and store its columns.

    encoder_run, model_run: which embedding and which network, by run id or name; the newest by default.
    parameters: passed to the scorer. extra: makes inputs that only the caller can (prompt vectors, augmented passes);
    called once, and only if the score is not there yet. device: where a scorer computes that can on several.
    """
    scorer = get_scorer(scorer_name)
    on = arithmetic_for(scorer, device)
    embed_run, train_run = needed_runs(audit, scorer, encoder_run, model_run)
    read = {role: run.run_id for role, run in (("embed", embed_run), ("train", train_run)) if run}
    spec = score_spec(audit, scorer, parameters or {}, on=on, **read)

    def work(writer: RunWriter) -> None:
        if COLUMNS in writer.finished():
            return
        watch = Stopwatch()
        of_labels = labels_alone(audit, scorer, train_run)
        refuse_too_little(scorer.name, scorer.needs & {"labels", "fit"}, scorer.asks, of_labels)  # before any work
        made = {**(extra() if extra else {}), "arithmetic": on}
        with reporter.bar(f"score {scorer.name}") as advance:
            inputs = gather(audit, scorer, embed_run, train_run, made)
            advance(0, len(inputs.labels))
            columns = run_scorer(scorer, inputs, parameters or {})
            advance(len(inputs.labels), len(inputs.labels))
        say_missing(scorer.name, columns, reporter)
        commit_columns(writer, columns, embed_run, train_run, seconds=watch.lap())

    return compute(audit, spec, work, reporter)


def refuse_unread(scorer: Scorer, encoder_run: str | None, model_run: str | None) -> None:
    """Raise BadInput where an embedding or a model is named for a scorer that reads none: it would change nothing."""
    reads = scorer.needs | scorer.may_use
    for named, option, what, fields in (
        (encoder_run, "--encoder-run", "embedding", FROM_EMBEDDING | {"augmented_sums"}),
        (model_run, "--model", "model", FROM_MODEL),
    ):
        if named is not None and not reads & fields:
            raise BadInput(f"{scorer.name} reads no {what}, and {option} {named} was given.", f"Leave {option} out.")


def needed_runs(
    audit: Audit, scorer: Scorer, encoder_run: str | None, model_run: str | None
) -> tuple[Run | None, Run | None]:
    """The embedding and training runs a scorer reads, None where it reads none. Raises MissingRun."""
    embed_run = needed_embedding(audit, scorer, encoder_run) if scorer.needs & FROM_EMBEDDING else None
    train_run = needed_network(audit, scorer, model_run) if _reads_model(scorer, model_run) else None
    return embed_run, train_run


def _reads_model(scorer: Scorer, model_run: str | None) -> bool:
    """Whether a scorer is to read a network: it needs one, or can use one and one was named."""
    return bool(scorer.needs & FROM_MODEL or (model_run is not None and scorer.may_use & FROM_MODEL))


def needed_embedding(audit: Audit, scorer: Scorer, encoder_run: str | None) -> Run:
    """The embedding a scorer reads: the one named, else the newest that has what the scorer needs."""
    if "text_features" in scorer.needs:
        return embedding_for(audit, encoder_run, knows_texts)
    if "augmented_sums" in scorer.needs:
        return embedding_for(audit, encoder_run, can_embed_more)
    return audit.latest("embed", encoder_run)


def needed_network(audit: Audit, scorer: Scorer, model_run: str | None) -> Run:
    """The network's run a scorer reads: the one named, else the newest that has what the scorer needs.

    Raises MissingRun where there is none, and where the one named holds imported predictions alone.
    """
    run = audit.latest("train", model_run)
    if not scorer.needs & FROM_CHECKPOINTS:
        return run
    if model_run is None:
        networks = [each for each in audit.runs("train") if not only_predictions(each)]
        if "dynamics" in scorer.needs:
            networks = [each for each in networks if not only_last_epoch(each)] or networks
        run = networks[-1] if networks else run
    if "dynamics" in scorer.needs and only_last_epoch(run):
        raise MissingRun(
            f"{scorer.name} reads what a model made of each image after every epoch, and {run.run_id} looked after "
            "the last alone.",
            "Run",
            command(audit.name, "train"),
        )
    if only_predictions(run):
        raise MissingRun(
            f"{scorer.name} reads a model's checkpoints or its training, and {run.name!r} is imported predictions.",
            "Run",
            command(audit.name, "train"),
            command(audit.name, "import-model", "--help"),
        )
    return run


def only_predictions(run: Run) -> bool:
    """Whether a network's run is a file of predictions from elsewhere, without weights or training dynamics."""
    return run.parameters.get("source") == "predictions"


def only_last_epoch(run: Run) -> bool:
    """Whether a training run looked at every image after its last epoch alone."""
    return run.parameters.get("dynamics") == LAST_EPOCH


def arithmetic_for(scorer: Scorer, device: str) -> Arithmetic:
    """Where a scorer computes: most do on the CPU alone."""
    return arithmetic_on(device) if "arithmetic" in scorer.reads else NUMPY


def score_spec(
    audit: Audit, scorer: Scorer, parameters: Mapping[str, Any], *, on: Arithmetic = NUMPY, embed: str = "",
    train: str = "",
) -> RunSpec:  # fmt: skip
    """What identifies a scoring run. embed, train: ids of the runs it reads, "" for none.

    on: where it is computed, which rounds differently; said of a GPU alone, as the CPU's runs were before it had a say.
    """
    inputs = {"items": audit.items_fingerprint}
    inputs |= {"embed": embed} if embed else {}
    inputs |= {"train": train} if train else {}
    form = {"form": scorer.form} if scorer.form > 1 else {}
    of_device = {} if on.device == NUMPY.device else {"device": on.device}
    return RunSpec("score", scorer.name, inputs, {"labels": "given", **form, **of_device, **parameters})


def gather(
    audit: Audit, scorer: Scorer, embed_run: Run | None, train_run: Run | None, extra: Mapping[str, Any]
) -> Inputs:
    """The fields a scorer declares, from the store; every other field stays empty."""
    hub = views.open_hub(audit)
    found: dict[str, Any] = dict(extra)
    if "features" in scorer.needs and embed_run:
        found["features"] = views.vectors(hub, embed_run.run_id)
    if train_run:
        if "probabilities" in scorer.reads:
            found["probabilities"] = views.probabilities(hub, train_run.run_id)
        if "trained_on" in scorer.reads:
            found["trained_on"] = views.predictions(hub, train_run.run_id)["trained_on"]
        if "predicted" in scorer.needs:
            found["predicted"] = views.predictions(hub, train_run.run_id)["predicted"]
        if "dynamics" in scorer.needs:
            found["dynamics"] = views.dynamics(hub, train_run.run_id)
            if found["dynamics"] is None:
                raise BadInput(
                    f"{train_run.run_id} kept no training dynamics, which {scorer.name} reads.",
                    "Run",
                    command(audit.name, "train"),
                )
    if "content_hashes" in scorer.needs:
        found["content_hashes"] = views.column(hub, "content_hash").astype(np.str_)
    if "split_codes" in scorer.needs:
        splits = views.column(hub, "split").astype(np.str_)
        found["split_codes"] = np.unique(splits, return_inverse=True)[1]
    return replace(labels_alone(audit, scorer, train_run), **found)


def labels_alone(audit: Audit, scorer: Scorer, train_run: Run | None) -> Inputs:
    """The labels, the classes and which images may be learned from: for a model's features, those it was trained on."""
    hub = views.open_hub(audit)
    fit = fit_rows(views.column(hub, "split"))
    if "penultimate" in scorer.needs and train_run:
        fit = views.predictions(hub, train_run.run_id)["trained_on"]
    return Inputs(labels=views.labels(hub), n_classes=len(views.classes(hub)), fit=fit)


def run_scorer(scorer: Scorer, inputs: Inputs, parameters: Mapping[str, Any]) -> list[ScoreColumn]:
    """Run a scorer on the rows that have what it needs; rows without an embedding come back NaN with the reason."""
    if inputs.features is None:
        return scorer.run(inputs, **parameters)
    vectors = as_vectors(inputs.features)
    usable = vectors.finite
    if usable.all():
        return scorer.run(inputs, **parameters)
    if not usable.any():
        raise BadInput("No image has an embedding.", "Run", command(None, "embed"))
    columns = scorer.run(of_images(replace(inputs, features=vectors), usable), **parameters)
    return [spread_out(column, usable) for column in columns]


def say_missing(scorer: str, columns: Sequence[ScoreColumn], reporter: Reporter) -> None:
    """Say of how many images a scorer has no value, and why. Raises TooFewRows where it has none of any."""
    if not columns or not len(columns[0].values):
        return
    fullest = min(columns, key=lambda column: np.count_nonzero(np.isnan(column.values)))
    n, missing = len(fullest.values), np.count_nonzero(np.isnan(fullest.values))
    why = f": {fullest.reason}" if fullest.reason else ""
    if missing == n:
        raise TooFewRows(
            f"{scorer} has no value for any of {counted(n, 'image')}{why}.",
            "What each score needs",
            command(None, "scorers"),
        )
    if missing:
        reporter.say(f"score {scorer}: no value for {missing:,} of {counted(n, 'image')}{why}")


def spread_out(column: ScoreColumn, usable: Bools) -> ScoreColumn:
    """A column over the usable rows as one over all rows, NaN elsewhere."""

    def over_all(part: NDArray[Any], fill: Any) -> NDArray[Any]:
        whole = np.full((len(usable), *part.shape[1:]), fill, part.dtype)
        whole[usable] = part
        return whole

    suggested, doubted, others = column.suggested_label, column.doubted, column.other_classes
    neighbors = column.neighbors
    if neighbors is not None:
        at = np.flatnonzero(usable)
        neighbors = replace(neighbors, rows=at[neighbors.rows], others=at[neighbors.others])
    count = int((~usable).sum())
    reason = f"{column.reason}; " if column.reason else ""
    return replace(
        column, values=over_all(column.values, np.nan), neighbors=neighbors,
        suggested_label=None if suggested is None else over_all(suggested, UNLABELLED),
        doubted=None if doubted is None else over_all(doubted, False),
        other_classes=None if others is None else OtherClasses(
            over_all(others.labels, UNLABELLED), over_all(others.probabilities, np.nan)
        ),
        reason=f"{reason}{count} without an embedding",
    )  # fmt: skip


def commit_columns(
    writer: RunWriter,
    columns: Sequence[ScoreColumn],
    embed_run: Run | None,
    train_run: Run | None,
    *,
    seconds: float,
    clear: Sequence[str] = (),
) -> None:
    """Store columns sorted by name, so that one column is one contiguous stretch of the file."""
    ordered = sorted(columns, key=lambda column: column.name)
    table = pa.concat_tables([score_rows(column) for column in ordered], promote_options="default")
    about = {
        "name": [column.name for column in ordered],
        "scorer": [column.scorer for column in ordered],
        "parameters": [json.dumps(dict(column.parameters)) for column in ordered],
        "encoder_run": [embed_run.run_id if embed_run else ""] * len(ordered),
        "model_run": [train_run.run_id if train_run else ""] * len(ordered),
        "direction": [column.direction for column in ordered],
        "fitted_on": [column.fitted_on for column in ordered],
        "reason": [column.reason for column in ordered],
    }
    tables: dict[str, Any] = {"score": {name: table[name] for name in table.column_names}, "score_column": about}
    for column in ordered:
        if column.neighbors is not None:
            tables["neighbor"] = neighbor_rows(column.neighbors)
        if column.other_classes is not None:
            tables[OTHER_CLASS] = other_class_rows(column.name, column.other_classes)
    writer.commit(COLUMNS, tables, seconds=seconds, clear=clear, said={("score", "value"): values_in_words(ordered)})


def values_in_words(columns: Sequence[ScoreColumn]) -> str:
    """Which way each column points, and what its values are, for who reads the file elsewhere."""
    known = {scorer.name: scorer.about for scorer in all_scorers()}
    pointing = "; ".join(
        f"{column.name}: {'direction ' if column.direction is None else ''}{DIRECTIONS[column.direction]}"
        for column in columns
    )
    about = dict.fromkeys(column.about or known.get(column.scorer, "") for column in columns)
    return " ".join([f"{pointing}.", *filter(None, about)])


def score_rows(column: ScoreColumn) -> pa.Table:
    """The rows of the `score` table that hold one column."""
    n, suggested = len(column.values), column.suggested_label
    labels = np.full(n, UNLABELLED, np.int32) if suggested is None else suggested.astype(np.int32)
    rows = {
        "name": pa.DictionaryArray.from_arrays(np.zeros(n, np.int8), [column.name]),  # once, not n times
        "image_id": np.arange(n, dtype=np.int32),
        "value": column.values.astype(np.float32),
        "suggested_label": pa.array(labels, mask=labels == UNLABELLED),
    }
    return pa.table(rows if column.doubted is None else {**rows, "doubted": column.doubted})


def other_class_rows(name: str, others: OtherClasses) -> dict[str, Any]:
    """Rows of the `other_class` table: each image's other classes ranked from 0, the likeliest first."""
    images, ranks = np.nonzero(others.labels != UNLABELLED)
    return {
        "name": pa.DictionaryArray.from_arrays(np.zeros(len(images), np.int8), [name]),
        "image_id": images.astype(np.int32), "rank": ranks.astype(np.int32),
        "label": others.labels[images, ranks].astype(np.int32),
        "probability": others.probabilities[images, ranks].astype(np.float32),
    }  # fmt: skip


def neighbor_rows(neighbors: Neighbors) -> dict[str, Any]:
    """Rows of the `neighbor` table: each image's neighbours ranked from 0, the most similar first."""
    order = np.lexsort((neighbors.others, -neighbors.similarity, neighbors.rows))
    rows = neighbors.rows[order].astype(np.int32)
    first = np.searchsorted(rows, rows)
    return {
        "image_id": rows, "rank": (np.arange(len(rows)) - first).astype(np.int32),
        "neighbor_id": neighbors.others[order].astype(np.int32),
        "similarity": neighbors.similarity[order].astype(np.float32),
    }  # fmt: skip
