"""Every section on what is published, and how many of their claims hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...wording import count, counted
from .registry import all_sections
from .section import FAILS, HOLDS, UNTOLD, Findings, Paper, PaperSection, Reproduced

NOT_COMPUTED = "not computed"
ILLUSTRATES = {
    HOLDS: "shows it", FAILS: "does not show it", UNTOLD: "cannot be told", NOT_COMPUTED: NOT_COMPUTED,
}  # fmt: skip
"""Verdict -> what is said in its place of an illustration, which no data bears out."""
NOTHING_CAME = "Its steps were done, and this data gave nothing for it: too few images, labels, classes or models."


@dataclass(frozen=True)
class Assessed:
    """A section on this data. outcome: None where nothing that it needs was computed.

    why: it is not computed, as its steps said when they were done; "" where they were not done, or it is computed.
    """

    section: PaperSection
    outcome: Reproduced | None
    why: str = ""

    @property
    def is_claim(self) -> bool:
        """Whether its verdict is one on the user's data."""
        return self.section.kind == "claim"

    @property
    def verdict(self) -> str:
        """Of its rule."""
        return self.outcome.verdict if self.outcome else NOT_COMPUTED

    @property
    def in_words(self) -> str:
        """The verdict as a table has it: of an illustration with a word that it is one."""
        return self.verdict if self.is_claim else f"{self.section.kind}: {ILLUSTRATES[self.verdict]}"

    @property
    def because(self) -> str:
        """What the verdict rests on, or why there is none; "" where nobody has tried."""
        return self.outcome.because if self.outcome else self.why


def assess(findings: Findings, paper: Paper | None = None) -> list[Assessed]:
    """Every section of one paper or of all."""
    return [_assessed(section, findings) for section in all_sections(paper)]


def _assessed(section: PaperSection, findings: Findings) -> Assessed:
    outcome = section.assess(findings)
    return Assessed(section, outcome, "" if outcome else why_not(section.steps, findings.tried))


def why_not(steps: Sequence[str], tried: Mapping[str, Sequence[str]]) -> str:
    """Why steps left nothing behind, each reason once; "" where none gave one and not all were done."""
    reasons = dict.fromkeys(reason for step in steps for reason in tried.get(step, ()))
    if reasons:
        return " ".join(reason if reason.endswith((".", "!", "?")) else f"{reason}." for reason in reasons)
    return NOTHING_CAME if all(step in tried for step in steps) else ""


def tally(assessed: Sequence[Assessed]) -> str:
    """How many claims hold, do not, cannot be told, and were not computed; each that is none is left out.

    Illustrations are counted apart.
    """
    claims = [one for one in assessed if one.is_claim]
    of = Counter(one.verdict for one in claims)
    words = {
        HOLDS: ("holds", "hold"), FAILS: ("does not hold", "do not hold"),
        UNTOLD: ("cannot be shown by this data", "cannot be shown by this data"),
        NOT_COMPUTED: ("is not computed", "are not computed"),
    }  # fmt: skip
    verdicts = ", ".join(f"{count(n)} {text[n != 1]}" for verdict, text in words.items() if (n := of[verdict]))
    others = len(assessed) - len(claims)
    sentence = f"Of {counted(len(claims), 'claim')} {verdicts}." if claims else "No claim is there."
    beside = f"{counted(others, 'illustration')} of made data or of a formula {'is' if others == 1 else 'are'} no claim"
    return f"{sentence} {beside} on this data." if others else sentence
