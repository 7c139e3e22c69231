"""Columns of scores as a pandas frame that says what it holds: direction, type, and why a value is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..types import DIRECTIONS, ScoreColumn, ScoreInfo
from .arguments.labels import GivenLabels

SUGGESTED = "_suggested"
"""Ends the name of a column with the labels that a score suggests."""
DOUBTED = "_doubted"
"""Ends that of the column which says of each given label whether the score takes it for wrong."""


def text_column(values: Iterable[str | None]) -> pd.Series[Any]:
    """Text, None where there is none: pandas' own text type would put NaN, a number, in its place."""
    return pd.Series(list(values), dtype=object)


def score_frame(columns: Iterable[ScoreColumn], labels: GivenLabels) -> pd.DataFrame:
    """One row an image, each score by name, and beside it, where it suggests labels, the likeliest but the given one
    and whether the given one is doubted: `rmd_oof_suggested`, `rmd_oof_doubted`.

    `frame.attrs["scores"]` says of each score: direction, direction_in_words, dtype, scorer, parameters, fitted_on, and
    in `missing` why values are NaN.
    """
    data: dict[str, NDArray[Any] | pd.Series[Any]] = {}
    about = {}
    for column in columns:
        data[column.name] = np.asarray(column.values, np.float32)
        about[column.name] = described(column, column.reason, dict(column.parameters))
        if column.suggested_label is not None:
            named = labels.named(column.suggested_label)
            data[column.name + SUGGESTED] = text_column(named.tolist()) if labels.text else named
        if column.doubted is not None:
            data[column.name + DOUBTED] = np.asarray(column.doubted, bool)
    frame = pd.DataFrame(data)
    frame.attrs["scores"] = about
    return frame


def described(score: ScoreColumn | ScoreInfo, reason: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a frame's attrs say of one score."""
    return {
        "direction": score.direction, "direction_in_words": DIRECTIONS[score.direction], "dtype": "float32",
        "scorer": score.scorer, "parameters": dict(parameters), "fitted_on": score.fitted_on, "missing": reason,
    }  # fmt: skip
