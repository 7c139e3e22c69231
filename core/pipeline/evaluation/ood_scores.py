"""How unfamiliar images look to an encoder and to a network's gradients: what near-OOD detection can go by.

RMD to the nearest class needs no network, only vectors; VoG needs the network's checkpoints.
"""

from __future__ import annotations

import numpy as np
import torch

from ...errors import BadInput, command
from ...maths.gaussians import Gaussians, fit_gaussians
from ...metrics.intervals import Rows
from ...scorers.rmd import compare_classes, resolve_pca
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...training.batches import Batches
from ...training.checkpoints import load_checkpoint, saved_epochs
from ...training.fold import ready_for_gradients
from ...training.gradients import gradient_spread
from ...training.pixels import Pixels
from ...types import UNLABELLED, Floats, Ints, Run

WINDOW = "logit_late_predicted"
"""The VoG that is used: of the logit, the paper's Eq. 1; of the last checkpoints; of the predicted label, since an
image of an unknown class has no other."""


class Nearest:
    """RMD to the nearest class that a network was given, for networks that may have been given different ones.

    Gaussians are fitted to the training split's images of those classes, once for the same classes.
    """

    def __init__(self, audit: Audit, embed_run: Run) -> None:
        self.embed_run = embed_run
        hub = views.open_hub(audit, [embed_run])
        self._vectors, self._labels = views.embedding(hub, embed_run.run_id), views.labels(hub)
        self._fit, self._n_classes = fit_rows(views.column(hub, "split")), len(views.classes(hub))
        self._fitted: dict[tuple[int, ...], Gaussians] = {}

    def of_own(self, ids: Ints, unknown: Ints) -> Floats:
        """(m,) of the audit's own images. unknown: labels of the classes that the network was not given."""
        return self.of_vectors(self._vectors[ids], unknown)

    def of_vectors(self, vectors: Floats, unknown: Ints) -> Floats:
        """(m,) of any vectors of the same encoder, (m, d); higher is less familiar. Ren et al. 2021."""
        return nearest_rmd(self._gaussians(tuple(unknown.tolist())), vectors)

    def _gaussians(self, unknown: tuple[int, ...]) -> Gaussians:
        if unknown not in self._fitted:
            known = self._fit & (self._labels != UNLABELLED) & ~np.isin(self._labels, unknown)
            rows = known & np.isfinite(self._vectors).all(axis=1)
            if not rows.any():
                raise BadInput(
                    "No labelled image of the training split has an embedding.", "Run", command(None, "embed")
                )
            pca = resolve_pca("auto", int(rows.sum()), self._vectors.shape[1])
            self._fitted[unknown] = fit_gaussians(self._vectors[rows], self._labels[rows], self._n_classes, pca=pca)
        return self._fitted[unknown]


def nearest_rmd(gaussians: Gaussians, vectors: Floats) -> Floats:
    """(m,) RMD to the nearest class; NaN for a vector that is not finite. vectors: (m, d)."""
    finite = np.isfinite(vectors).all(axis=1)
    nearest = np.full(len(vectors), np.nan)
    nearest[finite] = compare_classes(gaussians, vectors[finite], np.full(int(finite.sum()), UNLABELLED))[1]
    return nearest


def vog_run(audit: Audit, network: Run) -> Run | None:
    """The newest run of VoG from a network's checkpoints."""
    runs = [run for run in audit.runs("score") if run.name == "vog" and run.inputs.get("train") == network.run_id]
    return runs[-1] if runs else None


def stored_vog(audit: Audit, run: Run, rows: Ints) -> Rows:
    """(m,) VoG of the audit's own images."""
    return views.score(views.open_hub(audit, [run]), f"{run.run_id}:vog_{WINDOW}")[rows]


def vog_of(audit: Audit, network: Run, pixels: Pixels, device: torch.device) -> Floats:
    """(m,) VoG of other images. pixels: (m, S, S, 3) uint8 as the network is shown them."""
    folder = audit.checkpoints(network.run_id)
    networks = [load_checkpoint(folder, epoch, device) for epoch in saved_epochs(folder)]
    models = [ready_for_gradients(one.model) for one in networks]
    batches = Batches(pixels, networks[-1].normalisation, device)
    unlabelled = np.full(len(pixels), UNLABELLED)
    found = gradient_spread(models, batches, unlabelled, np.arange(len(pixels)), targets=("logit",))
    return found.values[WINDOW]
