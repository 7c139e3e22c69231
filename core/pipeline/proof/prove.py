"""Proof of effect: networks trained on original, on reviewed and on randomly altered labels, compared seed by seed.

Kept as a run of metric rows:

    accuracy, ece, nll       subject: a network's run id        slice "by given labels", "by reviewed labels", "by true
                                                                labels": those of the held-out images
    seed_mean                subject "proof of effect: <labels trained on>"       slice: metric and slice
    paired_difference        subject "proof of effect: <labels> - <others>"       likewise; n: seeds; note: sentence
    proof_labels             subject "training" or "held-out"   slice: see `COUNTED`; counts of labels
    model_accuracy, model_place, model_accuracy_change, ranking_tau                 see `rank_models.py`

The run's parameter "proof" says which networks were trained on what (`core/experiments/proof.py` reads it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...experiments.proof import FORM, ORIGINAL, PARTS, REVIEWED, Proof, Reviewed, read_proof
from ...kinds.proof import PROOF
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.metrics import LEVEL, metric_table, read_metrics
from ...store.writer import RunWriter
from ...types import Run, RunSpec
from ..steps import compute
from ..training.grid import refuse_torchrun
from ..training.request import Labels, TrainRequest
from .arms import train_arms
from .label_versions import Versions, in_words, read_versions, refuse_nothing_reviewed
from .proof_metrics import comparison_rows, count_rows, network_rows
from .rank_models import FEWEST, comparable_models, ranking_rows

SEEDS = 5


def prove(
    audit: Audit,
    reporter: Reporter,
    request: TrainRequest,
    *,
    seeds: int = SEEDS,
    controls: Sequence[Labels],
    workers: int | None = None,
) -> Proof:
    """Train what is not there yet, judge all of it, and rank every model of the audit by the reviewed labels.

    request: what the networks are; its labels, grid and method are set here, its seed is the first. Raises MissingRun
    where the reviews changed no label, and TrainingFailed as `train_grid`.
    """
    refuse_torchrun()
    versions = read_versions(audit, request.seed)
    parts = {PARTS[0]: versions.counted(versions.train), PARTS[1]: versions.counted(versions.held_out)}
    refuse_nothing_reviewed(audit, parts)
    for name, part in parts.items():
        reporter.say(in_words(name, part))
    arms: dict[str, dict[int, Run]] = {}
    if parts[PARTS[0]].altered + parts[PARTS[0]].added:
        labels: dict[str, Labels] = {ORIGINAL: "given", REVIEWED: "reviewed"}
        labels |= {control: control for control in controls if parts[PARTS[0]].altered}
        asked_of = {arm: replace(request, labels=version) for arm, version in labels.items()}
        arms = train_arms(audit, PROOF, asked_of, seeds, reporter, workers)
    else:
        reporter.say("no training label was changed: nothing to train, models are ranked by the held-out labels")
    asked = asked_for(request, seeds, controls)
    return keep(audit, versions, parts, arms, asked, reporter)


def asked_for(request: TrainRequest, seeds: int, controls: Sequence[Labels]) -> dict[str, Any]:
    """The options of the command that make the same proof."""
    names = ("model", "epochs", "image_size", "batch_size", "learning_rate", "flip", "seed")
    control = "both" if len(controls) > 1 else controls[0].removeprefix("random ")
    return {**{name: getattr(request, name) for name in names}, "control": control, "seeds": seeds}


def keep(
    audit: Audit,
    versions: Versions,
    parts: Mapping[str, Reviewed],
    arms: Mapping[str, Mapping[int, Run]],
    asked: Mapping[str, Any],
    reporter: Reporter,
) -> Proof:
    """Judge the networks and keep what was found as a run."""
    networks = {f"{arm}, seed {seed}": run.run_id for arm, runs in arms.items() for seed, run in runs.items()}
    models = comparable_models(audit, versions.held_out, set(networks.values()))
    ranks = versions.held_out_changed and len(models.networks) > 1 and versions.held_out.sum() >= FEWEST
    said: dict[str, Any] = {
        "model": next((runs[min(runs)].name for runs in arms.values()), ""),
        "arms": {arm: {str(seed): run.run_id for seed, run in runs.items()} for arm, runs in arms.items()},
        "judged_by": list(versions.judges(versions.held_out)),
        "ranked_by": list(versions.all(versions.held_out)) if ranks else [],
        "models": {label: len(runs) for label, runs in models.networks.items()} if ranks else {},
        "left_out": list(models.left_out),
    }
    others = [run.run_id for runs in models.networks.values() for run in runs if run.run_id not in networks.values()]
    inputs = {"items": audit.items_fingerprint, "labels": versions.name, **networks}
    inputs |= {f"model {i}": run_id for i, run_id in enumerate(others)} if ranks else {}
    spec = RunSpec("evaluate", PROOF, inputs, {"proof": said, "asked": asked, "level": LEVEL, "form": FORM})

    def work(writer: RunWriter) -> None:
        rows = [*count_rows(parts), *network_rows(audit, versions, arms)]
        rows += ranking_rows(models, versions.all(versions.held_out)) if ranks else ()
        rows += comparison_rows(read_proof("", said, rows))
        writer.commit("proof", metric_table(rows))

    made = compute(audit, spec, work, reporter).run
    return read_proof(made.run_id, said, read_metrics(views.open_hub(audit, [made])))
