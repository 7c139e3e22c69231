"""The Label suspects page: what it lists, and that its choices live in the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit, publish
from tests.pages.conftest import components, text


@pytest.fixture
def opened(show: Callable[..., AppTest], tmp_path: Path) -> Callable[..., AppTest]:
    build_audit(tmp_path, n=120)
    return lambda address=None: show("label_suspects", address)


def test_the_list_shows_given_and_suggested_labels(opened: Callable[..., AppTest]) -> None:
    sheet = components(opened())["hardlook_grid"]["sheets"]["1"]
    tiles = sheet["bands"][0]["groups"][0]["tiles"]
    assert sheet["range"] == "1–30 of 30"
    assert all(tile["suggested"] and tile["suggested"] != tile["given"] and not tile["predicted"] for tile in tiles)


def test_class_and_cut_of_the_address_are_what_is_listed(opened: Callable[..., AppTest]) -> None:
    app = opened({"class": "shirt", "cut": "0:-1000"})
    tiles = components(app)["hardlook_grid"]["sheets"]["1"]["bands"][0]["groups"][0]["tiles"]
    assert {tile["given"] for tile in tiles} == {"shirt"}
    assert len(tiles) > 10
    assert app.number_input(key="cut").value is not None


def test_a_list_from_a_threshold_on_shows_the_likeliest_other_class_of_labels_that_are_not_doubted(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    made = build_audit(tmp_path, n=30, n_classes=3)
    ids = np.arange(30, dtype=np.int32)
    publish(made.audit, "score", "suspicion", {
        "score": {"name": ["suspicion"] * 30, "image_id": ids, "value": np.linspace(0, 1, 30, dtype=np.float32),
                  "suggested_label": ((made.labels + 1) % 3).astype(np.int32), "doubted": ids > 24},
        "score_column": {"name": ["suspicion"], "scorer": ["suspicion"], "parameters": ["{}"], "direction": [1]},
    })  # fmt: skip
    for address, n in (({"score": "suspicion"}, 5), ({"score": "suspicion", "cut": "0"}, 30)):
        group = components(show("label_suspects", address))["hardlook_grid"]["sheets"]["1"]["bands"][0]["groups"][0]
        assert group["note"] == "the likeliest other class by suspicion"
        assert len(group["tiles"]) == n
        assert all(tile["suggested"] not in ("", tile["given"]) for tile in group["tiles"])


def test_a_cut_that_is_typed_goes_into_the_address(opened: Callable[..., AppTest]) -> None:
    app = opened({"class": "shirt"})
    app.number_input(key="cut").set_value(10.0).run()
    assert app.query_params["cut"] == "0:10.0"


def test_a_threshold_of_one_score_is_none_of_another(opened: Callable[..., AppTest]) -> None:
    app = opened({"class": "shirt", "cut": "0:10.0"})
    box = app.selectbox(key="choose_score")
    box.select_index(1 - (box.index or 0)).run()
    assert "cut" not in app.query_params
    assert app.query_params["class"] == "shirt"


@pytest.mark.parametrize(
    "address", [{"cut": "1e9"}, {"cut": "x,0:nan"}, {"agree": "99"}, {"class": "nonesuch"}, {"split": "test"}], ids=str
)
def test_any_address_is_answered(opened: Callable[..., AppTest], address: dict[str, str]) -> None:
    app = opened(address)
    assert not app.exception
    assert "suspects" in text(app)
