"""Scores of the images that a model is evaluated on, fitted to none of them.

Where the data has no split, stored scores are fitted to every labelled image, those among them that a model held out.
Most scorers leave each image out of what it is measured by. Those that do not would be measured on their own fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...errors import Degenerate, TooFewRows
from ...store import views
from ...store.audit import Audit
from ...types import Bools, Floats, ScoreInfo
from ..training.difficulty import can_be_fitted_anew, fitted_anew, fitted_to

IN_SAMPLE = ("rmd", "md", "md_pca", "kmeans", "kmeans_pca")
"""Columns of which an image shapes the means, covariances or centres that it is then measured by."""


def fits_apart(audit: Audit, infos: Sequence[ScoreInfo], held_out: Bools, trained_on: Bools) -> dict[str, bool]:
    """Address of each score that is fitted to images a model is evaluated on -> whether it can be fitted to others.

    held_out, trained_on: (n,) bool, of the model. {} where no fit has one of its held-out images.
    """
    ours = [info for info in infos if info.name in IN_SAMPLE]
    if not ours or not (fitted_to(audit) & held_out).any():
        return {}
    embeddings = {run.run_id for run in audit.runs("embed")}
    others = bool((fitted_to(audit) & trained_on).any())
    return {
        info.address: others and info.encoder_run in embeddings and can_be_fitted_anew(audit, info, trained_on)
        for info in ours
    }


def values_apart(
    audit: Audit, hub: views.Hub, info: ScoreInfo, *, apart: Mapping[str, bool], trained_on: Bools
) -> Floats:
    """(n,) a score as it can be held against a model's errors: fitted to the images that the model was trained on where
    the stored one was fitted to its held-out images too. apart: of `fits_apart`.

    One that those images are too few or too alike to fit is NaN everywhere; one that cannot be fitted anew, as stored.
    """
    stored = views.score(hub, info.address)
    if not apart.get(info.address):
        return stored
    try:
        anew = fitted_anew(audit, info, trained_on)
    except (TooFewRows, Degenerate):
        return np.full(len(stored), np.nan, np.float32)
    return stored if anew is None else anew
