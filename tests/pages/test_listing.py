"""The list of pages: each once, each with a script, and the one place that says their titles."""

from __future__ import annotations

import re

import pytest

from pages.components.layout.links import page_of
from pages.components.layout.listing import PAGES, ListedPage, address_of, by_name
from tests.serving import ROOT

FIRST, SECOND = PAGES[:2]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (ListedPage(FIRST.name, "Another", "another"), "name 'overview'"),
        (ListedPage("another", FIRST.title, "another"), "title 'Overview'"),
        (ListedPage("another", "Another", FIRST.script), "script 'overview'"),
    ],
)
def test_no_two_pages_share_a_name_a_title_or_a_script(page: ListedPage, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        by_name((*PAGES, page))


def test_the_first_page_opens_at_the_server_s_address() -> None:
    assert [address_of(page) for page in PAGES[:2]] == ["", "hardest"]


def test_a_saved_selection_opens_on_its_page_or_the_light_table_where_that_is_gone() -> None:
    assert page_of("Map") == "pages/embedding_map.py"
    assert page_of("a page of years ago") == SECOND.path == "pages/hardest_easiest.py"


def test_a_page_heads_itself_with_the_name_it_is_listed_under() -> None:
    for page in PAGES:
        assert re.search(rf'header\("{page.name}"', (ROOT / page.path).read_text(encoding="utf-8")), page.script
