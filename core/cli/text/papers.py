"""Both papers on this data as text: verdicts for a terminal, everything as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...experiments.papers.assess import Assessed, tally
from ...experiments.papers.section import PAPERS
from ...experiments.papers.values import values_of
from ...wording import provenance_in_words
from .markdown import plain, table_lines, table_row
from .tables import make_table, show

REPRODUCTION = "# Both papers on "
"""How the file of `reproduce --markdown` begins."""


def show_verdicts(found: Sequence[Assessed]) -> None:
    """Print a line for each figure and table, and how many claims hold."""
    made = make_table("Claims on this data", "where", "what", "verdict")
    for one in found:
        made.add_row(one.section.place, one.section.title, one.in_words)
    show(made)
    for one in found:
        if one.because:
            print(f"  {one.section.place}, {one.section.title}: {one.because}")
        if one.outcome and (provenance := provenance_in_words(one.outcome.all_sources)):
            print(f"    {provenance}")
    print(tally(found))


def as_markdown(found: Sequence[Assessed], audit: str, command: str) -> str:
    """Every section with its claim, rule, verdict, figures and tables. command: that made it."""
    lines = [f"{REPRODUCTION}{plain(audit)}", "", f"Made by `{command}`. {tally(found)}", ""]
    lines += [table_row(("where", "what", "verdict")), table_row(("---",) * 3)]
    lines += [table_row((one.section.place, one.section.title, one.in_words)) for one in found]
    for paper, title in PAPERS.items():
        own = [one for one in found if one.section.paper == paper]
        lines += ["", f"## {title}", ""] if own else []
        for one in own:
            lines += _part(one)
    return "\n".join(lines) + "\n"


def _part(one: Assessed) -> Iterator[str]:
    section, outcome = one.section, one.outcome
    yield from (f"### {plain(section.place)}: {plain(section.title)}", "")
    yield from (f"- The {section.kind}: {plain(section.claim)}", f"- The rule: {plain(section.rule)}")
    yield f"- Here: **{one.in_words}**. {plain(one.because)}".rstrip()
    if outcome is None:
        yield ""
        return
    yield from (f"- {plain(note)}" for note in outcome.notes)
    if provenance := provenance_in_words(outcome.all_sources):
        yield f"- The figures: {plain(provenance)}"
    yield ""
    for table in (*map(values_of, outcome.plots), *outcome.tables):
        yield from (f"**{plain(table.title)}**", "", *table_lines(table))
