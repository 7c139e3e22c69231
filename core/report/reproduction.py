"""Both papers on an audit's data as one file: a part for each figure and table, with its claim, its rule and its
verdict."""

from __future__ import annotations

from pathlib import Path

from ..answers.models.papers import assessed, computing
from ..answers.view.reader import Reader, open_reader
from ..experiments.papers.assess import NOT_COMPUTED, Assessed, tally
from ..experiments.papers.section import FAILS, HOLDS, PAPERS, UNTOLD, Paper
from ..store.audit import Audit
from ..wording import count
from .blocks import Block, Facts, Headline, Missing, Report, Section
from .plotted import plotted
from .write import installed_version, now, refuse_other, write_html

KIND = "reproduction"
COUNTED = {
    HOLDS: "claims that hold", FAILS: "claims that do not hold", UNTOLD: "that this data cannot show",
    NOT_COMPUTED: "claims that are not computed",
}  # fmt: skip
ILLUSTRATIONS = "illustrations, which no data bears out"


def write_reproduction(audit: Audit, to: Path, paper: Paper | None = None) -> int:
    """Write what is published of one paper or of all, and return the file's size in bytes.

    An older reproduction of that name is replaced, nothing else is. Raises BadInput where another file is there or `to`
    cannot be written, DiskFull, and MissingRun before any ingest.
    """
    refuse_reproduction(to)
    return write_html(gathered_papers(audit, paper), to)


def refuse_reproduction(to: Path) -> None:
    """Raise BadInput where a file is there that is none: before hours of computing, not after."""
    refuse_other(to, KIND)


def gathered_papers(audit: Audit, paper: Paper | None = None) -> Report:
    """Every section, from what is published now."""
    reader = open_reader(audit)
    found = assessed(reader, paper)
    lead = (
        f"What both papers claim, on {count(reader.n_images)} images of {count(len(reader.class_names))} classes. "
        f"{tally(found)} Each rule was stated before anything was computed."
    )
    numbers = tuple(
        Headline(words, count(sum(one.is_claim and one.verdict == verdict for one in found)), "", "", "")
        for verdict, words in COUNTED.items()
    )
    numbers += (Headline(ILLUSTRATIONS, count(sum(not one.is_claim for one in found)), "", "", ""),)
    parts = tuple(paper_part(reader, one) for one in found)
    return Report(audit.name, now(), installed_version(), lead, numbers, parts, KIND)


def paper_part(reader: Reader, one: Assessed) -> Section:
    """One figure or table: what is claimed, when it holds, and what came out."""
    section, outcome = one.section, one.outcome
    title = f"{section.place}: {section.title}"
    stated = (("paper", PAPERS[section.paper]), (section.kind, section.claim), ("rule", section.rule))
    if outcome is None:
        missing = Missing(one.because or "Nothing was computed for it.", str(computing(reader, [one])))
        return Section(title, (), (Facts(stated), missing))
    facts = Facts((*stated, ("here", f"{one.in_words}. {one.because}")))
    blocks: list[Block] = [facts, *map(plotted, outcome.plots), *outcome.tables]
    return Section(title, outcome.notes, tuple(blocks), outcome.all_sources)
