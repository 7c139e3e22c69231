"""The toy experiment's data and model: two blobs in the plane, a linear model, its distance to the boundary.

Agarwal, D'souza & Hooker 2022, figure 1. The gradients are those of the product's own code: a point is an image of one
channel and two pixels. The centres lie at random in a square of side 20, as scikit-learn draws them, and a step is on
ten points; neither is in the paper.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ....training.gradients import spread_of_batch
from ....types import Floats

POINTS, DEVIATION, HIDDEN = 500, 2.0, 10
LEARNING_RATE, EPOCHS, BATCH = 1e-3, 15, 10
STAGES = {"early": range(5), "middle": range(5, 10), "late": range(10, EPOCHS)}
"""Of which epochs: thirds of the training."""
TARGET = "probability"  # a linear model's logit has the same gradient at every point


@dataclass(frozen=True)
class Toy:
    """One trained toy. vog: stage -> (points,). distance: (points,) of each point to the trained model's boundary."""

    vog: dict[str, Floats]
    distance: Floats


def toy(seed: int) -> Toy:
    """Draw the blobs, train the model, and compute VoG of the probability of each point's class over each stage."""
    from sklearn.datasets import make_blobs  # slow to import, and only for this

    points, labels = make_blobs(POINTS, centers=2, cluster_std=DEVIATION, random_state=seed)
    images = torch.from_numpy(points.astype(np.float32)).reshape(-1, 1, 1, 2)
    given = torch.from_numpy(labels.astype(np.int64))
    epochs = trained(images, given, seed)
    spread = spread_of_batch(epochs, images, given, (TARGET,), STAGES)
    vog = {stage: spread.values[f"{TARGET}_{stage}"] for stage in STAGES}
    return Toy(vog, distance_to_boundary(epochs[-1], points))


def trained(images: Tensor, labels: Tensor, seed: int) -> list[nn.Module]:
    """The model after each epoch of plain gradient descent on the cross-entropy."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Flatten(), nn.Linear(2, HIDDEN), nn.Linear(HIDDEN, 2))
    optimiser = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    generator = np.random.default_rng([seed, 0x70F])
    epochs: list[nn.Module] = []
    for _ in range(EPOCHS):
        order = torch.from_numpy(generator.permutation(len(images)))
        for step in torch.split(order, BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(images[step]), labels[step]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        epochs.append(deepcopy(model).eval())
    return epochs


def distance_to_boundary(model: nn.Module, points: Floats) -> Floats:
    """(n,) distance of points (n, 2) from the line on which a linear model of two classes is undecided."""
    with torch.no_grad():
        probes = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        logits = model(probes).double().numpy()
    margin = logits[:, 1] - logits[:, 0]
    slope = margin[1:] - margin[0]
    return np.asarray(np.abs(points @ slope + margin[0]) / np.linalg.norm(slope))
