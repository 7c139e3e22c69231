"""`hardlook rerank`: learn from the reviews so far which of the other images to look at first."""

from __future__ import annotations

import numpy as np

from ...errors import MissingRun, command
from ...kinds.score import RERANKED
from ...progress import Reporter
from ...reviews import has_journal, open_journal
from ...reviews.verdicts import verdicts
from ...store import suggestions, views
from ...store.audit import Audit
from ...store.writer import RunWriter, Stopwatch, fingerprint
from ...types import HARDER_HIGH, UNLABELLED, RunSpec, ScoreColumn, ScoreInfo
from ...wording import interval_of
from ..steps import Done, compute
from .reranking import FOLDS, INVERSE_PENALTY, Learned, learn
from .score import commit_columns

NAME = RERANKED
BASE = "suspicion"
LEFT_OUT = (NAME, "duplicates", "duplicate")
"""Scorers that say nothing of a label, and this one's own earlier answers."""


def rerank(audit: Audit, reporter: Reporter, *, base: str = BASE, seed: int = 0) -> Done | None:
    """Store the score `reranked`, the chance that a label is wrong as the reviews so far teach, if that is a gain.

    base: name of the score to beat, higher is more suspect. Returns None, and says "no gain", where reviewed images
    are not ordered better than by it, out of fold. Raises MissingRun without reviews or the score, TooFewRows with
    too few of either kind.
    """
    if not has_journal(audit):
        raise MissingRun(
            f"Nothing has been reviewed in audit {audit.name!r}.", "Review some", command(audit.name, "dashboard")
        )
    hub = views.open_hub(audit)
    infos = {info.name: info for info in views.score_infos(hub) if info.scorer not in LEFT_OUT}
    if base not in infos:
        raise MissingRun(f"There is no score {base!r} to improve on.", "Run", command(audit.name, "score", base))
    labels = views.labels(hub)
    journal = open_journal(audit)
    try:
        reviewed, wrong = verdicts(hub, journal)
    finally:
        journal.close()
    columns = np.stack([views.score(hub, info.address) for info in infos.values()], axis=1)
    base_column = columns[:, list(infos).index(base)]
    learned = learn(columns, base_column, labels, reviewed, wrong, seed=seed)
    reporter.say(in_words(learned, base))
    if not learned.helps:
        return None
    inputs = {"items": audit.items_fingerprint, **{f"score {info.run_id}": info.run_id for info in infos.values()}}
    decided = fingerprint(*(np.flatnonzero(rows).tolist() for rows in (reviewed, wrong)))
    parameters = {
        "base": infos[base].address, "reviews": decided, "inverse_penalty": INVERSE_PENALTY, "folds": FOLDS,
    }  # fmt: skip
    spec = RunSpec("score", NAME, inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        commit_columns(writer, [_column(hub, learned, infos, base)], None, None, seconds=watch.lap())

    return compute(audit, spec, work, reporter)


def in_words(learned: Learned, base: str) -> str:
    """What came of it, in a sentence."""
    difference = f"{learned.gain.value:+.3f} {interval_of(learned.gain, '{:+.3f}'.format)}".strip()
    figures = (
        f"average precision {learned.after:.3f} against {learned.before:.3f} of {base}, difference "
        f"{difference}, estimated out of fold over "
        f"{learned.reviewed:,} reviewed images, {learned.wrong:,} of them wrong"
    )
    return f"rerank: {'a gain' if learned.helps else 'no gain, nothing stored'}; {figures}"


def _column(hub: views.Hub, learned: Learned, infos: dict[str, ScoreInfo], base: str) -> ScoreColumn:
    address, labels = infos[base].address, views.labels(hub)
    suggested = suggestions.suggested_labels(hub, address)
    return ScoreColumn(
        name=NAME,
        values=learned.chance,
        direction=HARDER_HIGH,
        scorer=NAME,
        parameters={
            "scores": list(infos), "average_precision": learned.after, f"average_precision_of_{base}": learned.before,
            "gain": list(learned.gain.numbers), "reviewed": learned.reviewed, "wrong": learned.wrong,
        },
        fitted_on=f"{learned.reviewed} reviewed images",
        suggested_label=np.where(suggested == labels, UNLABELLED, suggested),
        doubted=suggestions.doubted(hub, address),
        about="The chance that the given label is wrong, 0..1, as the reviews so far teach. The suggested label is of "
        f"{base}, and doubted is a label that it doubts.",
    )  # fmt: skip
