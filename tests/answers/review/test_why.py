"""The sentence of the review card that says why an image is doubted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.review.card import why
from core.answers.view.choices import score_choices
from core.answers.view.reader import open_reader
from core.scorers.knn import neighbor_votes
from core.types import UNLABELLED
from tests.audits import build_audit, publish


@pytest.mark.parametrize(
    ("parameters", "said"),
    [('{"k": 8}', "6 of 8 most similar images have another label"), ("{}", "75 % of the most similar images have")],
)
def test_neighbours_are_counted_out_of_as_many_as_their_run_took(tmp_path: Path, parameters: str, said: str) -> None:
    made = build_audit(tmp_path, n=40)
    embed = made.audit.runs("embed")[0].run_id
    ids, shares = np.arange(40, dtype=np.int32), np.full(40, 0.75, np.float32)
    publish(made.audit, "score", "knn", {
        "score": {"name": ["knn"] * 40, "image_id": ids, "value": shares},
        "score_column": {
            "name": ["knn"], "scorer": ["knn"], "parameters": [parameters], "encoder_run": [embed], "model_run": [""],
            "direction": [1], "fitted_on": ["train split"], "reason": [""],
        },
    }, inputs={"embed": embed})  # fmt: skip
    reader = open_reader(made.audit)
    choice = next(one for one in score_choices(reader) if one.name == "knn")
    row = {"value": 0.75, "suggested_label": None}
    told = why(reader, 0, choice, float("nan"), [(choice, row)], [], 39)
    assert said in told.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("there", [200, 7])
def test_the_count_of_neighbours_is_that_of_the_labels(tmp_path: Path, there: int) -> None:
    """However near the others are, which is what orders equal counts; and of as many as there are, where k are not."""
    made, k = build_audit(tmp_path, n=40), 20
    publish(made.audit, "score", "knn", {
        "score": {"name": ["knn"], "image_id": [0], "value": [0.5]},
        "score_column": {"name": ["knn"], "scorer": ["knn"], "parameters": ['{"k": 20}'], "direction": [1]},
    })  # fmt: skip
    reader, rng, n = open_reader(made.audit), np.random.default_rng(0), min(k, there)
    choice = next(one for one in score_choices(reader) if one.name == "knn")
    for others in range(n + 1):
        labels = np.full((1, k), UNLABELLED)
        labels[0, :n] = rng.permutation((np.arange(n) < others).astype(int))
        for nearest in (0.2, 0.9, 0.999):
            similarity = np.linspace(nearest, 0.1, k)[None]
            value = np.float32(1.0 - neighbor_votes(similarity, labels, 2)[0, 0])
            row = {"value": value, "suggested_label": None}
            told = why(reader, 0, choice, float("nan"), [(choice, row)], [], there)
            assert told.startswith(f"{others} of {n} most similar images")
    copy = {"value": np.float32(1 - 19.999999 / 21), "suggested_label": None}  # one other, or none and a copy apart
    if n == k:
        assert why(reader, 0, choice, float("nan"), [(choice, copy)], [], there).startswith("4.8 % of the most similar")
