"""Evaluations: rows of metrics, of models, of scores, of grids and of the proof of effect."""

from __future__ import annotations

from ..types import Run, RunSpec
from .proof import prove_again
from .registry import CommandWords, FirstStep, register

METRIC = "name VARCHAR, subject VARCHAR, slice VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, n BIGINT, note VARCHAR"


@register(
    "evaluate",
    tables={"metric": METRIC},
    first=FirstStep(4, ("evaluate",), "Accuracy, calibration and each score's direction, with intervals."),
)
def evaluate_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook evaluate` with its model, or the proof it is the end of."""
    if "proof" in run.parameters:
        return prove_again(run.parameters["asked"])
    words = ["evaluate", *(["--model", run.inputs["train"]] if "train" in run.inputs else [])]
    return CommandWords(
        words, "Evaluates every score there is then; with other scores than now, the run gets another id."
    )
