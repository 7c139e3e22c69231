"""Which scorers and models a figure lays over each other: chosen in the address, six at most, each in its own look."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.answers.view.choices import ScoreChoice, model_choices, run_names
from core.plots.style import SeriesStyle, plain, series_styles
from core.types import Run
from pages.components.layout import address
from pages.components.layout.header import View

MOST_CURVES = 6


@dataclass(frozen=True)
class ChosenCurve:
    """One scorer judged by one model's errors. name: short, and unlike any other's in the figure."""

    score: ScoreChoice
    model: Run
    name: str
    style: SeriesStyle

    @property
    def key(self) -> str:
        """As the address has it."""
        return _key(self.score, self.model)


def choose_curves(view: View, score: ScoreChoice, model: Run) -> list[ChosenCurve]:
    """A box for further curves; the first is this score and model, which the line above the page chooses."""
    models = model_choices(view.reader)
    pairs = {_key(score, model): (score, model) for model in models for score in view.scores}
    first = _key(score, model)
    wanted = [key for key in address.read_several("curves", pairs) if key != first]
    further = wanted[: MOST_CURVES - 1]
    names = run_names(models)

    def text(key: str) -> str:
        of_score, of_model = pairs[key]
        return of_score.label if len(models) == 1 else f"{of_score.label} · errors of {names[of_model.run_id]}"

    address.choose_several(
        "lay another score or model over it", [key for key in pairs if key != first], further,
        lambda chosen: {"curves": ",".join(chosen)}, key="curves", text=text, most=MOST_CURVES - 1, width=440,
    )  # fmt: skip
    return _styled(view, [pairs[key] for key in (first, *further)])


@dataclass(frozen=True)
class ShownModel:
    """One model of a figure. label: short, and unlike any other's. name: the same, safe in a figure."""

    run: Run
    label: str
    name: str
    style: SeriesStyle


def choose_models(view: View, model: Run) -> list[ShownModel]:
    """A box for further models, where there are any; the first is the one that the line above the page chooses."""
    models = {run.run_id: run for run in model_choices(view.reader)}
    names, styles = run_names(list(models.values())), model_styles(view)
    further = [key for key in address.read_several("models", models) if key != model.run_id][: MOST_CURVES - 1]
    if len(models) > 1:
        address.choose_several(
            "lay another model over it", [key for key in models if key != model.run_id], further,
            lambda chosen: {"models": ",".join(chosen)}, key="models", text=names.__getitem__, most=MOST_CURVES - 1,
            width=420,
        )  # fmt: skip
    return [ShownModel(models[key], names[key], plain(names[key], 60), styles[key]) for key in (model.run_id, *further)]


def model_styles(view: View) -> dict[str, SeriesStyle]:
    """How each model is drawn, by run id."""
    return series_styles([model.run_id for model in model_choices(view.reader)], dark=view.dark)


def score_styles(view: View) -> dict[str, SeriesStyle]:
    """How each score is drawn, by address."""
    return series_styles([one.address for one in view.scores], dark=view.dark)


def _styled(view: View, pairs: list[tuple[ScoreChoice, Run]]) -> list[ChosenCurve]:
    """Colour is the score's; where several models are compared the line's kind is the model's, or its colour too."""
    of_score, of_model = score_styles(view), model_styles(view)
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
        found.append(ChosenCurve(score, model, plain(name), style))
    return found


def curve_key(address: str, run_id: str) -> str:
    """A curve as the address has it: a score's address and the model whose errors it is judged by."""
    return f"{address}@{run_id}"


def _key(score: ScoreChoice, model: Run) -> str:
    return curve_key(score.address, model.run_id)
