"""The Label suspects page: what it lists, and that its choices live in the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit
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


def test_a_cut_that_is_typed_goes_into_the_address(opened: Callable[..., AppTest]) -> None:
    app = opened({"class": "shirt"})
    app.number_input(key="cut").set_value(10.0).run()
    assert app.query_params["cut"] == "0:10.0"


@pytest.mark.parametrize(
    "address", [{"cut": "1e9"}, {"cut": "x,0:nan"}, {"agree": "99"}, {"class": "nonesuch"}, {"split": "test"}], ids=str
)
def test_any_address_is_answered(opened: Callable[..., AppTest], address: dict[str, str]) -> None:
    app = opened(address)
    assert not app.exception
    assert "suspects" in text(app)
