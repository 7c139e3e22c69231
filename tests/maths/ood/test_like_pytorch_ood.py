"""Detectors against pytorch-ood, another library of them, to 1e-6; where it differs by design, the difference is said.

It comes with the extra `dev`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.maths.gaussians import fit_gaussians, own_class_distance
from core.maths.ood.energy import negative_energy
from core.maths.ood.mahalanobis import nearest_class_distance
from core.maths.ood.neighbor_distance import neighbor_distance
from core.training.batches import Batches
from core.training.pixels import Normalisation
from core.training.readouts.logits import predictions_from_logits
from core.training.readouts.odin import odin

detector: Any = pytest.importorskip(
    "pytorch_ood.detector", reason="pytorch-ood is not installed: pip install -e .[dev]"
)

DRAW = np.random.default_rng(0)
LABELS = np.repeat(np.arange(4), 40)
FITTED = DRAW.normal(size=(4, 8))[LABELS] * 2 + DRAW.normal(size=(160, 8))
QUERIES = DRAW.normal(size=(30, 8)) * 3
LOGITS = (DRAW.normal(size=(50, 6)) * 5).astype(np.float32)
RIDGE = 1e-6
"""What it adds to the scatter; ours goes by the covariance, which is the scatter divided by the rows."""


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    """Its centres and covariances are of PyTorch's default type."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_scores_of_logits() -> None:
    ours, logits = predictions_from_logits(LOGITS, np.zeros(50, int)), torch.from_numpy(LOGITS).double()
    pairs = {
        detector.MaxSoftmax: ours["confidence"], detector.MaxLogit: ours["max_logit"],
        detector.EnergyBased: negative_energy(ours["max_logit"], ours["confidence"]),
    }  # fmt: skip
    for theirs, familiar in pairs.items():
        unfamiliar = theirs(None).predict_logits(logits).numpy()
        np.testing.assert_allclose(-unfamiliar, familiar, rtol=1e-6, atol=1e-6, err_msg=theirs.__name__)
    # Its entropy takes every probability for 1e-7 at least, which adds up to 1.6e-6 a class.
    np.testing.assert_allclose(detector.Entropy(None).predict_logits(logits).numpy(), ours["entropy"], atol=6 * 1.7e-6)
    p = np.clip(ours["probs"].astype(np.float64), 1e-7, 1)
    np.testing.assert_allclose(detector.Entropy(None).predict_logits(logits), -(p * np.log(p)).sum(axis=1), atol=1e-6)


def test_mahalanobis_is_twice_theirs_for_as_many_rows_as_there_are() -> None:
    theirs = detector.Mahalanobis(None).fit_features(torch.from_numpy(FITTED), torch.from_numpy(LABELS))
    scale = fit_gaussians(FITTED, LABELS, 4, ridge=1.0).ridge  # the mean variance within classes
    ours = nearest_class_distance(fit_gaussians(FITTED, LABELS, 4, ridge=RIDGE / 160 / scale), QUERIES)
    halves = theirs.predict_features(
        torch.from_numpy(QUERIES)
    ).numpy()  # half a distance, of a scatter not divided by n
    np.testing.assert_allclose(2 * 160 * halves, ours, rtol=1e-6)


def test_their_relative_distance_is_the_nearest_of_an_undivided_scatter_with_a_ridge_in_each() -> None:
    theirs = detector.RMD(None).fit_features(torch.from_numpy(FITTED), torch.from_numpy(LABELS))
    gaussians = fit_gaussians(FITTED, LABELS, 4, ridge=0.0)
    every = [own_class_distance(gaussians, QUERIES, np.full(30, k), relative=True, dtype=np.float64) for k in range(4)]
    relative = theirs.predict_features(torch.from_numpy(QUERIES)).numpy()
    np.testing.assert_allclose(160 * relative, np.min(every, axis=0), rtol=1e-6, atol=1e-6)
    assert not np.allclose(relative, np.min(every, axis=0))


@pytest.mark.parametrize("k", [1, 20])
def test_neighbor_distance(k: int) -> None:
    theirs = detector.KNN(None, k=k).fit_features(torch.from_numpy(FITTED), torch.from_numpy(LABELS))
    found = theirs.predict_features(torch.from_numpy(QUERIES)).numpy()
    np.testing.assert_allclose(neighbor_distance(FITTED, QUERIES, k), found, atol=1e-6)


@pytest.mark.parametrize(("eps", "temperature"), [(0.0014, 1000.0), (0.01, 10.0), (0.0, 1.0)])
def test_odin(eps: float, temperature: float) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)).double().eval()
    pixels = DRAW.integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    batches = Batches(pixels, Normalisation((0.5, 0.4, 0.3), (0.2, 0.25, 0.3)), torch.device("cpu"))
    images = batches.images(np.arange(20)).double()
    theirs = detector.ODIN(model, eps=eps, temperature=temperature, norm_std=[0.2, 0.25, 0.3])
    ours = odin(model, InDouble(batches), np.arange(20), eps=eps, temperature=temperature)  # type: ignore[arg-type]
    np.testing.assert_allclose(ours, -theirs.predict(images).numpy(), rtol=1e-6)


class InDouble:
    """Batches whose images are float64, so that no rounding turns a gradient's sign."""

    def __init__(self, batches: Batches) -> None:
        self._batches, self.device, self.normalisation = batches, batches.device, batches.normalisation

    def chunks(self, rows: Any, size: int) -> Any:
        """As `Batches` has them."""
        for part, images in self._batches.chunks(rows, size):
            yield part, images.double()
