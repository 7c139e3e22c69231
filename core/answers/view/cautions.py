"""What would be misread of a score without a word: whose errors it is measured with, and where it was fitted."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import command
from ...types import Run
from .choices import ScoreChoice


def of_its_own_model(score: ScoreChoice, model: Run, models: Sequence[Run], audit: str) -> str:
    """The caution where a score is measured with the errors of the model that it was made from, "" elsewhere.

    models: all that could be chosen. A loss or a margin says how sure its model is, so it orders that model's errors
    almost by definition (AUROC near 1), and other models' less well.
    """
    if score.model_run != model.run_id:
        return ""
    text = (
        f"{score.name} is made from the same model, {model.name}, whose errors these are: that tells how well a model "
        "foretells its own errors, not how hard the images are for another. "
    )
    if len(models) > 1:
        return f"{text}Choose another model to evaluate it with."
    return f"{text}To evaluate it with another: {command(audit, 'train', '--seed', str(model.seed + 1))}"


def of_another_model(score: ScoreChoice, model: Run) -> str:
    """Why another model than the usual one evaluates a score, "" where it does not matter."""
    if not score.model_run or score.model_run == model.run_id:
        return ""
    return (
        f"{score.name} is made from {score.made_from}, and evaluated with the errors of {model.name} on images that "
        "neither was trained on."
    )


def of_other_splits(score: ScoreChoice, scores: Sequence[ScoreChoice], otherwise: str) -> str:
    """The caution where values of a score on images it was fitted on stand beside others, "" where they may.

    otherwise: what one can do about it, such as "Choose one split above". The same score out of fold is advised only
    where there is one.
    """
    if score.mixes_splits:
        return ""
    source = (
        f"made from {score.made_from}, which was trained on some of these images"
        if score.model_run
        else f"fitted on the {score.fitted_on}"
    )
    twin = next((one.name for one in reversed(scores) if one.name == f"{score.name}_oof"), "")
    advice = f"{otherwise}, or take {twin}, which is out of fold." if twin else f"{otherwise}."
    return f"{score.name} is {source}: its values there and elsewhere are not comparable. {advice}"
