"""The pages of the dashboard: their names, titles and scripts, and what each is drawn from.

The navigation, links from page to page, a page's own heading, the Runs page and the tests all read this list: written
twice, a title in the sidebar and the one above its page come apart, and a link leads to a page that was renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.answers.runs.lineage import Source  # what app.py imports, the browser waits for


@dataclass(frozen=True)
class ListedPage:
    """One page. name: what code and its address call it. script: its file in pages/, without ending.

    drawn_from: the runs its figures are computed from, the nearest first; () for a page that draws none.
    """

    name: str
    title: str
    script: str
    drawn_from: tuple[Source, ...] = ()

    @property
    def path(self) -> str:
        """The script's path as Streamlit takes it."""
        return f"pages/{self.script}.py"


PAGES = (
    ListedPage("overview", "Overview", "overview", ("evaluation", "model", "score")),
    ListedPage("hardest", "Hardest & easiest", "hardest_easiest", ("score", "model")),
    ListedPage("difficulty", "Error against difficulty", "error_by_difficulty", ("score", "model")),
    ListedPage("calibration", "Calibration", "calibration", ("model", "evaluation")),
    ListedPage("compare", "Compare scorers", "compare_scorers", ("score", "other scores", "evaluation")),
    ListedPage("map", "Map", "embedding_map", ("projections", "score")),
    ListedPage("suspects", "Label suspects", "label_suspects", ("score", "evaluation")),
    ListedPage("papers", "Papers", "papers", ("evaluation",)),
    ListedPage("diff", "Compare audits", "compare_audits", ("score", "other scores")),
    ListedPage("runs", "Runs", "runs"),
)
"""In the sidebar's order. The first opens at the server's address; the others have their name behind it."""


def by_name(pages: tuple[ListedPage, ...]) -> dict[str, ListedPage]:
    """Pages by their names. Raises ValueError where two have the same name, title or script."""
    for part in ("name", "title", "script"):
        values = [getattr(page, part) for page in pages]
        if twice := {value for value in values if values.count(value) > 1}:
            raise ValueError(f"two pages have the {part} {sorted(twice)[0]!r}")
    return {page.name: page for page in pages}


BY_NAME = by_name(PAGES)


def address_of(page: ListedPage) -> str:
    """What follows the server's address: nothing for the page that opens."""
    return "" if page is PAGES[0] else page.name
