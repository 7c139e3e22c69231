"""The scores that a grid's images are weighed by: made from its embeddings first, from its networks as they come."""

from __future__ import annotations

from ...errors import BadInput
from ...progress import Reporter
from ...scorers.registry import Scorer, all_scorers
from ...store.audit import Audit
from ..embed import embed
from ..scoring.score import FROM_MODEL
from ..scoring.score_any import score_any
from .difficulty import find_score
from .grid_file import GridJob, GridPlan

Key = tuple[str, str, str]


class GridScores:
    """Addresses of the scores made so far, by score, source, and the run it is read from where that is a network."""

    def __init__(self, audit: Audit, grid: GridPlan) -> None:
        self._audit, self._grid = audit, grid
        self._addresses: dict[Key, str] = {}

    def make_first(self, reporter: Reporter) -> None:
        """Make the embeddings that the file lists, and every score that needs no network of the grid.

        Raises BadInput on a score that is not there, or that needs a network the file does not name.
        """
        runs = {
            each.label: embed(
                self._audit, each.encoder, reporter, image_size=each.image_size, feature=each.feature,
                l2norm=each.l2norm, layers=each.layers, device=self._grid.jobs[0].request.device, grid=self._grid.name,
            ).run_id
            for each in self._grid.embeddings
        }  # fmt: skip
        usual = next(iter(runs), "")
        for job in self._grid.jobs:
            if job.request.difficulty and self._grid.source_job(job) is None:
                self._make(job, reporter, encoder_run=runs.get(job.source or usual))

    def make_of_network(self, job: GridJob, model_run: str, reporter: Reporter) -> None:
        """Make the score of a job that is read from a network of the grid, now that it is trained."""
        self._make(job, reporter, model_run=model_run)

    def address(self, job: GridJob) -> str:
        """RUN:NAME of the score a job is weighed by."""
        return self._addresses[self._key(job)]

    def _make(
        self, job: GridJob, reporter: Reporter, *, encoder_run: str | None = None, model_run: str | None = None
    ) -> None:
        key = self._key(job)
        if key in self._addresses:
            return
        wanted = key[0]
        if ":" in wanted:
            self._addresses[key] = find_score(self._audit, wanted).address
            return
        scorer = scorer_of(wanted, job)
        if scorer.needs & FROM_MODEL and model_run is None:
            raise BadInput(
                f"[[method]] {job.request.method!r}: {wanted} is read from a model that was trained before.",
                'Name a method of the file: difficulty_from = "CE"',
            )
        made = score_any(
            self._audit, scorer.name, reporter, encoder_run=encoder_run, model_run=model_run, device=job.request.device,
        )  # fmt: skip
        self._addresses[key] = find_score(self._audit, f"{made.run_id}:{wanted}").address

    def _key(self, job: GridJob) -> Key:
        source = self._grid.source_job(job)
        score = job.request.difficulty.score if job.request.difficulty else ""
        return score, job.source, source.label if source else ""


def scorer_of(column: str, job: GridJob) -> Scorer:
    """The scorer whose columns have names like this one: `rmd` of `rmd_oof`. Raises BadInput if there is none."""
    scorers = all_scorers()
    found = [scorer for scorer in scorers if column == scorer.name or column.startswith(f"{scorer.name}_")]
    if not found:
        raise BadInput(
            f"[[method]] {job.request.method!r}: there is no score {column!r}.",
            f"Give one of {', '.join(scorer.name for scorer in scorers)}, or an address RUN:NAME.",
        )
    return max(found, key=lambda scorer: len(scorer.name))
