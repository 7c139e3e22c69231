"""What a run was computed from, what was computed from it, and which runs the view of a page rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...store import tallies
from ...types import Run
from ..scores.embedding_map import map_choices
from ..view.choices import ScoreChoice
from ..view.reader import Reader


@dataclass(frozen=True)
class RunInput:
    """One thing a run reads. role: "embed", "train", "score" …. gone: it is an id of a run that was deleted."""

    role: str
    run_id: str
    gone: bool


def sources(run: Run, runs: Iterable[Run]) -> list[RunInput]:
    """The runs it was computed from, in the order it names them. Inputs that are no runs (the images) are left out."""
    known = {each.run_id for each in runs}
    named = [(role.split(" ")[0], value) for role, value in run.inputs.items() if role not in ("items", "labels")]
    return [RunInput(role, value, value not in known) for role, value in dict.fromkeys(named)]


def reads(run: Run, run_id: str) -> bool:
    """Whether a run was computed from another one."""
    difficulty = run.parameters.get("difficulty")
    return run_id in run.inputs.values() or (isinstance(difficulty, dict) and difficulty.get("run") == run_id)


def dependents(run_id: str, runs: Iterable[Run]) -> list[Run]:
    """Every run that was computed from it, or from one that was, oldest first."""
    found: list[Run] = []
    from_it = {run_id}
    for run in sorted(runs, key=lambda run: (run.created, run.run_id)):
        if any(reads(run, one) for one in from_it):
            from_it.add(run.run_id)
            found.append(run)
    return found


Source = Literal["score", "other scores", "model", "evaluation", "projections"]
"""What a page can be drawn from: the score and the model of the header, or all runs of a sort."""


@dataclass(frozen=True)
class Basis:
    """What one page draws in the current view. runs: (what it gives, run id), the nearest first."""

    page: str
    runs: tuple[tuple[str, str], ...]


def page_bases(
    reader: Reader, score: ScoreChoice | None, model: Run | None, pages: Mapping[str, Sequence[Source]]
) -> list[Basis]:
    """Which runs each page rests on, for the score and the model chosen in the header.

    pages: title -> what the page is drawn from. A page that is drawn from no run is left out; the images, which every
    other one shows, come last.
    """
    given = _given(reader, score, model)
    images = ("images", str(tallies.source(reader.hub).get("fingerprint") or reader.key[1].split()[0]))
    return [
        Basis(title, tuple(dict.fromkeys([*(run for source in drawn_from for run in given[source]), images])))
        for title, drawn_from in pages.items()
        if drawn_from
    ]


def _given(reader: Reader, score: ScoreChoice | None, model: Run | None) -> dict[Source, list[tuple[str, str]]]:
    """Source -> (what it gives, run id) of the runs that are it in this view."""
    of_score: list[tuple[str, str]] = []
    if score is not None:
        run_id = score.address.split(":", 1)[0]
        of_score = [(f"score {score.name}", run_id)]
        of_score += [(source.role, source.run_id) for source in _sources_of(reader, run_id)]
    every_score = [("score", run.run_id) for run in reader.hub.runs if run.kind == "score"]
    projections = [(f"projection {one.method}", one.run_id) for one in map_choices(reader)]
    embedded = [(source.role, source.run_id) for _, one in projections for source in _sources_of(reader, one)]
    return {
        "score": of_score,
        "other scores": [one for one in every_score if one[1] not in dict(of_score).values()],
        "model": [("predictions", model.run_id)] if model else [],
        "evaluation": [("evaluation", run.run_id) for run in reversed(reader.hub.runs) if run.kind == "evaluate"][:1],
        "projections": [*projections, *embedded],
    }


def _sources_of(reader: Reader, run_id: str) -> list[RunInput]:
    run = reader.run(run_id)
    return sources(run, reader.hub.runs) if run else []
