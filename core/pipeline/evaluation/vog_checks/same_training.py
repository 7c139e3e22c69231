"""Models that were trained alike in everything but their seed, which VoG is compared over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ....store.audit import Audit
from ....training.checkpoints import saved_epochs
from ....types import Run

OF_THE_SEED = ("seed", "held_out")
"""Parameters in which such models may differ: the second says by which seed a share was held out."""


@dataclass(frozen=True)
class Alike:
    """Trainings that differ by their seed alone, two or more, by ascending seed, each with the same checkpoints."""

    models: tuple[Run, ...]

    @property
    def subject(self) -> str:
        """What the rows are of: "resnet8, seeds 0, 1 and 2"."""
        seeds = [str(run.seed) for run in self.models]
        return f"{self.models[0].name}, seeds {', '.join(seeds[:-1])} and {seeds[-1]}"


def trained_alike(audit: Audit, model: Run | None) -> Alike | None:
    """The models that were trained as one was but for the seed; without one, most that are alike, the newest of those.

    Only models trained here whose checkpoints are all there. None where there are no two.
    """
    families: dict[str, dict[int, Run]] = {}
    for run in audit.runs("train"):
        if "source" not in run.parameters and len(saved_epochs(audit.checkpoints(run.run_id))) > 1:
            families.setdefault(_training(run), {})[run.seed] = run
    if model is not None:
        families = {key: runs for key, runs in families.items() if key == _training(model)}
    several = [runs for runs in families.values() if len(runs) > 1]
    if not several:
        return None
    most = max(several, key=lambda runs: (len(runs), max(run.created for run in runs.values())))
    return Alike(tuple(most[seed] for seed in sorted(most)))


def scored_alike(audit: Audit, models: Sequence[Run]) -> list[Run] | None:
    """The newest runs of VoG, one for each model, that were scored alike; None where a model has no such."""
    by_form: dict[str, dict[str, Run]] = {}
    wanted = {run.run_id for run in models}
    for run in audit.runs("score"):
        if run.name == "vog" and run.inputs.get("train") in wanted:
            by_form.setdefault(json.dumps(dict(run.parameters), sort_keys=True), {})[run.inputs["train"]] = run
    whole = [runs for runs in by_form.values() if runs.keys() == wanted]
    if not whole:
        return None
    newest = max(whole, key=lambda runs: max(run.created for run in runs.values()))
    return [newest[run.run_id] for run in models]


def _training(run: Run) -> str:
    alike = {name: value for name, value in run.parameters.items() if name not in OF_THE_SEED}
    return json.dumps([run.name, dict(run.inputs), alike], sort_keys=True)
