"""What a viewer can choose from: scores, models, classes, splits, values of other columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...errors import BadInput
from ...store import tallies
from ...store.metrics import ACCURACY, DIRECTION, by_subject, read_metrics
from ...store.preferred_model import model_for_errors, preferred_model
from ...types import HARDER_HIGH, HARDER_LOW, Run, ScoreInfo
from .reader import Reader

PREFERRED_SCORES = ("rmd_oof", "rmd")
"""What opens first: the out-of-fold twin is the one whose training and held-out values may be compared."""

MODES = ("mode", "format")
"""Built-in columns worth filtering by, after those that came with the data set."""

MOST_VALUES = 200
"""A column with more different values than this is not offered as a filter: a list of them would be of no use."""


@dataclass(frozen=True)
class ScoreChoice:
    """A score column as a viewer chooses it.

    direction: +1 higher is harder, -1 lower is harder, None not known on this data. model_run: the model that it was
    made from, "" for none.
    """

    address: str
    name: str
    label: str
    direction: int | None
    made_from: str
    fitted_on: str
    reason: str
    labels: str
    model_run: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """What its upper and lower end are called. Without a known direction they are only high and low."""
        if self.direction is None:
            short = "VoG" if self.name.startswith("vog") else self.name
            return f"Highest {short}", f"Lowest {short}"
        return ("Hardest", "Easiest") if self.direction == HARDER_HIGH else ("Easiest", "Hardest")

    @property
    def mixes_splits(self) -> bool:
        """False for a score fitted on the training split, whose own images look easier to it than unseen ones."""
        return not self.fitted_on or "out of fold" in self.fitted_on or self.name.endswith("_oof")


@dataclass(frozen=True)
class Filter:
    """Images whose column reads as this value."""

    column: str
    value: str


def score_choices(reader: Reader) -> list[ScoreChoice]:
    """Every stored score, the newest of equal name and origin first named; labels are unique."""
    measured = measured_directions(reader)
    choices = [_choice(reader, info, info.direction or measured.get(info.address)) for info in reader.scores]
    repeated = {label for label, n in Counter(choice.label for choice in choices).items() if n > 1}
    return [
        replace(choice, label=f"{choice.label} · {choice.address.split(':', 1)[0][-6:]}")
        if choice.label in repeated
        else choice
        for choice in choices
    ]


def with_a_vote(scores: Sequence[ScoreInfo]) -> set[str]:
    """Ids of the runs that have a vote: the newest of each scorer and source, so that who scores again has one vote."""
    newest = {(info.scorer, info.encoder_run, info.model_run): info.run_id for info in scores}  # oldest first
    return set(newest.values())


def default_score(choices: Sequence[ScoreChoice], preferred: Sequence[str] = PREFERRED_SCORES) -> ScoreChoice | None:
    """The score a page opens with: a preferred one by name, else one with a known direction, the newest of them."""
    newest_first = list(reversed(choices))
    for name in preferred:
        for choice in newest_first:
            if choice.name == name:
                return choice
    known = [choice for choice in newest_first if choice.direction is not None]
    return next(iter(known or newest_first), None)


def measured_directions(reader: Reader) -> dict[str, int | None]:
    """Directions that evaluating measured on this data, by score address: of a score that was made from a model with
    that model's errors, of any other with the preferred model's."""
    return {row.subject: int(row.estimate.value) or None for row in read_metrics(reader.hub, DIRECTION)}


def model_choices(reader: Reader) -> list[Run]:
    """Runs with predictions: those of grids, then those of their own, the oldest of each first."""
    return sorted((run for run in reader.hub.runs if run.kind == "train"), key=lambda run: not run.grid)


def run_names(models: Sequence[Run]) -> dict[str, str]:
    """Each model's name, with its method and seed, or the end of its run id, where two would have the same."""
    named = {model.run_id: _method(model) for model in models}
    taken = list(named.values())
    return {run_id: name if taken.count(name) == 1 else f"{name} {run_id[-6:]}" for run_id, name in named.items()}


def _method(model: Run) -> str:
    """resnet8; resnet8 label smoothing seed 1 for a network of a grid."""
    method = str(model.parameters.get("method") or "")
    return f"{model.name} {method} seed {model.seed}" if method else model.name


def default_model(reader: Reader) -> Run | None:
    """The model that pages and the report open with, None where there is none: see `preferred_model`."""
    return preferred_model(model_choices(reader), by_subject(read_metrics(reader.hub, ACCURACY)))


def evaluating_model(reader: Reader, score: ScoreChoice) -> Run | None:
    """The model whose errors a score is measured with where nobody chose one: see `model_for_errors`.

    Grids' models stand in only where there is no other of its own.
    """
    measured = any(info.address == score.address and info.direction is None for info in reader.scores)
    accuracy = by_subject(read_metrics(reader.hub, ACCURACY))
    return model_for_errors(score.model_run, measured, model_choices(reader), accuracy)


def filter_columns(reader: Reader) -> list[str]:
    """Columns with few enough different values to choose one from."""
    columns = [*tallies.metadata_columns(reader.hub), *MODES]
    return [name for name in columns if 1 < len(tallies.value_counts(reader.hub, name, MOST_VALUES + 1)) <= MOST_VALUES]


def filter_of(reader: Reader, text: str) -> Filter:
    """The filter that an address has as `column:value`. Raises BadInput where the data has no such column."""
    column, colon, value = text.partition(":")
    if not colon or column not in (*tallies.metadata_columns(reader.hub), *MODES):
        raise BadInput(f"This audit has no column {column!r} to filter by.", "Choose one under Filter.")
    return Filter(column, value)


def filter_values(reader: Reader, column: str) -> list[tuple[str, int]]:
    """A column's values with the number of images of each, commonest first."""
    return tallies.value_counts(reader.hub, column, MOST_VALUES)


def _choice(reader: Reader, info: ScoreInfo, direction: int | None) -> ScoreChoice:
    sources = [run.name for run_id in (info.encoder_run, info.model_run) if (run := reader.run(run_id or ""))]
    points = {HARDER_HIGH: "↑ harder", HARDER_LOW: "↓ harder", None: "direction not known"}[direction]
    run = reader.run(info.run_id)
    return ScoreChoice(
        address=info.address, name=info.name, label=" · ".join([info.name, *sources, points]), direction=direction,
        made_from=" and ".join(sources), fitted_on=info.fitted_on or "", reason=info.reason or "",
        labels=str(run.parameters.get("labels", "given")) if run else "given",
        model_run=info.model_run or "",
    )  # fmt: skip
