"""Corruption ladder: accuracy and calibration on images corrupted, kind by kind and step by step.

Rows of the `metric` table, of each model, slice "<kind> <severity>", severity 1 to 5, and "none 0" for clean images:

    corruption_accuracy   share right, with its Wilson interval
    corruption_ece        expected calibration error, equal mass, without an interval: it is a figure of these images
    corruption_ece_by_chance   what it would be if confidence were right
    corruption_squared_gap     squared calibration error, debiased, in squared points of per cent: its means over kinds
                          and seeds are right however few the images are, where those of roots are too high
    calibration_error     the true calibration error, debiased, with its interval; as of any other images, so it has no
                          name of its own
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from ...corruptions import SEVERITIES, Corruption, all_corruptions, corrupt, get_corruption
from ...device import pick_device, set_threads
from ...errors import BadInput, TooFewRows, command
from ...metrics.calibration.debiased import squared_gap
from ...metrics.calibration.forecasts import calibration, forecasts
from ...metrics.intervals import share_of
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.held_out import held_out
from ...store.metrics import (
    BY_CHANCE,
    CALIBRATION_ERROR,
    CORRUPTION_ACCURACY,
    CORRUPTION_ECE,
    CORRUPTION_SQUARED_GAP,
    LEVEL,
    Metric,
    metric_table,
    read_metrics,
)
from ...store.writer import Stopwatch, open_run, run_id, run_once
from ...training.batches import Batches
from ...training.pixels import Pixels
from ...training.predict import predict
from ...training.readouts.logits import predictions_from_logits
from ...types import Estimate, Floats, Ints, Run, RunSpec
from ..steps import Done, finished_run
from ..training.train import training_pixels
from .choose_models import ModelInput, finished_model, sample, shown_to

CLEAN = "none"
IMAGES = 500
NAME = "corruptions"
BINS = 15
FORM = 3  # of the rows: what is computed otherwise is another run
LARGE = 96  # pixels a side


@dataclass(frozen=True)
class CorruptionLadder:
    """One model's ladder. rows: (m,) image ids it is shown."""

    model: Run
    spec: RunSpec
    rows: Ints
    shown: ModelInput

    @property
    def run_id(self) -> str:
        """The id of the run that holds it."""
        return run_id(self.spec)

    @property
    def pictures(self) -> tuple[ModelInput, bytes]:
        """Ladders for which this is equal look at the same pictures."""
        return self.shown, self.rows.tobytes()


def corruption_ladder(
    audit: Audit,
    models: Sequence[Run],
    reporter: Reporter,
    *,
    images: int = IMAGES,
    kinds: Sequence[str] = (),
    seed: int = 0,
    device: str = "auto",
) -> list[Done]:
    """Show each model the same images at every corruption, and keep how it does. A run per model.

    images: how many held-out images at most, drawn by the seed. kinds: all by default. A kind is made once for all
    models that take the same pictures, and let go before the next, so that memory does not grow with kinds or
    models. A killed ladder goes on with the first kind that some model has not been shown.
    Raises BadInput on an unknown kind or too few images asked for, TooFewRows where a model has no held-out image.
    """
    if images < BINS:
        raise BadInput(f"{images} images are too few for a calibration error.", f"Take {BINS} or more.")
    set_threads()
    on = pick_device(device)
    wanted = [get_corruption(kind) for kind in kinds] or all_corruptions()
    ladders = [prepare(audit, model, images, wanted, seed, on) for model in models]
    new = {ladder.run_id for ladder in ladders if not audit.run_path(ladder.run_id).exists()}
    groups: dict[tuple[ModelInput, bytes], list[CorruptionLadder]] = {}
    for ladder in ladders:
        if ladder.run_id in new:
            groups.setdefault(ladder.pictures, []).append(ladder)
    for group in groups.values():
        climb(audit, group, wanted, reporter, on)
    done = []
    for ladder in ladders:
        run_once(audit, ladder.spec, lambda writer: None)  # every part of it is committed: it is only published
        done.append(Done(finished_run(audit, ladder.spec), ladder.run_id in new))
        was = "done" if done[-1].new else "nothing to do, it was computed before"
        reporter.say(f"corruptions of {ladder.model.run_id}: {was} ({ladder.run_id})")
        reporter.say(f"  {in_words(audit, done[-1].run)}")
    return done


def in_words(audit: Audit, ladder: Run) -> str:
    """One line: accuracy, ECE and the debiased calibration error by severity, as means over kinds; what each is."""
    rows = read_metrics(views.open_hub(audit, [ladder]))

    def steps(name: str) -> str:
        at = [
            [row.estimate.value for row in rows if row.name == name and row.slice.endswith(f" {s}")] for s in range(6)
        ]
        clean, *worse = (f"{100 * np.mean(values):.1f}" for values in at)
        return f"{clean} % clean, {', '.join(worse)} % at severities 1 to 5"

    images, kinds = rows[0].estimate.n, len(ladder.parameters["levels"])
    accuracy, ece, error = (steps(name) for name in (CORRUPTION_ACCURACY, CORRUPTION_ECE, CALIBRATION_ERROR))
    return (
        f"{images} images, mean of {kinds} kinds without an interval: accuracy, counted, {accuracy}; ECE, estimated, "
        f"{ece}; calibration error, estimated and debiased, {error}"
    )


