"""Both papers' figures and tables on this data, from what is published: what the page and the report show."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import Command, Unreadable, command
from ...experiments.papers.assess import Assessed, assess
from ...experiments.papers.registry import all_sections
from ...experiments.papers.section import FULL_GRID, Findings, Paper
from ...experiments.papers.tried import Tried, steps_tried
from ...store.metrics import read_metrics
from ..view.reader import Reader


def assessed(reader: Reader, paper: Paper | None = None, tried: Tried | None = None) -> tuple[Assessed, ...]:
    """Every section of one paper or of all, each with its verdict, or without where nothing was computed for it.

    tried: as `left_out` has it, by whoever keeps answers: it changes while the runs stay the same. None to read it.
    """
    tried = left_out(reader) if tried is None else tried
    rows = read_metrics(reader.hub)
    return tuple(assess(Findings(reader.hub.audit.name, reader.hub.runs, rows, reader.n_images, tried), paper))


def left_out(reader: Reader) -> Tried:
    """What steps left out, as it is now; where that cannot be read, this is said in the place of every reason."""
    try:
        return steps_tried(reader.hub.audit)
    except Unreadable as error:
        return {step: (str(error),) for section in all_sections() for step in section.steps}


def computing(reader: Reader, sections: Sequence[Assessed]) -> Command:
    """The command that computes what sections lack."""
    lacking = [one.section for one in sections if one.outcome is None]
    papers = {one.paper for one in lacking}
    words = ["reproduce", papers.pop() if len(papers) == 1 else "all"]
    words += [] if any(run.grid.startswith(FULL_GRID) for run in reader.hub.runs) else ["--quick"]
    words += ["--section", lacking[0].key] if len(lacking) == 1 else []
    return command(reader.hub.audit.name, *words)
