"""Variance of gradients (VoG) before class normalisation: how much an image's input gradient moves over training.

For checkpoints t, S_t is the gradient of a target with respect to the normalised input, averaged over channels.
V is the standard deviation of S_t over the checkpoints (ddof 0) at each pixel, and VoG the mean of V over pixels.
Agarwal, D'souza & Hooker 2022, section 2; docs/methods.md, section 4, says where we depart and why.

Images are the outer loop and checkpoints the inner one, so that memory does not grow with either: two running sums
of maps per stage. One forward pass per checkpoint serves both targets; a second, smaller one covers the images whose
predicted label is not the given one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import TooFewRows, command
from ..progress import Advance
from ..types import UNLABELLED, Floats, Ints
from .batches import Batches
from .moments import Moments
from .windows import TARGETS

STAGE_LENGTH = 3  # checkpoints in the early and in the late stage
AT_ONCE = 32  # images per pass


@dataclass(frozen=True)
class GradientSpread:
    """VoG of m images. values: name -> (m,) float32 >= 0, as `spread_names` lists them; NaN where there is no label.

    predicted: stage -> (m,) int, the labels that the stage's last checkpoint predicts, which `_predicted` values use.
    """

    values: dict[str, Floats]
    predicted: dict[str, Ints]


def stages(n_checkpoints: int) -> dict[str, range]:
    """The checkpoints of each stage: the first three, the last three, all. Raises TooFewRows below two."""
    if n_checkpoints < 2:
        raise TooFewRows(
            f"VoG compares checkpoints, and there is {n_checkpoints}.",
            "Train for two epochs or more",
            command(None, "train", "--epochs", "10"),
        )
    length = min(STAGE_LENGTH, n_checkpoints)
    return {"early": range(length), "late": range(n_checkpoints - length, n_checkpoints), "all": range(n_checkpoints)}


def gradient_spread(
    models: Sequence[nn.Module],
    batches: Batches,
    labels: Ints,
    rows: Ints,
    targets: Sequence[str] = TARGETS,
    *,
    windows: Mapping[str, Sequence[int]] | None = None,
    eq3: bool = False,
    advance: Advance | None = None,
) -> GradientSpread:
    """VoG of the rows, in their order.

    models: the checkpoints in order of training, each from `fold.ready_for_gradients`, on the batches' device.
    windows: further stages by name, in the same pass: positions of checkpoints, as `read_windows` gives them. eq3: see
    `variance_of_gradients` in core/scorers/vog.py.
    labels: (n,) given labels of all images. Call it with parts of the data, always the same, to be able to resume.
    """
    parts = []
    for part, images in batches.chunks(rows, AT_ONCE):
        given = torch.from_numpy(labels[part].astype(np.int64)).to(batches.device)
        parts.append(spread_of_batch(models, images, given, targets, windows, eq3=eq3))
        if advance is not None:
            advance(sum(len(done.predicted["all"]) for done in parts), len(rows))
    return GradientSpread(
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
        predicted={stage: np.concatenate([part.predicted[stage] for part in parts]) for stage in parts[0].predicted},
    )


def spread_of_batch(
    models: Sequence[nn.Module],
    images: Tensor,
    given: Tensor,
    targets: Sequence[str] = TARGETS,
    windows: Mapping[str, Sequence[int]] | None = None,
    *,
    eq3: bool = False,
) -> GradientSpread:
    """VoG of each image of one batch: every target, every stage, given and predicted label.

    images: (b, c, H, W), normalised, not augmented. given: (b,) int, UNLABELLED where there is none.
    """
    of_stage: dict[str, Sequence[int]] = {**stages(len(models)), **(windows or {})}
    ends = {stage[-1] for stage in of_stage.values()}
    moments = {(stage, kind): Moments() for stage in of_stage for kind in ("", "_predicted")}
    predicted: dict[int, Tensor] = {}
    # The stages' last checkpoints come first, the very last before all: what they predict is the label to follow
    # at every other checkpoint of the stage. A variance does not mind the order.
    for t in sorted(range(len(models)), key=lambda t: (t not in ends, -t)):
        checkpoint = _Checkpoint(models[t], images, targets)
        if t in ends:
            predicted[t] = checkpoint.predicted()
        fallback = predicted[len(models) - 1]
        checkpoint.first(torch.where(given == UNLABELLED, fallback, given))
        for stage, span in of_stage.items():
            if t in span:
                moments[stage, ""].add(checkpoint.maps[0])
                moments[stage, "_predicted"].add(checkpoint.of(predicted[span[-1]]))
    unlabelled = (given == UNLABELLED).cpu().numpy()
    values: dict[str, Floats] = {}
    for (stage, kind), moment in moments.items():
        per_pixel = moment.as_typeset() if eq3 else moment.standard_deviation()
        spread = per_pixel.mean(dim=(2, 3)).cpu().numpy().astype(np.float32)
        for target, of_target in zip(targets, spread, strict=True):
            values[f"{target}_{stage}{kind}"] = np.where(unlabelled, np.nan, of_target) if not kind else of_target
    return GradientSpread(values, {stage: predicted[span[-1]].cpu().numpy() for stage, span in of_stage.items()})


class _Checkpoint:
    """The maps of one batch at one checkpoint, computed once per (image, label)."""

    def __init__(self, model: nn.Module, images: Tensor, targets: Sequence[str]) -> None:
        self._model, self._images, self._targets = model, images, targets
        self._inputs = images.detach().requires_grad_()
        self._logits: Tensor = model(self._inputs)
        self.labels: list[Tensor] = []
        self.maps: list[Tensor] = []  # each (targets, b, H, W), one per set of labels

    def predicted(self) -> Tensor:
        """(b,) argmax."""
        return self._logits.detach().argmax(dim=1)

    def first(self, labels: Tensor) -> None:
        """Maps of the whole batch for one label each, through the forward pass already made."""
        self._keep(labels, input_gradients(self._logits, self._inputs, labels, self._targets))

    def of(self, labels: Tensor) -> Tensor:
        """(targets, b, H, W) maps for other labels: a pass of its own only for images not yet seen with theirs."""
        maps = self.maps[0].clone()
        missing = labels != self.labels[0]
        for known, its_maps in zip(self.labels[1:], self.maps[1:], strict=True):
            same = missing & (labels == known)
            maps[:, same] = its_maps[:, same]
            missing &= ~same
        rows = missing.nonzero().squeeze(1)
        if len(rows):
            inputs = self._images[rows].detach().requires_grad_()
            maps[:, rows] = input_gradients(self._model(inputs), inputs, labels[rows], self._targets)
            self._keep(labels, maps)
        return maps

    def _keep(self, labels: Tensor, maps: Tensor) -> None:
        self.labels.append(labels)
        self.maps.append(maps)


def input_gradients(logits: Tensor, inputs: Tensor, labels: Tensor, targets: Sequence[str]) -> Tensor:
    """S: (targets, b, H, W) float64, gradients of each image's target averaged over channels.

    logits: (b, k), computed from inputs (b, c, H, W), which require a gradient. labels: (b,) the index p. One
    vector-Jacobian product per target through the same forward pass, whose graph is freed after the last.
    """
    p = logits.detach().double().softmax(dim=1)
    onehot = torch.zeros_like(p).scatter_(1, labels[:, None], 1.0)
    found: list[Tensor] = []
    for target in targets:
        vector = onehot if target == "logit" else probability_gradient(p, onehot)
        (gradient,) = torch.autograd.grad(
            logits, inputs, grad_outputs=vector.to(logits.dtype), retain_graph=target != targets[-1]
        )
        found.append(gradient.mean(dim=1))
    return torch.stack(found).double()


def probability_gradient(p: Tensor, onehot: Tensor) -> Tensor:
    """dp_y / dlogits = p_y (onehot - p): (b, k).

    1 - p_y is summed from the other classes: a sure network has p_y = 1 to rounding, and the difference would be 0.
    """
    others = p * (1 - onehot)
    p_label: Tensor = (p * onehot).sum(dim=1, keepdim=True)
    vector: Tensor = p_label * (onehot * others.sum(dim=1, keepdim=True) - others)
    return vector


def gradient_maps(
    models: Sequence[nn.Module], image: Tensor, label: int, target: str = "logit"
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One image's maps, to look at: S_t of each checkpoint (K, H, W), signed, and V over all of them (H, W), >= 0.

    image: (1, c, H, W), normalised. VoG over these checkpoints is the mean of V.
    """
    moments = Moments()
    maps = []
    for model in models:
        inputs = image.detach().requires_grad_()
        labels = torch.tensor([label], device=image.device)
        (found,) = input_gradients(model(inputs), inputs, labels, (target,))
        moments.add(found)
        maps.append(found[0])
    spread = moments.standard_deviation()[0]
    return torch.stack(maps).cpu().numpy().astype(np.float32), spread.cpu().numpy().astype(np.float32)