def prepare(
    audit: Audit, model: Run, images: int, kinds: Sequence[Corruption], seed: int, device: torch.device
) -> CorruptionLadder:
    """Which images a model is shown, and what its run is called."""
    hub = views.open_hub(audit, [model])
    rows = sample(held_out(hub, model), images, seed)
    if not len(rows):
        raise TooFewRows(
            f"{model.run_id} was trained on every labelled image: there is none to corrupt.",
            "Keep a split for evaluation, or train a model here",
            command(audit.name, "train"),
        )
    parameters = {
        "images": images, "levels": {kind.name: list(kind.levels) for kind in kinds}, "bins": BINS,
        "level": LEVEL, "form": FORM, "device": device.type,
    }  # fmt: skip
    spec = RunSpec("evaluate", NAME, {"items": audit.items_fingerprint, "train": model.run_id}, parameters, seed)
    return CorruptionLadder(model, spec, rows, shown_to(model))


def climb(
    audit: Audit,
    ladders: Sequence[CorruptionLadder],
    kinds: Sequence[Corruption],
    reporter: Reporter,
    device: torch.device,
) -> None:
    """Commit every kind of each ladder that is not there yet. The ladders look at the same pictures."""
    finished = {}
    for ladder in ladders:
        with open_run(audit, ladder.spec, warn=reporter.warn) as writer:
            finished[ladder.run_id] = writer.finished()
    first = ladders[0]
    pixels = training_pixels(audit, first.shown.size, reporter, first.shown.transform)[first.rows]
    hub = views.open_hub(audit, [])
    labels, hashes = views.labels(hub)[first.rows], views.column(hub, "content_hash")[first.rows].tolist()
    units = [CLEAN, *(kind.name for kind in kinds)]
    with reporter.bar("corrupt", "steps") as advance:
        for number, unit in enumerate(units):
            waiting = [ladder for ladder in ladders if unit not in finished[ladder.run_id]]
            sets = worse(pixels, hashes, unit, first.spec.seed) if waiting else {}
            for place, ladder in enumerate(waiting):
                watch = Stopwatch()
                rows = sets_rows(audit, ladder.model, sets, labels, device)
                with open_run(audit, ladder.spec) as writer:
                    writer.commit(unit, metric_table(rows), seconds=watch.lap())
                advance(number * len(ladders) + place + 1, len(units) * len(ladders))


def worse(pixels: Pixels, hashes: Sequence[str], kind: str, seed: int) -> dict[str, Pixels]:
    """The pictures at each severity of a kind, by slice. pixels: (m, S, S, 3). hashes: (m,) the images' identities."""
    if kind == CLEAN:
        return {f"{CLEAN} 0": pixels}
    # Threads share out large images; over small ones they would wait for each other longer than they work.
    with ThreadPoolExecutor((os.cpu_count() or 1) if pixels.shape[1] >= LARGE else 1) as pool:

        def at(severity: int) -> Pixels:
            def one(row: int) -> Pixels:
                return corrupt(pixels[row], kind, severity, seed=seed, identity=hashes[row])

            return np.stack(list(pool.map(one, range(len(pixels)))))

        return {f"{kind} {severity}": at(severity) for severity in SEVERITIES}


def sets_rows(audit: Audit, model: Run, sets: dict[str, Pixels], labels: Ints, device: torch.device) -> list[Metric]:
    """A model's accuracy and calibration on each set of pictures."""
    loaded, rows = finished_model(audit, model, device), []
    for part, pixels in sets.items():
        logits = predict(loaded.model, Batches(pixels, loaded.normalisation, device))
        rows += ladder_rows(model.run_id, part, logits, labels)
    return rows


def ladder_rows(subject: str, part: str, logits: Floats, labels: Ints) -> list[Metric]:
    """Accuracy and calibration of (m, K) logits. The note says what calibration error so few images give by chance."""
    said = predictions_from_logits(logits, labels)
    made = forecasts(said["probs"], labels, said["correct"])
    of_network = calibration(made, n_bins=BINS, level=LEVEL)
    note = f"{of_network.ece_if_perfect:.4f} if confidence were right"
    by_chance = Estimate(of_network.ece_if_perfect, n=len(labels), unit="share")
    squared = Estimate(100**2 * squared_gap(made.confidence, made.correct), n=len(labels))
    return [
        Metric(CORRUPTION_ACCURACY, subject, part, share_of(said["correct"])),
        Metric(CORRUPTION_ECE, subject, part, of_network.ece, note),
        Metric(CORRUPTION_ECE + BY_CHANCE, subject, part, by_chance),
        Metric(CORRUPTION_SQUARED_GAP, subject, part, squared),
        Metric(CALIBRATION_ERROR, subject, part, of_network.error),
    ]
