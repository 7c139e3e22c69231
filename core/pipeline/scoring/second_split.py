"""Second-split forgetting: the trainings that it is made of, and its two columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...device import pick_device, set_threads
from ...kinds.score import HALVES
from ...progress import Reporter
from ...scorers.inputs.asks import refuse_too_little
from ...scorers.registry import get_scorer
from ...scorers.second_split import halved
from ...store.audit import Audit
from ...store.paths import remove
from ...store.writer import RunWriter, Stopwatch, run_id
from ...types import UNLABELLED
from ...wording import duration
from ..steps import Done, compute
from ..training.second_split import prepare_second_split, train_both_ways
from .score import COLUMNS, commit_columns, gather, labels_alone, run_scorer, say_missing, score_spec
from .score_any import default_or


def score_second_split(
    audit: Audit, scorer_name: str, reporter: Reporter, *, parameters: Mapping[str, Any] | None = None,
    device: str = "auto",
) -> Done:  # fmt: skip
    """Train on each half of the labelled training images and go on with the other, and score what is forgotten.

    What that takes is said first; a killed run goes on after its last epoch. parameters: the scorer's.
    """
    set_threads()
    scorer, given, on = get_scorer(scorer_name), dict(parameters or {}), pick_device(device)
    alone = labels_alone(audit, scorer, None)
    refuse_too_little(scorer.name, scorer.needs & {"labels", "fit"}, scorer.asks, alone)
    labels = np.where(halved(alone), alone.labels, UNLABELLED)
    settings = {name: default_or(scorer, given, name) for name in ("epochs", "second_epochs", "model", "seed")}
    asked = prepare_second_split(audit, labels, on, HALVES, **settings)
    spec = score_spec(audit, scorer, {**asked.parameters(), "device": on.type, **given})
    if not audit.run_path(run_id(spec)).exists():
        reporter.say(f"train {asked.described}: about {duration(asked.seconds())}")

    def work(writer: RunWriter) -> None:
        if COLUMNS in writer.finished():
            return  # what they are made from is gone
        seen, _ = train_both_ways(audit, asked, writer, reporter)
        watch = Stopwatch()
        columns = run_scorer(scorer, gather(audit, scorer, None, None, {"second_split": seen}), given)
        say_missing(scorer.name, columns, reporter)
        commit_columns(writer, columns, None, None, seconds=watch.lap(), clear=(HALVES,))

    done = compute(audit, spec, work, reporter)
    remove(audit, audit.checkpoints(done.run_id))  # nothing reads these weights again
    return done
