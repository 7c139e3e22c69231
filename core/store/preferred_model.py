"""Which of an audit's models stands for them all where nobody chose one: decided here alone.

The Overview, the report, every page and the error figures of scores go by it. A model of its own comes before those of
a grid, an evaluated one before the others, one that was given every class before one that was not (fewer classes are
easier); of those, the one whose accuracy is surely highest: the lower end of its 95 % interval, which a model evaluated
on few images has low. The newest among equals. A model that was trained last is no better for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..types import Estimate, Run


def model_for_errors(own: str, measured: bool, models: Sequence[Run], accuracy: Mapping[str, Estimate]) -> Run | None:
    """The model whose errors tell what a score is worth, where nobody chose one; None of none.

    own: run id of the model the score was made from, "" for none. measured: whether its direction is measured (VoG)
    and not declared; then its own model's errors count, which the direction is a statement about. A score that declares
    its direction (loss, margin, AUM) is what its own model's errors are made of: another model evaluates it where there
    is one. models, accuracy: as of `preferred_model`.
    """
    of_own = [model for model in models if model.run_id == own]
    if measured and of_own:
        return of_own[0]
    others = [model for model in models if model.run_id != own]
    return preferred_model(others or models, accuracy)


def preferred_model(models: Iterable[Run], accuracy: Mapping[str, Estimate]) -> Run | None:
    """The model to open with, None of none.

    models: oldest first. accuracy: by run id, 0..1 on images the model was not trained on, where it was evaluated.
    """

    def rank(model: Run) -> tuple[bool, bool, bool, float]:
        of_model = accuracy.get(model.run_id)
        sure = -1.0 if of_model is None else of_model.low if of_model.has_interval else 0.0
        return not model.grid, of_model is not None, not model.parameters.get("held_out_classes"), sure

    return max(reversed(list(models)), key=rank, default=None)
