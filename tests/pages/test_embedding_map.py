"""The page Map on every kind of audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import Made, build_audit, publish, publish_map
from tests.pages.conftest import components, text

PAGE = "embedding_map"


def with_a_map(folder: Path, *, duplicates: bool = False) -> Made:
    made = build_audit(folder, n=60)
    publish_map(made)
    n = len(made.labels)
    if duplicates:
        publish(made.audit, "score", "duplicates", {
            "score": {"name": ["duplicates"] * n, "image_id": np.arange(n, dtype=np.int32),
                      "value": np.zeros(n, np.float32)},
            "score_column": {"name": ["duplicates"], "scorer": ["duplicates"], "parameters": ["{}"],
                             "direction": [None]},
            "neighbor": {"image_id": [3], "rank": [0], "neighbor_id": [4], "similarity": [0.995]},
        })  # fmt: skip
    return made


def figure(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    spec: dict[str, Any] = json.loads(chart.proto.spec)
    return spec


def test_without_a_projection_the_commands_are_named(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    app = show(PAGE)
    assert not app.exception
    assert "hardlook project --method lda --audit sample" in text(app)
    assert "hardlook embed" not in text(app)


def test_the_title_says_which_projection_it_is(show: Callable[..., AppTest], tmp_path: Path) -> None:
    with_a_map(tmp_path)
    app = show(PAGE)
    assert "PCA" in figure(app)["layout"]["title"]["text"]
    assert "hardlook score duplicates --audit sample" in text(app)


@pytest.mark.parametrize("colour", ["class", "score", "split", "errors", "review", "count", "nonsense"])
def test_every_colouring_is_drawn(show: Callable[..., AppTest], tmp_path: Path, colour: str) -> None:
    with_a_map(tmp_path)
    app = show(PAGE, {"colour": colour, "classes": "1,0,99,x"})
    assert not app.exception
    assert figure(app)["data"]


def test_a_region_opens_its_images(show: Callable[..., AppTest], tmp_path: Path) -> None:
    made = with_a_map(tmp_path)
    run_id = made.audit.runs("project")[0].run_id
    app = show(PAGE, {"drawn": f"map:{run_id}~box,-9,9,-9,9"})
    assert not app.exception
    assert components(app)["hardlook_grid"]["sheets"]["1"]["range"] == "1–48 of 60"
    app = show(PAGE, {"drawn": "map:nonesuch~box,0,1,0,1"})
    assert "This audit has no projection" in text(app)


def test_what_another_page_chose_is_ringed_and_not_instead_of_all(show: Callable[..., AppTest], tmp_path: Path) -> None:
    with_a_map(tmp_path)
    drawn = figure(show(PAGE, {"only": "ids:0-3"}))["data"]
    assert drawn[-1]["name"] == "4 chosen images (4)"
    assert len(drawn) > 2


def test_duplicates_are_listed_and_shown_on_the_map(show: Callable[..., AppTest], tmp_path: Path) -> None:
    with_a_map(tmp_path, duplicates=True)
    app = show(PAGE, {"group": "0"})
    assert not app.exception
    assert "1 of near-identical ones" in text(app)
    assert components(app)["hardlook_grid"]["sheets"]["1"]["bands"][0]["title"] == "Group 1"
    assert figure(app)["data"][-1]["name"] == "group 1 (2)"
