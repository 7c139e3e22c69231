"""Evaluations: rows of metrics, of models, of scores, of grids and of the proof of effect."""

from __future__ import annotations

from ..types import Run, RunSpec
from .option_text import names_text
from .proof import prove_again
from .registry import CommandWords, FirstStep, register

METRIC = """
    -- a row an estimate: a metric of a subject on a slice of the images
    name VARCHAR,     -- of the metric, by which its unit goes
    subject VARCHAR,  -- of what: the id of a model's run, a score as RUN:NAME, "items" for the data, or a comparison
    slice VARCHAR,    -- of which images: "all", a class, a decile, a corruption, a point of a curve
    value DOUBLE,     -- the estimate: a share as 0..1, loss and entropy in nats, the rest without a unit
    low DOUBLE,       -- lower end of its 95 % interval, in the same unit; NaN for none
    high DOUBLE,      -- upper end of its 95 % interval, in the same unit; NaN for none
    n BIGINT,         -- images, labels or seeds that it is from
    note VARCHAR      -- what a reader of the estimate needs to know besides
"""
HELD_OUT = "held-out"
"""What `--ood` takes for the classes held out of a model's training."""
HELD_OUT_SET = "held-out classes"
"""What near-OOD detection calls their images."""
WITHOUT_SCORES = "left out"
"""Parameter "scores" of an evaluation of a model alone."""
EVALUATED_THEN = "Evaluates every score there is then; with other scores than now, the run gets another id."


@register(
    "evaluate",
    tables={"metric": METRIC},
    first=FirstStep(4, ("evaluate",), "Accuracy, calibration and each score's direction, with intervals."),
)
def evaluate_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook evaluate` with its model and what was asked for by name, or the proof it is the end of.

    What it was is told by its parameters: a model may be called "corruptions".
    """
    said = run.parameters
    if "proof" in said:
        return prove_again(said["asked"])
    if "evaluations" in said:
        note = "Compares the evaluations there are then; with others than now, the run gets another id."
        return CommandWords(["evaluate", "--grid", str(said["grid"])], note)
    words, note = ["evaluate"], ""
    if "altered" in said:
        words += ["--difficulty-checks", "--encoder-run", run.inputs["embed"], *_images(run), *_kinds(run)]
    elif "levels" in said:
        words += ["--corruptions", "--model", run.inputs["train"], *_images(run), *_kinds(run)]
    elif "against" in said:
        words += ["--ood", _against(run), "--model", run.inputs["train"], *_images(run)]
        words += ["--encoder-run", run.inputs["embed"]] if "embed" in run.inputs else []
        note = "Reads the model's newest VoG" + (
            "." if "vog" in run.inputs else "; there was none: with one, the run gets another id."
        )
        note += "" if "embed" in run.inputs else " There was no embedding: with one, the run gets another id."
    else:
        words += ["--model", run.inputs["train"]] if "train" in run.inputs else []
        alone = said.get("scores") == WITHOUT_SCORES
        words += ["--without-scores"] if alone else []
        note = "" if alone else EVALUATED_THEN
    return CommandWords(words + (["--device", str(said["device"])] if "device" in said else []), note)


def _images(run: Run | RunSpec) -> list[str]:
    return ["--images", str(run.parameters["images"])] if "images" in run.parameters else []


def _kinds(run: Run | RunSpec) -> list[str]:
    return ["--kinds", names_text(list(run.parameters["levels"]))]


def _against(run: Run | RunSpec) -> str:
    said = run.parameters
    return HELD_OUT if said["against"] == HELD_OUT_SET else str(said.get("path", said["against"]))
