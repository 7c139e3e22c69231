"""The data map: each image by how a model's probability of its label went over the training, and its three regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from ...maths.data_map import AMBIGUOUS, EASY, EVEN_CHANCE, HARD, REGIONS, regions_of, variable_from
from ...maths.plane import Box
from ...types import Bools
from ..view.choices import ScoreChoice
from ..view.reader import Reader
from .cloud import Cloud
from .pair import VALUES, axis, encode_pair

MEAN, SD = "p_label_mean", "p_label_sd"

MEANING = {
    EASY: "given their label soon, and from then on",
    AMBIGUOUS: "learned late, or learned and forgotten: the model changed its mind most",
    HARD: "hardly ever given their label: unlike their class, or not of it",
}
OWN_CHOICE = (
    "The regions' borders are our own choice: ambiguous is the third of all images that varies most; of the others, "
    "those are easy to learn whose mean is at least ½, and hard to learn those below."
)
NO_LABEL_SCORE = (
    "What varies or is uncertain is no suspect: labels that are wrong lie low on the map, and seldom among the "
    "ambiguous. Suspects are ranked by suspicion."
)


@dataclass(frozen=True)
class DataMap:
    """Two scores of one training. variable: standard deviation from which an image is ambiguous, of all images."""

    mean: ScoreChoice
    sd: ScoreChoice
    variable: float


@dataclass(frozen=True)
class Region:
    """Images of a region in view. wrong: how many of them the finished model misclassifies; None without its
    predictions. only: the region as the address has it."""

    name: str
    meaning: str
    n: int
    wrong: int | None
    only: str


def data_map(
    reader: Reader, choices: Sequence[ScoreChoice], preferred: ScoreChoice | None, model: str
) -> DataMap | None:
    """Of the score in view where it is one of a map's, else of the model in view, else the newest; None without one.

    model: run id, "" for none.
    """
    sds = {_run(one): one for one in choices if one.name == SD}
    means = [one for one in choices if one.name == MEAN and _run(one) in sds]
    if not means:
        return None
    in_view = [one for one in means if preferred and _run(one) == _run(preferred)]
    of_model = [one for one in means if one.model_run == model]
    mean = (in_view or of_model or means)[-1]
    sd = sds[_run(mean)]
    return DataMap(mean, sd, variable_from(axis(reader, sd.address, VALUES)))


def regions_in_view(found: DataMap, cloud: Cloud, wrong: Bools | None) -> tuple[Region, ...]:
    """The three regions. cloud: of sd across and mean up. wrong: (m,) which of its images the model gets wrong."""
    codes = regions_of(cloud.y, cloud.x, found.variable)
    n = np.bincount(codes, minlength=len(REGIONS))
    misclassified = None if wrong is None else np.bincount(codes[wrong], minlength=len(REGIONS))
    return tuple(
        Region(
            name, MEANING[name], int(n[i]), None if misclassified is None else int(misclassified[i]),
            encode_pair(found.sd.address, found.mean.address, VALUES, box_of(name, found.variable)),
        )
        for i, name in enumerate(REGIONS)
    )  # fmt: skip


def box_of(region: str, variable: float) -> Box:
    """A region as a box of sd across and mean up; borders such that every image lies in one of the three."""
    if region == AMBIGUOUS:
        return Box(variable, inf, -inf, inf)
    steady = _below(variable)
    return Box(-inf, steady, EVEN_CHANCE, inf) if region == EASY else Box(-inf, steady, -inf, _below(EVEN_CHANCE))


def _below(value: float) -> float:
    """The next float32 below: scores are stored as such."""
    return float(np.nextafter(np.float32(value), np.float32(-inf)))


def _run(score: ScoreChoice) -> str:
    return score.address.partition(":")[0]
