"""Of every figure on every page its reader can tell whether it was counted, estimated or assumed, and by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.answers.review.random_sample import sample_at
from core.answers.view.journal import journal_version
from core.answers.view.reader import open_reader
from tests.answers.labels.test_noise_rate import made as doubted_labels
from tests.answers.labels.test_noise_rate import review
from tests.audits import Made
from tests.pages.figures_said import PROVENANCE, Shown, shown_on, unsaid
from tests.pages.test_every_page import KINDS
from tests.serving import PAGES

doubted = doubted_labels  # a fixture of the estimate's own tests
ALL_KINDS = {**KINDS, "one class outside the training split": {"n": 80, "tested": (0,), "mapped": True}}
VIEWS: dict[str, list[dict[str, str]]] = {
    "calibration": [
        {"show": show}
        for show in (
            "reliability",
            "parts",
            "equal",
            "training",
            "rejection",
            "telling",
            "corruptions",
            "wrong",
            "weights",
        )
    ],
    "compare_scorers": [{"show": show} for show in ("two", "truth", "quadrants", "dynamics", "all", "planted")],
    "label_suspects": [{}, *({"mode": mode} for mode in ("list", "one", "grid", "second", "conflicts", "sample"))],
    "hardest_easiest": [{}, {"by": "class"}],
    "compare_audits": [{}, {"with": "sample", "versions": "given,reviewed"}],
    "embedding_map": [{"colour": colour} for colour in ("class", "score", "errors")],
}
"""What of a page is shown; any other is opened once."""


def all_unsaid(show: Callable[..., AppTest], name: str) -> dict[str, list[str]]:
    """View of a page -> figures without a provenance."""
    found = {}
    for address in VIEWS.get(name, [{}]):
        app = show(name, address)
        assert not app.exception, app.exception[0].value
        found[str(address)] = unsaid(shown_on(app))
    return {view: missing for view, missing in found.items() if missing}


@pytest.mark.parametrize("name", PAGES.values())
@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_figure_of_every_page_says_what_it_is(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str,
    kind: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**ALL_KINDS[kind]))
    assert not all_unsaid(show, name)


@pytest.mark.parametrize("sampled", [False, True])
def test_so_it_is_once_people_have_reviewed(show: Callable[..., AppTest], doubted: Made, sampled: bool) -> None:
    """By rank alone, or a random sample that speaks for all."""
    reader = open_reader(doubted.audit)
    address = next(info.address for info in reader.scores if info.name == "suspicion")
    review(doubted, list(range(0, 240, 2)), address)
    for _ in range(2 * sampled):
        drawn = sample_at(reader, address, journal_version(doubted.audit), 100).tolist()
        review(doubted, drawn, address)
    for name in ("overview", "label_suspects", "compare_scorers"):
        assert not all_unsaid(show, name)
    said = [one.texts[0] for one in shown_on(show("compare_scorers", {"show": "truth"})) if PROVENANCE in one.markup]
    assert said
    for line in said:
        assert ("by the reviewed random sample" in line, "which a score chose" in line) == (sampled, not sampled)
        assert "Wilson's" in line


@pytest.mark.parametrize(
    "elements",
    [
        [Shown("figure", ("Error by decile",))],
        [Shown("figure", ("Error by decile",)), Shown("html", ("The error is shown.",))],
        [Shown("table", ("accuracy", "34.0"))],
        [Shown("html", ("12 % of the labels are wrong.",))],
        [Shown("html", ("counted",), PROVENANCE), Shown("html", ("Next",), '<h2 class="hardlook-section">Next'),
         Shown("html", ("AUROC 0.61",))],
        [Shown("images", ("error 12 %",))],
        [Shown("figure", ("Error", "decile 1: 12 % [9, 15]")), Shown("html", ("Error: counted.",), PROVENANCE)],
        [Shown("figure", ("Error", "%{y} % [%{customdata[3]:.3g}, %{customdata[4]:.3g}]")),
         Shown("html", ("Error: counted.",), PROVENANCE)],
        [Shown("table", ("AUROC", "0.71", "[0.62, 0.79]")), Shown("html", ("AUROC: counted.",), PROVENANCE)],
        [Shown("figure", ("ROC", "rmd AUROC 0.71")), Shown("html", ("Average precision: counted.",), PROVENANCE)],
    ],
)  # fmt: skip
def test_a_figure_that_says_nothing_is_found(elements: list[Shown]) -> None:
    assert unsaid(elements)


def test_names_of_things_settings_and_scores_of_images_are_no_figures() -> None:
    line: Any = Shown("html", ("Error: counted.",), PROVENANCE)
    texts = ("1,204 images", "runs 23.0 MB", "bins=15, level=0.95", "torch 2.14.1")
    assert not unsaid([Shown("table", texts), Shown("images", ("rmd", "12.3")), Shown("figure", ("t",)), line])
