"""How out-of-distribution images look to an encoder and to a model's gradients: what near-OOD detection can go by.

RMD to the nearest class needs no model, only vectors; VoG needs the model's checkpoints.
"""

from __future__ import annotations

import numpy as np
import torch

from ....errors import BadInput, command
from ....kinds.score import AS_PRINTED
from ....maths.gaussians import Gaussians, fit_gaussians
from ....metrics.intervals import Rows
from ....scorers.rmd import compare_classes, resolve_pca
from ....store import views
from ....store.audit import Audit
from ....store.held_out import classes_not_given, fit_rows, held_out, held_out_of_new_classes
from ....training.batches import Batches
from ....training.checkpoints import load_checkpoint, saved_epochs
from ....training.fold import ready_for_gradients
from ....training.gradients import gradient_spread
from ....training.pixels import Pixels
from ....types import UNLABELLED, Bools, Floats, Ints, Run

WINDOW = "logit_late_predicted"
"""The VoG that is used: of the logit, the paper's Eq. 1; of the last checkpoints; of the predicted label, since an
image of an unknown class has no other."""


def images_to_fit(hub: views.Hub, model: Run) -> Bools:
    """(n,) bool: labelled images that a model was trained on, which is what a detector may be fitted to.

    Of a model that was trained on nobody knows what, those of the training split that it is not evaluated on. None
    where nobody said which those are. hub: open on the model.
    """
    labels = views.labels(hub)
    learned = views.predictions(hub, model.run_id, "trained_on")["trained_on"]
    if not learned.any():
        splits = fit_rows(views.column(hub, "split"))
        learned = splits & ~held_out(hub, model) & ~held_out_of_new_classes(hub, model)
    given = ~np.isin(labels, classes_not_given(views.classes(hub), model))
    return np.asarray(learned & given & (labels != UNLABELLED))


class Nearest:
    """RMD to the nearest class that a model was given, for models that may have been trained on different images.

    Gaussians are fitted to each model's own training images, once for the same ones: what a model left out is what
    it is evaluated on, also where the data has no split and every model drew its own.
    """

    def __init__(self, audit: Audit, embed_run: Run) -> None:
        self.embed_run = embed_run
        hub = views.open_hub(audit, [embed_run])
        self._audit, self._vectors, self._labels = audit, views.embedding(hub, embed_run.run_id), views.labels(hub)
        self._classes = views.classes(hub)
        self._usable = (self._labels != UNLABELLED) & np.isfinite(self._vectors).all(axis=1)
        self._splits = fit_rows(views.column(hub, "split"))
        self._fitted: dict[bytes, Gaussians] = {}

    def fitted_to(self, model: Run) -> Bools:
        """(n,) bool: the images to fit to; none where nobody said which are not evaluated on."""
        return np.asarray(images_to_fit(views.open_hub(self._audit, [model]), model) & self._usable)

    def as_by_split(self, model: Run) -> bool:
        """Whether it is fitted to the training split's images of the classes given, as it once was for all models."""
        given = ~np.isin(self._labels, classes_not_given(self._classes, model))
        return bool((self.fitted_to(model) == (self._splits & self._usable & given)).all())

    def of_own(self, ids: Ints, model: Run) -> Floats:
        """(m,) of the audit's own images. Raises as `of_vectors`."""
        return self.of_vectors(self._vectors[ids], model)

    def of_vectors(self, vectors: Floats, model: Run) -> Floats:
        """(m,) of any vectors of the same encoder, (m, d); higher is less in-distribution. Ren et al. 2021.

        Raises BadInput where there is no image to fit to.
        """
        rows = self.fitted_to(model)
        if not rows.any():
            raise BadInput(
                f"No labelled image that {model.run_id} is not evaluated on has an embedding.", "Run",
                command(None, "embed"),
            )  # fmt: skip
        key = rows.tobytes()
        if key not in self._fitted:
            pca = resolve_pca("auto", int(rows.sum()), self._vectors.shape[1])
            self._fitted[key] = fit_gaussians(self._vectors[rows], self._labels[rows], len(self._classes), pca=pca)
        return nearest_rmd(self._fitted[key], vectors)


def nearest_rmd(gaussians: Gaussians, vectors: Floats) -> Floats:
    """(m,) RMD to the nearest class; NaN for a vector that is not finite. vectors: (m, d)."""
    finite = np.isfinite(vectors).all(axis=1)
    nearest = np.full(len(vectors), np.nan)
    nearest[finite] = compare_classes(gaussians, vectors[finite], np.full(int(finite.sum()), UNLABELLED))[1]
    return nearest


def vog_run(audit: Audit, model: Run) -> Run | None:
    """The newest run of VoG from a model's checkpoints; one of equation 3 as printed is an option, and none."""
    runs = [run for run in audit.runs("score") if run.name == "vog" and run.inputs.get("train") == model.run_id]
    usual = [run for run in runs if run.parameters.get("form") != AS_PRINTED]
    return usual[-1] if usual else None


def stored_vog(audit: Audit, run: Run, rows: Ints) -> Rows:
    """(m,) VoG of the audit's own images."""
    return views.score(views.open_hub(audit, [run]), f"{run.run_id}:vog_{WINDOW}")[rows]


def vog_of(audit: Audit, model: Run, pixels: Pixels, device: torch.device) -> Floats:
    """(m,) VoG of other images. pixels: (m, S, S, 3) uint8 as the model is shown them."""
    folder = audit.checkpoints(model.run_id)
    loaded = [load_checkpoint(folder, epoch, device) for epoch in saved_epochs(folder)]
    models = [ready_for_gradients(one.model) for one in loaded]
    batches = Batches(pixels, loaded[-1].normalisation, device)
    unlabelled = np.full(len(pixels), UNLABELLED)
    found = gradient_spread(models, batches, unlabelled, np.arange(len(pixels)), targets=("logit",))
    return found.values[WINDOW]
