"""What a section is, what it reads, and what it says.

A section reads rows of the metric table and the runs they are of, and nothing else: so it can be held to planted rows,
and the report, the page and a notebook say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ...kinds.score import asked_for
from ...store.metrics import WHOLE, Metric
from ...types import Estimate, Run, Sources
from ..grid_report import GridReport, grid_report
from ..grids import grid_names
from ..text_table import TextTable

Paper = Literal["rmd", "vog", "further"]

PAPERS: dict[Paper, str] = {
    "rmd": "Learning Sample Difficulty from Pre-trained Models for Reliable Prediction (Cui et al., NeurIPS 2023)",
    "vog": "Estimating Example Difficulty Using Variance of Gradients (Agarwal et al., CVPR 2022)",
    "further": "Beyond both papers: claims of ours, by newer measures",
}
"""What is reproduced, in the report's order -> its title."""

FULL_GRID, QUICK_GRID = "reproduction", "quick reproduction"
"""What the models of a full run and of a first look are called by."""

Kind = Literal["claim", "illustration"]
"""What a section is: a claim that the user's data bears out or not, or a picture of made data or of a formula, of which
any data would show the same."""

Verdict = Literal["holds", "does not hold", "this data cannot show it"]

HOLDS: Verdict = "holds"
FAILS: Verdict = "does not hold"
UNTOLD: Verdict = "this data cannot show it"


@dataclass(frozen=True)
class Series:
    """A line of a plot. points: (place across, estimate), in the order they are joined."""

    name: str
    points: tuple[tuple[float, Estimate], ...]


@dataclass(frozen=True)
class Plot:
    """Estimates along one axis, as numbers: whoever shows them draws them.

    says: what follows from it. across, up: what both axes are. names: of the places 0, 1, 2 … across, where they have
    names; () where they are numbers. joined: whether neighbouring points are joined by a line. zero: whether a line is
    drawn at 0. Estimates of unit "share" are drawn in per cent.
    """

    title: str
    says: str
    across: str
    up: str
    series: tuple[Series, ...]
    sources: Sources
    names: tuple[str, ...] = ()
    joined: bool = True
    zero: bool = False


@dataclass(frozen=True)
class Reproduced:
    """What came out on this data. because: what the verdict rests on, with its figures, as a sentence.

    notes: what has to be known besides: which model, how many images, what differs from the paper. sources: of figures
    that stand in no plot or table.
    """

    verdict: Verdict
    because: str
    tables: tuple[TextTable, ...] = ()
    plots: tuple[Plot, ...] = ()
    notes: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)

    @property
    def all_sources(self) -> Sources:
        """Of every figure that it says."""
        shown = [self.sources, *(plot.sources for plot in self.plots), *(table.sources for table in self.tables)]
        return {name: source for sources in shown for name, source in sources.items()}


@dataclass(frozen=True)
class Findings:
    """What is published of an audit. runs: oldest first. rows: the newest of each (metric, subject, slice).

    tried: step of a reproduction -> what it left out when it was last done, each with its reason.
    """

    audit: str
    runs: Sequence[Run]
    rows: Sequence[Metric]
    n_images: int = 0
    tried: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {run.run_id: i for i, run in enumerate(self.runs)}

    def _place(self, run_id: str) -> int:
        """Of a run among all, oldest first; -1 of what is no run."""
        return self._places.get(run_id, -1)

    @cached_property
    def _by_name(self) -> dict[str, list[Metric]]:
        by_name: dict[str, list[Metric]] = {}
        for row in self.rows:
            by_name.setdefault(row.name, []).append(row)
        return by_name

    @cached_property
    def difficulty_grid(self) -> GridReport | None:
        """What the grid with difficulty-aware training shows, of several that of the most models; None without one.

        A first look does not take the place of a full run.
        """
        reports = [grid_report(name, self.runs, self.rows, audit=self.audit) for name in grid_names(self.runs)]
        with_main = [report for report in reports if report and report.grid.main(report.grid.usual)]
        return max(with_main, key=lambda one: sum(len(method.runs) for method in one.grid.methods), default=None)

    def of(self, name: str, subject: str | None = None) -> dict[str, Metric]:
        """Slice -> row of one metric. subject: of what; None for the newest run or score that has such rows."""
        rows = self._by_name.get(name, [])
        wanted = self.newest(name) if subject is None else subject
        return {row.slice: row for row in rows if row.subject == wanted}

    def one(self, name: str, subject: str, part: str = WHOLE) -> Estimate | None:
        """The estimate of one slice."""
        row = self.of(name, subject).get(part)
        return row.estimate if row else None

    def subjects(self, name: str) -> list[str]:
        """Of what the metric is there, oldest first: a run or its score by when it was made, what is neither by when it
        was last published."""
        published = {row.subject: self._place(row.run) for row in self.in_order(self._by_name.get(name, []))}
        made = {subject: self._place(subject.partition(":")[0]) for subject in published}
        return sorted(
            published, key=lambda subject: (made[subject] if made[subject] >= 0 else published[subject], subject)
        )

    def in_order(self, rows: Iterable[Metric]) -> list[Metric]:
        """Rows as their runs published them, oldest first."""
        return sorted(rows, key=lambda row: self._place(row.run))

    def parameter(self, row: Metric, name: str) -> str:
        """What the run that published a row was asked, as text; "" where it was not."""
        run = self.run(row.run)
        return str(run.parameters.get(name, "")) if run else ""

    def newest(self, name: str) -> str:
        """The last of `subjects`, of its own before those of a grid; "" where there is none."""
        of_grid = {run.run_id for run in self.runs if run.grid}
        subjects = self.subjects(name)
        own = [subject for subject in subjects if subject.partition(":")[0] not in of_grid]
        return (own or subjects or [""])[-1]

    def usual_scores(self, name: str, score: str) -> list[str]:
        """Addresses of a score that a metric is of: of each embedding the newest without a setting, else the newest.

        Embeddings in the order in which they were made.
        """
        by_embedding: dict[str, list[str]] = {}
        for address in self.subjects(name):
            run = self.run(address.partition(":")[0])
            if run is not None and address.endswith(f":{score}"):
                by_embedding.setdefault(run.inputs.get("embed", ""), []).append(address)
        return [
            ([one for one in addresses if self._plain(one)] or addresses)[-1] for addresses in by_embedding.values()
        ]

    def _plain(self, address: str) -> bool:
        run = self.run(address.partition(":")[0])
        return run is not None and not asked_for(run.parameters)

    def run(self, run_id: str) -> Run | None:
        """The run of that id."""
        return next((run for run in self.runs if run.run_id == run_id), None)

    def called(self, subject: str) -> str:
        """A subject as people know it: the name of its run, or of its score."""
        run_id, _, score = subject.partition(":")
        run = self.run(run_id)
        return score or (run.name if run else subject)


Assess = Callable[[Findings], Reproduced | None]
"""What a section says; None where nothing that it needs was computed."""


@dataclass(frozen=True)
class PaperSection:
    """A figure or table of a paper. key: its address and its file's anchor. place: "Figure 1b", "Section 4.1".

    claim: what the paper says of its own data, in a sentence of ours. rule: when it holds on the user's, said
    beforehand. steps: what has to be computed for it, by the names of `core.pipeline.reproduce`. page: of the
    dashboard, where it can be explored, "" for none; show: which of that page's parts, "" for the first. kind: whether
    it says anything of the user's data.
    """

    key: str
    paper: Paper
    place: str
    title: str
    claim: str
    rule: str
    steps: tuple[str, ...]
    page: str
    show: str
    kind: Kind
    assess: Assess = field(compare=False)
