"""The sentence of the review card that says why an image is doubted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.review.card import why
from core.answers.view.choices import score_choices
from core.answers.view.reader import open_reader
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
    assert said in why(reader, 0, choice, float("nan"), [(choice, row)], []).replace("\N{NO-BREAK SPACE}", " ")
