"""Hard images in words: planted where a word tells them, where none does, and where the encoder reads no text."""

from __future__ import annotations

import pytest

from core.experiments.papers import all_sections
from core.experiments.papers.rmd.words import words
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.types import Estimate
from core.words.rows import rows_of
from core.words.telling import CLASS, COLUMN, WORD, Tells, Told
from tests.experiments.papers.planted import findings, run

SCORE = run("score", "rmd", 1)
ADDRESS = f"{SCORE.run_id}:rmd_oof"
ABOUT = "40 images told from 360 others of their classes"


def told(kind: str, *ps: float, high: float = 0.8) -> Told:
    columns = Tells(COLUMN, "width is large", Estimate(0.9, 0.8, 1.0, 40), 0.001, 4)
    found = [Tells(kind, f"{kind} {i}", Estimate(0.5 - i / 9, 0.2, high, 40), p, 2000) for i, p in enumerate(ps)]
    return Told(ABOUT, (*found, columns))


@pytest.mark.parametrize(
    ("hardest", "verdict", "because"),
    [
        (told(WORD, 0.001, 0.3), HOLDS, "'word 0' with a margin of 0.500 [0.200, 0.800]"),
        (told(WORD, 0.02, 0.3, high=0.19), FAILS, "None of 2,000 words"),
        (told(WORD, 0.02, 0.3), UNTOLD, "None of 2,000 words"),
        (told(CLASS, 0.001, 0.3), UNTOLD, "reads no text"),
    ],
)
def test_the_verdict_goes_by_what_no_selection_by_chance_has(hardest: Told, verdict: str, because: str) -> None:
    rows = [
        *rows_of(hardest, "hardest 10 %", ADDRESS), *rows_of(told(WORD, 0.001), "easiest 10 %", ADDRESS),
        *rows_of(told(WORD, 0.001), "hardest 10 %, class cat", ADDRESS),
        *rows_of(told(WORD, 0.001), "ids:1-9", "items"),
    ]  # fmt: skip
    outcome = words(findings(rows, SCORE))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert because in outcome.because
    assert [table.title for table in outcome.tables] == ["Hardest 10 %", "Easiest 10 %"]
    assert outcome.tables[0].rows[0][-1] == ("no" if because.startswith("None") else "yes")


def test_the_rule_says_the_share_that_it_goes_by() -> None:
    (rule,) = [section.rule for section in all_sections("rmd") if section.key == "rmd-words"]
    assert "at most 1.25 % of selections" in rule


def test_a_selection_of_ones_own_is_not_the_hardest_images() -> None:
    assert words(findings(rows_of(told(WORD, 0.001), "hardest looking", "items"), SCORE)) is None
