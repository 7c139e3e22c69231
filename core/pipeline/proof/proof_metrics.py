"""The metric rows of a proof: its networks by every version of the held-out labels, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple

from ...experiments.proof import COUNTED, Proof, Reviewed
from ...kinds.proof import PROOF
from ...metrics.calibration.binned import expected_calibration_error, negative_log_likelihood
from ...metrics.intervals import share_of
from ...store import views
from ...store.audit import Audit
from ...store.metrics import ACCURACY, ECE, NLL, PAIRED_DIFFERENCE, SEED_MEAN, Metric
from ...training.held_out import split_held_out
from ...types import UNLABELLED, Estimate, Floats, Ints, Run
from ..evaluation.model_metrics import BINS
from .label_versions import Versions


def count_rows(parts: Mapping[str, Reviewed]) -> Iterator[Metric]:
    """proof_labels of each part of the data."""
    for part, counted in parts.items():
        for name, value in zip(COUNTED, astuple(counted), strict=True):
            yield Metric("proof_labels", part, name, Estimate(value, n=counted.images))


def network_rows(audit: Audit, versions: Versions, arms: Mapping[str, Mapping[int, Run]]) -> Iterator[Metric]:
    """accuracy, ece and nll of each network; one seed's networks are judged on the same images."""
    splits = views.column(views.open_hub(audit, ()), "split")
    for runs in arms.values():
        for seed, run in runs.items():
            held_out = split_held_out(versions.given, splits, seed).held_out
            hub = views.open_hub(audit, [run])
            predicted = views.predictions(hub, run.run_id)["predicted"][held_out]
            probabilities = views.probabilities(hub, run.run_id)[held_out]
            for version, labels in versions.all(held_out).items():
                known = labels != UNLABELLED
                yield from judged_by(run.run_id, version, predicted[known], probabilities[known], labels[known])


def judged_by(run_id: str, version: str, predicted: Ints, probabilities: Floats, labels: Ints) -> Iterator[Metric]:
    """The figures of one network by one version of the labels. predicted, labels: (m,) int. probabilities: (m, K)."""
    part, right = f"by {version}", predicted == labels
    yield Metric(ACCURACY, run_id, part, share_of(right))
    ece = expected_calibration_error(probabilities.max(axis=1), right, BINS)
    for name, value in ((ECE, ece), (NLL, negative_log_likelihood(probabilities, labels))):
        yield Metric(name, run_id, part, Estimate(value, n=len(labels)))


def comparison_rows(proof: Proof) -> Iterator[Metric]:
    """Means over seeds and differences paired by seed, for notebooks; pages compute them from the networks' rows."""
    for version in proof.judged_by:
        for method in proof.grid.methods if proof.grid else ():
            for figure, cell in zip(proof.figures(version), proof.cells(method, version), strict=True):
                yield Metric(SEED_MEAN, f"{PROOF}: {method.label}", figure.key, cell)
        for one in (one for row in proof.comparisons(version) for one in row):
            subject = f"{PROOF}: {one.ours.label} - {one.theirs.label}"
            yield Metric(PAIRED_DIFFERENCE, subject, one.figure.key, one.difference, one.sentence)
