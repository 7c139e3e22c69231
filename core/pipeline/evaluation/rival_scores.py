"""RMD beside the scores that it is measured against, on the same images: by how much it tells a model's errors better.

Cui et al. 2023, figure 6. `error_auroc_difference`, subject RMD's address, slice "less <address>": AUROC for the
model's errors of RMD less that of another score of the same vectors, paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...metrics.auroc import auroc_difference
from ...store.metrics import ERROR_AUROC_DIFFERENCE, LESS, LEVEL, Metric
from ...types import Floats, ScoreInfo
from .held_out import HeldOutPredictions
from .model_metrics import ENOUGH

OURS, RIVALS = "rmd", ("md", "md_pca", "kmeans", "kmeans_pca")
"""The last of each pair has the reduction that RMD has, where it has one."""


def rival_rows(
    infos: Sequence[ScoreInfo], values_of: Callable[[ScoreInfo], Floats], held_out: HeldOutPredictions
) -> Iterator[Metric]:
    """A row for each rival of each embedding's newest RMD that is scored there; nothing where no image is wrong.

    values_of: (n,) of a score as it can be held against the model's errors.
    """
    newest = {(info.encoder_run, info.name): info for info in infos if info.name in (OURS, *RIVALS)}  # oldest first
    for (embedding, name), ours in newest.items():
        for rival in RIVALS if name == OURS else ():
            theirs = newest.get((embedding, rival))
            if theirs is None:
                continue
            scores = [held_out.along(values_of(info)) for info in (ours, theirs)]
            both = np.isfinite(scores).all(axis=0)
            if both.sum() < ENOUGH:
                continue
            wrong = ~held_out.forecasts.correct[both]
            difference = auroc_difference(scores[0][both], scores[1][both], wrong, LEVEL)
            if np.isfinite(difference.value):
                note = f"AUROC for the model's errors, paired; {int(wrong.sum())} wrong"
                yield Metric(ERROR_AUROC_DIFFERENCE, ours.address, f"{LESS}{theirs.address}", difference, note)
