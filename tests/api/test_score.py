"""`score` runs every scorer by name over arrays, and says what it lacks, cannot read and has no parameter for."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import core.api as hardlook
from core.api.scores import ALONE
from core.errors import HardlookError
from tests.scorers.test_conformance import CASE, SCORERS

N, K, D = 60, 3, 5
CODES = np.arange(N) % K
TEXT = np.array(["cat", "dog", "eel"])[CODES]
FEATURES = (np.random.default_rng(0).normal(size=(N, D)) + 4 * np.eye(K, D)[CODES]).astype(np.float32)
INPUTS: dict[str, Any] = {
    "features": CASE.inputs.features, "labels": CASE.inputs.labels, "fit": CASE.inputs.fit,
    "probabilities": CASE.inputs.probabilities, "text_features": CASE.inputs.text_features,
    "penultimate": CASE.inputs.penultimate, "content_hashes": CASE.inputs.content_hashes,
    "dynamics": CASE.inputs.dynamics, "gradient_spread": CASE.inputs.gradient_spread,
}  # fmt: skip
"""What `score` takes, of the scorers' own suite."""


def test_score_says_what_no_array_stands_for() -> None:
    for scorer in SCORERS:
        for need in scorer.needs & ALONE.keys():
            with pytest.raises(HardlookError, match=f"{scorer.name} needs {ALONE[need]}"):
                hardlook.score(scorer.name, **INPUTS)


@pytest.mark.parametrize("scorer", [one.name for one in SCORERS if not one.needs & ALONE.keys()])
def test_score_runs_every_scorer_that_is_installed_and_says_what_it_needs(scorer: str) -> None:
    frame = hardlook.score(scorer, **INPUTS)
    for name, about in frame.attrs["scores"].items():
        assert frame[name].dtype == np.float32
        assert about["direction"] in (1, -1, None)
        assert np.isfinite(frame[name]).all() or about["missing"]
    with pytest.raises(HardlookError, match=f"{scorer} needs") as caught:
        hardlook.score(scorer)
    assert f"Call score({scorer!r}, " in caught.value.hint


@pytest.mark.parametrize("argument", [name for name in INPUTS if name not in ("fit", "labels")])
def test_score_refuses_by_name_what_cannot_be_meant(argument: str) -> None:
    for value in ("abc", 3, object(), [], [[1], [1, 2]], {"a": object()}, np.zeros((2, 2, 2, 2), complex)):
        with pytest.raises(HardlookError, match=argument):
            hardlook.score("rmd", **{**INPUTS, argument: value})


def test_score_refuses_a_parameter_that_the_scorer_has_not() -> None:
    with pytest.raises(HardlookError, match=r"no parameter 'k'; it has pca=auto"):
        hardlook.score("rmd", features=FEATURES, labels=CODES, k=3)
    for name, value in (("k", 0), ("k", 1.5), ("k", "a")):
        with pytest.raises(HardlookError, match=f"{name} is"):
            hardlook.score("knn", features=FEATURES, labels=CODES, **{name: value})


def test_plain_is_the_formula_alone_as_the_command_has_it() -> None:
    plain = hardlook.score("rmd", features=FEATURES, labels=CODES, plain=True)
    pd.testing.assert_series_equal(
        plain["rmd"], hardlook.score("rmd", features=FEATURES, labels=CODES, pca=None, ridge=0)["rmd"]
    )
    assert (plain["rmd"] != hardlook.score("rmd", features=FEATURES, labels=CODES)["rmd"]).any()
    with pytest.raises(HardlookError, match="plain=true says ridge of rmd already"):
        hardlook.score("rmd", features=FEATURES, labels=CODES, plain=True, ridge=0.1)
    with pytest.raises(HardlookError, match="knn has no parameter 'plain'"):
        hardlook.score("knn", features=FEATURES, labels=CODES, plain=True)


def test_predictions_that_repeat_the_labels_are_warned_of_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, K, 300)
    out_of_fold = 0.7 * np.eye(K)[np.where(rng.random(300) < 0.1, (labels + 1) % K, labels)] + 0.3 / K
    features, repeated = rng.normal(size=(300, 4)) + np.eye(K, 4)[labels], 0.7 * np.eye(K)[labels] + 0.3 / K
    with pytest.warns(UserWarning, match="name the given label of 300 of 300 images"):
        hardlook.suspicion(features, labels, probabilities=repeated)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hardlook.suspicion(features, labels, probabilities=out_of_fold)
        hardlook.score("margin", probabilities=repeated, labels=labels)


def test_probabilities_say_which_class_a_label_is() -> None:
    probabilities = np.full((N, K + 1), 0.1)
    probabilities[np.arange(N), CODES] = 0.7
    frame = hardlook.score("margin", probabilities=probabilities, labels=TEXT, classes=["cat", "dog", "eel", "fox"])
    pd.testing.assert_series_equal(
        frame["margin"], hardlook.score("margin", probabilities=probabilities, labels=CODES)["margin"]
    )
    others = ["dog" if label == "cat" else "cat" for label in TEXT]  # of equally probable ones the first
    assert frame["margin_suggested"].tolist() == others
    assert not frame["margin_doubted"].any()
    with pytest.raises(HardlookError, match=r"labels is text, .* columns of the probabilities have no names"):
        hardlook.score("margin", probabilities=probabilities, labels=TEXT)
    with pytest.raises(HardlookError, match=r"row 0, which sums to 0\.5"):
        hardlook.score("margin", probabilities=probabilities / 2, labels=CODES)
    with pytest.raises(HardlookError, match="labels has 4 in row 0"):
        hardlook.score("margin", probabilities=probabilities, labels=[4, *CODES[1:]])
