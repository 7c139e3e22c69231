"""Does VoG tell labels that a model can only have memorised: a fifth of a copy of the labels is altered.

Agarwal, D'souza & Hooker 2022, section 4.1 and A.3. A model is trained to (near) zero training error on images of
the training split, a fifth of them under another class, and VoG of the label trained on is computed over all of its
checkpoints. The audit's labels stay as they are, and the model is not kept. Rows of the `metric` table, subject
"items"; slice "logit all", "probability late" and so on:

    memorisation_vog_mean, memorisation_vog_sd   slice "logit all, altered" and "logit all, kept"
    memorisation_difference    of the means, altered less kept, with Welch's interval
    memorisation_welch_t       the same in standard errors: above 0 where altered labels have the higher VoG
    memorisation_auroc         chance that an altered label has the higher VoG
    memorisation_error         slice "epoch 7": share of the training images wrong after it, looked at unaltered; slice
                               "all": after the last one. The note says whether near zero was reached
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ....kinds.evaluate import SPREAD
from ....metrics.gradients.two_groups import groups_apart
from ....metrics.intervals import share_estimate
from ....progress import Reporter
from ....store.audit import Audit
from ....store.metrics import ITEMS, LEVEL, MEMORISATION, MEMORISED, WHOLE, Metric, metric_table
from ....store.paths import remove
from ....store.writer import RunWriter, run_id
from ....training.batches import Batches
from ....training.checkpoints import load_checkpoint, saved_epochs
from ....training.fold import ready_for_gradients
from ....training.gradients import stages
from ....training.loop import EpochResult
from ....training.pixels import Pixels
from ....training.windows import STAGES, TARGETS
from ....types import Floats, Run, RunSpec
from ....wording import percent, with_interval
from ...steps import Done, compute
from ...training.altered_training import ALTERED, KEPT, AlteredTraining, alter_copy
from ...training.plan import TrainingPlan, describe, epoch_flops, gradient_flops
from ...training.throwaway import NearZero, Throwaway, memorising_config, train_throwaway
from ...training.train import training_pixels
from .spreads import keep_spreads, kept_spreads

NAME, OF = "vog-memorisation", "memorised"
SHARE = 20  # per cent of the labels that are altered
IMAGES, RESAMPLES = 2000, 1000
EPOCHS = 60
CHECKPOINTS = 30  # of all epochs, about as many as the paper's 35
ENOUGH_CHECKPOINTS = 6  # before training may end: three early ones and three late ones


class Memorising(AlteredTraining):
    """A training until the altered labels are memorised, whose gradients are followed afterwards."""

    @property
    def described(self) -> str:
        """In words, for what is said beforehand."""
        return (
            f"train {describe(self.plan)} at most, on {len(self.copy.rows):,} images, {self.copy.altered.sum():,} of "
            "them under another label, and follow their gradients over up to "
            f"{len(self.config.kept_epochs())} checkpoints"
        )

    def seconds(self) -> float:
        """What all of it takes at most on this machine now."""
        m, kept = len(self.copy.rows), len(self.config.kept_epochs())
        return (self.plan.flops + gradient_flops(self.plan, m, self.copy.n_classes, kept)) / self.speed()


def prepare_memorisation(
    audit: Audit, model: Run | None, *, images: int = IMAGES, epochs: int = EPOCHS, seed: int = 0,
    device: str = "auto",
) -> Memorising:  # fmt: skip
    """Decide on the model, the images and the altered labels, as `alter_copy` does."""
    copy = alter_copy(audit, model, SHARE, images=images, epochs=epochs, seed=seed, device=device)
    name, size, m = copy.plan.model, copy.plan.image_size, len(copy.rows)
    config = memorising_config(name, size, epochs, seed, checkpoints_every=max(1, epochs // CHECKPOINTS))
    plan = TrainingPlan(name, size, epochs, epochs * epoch_flops(name, m, m, copy.n_classes, size))
    parameters = {
        "vog_check": "memorisation", "images": images, "model": config.parameters(), "altered_labels": SHARE,
        "near_zero": MEMORISED, "resamples": RESAMPLES, "level": LEVEL, "device": copy.device.type,
    }  # fmt: skip
    return Memorising(copy, plan, config, RunSpec("evaluate", NAME, copy.inputs, parameters, seed))


def memorise(audit: Audit, asked: Memorising, reporter: Reporter) -> Done:
    """Train, follow the gradients, compare. A killed run goes on after its last epoch or image."""
    folder = audit.checkpoints(run_id(asked.spec))

    def work(writer: RunWriter) -> None:
        pixels = np.ascontiguousarray(training_pixels(audit, asked.config.image_size, reporter)[asked.copy.rows])
        error = _train(audit, asked, writer, pixels, reporter)
        loaded = [load_checkpoint(folder, epoch, asked.copy.device) for epoch in saved_epochs(folder)]
        batches = Batches(pixels, loaded[-1].normalisation, asked.copy.device)
        models = [ready_for_gradients(one.model) for one in loaded]
        with reporter.bar("follow gradients") as advance:
            keep_spreads(writer, OF, models, batches, asked.copy.labels, np.arange(len(asked.copy.rows)), advance)
        rows = list(memorisation_rows(asked, kept_spreads(writer, OF), error.error, error.last, len(models)))
        writer.commit("rows", metric_table(rows), clear=(SPREAD,))
        said = [f"{row.slice} {with_interval(row.estimate)}" for row in rows if row.name == MEMORISATION["auroc"]]
        reporter.say(f"memorisation: AUROC of altered labels by VoG: {', '.join(said)}")

    done = compute(audit, asked.spec, work, reporter)
    remove(audit, folder)  # nothing reads these weights again: nobody may take them for a model
    return done


def _train(
    audit: Audit, asked: Memorising, writer: RunWriter, pixels: Pixels, reporter: Reporter
) -> NearZero:  # fmt: skip
    """Train until the error is near zero or the epochs are over. Returns the training error after each epoch."""
    found = writer.read("SELECT slice, value FROM metric WHERE name = ?", [MEMORISATION["error"]])
    parts, values = found.to_pydict().values()
    kept = asked.config.kept_epochs()
    error = NearZero(
        {int(part.removeprefix("epoch ")): value for part, value in zip(parts, values, strict=True)},
        enough=kept[min(ENOUGH_CHECKPOINTS, len(kept)) - 1],
    )
    m = len(asked.copy.rows)

    def rows(result: EpochResult) -> dict[str, Any]:
        wrong = share_estimate(error.note(result), m)
        return metric_table([Metric(MEMORISATION["error"], ITEMS, f"epoch {result.epoch}", wrong)])

    training = Throwaway(
        "epoch", asked.config, asked.copy.n_classes, asked.copy.device, audit.checkpoints(run_id(asked.spec)),
        asked.copy.labels, np.ones(m, bool),
    )  # fmt: skip
    with reporter.bar("train", "steps") as advance:
        train_throwaway(training, pixels, writer, reporter, rows, advance=advance, until=error.reached)
    error.tell("memorisation", reporter)
    return error


def memorisation_rows(
    asked: Memorising, spreads: dict[str, Floats], error: float, epochs: int, checkpoints: int
) -> Iterator[Metric]:
    """Rows of what was found. spreads: "logit_all" -> (m,) VoG. error: share wrong after the last epoch."""
    m, n_altered = len(asked.copy.rows), int(asked.copy.altered.sum())
    reached = "near zero" if error <= MEMORISED else "near zero not reached"
    how = f"{describe(asked.plan).rpartition(', ')[0]}, {epochs} epochs, {n_altered:,} of {m:,} labels altered, seed"
    note = f"{how} {asked.config.seed}; training error {percent(error)}: {reached}"
    yield Metric(MEMORISATION["error"], ITEMS, WHOLE, share_estimate(round(error * m), m, LEVEL), note)
    spans = stages(checkpoints)
    for target in TARGETS:
        for stage in STAGES:
            part = f"{target} {stage}"
            values = spreads[f"{target}_{stage}"]
            apart = groups_apart(values, asked.copy.altered, n=RESAMPLES, seed=asked.config.seed, level=LEVEL)
            of_stage = f"{len(spans[stage])} checkpoints; {note}"
            for side, mean, sd in zip((ALTERED, KEPT), apart.mean, apart.sd, strict=True):
                yield Metric(MEMORISATION["mean"], ITEMS, f"{part}, {side}", mean, of_stage)
                yield Metric(MEMORISATION["sd"], ITEMS, f"{part}, {side}", sd, of_stage)
            yield Metric(MEMORISATION["difference"], ITEMS, part, apart.difference, f"altered less kept, {of_stage}")
            degrees = f"{apart.degrees:.0f} degrees of freedom, altered less kept, {of_stage}"
            yield Metric(MEMORISATION["welch_t"], ITEMS, part, apart.welch_t, degrees)
            yield Metric(MEMORISATION["auroc"], ITEMS, part, apart.auroc, of_stage)
