"""Where labels that are wrong lie on the data map: a fifth of a copy of the labels is altered, and trained on.

Swayamdipta et al. 2020, section 5. The audit's labels stay as they are, and the model is not kept. Rows of the `metric`
table, subject "items":

    data_map_share    slice "hard to learn, altered" and so on, "…, kept": share of such labels that lie in the region
    data_map_altered  slice "hard to learn" and so on, and "all": share of the region's labels that were altered
    data_map_auroc    slice "p_label_mean", "p_label_sd", "aleatoric" and "dual": chance that an altered label has the
                      higher value
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ....kinds.evaluate import ALTERED_TRAINING, SPREAD
from ....maths.data_map import REGIONS, regions_of, variable_from
from ....metrics.auroc import auroc_interval
from ....metrics.intervals import share_of
from ....progress import Reporter
from ....scorers.dynamics import ALEATORIC, DUAL, P_LABEL_MEAN, P_LABEL_SD, dual_score, over_epochs
from ....store.audit import Audit
from ....store.metrics import DATA_MAP, ITEMS, LEVEL, WHOLE, Metric, metric_table
from ....store.paths import remove
from ....store.writer import RunWriter, run_id
from ....training.config import TrainConfig
from ....training.loop import EpochResult
from ....training.pixels import Pixels
from ....types import Bools, Floats, Run, RunSpec
from ....wording import percent_interval
from ...steps import Done, compute
from ...training.altered_training import ALTERED, KEPT, AlteredTraining, alter_copy
from ...training.plan import describe
from ...training.throwaway import Throwaway, train_throwaway
from ...training.train import training_pixels

NAME = "data-map"
SHARE = 20  # per cent of the labels that are altered
IMAGES, EPOCHS = 4000, 20
FEW_IMAGES, FEW_EPOCHS = 1500, 12
"""Of a first look."""
WINDOW = 10  # epochs of a window of DUAL, fewer where fewer are trained
BATCH = 64
CHECKED = (P_LABEL_MEAN, P_LABEL_SD, ALEATORIC, DUAL)


def prepare_map(
    audit: Audit, model: Run | None, *, quick: bool = False, images: int | None = None, epochs: int | None = None,
    seed: int = 0, device: str = "auto",
) -> AlteredTraining:  # fmt: skip
    """Decide on the model, the images and the altered labels, as `alter_copy` does. quick: a first look, which both
    numbers follow from where they are not given.
    """
    images = images or (FEW_IMAGES if quick else IMAGES)
    epochs = epochs or (FEW_EPOCHS if quick else EPOCHS)
    copy = alter_copy(audit, model, SHARE, images=images, epochs=epochs, seed=seed, device=device)
    config = TrainConfig(copy.plan.model, epochs, copy.plan.image_size, batch_size=BATCH, checkpoints=1, seed=seed)
    parameters = {
        ALTERED_TRAINING: SHARE, "quick": quick, "images": images, "epochs": epochs, "model": config.parameters(),
        "level": LEVEL, "device": copy.device.type,
    }  # fmt: skip
    return AlteredTraining(copy, copy.plan, config, RunSpec("evaluate", NAME, copy.inputs, parameters, seed))


def map_altered(audit: Audit, asked: AlteredTraining, reporter: Reporter) -> Done:
    """Train on the altered copy, and see where its labels lie. A killed run goes on after its last epoch."""
    folder = audit.checkpoints(run_id(asked.spec))

    def work(writer: RunWriter) -> None:
        pixels = np.ascontiguousarray(training_pixels(audit, asked.config.image_size, reporter)[asked.copy.rows])
        rows = list(map_rows(_train(audit, asked, writer, pixels, reporter), asked.copy.altered, describe(asked.plan)))
        writer.commit("rows", metric_table(rows), clear=(SPREAD,))
        (hard,) = [row for row in rows if row.slice == f"{REGIONS[-1]}, {ALTERED}"]
        reporter.say(f"data map: {percent_interval(hard.estimate)} of the altered labels are {REGIONS[-1]}")

    done = compute(audit, asked.spec, work, reporter)
    remove(audit, folder)  # nothing reads these weights again: nobody may take them for a model
    return done


def _train(audit: Audit, asked: AlteredTraining, writer: RunWriter, pixels: Pixels, reporter: Reporter) -> Floats:
    """(m, epochs) float32, the probability of the label trained on after each epoch."""
    m = len(asked.copy.rows)

    def values(result: EpochResult) -> dict[str, Any]:
        assert result.dynamics is not None
        name = [f"epoch {result.epoch:04d}"] * m  # in the order of the epochs
        table = {"name": name, "place": np.arange(m, dtype=np.int32), "value": result.dynamics["p_label"]}
        return {SPREAD: table}

    training = Throwaway(
        "epoch", asked.config, asked.copy.n_classes, asked.copy.device, audit.checkpoints(run_id(asked.spec)),
        asked.copy.labels, np.ones(m, bool),
    )  # fmt: skip
    with reporter.bar("train", "steps") as advance:
        train_throwaway(training, pixels, writer, reporter, values, advance=advance)
    kept = writer.read(f"SELECT value FROM {SPREAD} ORDER BY name, place")["value"].to_numpy()
    return np.asarray(kept.reshape(-1, m).T, np.float32)


def map_rows(p_label: Floats, altered: Bools, how: str) -> Iterator[Metric]:
    """Rows of what was found. p_label: (m, epochs). altered: (m,) bool, both kinds. how: the training in words."""
    seen = over_epochs(p_label)
    region = regions_of(seen.mean, seen.sd, variable_from(seen.sd))
    note = f"{how}, {int(altered.sum()):,} of {len(altered):,} labels altered"
    for i, name in enumerate(REGIONS):
        for side, members in ((ALTERED, altered), (KEPT, ~altered)):
            yield Metric(DATA_MAP["share"], ITEMS, f"{name}, {side}", share_of(region[members] == i, LEVEL), note)
        yield Metric(DATA_MAP["altered"], ITEMS, name, share_of(altered[region == i], LEVEL), note)
    yield Metric(DATA_MAP["altered"], ITEMS, WHOLE, share_of(altered, LEVEL), note)
    dual = dual_score(p_label, min(WINDOW, p_label.shape[1]))
    for name, values in zip(CHECKED, (seen.mean, seen.sd, seen.aleatoric, dual), strict=True):
        yield Metric(DATA_MAP["auroc"], ITEMS, name, auroc_interval(values, altered, LEVEL), note)
