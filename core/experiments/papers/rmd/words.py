"""The conclusion's open end: hard images explained in words."""

from __future__ import annotations

from ....store.metrics import ITEMS, TOLD_IMAGES
from ....store.provenance import PERMUTED
from ....wording import capitalised, count, with_interval
from ....words.rows import NAMES, told_in
from ....words.telling import AT_MOST_BY_CHANCE, WORD, Told
from ...text_table import TextTable
from ..registry import register
from ..rules import below, every
from ..section import FAILS, HOLDS, UNTOLD, Findings, Reproduced

HARDEST = "hardest"
SMALL = 0.2
"""Of standard deviations: a fifth, below which a margin tells nothing worth a word: a small effect by Cohen 1988."""


@register(
    "rmd-words",
    paper="rmd",
    place="Conclusion",
    title="Hard images in words",
    claim="What makes an image hard may one day be said in human language: named as future work, without a figure.",
    rule="Holds where a word of the list tells the hardest decile from the other images of its classes, by a margin "
    f"that at most {AT_MOST_BY_CHANCE} of selections by chance come to with any word; does not where none does "
    "and the intervals of the largest margins lie wholly below a fifth of a standard deviation. Wider ones, and "
    "an encoder that reads no text, cannot show it.",
    steps=("scores", "words"),
    page="hardest",
)
def words(findings: Findings) -> Reproduced | None:
    """From the rows of the newest `hardlook words` about the ends of a score."""
    scores = [subject for subject in findings.subjects(TOLD_IMAGES) if subject != ITEMS]
    selections = told_in(findings.rows)
    ends = {
        part: one for (subject, part), one in selections.items() if scores and subject == scores[-1] and "," not in part
    }
    hardest = next((one for part, one in ends.items() if part.startswith(HARDEST)), None)
    if hardest is None:
        return None
    tables = tuple(table_of(part, one) for part, one in ends.items() if one.tells)
    notes = (f"Ends of {findings.called(scores[-1])}.",)
    tried = hardest.of_kind(WORD)
    if not tried:
        return Reproduced(UNTOLD, "The embedding's encoder reads no text.", tables, notes=notes)
    telling = hardest.beyond_chance(WORD)
    if not telling:
        largest = max(tried, key=lambda one: one.margin.high)
        because = (
            f"None of {count(tried[0].of)} words tells the hardest images beyond chance: {hardest.about}. "
            f"{largest.name!r} may have the largest margin: {with_interval(largest.margin)} standard deviations."
        )
        none_could = every([below(one.margin, SMALL) for one in tried]) == HOLDS
        return Reproduced(FAILS if none_could else UNTOLD, because, tables, notes=notes)
    best = f"{telling[0].name!r} with a margin of {with_interval(telling[0].margin)} standard deviations"
    return Reproduced(HOLDS, f"First of the words that tell the hardest images is {best}: {hardest.about}.", tables,
                      notes=notes)  # fmt: skip


def table_of(part: str, told: Told) -> TextTable:
    """What tells one end."""
    rows = tuple(
        (one.name, one.kind, with_interval(one.margin), f"{one.p:.3f}", "yes" if one.beyond_chance else "no")
        for kind in NAMES
        for one in told.of_kind(kind)[:5]
    )
    columns = ("nearer to", "kind", "margin [95 %]", "p", "beyond chance")
    return TextTable(capitalised(part), columns, rows, (f"{told.about}.",), {"margin": PERMUTED})
