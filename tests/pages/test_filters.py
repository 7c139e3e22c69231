"""Filters, tags and saved selections in the header and under the images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.answers.view.reader import open_reader
from core.answers.view.saved import tag_images
from tests.audits import build_audit
from tests.pages.conftest import components, text


@pytest.mark.parametrize("name", ["overview", "hardest_easiest", "label_suspects", "runs"])
def test_a_tag_filters_every_page(show: Callable[..., AppTest], tmp_path: Path, name: str) -> None:
    made = build_audit(tmp_path, n=60)
    tag_images(open_reader(made.audit), np.arange(7), "check again", "ann")
    app = show(name, {"only": "tag:check again"})
    assert not app.exception
    assert "7 of 60 images" in text(app)


def test_tagging_the_sheet_is_seen_by_the_filter_at_once(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60)
    app = show("hardest_easiest", {"only": "tag:seen", "each": "12"})
    assert "0 of 60 images" in text(app)
    del app.query_params["only"]
    app.run()
    app.text_input(key="tag_reviewer_sheet").set_value("ann").run()
    app.text_input(key="tag_name_sheet").set_value("seen").run()
    app.button(key="tag_on_sheet").click().run()
    assert not app.exception
    app.query_params["only"] = "tag:seen"
    app.run()
    assert "24 of 60 images" in text(app)
    grid = components(app)["hardlook_grid"]["sheets"]["1"]
    assert grid["range"] == "1–12 of 24"


def test_a_view_is_saved_and_can_be_chosen(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60)
    app = show("hardest_easiest", {"class": "shirt"})
    app.text_input(key="filter_reviewer").set_value("ann").run()
    app.text_input(key="save_as").set_value("my shirts").run()
    app.button(key="save_view").click().run()
    assert not app.exception
    app.selectbox(key="choose_filter_saved").select("my shirts").run()
    assert "12 of 60 images" in text(app)


def test_a_column_filters_from_the_header(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60)
    app = show("overview", {"where": "mode:L"})
    assert "9 of 60 images" in text(app)
    assert app.selectbox(key="choose_filter_column").value == "mode"
