"""Which scorers and models a figure lays over each other: chosen in the address, six at most, each in its own look."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.answers.choices import ScoreChoice, model_choices
from core.plots.style import SeriesStyle, plain, series_styles
from core.types import Run
from pages.components import address
from pages.components.header import View

MOST_CURVES = 6


@dataclass(frozen=True)
class Curve:
    """One scorer judged by one model's errors. name: short, and unlike any other's in the figure."""

    score: ScoreChoice
    model: Run
    name: str
    style: SeriesStyle

    @property
    def key(self) -> str:
        """As the address has it."""
        return _key(self.score, self.model)


def choose_curves(view: View, score: ScoreChoice, model: Run) -> list[Curve]:
    """A box for further curves; the first is this score and model, which the line above the page chooses."""
    models = model_choices(view.reader)
    pairs = {_key(score, model): (score, model) for model in models for score in view.scores}
    first = _key(score, model)
    wanted = [key for key in dict.fromkeys(address.read("curves").split(",")) if key in pairs and key != first]
    further = wanted[: MOST_CURVES - 1]
    names = run_names(models)

    def text(key: str) -> str:
        of_score, of_model = pairs[key]
        return of_score.label if len(models) == 1 else f"{of_score.label} · errors of {names[of_model.run_id]}"

    address.choose_several(
        "lay another score or model over it", [key for key in pairs if key != first], further,
        lambda chosen: {"curves": ",".join(chosen)}, key="curves", text=text, most=MOST_CURVES - 1, width=520,
    )  # fmt: skip
    return _styled(view, [pairs[key] for key in (first, *further)])


def run_names(models: list[Run]) -> dict[str, str]:
    """Each model's name, with the end of its run id where two have the same."""
    names = [model.name for model in models]
    return {
        model.run_id: model.name if names.count(model.name) == 1 else f"{model.name} {model.run_id[-6:]}"
        for model in models
    }


def model_styles(view: View) -> dict[str, SeriesStyle]:
    """How each model is drawn, by run id."""
    return series_styles([model.run_id for model in model_choices(view.reader)])


def _styled(view: View, pairs: list[tuple[ScoreChoice, Run]]) -> list[Curve]:
    """Colour is the score's; where several models are compared the line's kind is the model's, or its colour too."""
    of_score, of_model = series_styles([one.address for one in view.scores]), model_styles(view)
    scores, models = {score.address for score, _ in pairs}, {model.run_id for _, model in pairs}
    score_names = [score.name for score in {score.address: score for score, _ in pairs}.values()]
    model_names = run_names(model_choices(view.reader))
    found = []
    for score, model in pairs:
        style = of_score[score.address]
        if len(scores) == 1 and len(models) > 1:
            style = of_model[model.run_id]
        elif len(models) > 1:
            style = replace(of_model[model.run_id], colour=style.colour)
        name = score.name if score_names.count(score.name) == 1 else score.label
        name = f"{name} · {model_names[model.run_id]}" if len(models) > 1 else name
        found.append(Curve(score, model, plain(name), style))
    return found


def _key(score: ScoreChoice, model: Run) -> str:
    return f"{score.address}@{model.run_id}"
