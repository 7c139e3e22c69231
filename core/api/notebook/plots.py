"""Figures of an audit, as the dashboard draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from ...answers.models.calibration import Binning, gap_in_words, reliability
from ...answers.models.predictions import HELD_OUT, IMAGES, model_predictions
from ...answers.view.choices import default_model, model_choices
from ...answers.view.ranking import Selection
from ...answers.view.reader import open_reader
from ...errors import MissingRun, TooFewRows, command
from ...plots.reliability import ReliabilityCurve, reliability_diagram
from ...plots.style import series_styles
from ...store.audit import Audit
from ..arguments.arrays import flag, one_of


@dataclass(frozen=True)
class Plots:
    """Plotly figures of an audit."""

    stored: Audit

    def reliability(self, model: str | None = None, *, binning: Binning = "mass", dark: bool = False) -> Any:
        """Share right against confidence in fifteen bins, with 95 % bands, of images the model was not trained on.

        model: a name or run id; the one that the dashboard opens with by default. binning: "mass" or "width". Returns a
        plotly Figure. Raises MissingRun without such a model, TooFewRows where no image is held out.
        """
        reader, how = open_reader(self.stored), one_of("binning", binning, get_args(Binning))
        runs = model_choices(reader)
        wanted = [run for run in runs if model in (run.name, run.run_id)]
        run = default_model(reader) if model is None else next(reversed(wanted), None)
        if run is None:
            has = ", ".join(dict.fromkeys(one.name for one in runs)) or "none yet"
            which = f"model {model!r}" if model else "model"
            raise MissingRun(f"There is no {which}; there is: {has}.", "Run", command(self.stored.name, "train"))
        found = reliability(
            reader, model_predictions(reader, run.run_id), Selection(), "width" if how == "width" else "mass"
        )
        if found is None:
            raise TooFewRows(f"No image is held out from {run.name!r}.", "Import predictions with --trained-on none.")
        style = series_styles([each.run_id for each in runs], dark=flag("dark", dark))[run.run_id]
        title = f"Reliability of {run.name}, {found.n:,} {IMAGES[HELD_OUT]}"
        curve = ReliabilityCurve(run.name, style, found.bins)
        return reliability_diagram([curve], title, gap_in_words(found), dark=dark)
