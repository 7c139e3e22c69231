"""What holds of every section: what it says beforehand, the steps it needs, and that nothing computed says nothing."""

from __future__ import annotations

import pytest

from core.experiments.papers import all_sections, register
from core.experiments.papers.assess import NOTHING_CAME, Assessed, assess, tally
from core.experiments.papers.rules import above, below, every, most, no_worse, unanimous
from core.experiments.papers.section import (
    FAILS,
    HOLDS,
    PAPERS,
    UNTOLD,
    Findings,
    Kind,
    PaperSection,
    Reproduced,
    Verdict,
)
from core.types import Estimate
from pages.components.layout.listing import BY_NAME
from tests.experiments.papers.planted import findings

SECTIONS = [pytest.param(section, id=section.key) for section in all_sections()]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_says_its_claim_and_its_rule_beforehand(section: PaperSection) -> None:
    for text in (section.title, section.claim, section.rule):
        assert text[0].isupper()
    assert section.claim.endswith(".")
    assert section.rule.endswith(".")
    assert section.steps
    assert section.page == "" or section.page in BY_NAME


@pytest.mark.parametrize("section", SECTIONS)
def test_where_nothing_was_computed_a_section_says_nothing(section: PaperSection) -> None:
    assert section.assess(findings([])) is None


def test_sections_stand_paper_by_paper_figures_before_tables() -> None:
    papers = [section.paper for section in all_sections()]
    assert papers == sorted(papers, key=list(PAPERS).index)
    for paper in PAPERS:
        assert {section.paper for section in all_sections(paper)} <= {paper}


def planted(verdict: Verdict | None, kind: Kind = "claim", why: str = "") -> Assessed:
    section = PaperSection("key", "rmd", "Figure 1", "A title", "", "", ("scores",), "", "", kind, lambda _: None)
    return Assessed(section, Reproduced(verdict, "For a reason.") if verdict else None, why)


def test_an_illustration_counts_for_no_claim_and_says_that_it_is_none() -> None:
    claims = [planted(HOLDS), planted(HOLDS), planted(FAILS), planted(None)]
    assert tally(claims) == "Of 4 claims 2 hold, 1 does not hold, 1 is not computed."
    both = [planted(verdict, "illustration") for verdict in (HOLDS, FAILS)]
    assert tally([*claims, *both]) == (
        "Of 4 claims 2 hold, 1 does not hold, 1 is not computed. 2 illustrations of made data or of a formula are no "
        "claim on this data."
    )
    assert tally(both[:1]).startswith("No claim is there. 1 illustration ")
    verdicts: tuple[Verdict | None, ...] = (HOLDS, FAILS, UNTOLD, None)
    in_words = [planted(verdict, "illustration").in_words for verdict in verdicts]
    assert all(words.startswith("illustration: ") for words in in_words)
    assert not {planted(verdict).in_words for verdict in verdicts} & set(in_words)
    assert len(set(in_words)) == len(verdicts)


def test_what_hardly_hangs_on_the_data_is_an_illustration() -> None:
    illustrations = {section.key for section in all_sections() if section.kind == "illustration"}
    assert illustrations == {"vog-toy", "rmd-weights", "rmd-labels"}


def test_a_section_without_figures_says_why_its_steps_made_none() -> None:
    too_few, one_class = "left out: embed images: Too few images", "left out: training: Two classes are needed."
    tried = {"seeds": [one_class], "grid": [one_class], "ood": (), "scores": [too_few, one_class], "probe": ()}
    found = {one.section.key: one for one in assess(Findings("planted", [], [], tried=tried))}
    assert found["vog-ood-msp"].why == one_class  # said by two of its steps, and once here
    assert found["rmd-groups"].why == f"{too_few}. {one_class}"
    assert found["usable-information"].why == NOTHING_CAME
    assert found["rmd-severity"].why == ""
    assert found["rmd-groups"].in_words == "not computed"
    assert found["rmd-groups"].because == found["rmd-groups"].why


def test_a_key_stands_for_one_section() -> None:
    taken = all_sections()[0]
    with pytest.raises(ValueError, match="registered twice"):
        register(taken.key, paper="rmd", place="", title="", claim="", rule="", steps=())


def test_rules_go_by_whole_intervals() -> None:
    assert above(Estimate(0.6, 0.51, 0.7), 0.5) == HOLDS
    assert above(Estimate(0.6, 0.49, 0.7), 0.5) == UNTOLD
    assert above(Estimate(0.4, 0.3, 0.5), 0.5) == FAILS
    assert below(Estimate(-1, -2, -0.5)) == HOLDS
    assert below(Estimate(1, 0, 2)) == FAILS
    assert above(Estimate(0.6), 0.5) == below(Estimate(0.6), 0.5) == UNTOLD
    assert no_worse(Estimate(-0.003, -0.009, 0.002), 0.01) == HOLDS
    assert no_worse(Estimate(0.0, -0.03, 0.03), 0.01) == UNTOLD  # not told apart from nothing is not nothing
    assert no_worse(Estimate(-0.05, -0.09, -0.02), 0.01) == FAILS
    assert every([HOLDS, FAILS, UNTOLD]) == FAILS
    assert every([HOLDS, UNTOLD]) == every([]) == UNTOLD
    assert unanimous([HOLDS, HOLDS]) == HOLDS
    assert unanimous([HOLDS, FAILS]) == unanimous([FAILS, UNTOLD]) == unanimous([]) == UNTOLD
    assert most([HOLDS, HOLDS, FAILS]) == HOLDS
    assert most([HOLDS, FAILS]) == UNTOLD
