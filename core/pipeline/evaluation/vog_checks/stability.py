"""Is VoG the same from another seed, and from fewer checkpoints?

Agarwal, D'souza & Hooker 2022, figure 5c. Of models that were trained alike but for their seed. VoG of all images is
read where it is scored for each of them; over fewer checkpoints it is computed, of some images. Rows of the `metric`
table, subject the models, as "resnet8, seeds 0 and 1":

    vog_seed_spearman, vog_seed_overlap     slice "logit late": of every two seeds, mean correlation and mean overlap of
                                            the top deciles. "logit last 2", "logit spread 3": over so many checkpoints,
                                            the last ones, or evenly from the first to the last
    vog_seed_spread                         slice likewise: how far an image's percentile varies over the seeds
    vog_checkpoints_spearman, _overlap      slice "logit last 2": of so many checkpoints with all, mean over seeds

Each of the first two and the last has its interval over images; a second row, slice "…, over seeds", over seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from ....device import pick_device, set_threads
from ....kinds.evaluate import SPREAD
from ....metrics.gradients.stability import FEWEST, agreement_over_seeds, agreement_with, spread_over_seeds
from ....progress import Advance, Reporter, part_of
from ....store import views
from ....store.audit import Audit
from ....store.metrics import (
    CHECKPOINTS_OVERLAP,
    CHECKPOINTS_SPEARMAN,
    LEVEL,
    SEED_OVERLAP,
    SEED_SPEARMAN,
    SEED_SPREAD,
    Metric,
    metric_table,
)
from ....store.writer import RunWriter
from ....training.batches import Batches
from ....training.checkpoints import load_checkpoint, saved_epochs
from ....training.fold import ready_for_gradients
from ....training.windows import STAGES, TARGETS
from ....types import UNLABELLED, Estimate, Floats, Ints, Run, RunSpec
from ....wording import count, three
from ...steps import Done, compute
from ...training.plan import TrainingPlan, gradient_flops, measured_speed
from ...training.train import training_pixels
from ..choose_models import sample
from .same_training import Alike, scored_alike
from .spreads import keep_spreads, kept_spreads

NAME = "vog-stability"
IMAGES = 500
MOST = 50_000  # images of stored VoG that are compared; more would narrow no interval that is read
NUMBERS = (2, 3, 5)  # of checkpoints
OVER_SEEDS = "over seeds"
Scores = dict[str, Floats]  # window such as "logit_late" -> (seeds, m)


@dataclass(frozen=True)
class Comparing:
    """What is compared. scored: the runs of VoG that are read, one a model; empty where not every model has one like
    the others'. rows: (m,) ids of the images whose gradients are followed."""

    alike: Alike
    scored: tuple[Run, ...]
    rows: Ints
    epochs: tuple[int, ...]
    n_classes: int
    device: torch.device
    spec: RunSpec

    @property
    def described(self) -> str:
        """In words, for what is said beforehand."""
        return (
            f"follow the gradients of {len(self.rows):,} images over {len(self.epochs)} checkpoints of "
            f"{len(self.alike.models)} models ({self.alike.subject})"
        )

    def seconds(self) -> float:
        """What that takes on this machine now."""
        first = self.alike.models[0]
        plan = TrainingPlan(first.name, first.parameters["image_size"], len(self.epochs), 0.0)
        flops = gradient_flops(plan, len(self.rows), self.n_classes, len(self.epochs)) * len(self.alike.models)
        return flops / measured_speed(plan, self.n_classes, self.device)


def prepare_stability(
    audit: Audit, alike: Alike, *, images: int = IMAGES, seed: int = 0, device: str = "auto"
) -> Comparing:
    """Decide what is read and on which images gradients are followed: at most `images`, labelled, drawn from all."""
    set_threads()
    hub, on = views.open_hub(audit, ()), pick_device(device)
    rows = sample(views.labels(hub) != UNLABELLED, max(images, FEWEST), seed)
    epochs = tuple(saved_epochs(audit.checkpoints(alike.models[0].run_id)))
    scored = tuple(scored_alike(audit, alike.models) or ())
    inputs = {"items": audit.items_fingerprint, "train": alike.models[-1].run_id}
    inputs |= {f"model of seed {run.seed}": run.run_id for run in alike.models}
    inputs |= {f"vog of seed {model.seed}": run.run_id for model, run in zip(alike.models, scored, strict=False)}
    parameters = {
        "vog_check": "stability", "images": images, "numbers": list(NUMBERS), "most": MOST, "level": LEVEL,
        "device": on.type,
    }  # fmt: skip
    spec = RunSpec("evaluate", NAME, inputs, parameters, seed)
    return Comparing(alike, scored, rows, epochs, len(views.classes(hub)), on, spec)


