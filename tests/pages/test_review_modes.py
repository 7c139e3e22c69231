"""The ways to work on suspects: each is an address, and each is answered, also where there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit
from tests.pages.conftest import components, text


@pytest.mark.parametrize("mode", ["one", "grid", "second", "conflicts", "sample"])
def test_every_mode_is_an_address(show: Callable[..., AppTest], tmp_path: Path, mode: str) -> None:
    build_audit(tmp_path, n=60)
    app = show("label_suspects", {"mode": mode})
    assert not app.exception
    found = components(app)
    data = found["hardlook_bulk" if mode == "grid" else "hardlook_review"]
    assert (data["outcomes"], data["trouble"], data["fixed"]) == ([], "", "")
    assert len(data["classes"]) == 5
    assert app.query_params.get("mode") == mode


@pytest.mark.parametrize(
    "address",
    [
        {"of": "all", "decile": "10", "class": "shirt"}, {"decile": "99"}, {"class": "nonesuch"}, {"of": "nonsense"},
        {"only": "ids:3,8-12"}, {"split": "test", "cut": "1e9"}, {"mode": "nonsense"}, {"drawn": "x", "mode": "sample"},
    ],
    ids=str,
)  # fmt: skip
def test_any_queue_that_somebody_types_is_answered(
    show: Callable[..., AppTest], tmp_path: Path, address: dict[str, str]
) -> None:
    build_audit(tmp_path, n=60)
    app = show("label_suspects", {"mode": "one", **address})
    assert not app.exception
    if address.get("only"):  # what somebody chose is reviewed whole, doubted or not
        assert "6 images" in text(app)


def test_without_a_score_the_command_is_named(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20, runs=False)
    assert "hardlook score suspicion --audit sample" in text(show("label_suspects", {"mode": "one"}))


def test_a_thousand_classes_are_sent_once(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60, n_classes=1000)
    data = components(show("label_suspects", {"mode": "one", "of": "all"}))["hardlook_review"]
    assert len(data["classes"]) >= 1000
    assert data["classes_version"]