def compare_seeds(audit: Audit, asked: Comparing, reporter: Reporter) -> Done:
    """Follow the gradients, a few hundred images at a time, and compare. Raises TooFewRows below 50 images."""

    def work(writer: RunWriter) -> None:
        windows = checkpoint_windows(len(asked.epochs))
        with reporter.bar("follow gradients", "images") as advance:
            done, total = 0, len(asked.rows) * len(asked.alike.models)
            for model in asked.alike.models:
                follow(audit, asked, model, windows, writer, reporter, part_of(advance, done, total))
                done += len(asked.rows)
        found = [kept_spreads(writer, of_seed(model)) for model in asked.alike.models]
        followed = {name: np.stack([one[name] for one in found]) for name in found[0]}
        rows = list(stability_rows(asked, followed, stored_scores(audit, asked)))
        writer.commit("rows", metric_table(rows), clear=(SPREAD,))
        late = {row.slice: row for row in rows if row.name == SEED_SPEARMAN}
        said = ", ".join(f"{part} {three(late[part].estimate.value)}" for part in ("logit late", "probability late"))
        reporter.say(f"VoG over seeds of {asked.alike.subject}: mean Spearman correlation: {said}")

    return compute(audit, asked.spec, work, reporter)


def of_seed(model: Run) -> str:
    """Whose spreads are kept under what name."""
    return f"seed-{model.seed}"


def checkpoint_windows(n: int) -> dict[str, tuple[int, ...]]:
    """Name -> positions of checkpoints, for every number that is fewer than all: the last ones, and evenly spread."""
    windows: dict[str, tuple[int, ...]] = {}
    for k in NUMBERS:
        if k < n:
            windows[f"last{k}"] = tuple(range(n - k, n))
            windows[f"spread{k}"] = tuple(int(at) for at in np.linspace(0, n - 1, k).round())
    return windows


def follow(
    audit: Audit, asked: Comparing, model: Run, windows: Mapping[str, Sequence[int]], writer: RunWriter,
    reporter: Reporter, advance: Advance,
) -> None:  # fmt: skip
    """VoG of the drawn images by one model, over every window."""
    loaded = [load_checkpoint(audit.checkpoints(model.run_id), epoch, asked.device) for epoch in asked.epochs]
    pixels = training_pixels(audit, loaded[-1].image_size, reporter, model.parameters.get("transform", "stretch"))
    labels = views.labels(views.open_hub(audit, ()))
    batches = Batches(pixels, loaded[-1].normalisation, asked.device)
    models = [ready_for_gradients(one.model) for one in loaded]
    keep_spreads(writer, of_seed(model), models, batches, labels, asked.rows, advance, windows=windows)


def stored_scores(audit: Audit, asked: Comparing) -> Scores:
    """Stored VoG of the given label, raw, of at most MOST images that all models have values of; {} without runs."""
    if not asked.scored:
        return {}
    hub = views.open_hub(audit, asked.scored)
    found: Scores = {}
    for target, stage in product(TARGETS, STAGES):
        values = np.stack([views.score(hub, f"{run.run_id}:vog_{target}_{stage}") for run in asked.scored])
        rows = sample(np.asarray(np.isfinite(values).all(axis=0)), MOST, asked.spec.seed)
        if len(rows) >= FEWEST:
            found[f"{target}_{stage}"] = values[:, rows].astype(np.float64)
    return found


def stability_rows(asked: Comparing, followed: Scores, stored: Scores) -> Iterator[Metric]:
    """Rows of what was found. followed: of the drawn images, all windows. stored: of all images, the three stages."""
    subject, seed = asked.alike.subject, asked.spec.seed
    for name, drawn in followed.items():
        values = stored.get(name, drawn)
        usable = values[:, np.isfinite(values).all(axis=0)]
        note = f"{len(asked.alike.models)} seeds, {count(usable.shape[1])} images"
        agreement = agreement_over_seeds(usable, seed=seed, level=LEVEL)
        yield from both(SEED_SPEARMAN, subject, name, agreement.spearman, note)
        yield from both(SEED_OVERLAP, subject, name, agreement.overlap, f"{note}; 10 % by chance")
        yield Metric(SEED_SPREAD, subject, worded(name), spread_over_seeds(usable, LEVEL), f"{note}; 28.9 by chance")
    for name, fewer in followed.items():
        target, _, window = name.partition("_")
        if window not in STAGES:
            known = np.asarray(np.isfinite(fewer).all(axis=0))
            whole = followed[f"{target}_all"][:, known]
            note = f"with all {len(asked.epochs)} checkpoints, {len(fewer)} seeds, {count(int(known.sum()))} images"
            agreement = agreement_with(fewer[:, known], whole, seed=seed, level=LEVEL)
            yield from both(CHECKPOINTS_SPEARMAN, subject, name, agreement.spearman, note)
            yield from both(CHECKPOINTS_OVERLAP, subject, name, agreement.overlap, note)


def both(metric: str, subject: str, name: str, estimates: tuple[Estimate, Estimate], note: str) -> Iterator[Metric]:
    """The rows of a figure whose interval is over images, and of the same over seeds."""
    for estimate, part in zip(estimates, (worded(name), f"{worded(name)}, {OVER_SEEDS}"), strict=True):
        yield Metric(metric, subject, part, estimate, note)


def worded(name: str) -> str:
    """ "logit_last2" -> "logit last 2", "logit_late" -> "logit late"."""
    target, _, window = name.partition("_")
    kind = window.rstrip("0123456789")
    return f"{target} {kind} {window[len(kind) :]}".rstrip()
