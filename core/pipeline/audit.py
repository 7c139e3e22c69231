"""The whole audit in one call: every step with defaults in proportion to the data and the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ..dataset import IngestOptions
from ..encoders.protocol import Options
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..types import UNLABELLED
from .embed import embed_with
from .embed import prepare as prepare_embedding
from .evaluation.evaluate import evaluate
from .expect import DUPLICATES, expectation
from .ingest import ingest
from .left_out import LeftOut, why_not_trained
from .project import first_maps, project
from .scoring.score import score
from .scoring.vog import score_gradients
from .training.request import TrainRequest
from .training.train import Prepared, train_prepared
from .training.train import prepare as prepare_training

FROM_EMBEDDING = ("rmd", "knn", "suspicion")
"""Scorers that an audit runs on every embedding of labelled images; the others are a `hardlook score` away."""


def audit_everything(
    source: str,
    reporter: Reporter,
    *,
    name: str | None = None,
    options: IngestOptions,
    note: str = "",
    encoder: str = "auto",
    train_network: bool = True,
    model: str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    download: bool = False,
    summary: Callable[[Audit], Iterable[str]] = lambda _: (),
) -> Audit:
    """Ingest, embed, train, score and evaluate. What is there already is not done again.

    summary: lines that say what was found, read from the audit by those who may.
    What the data has nothing for (one class, no labels, one image of each class, a test split alone) is left out, and
    the last lines say so.
    """
    made = ingest(source, reporter, name=name, options=options, note=note)
    hub = views.open_hub(made)
    labels, left_out = views.labels(hub), LeftOut()
    labelled = bool((labels != UNLABELLED).any())
    loaded, spec = prepare_embedding(made, encoder, Options(device, download=download), reporter)
    network = None
    if labelled and train_network:
        why_not = why_not_trained(labels, views.column(hub, "split"), views.classes(hub), made.name)
        if why_not:
            left_out.add("training, and what needs a model", why_not)
        else:
            network = prepare_training(made, reporter, TrainRequest(model, epochs, seed=seed, device=device))
    if said := expectation(made, loaded, spec, network, len(labels)):
        reporter.say(said)
    embedding = embed_with(made, loaded, spec, reporter)
    for method in first_maps(made):
        drawn = partial(project, made, reporter, method=method, encoder_run=embedding.run_id)
        left_out.attempt(f"the map {method}", drawn)
    left_out.attempt("near-duplicates", partial(score, made, DUPLICATES, reporter, encoder_run=embedding.run_id))
    if labelled:
        judged_by_labels(made, reporter, embedding.run_id, network, device, left_out)
    else:
        left_out.add("training, difficulty and suspects", "no image has a label, and they need labels")
    for line in summary(made):
        reporter.say(line)
    for line in left_out.lines:
        reporter.warn(line)
    return made


def judged_by_labels(
    made: Audit, reporter: Reporter, embedding: str, network: Prepared | None, device: str, left_out: LeftOut
) -> None:
    """Everything that needs labels: scores of the embedding, the network, its gradients, and the evaluation."""
    for scorer in FROM_EMBEDDING:
        left_out.attempt(f"the score {scorer}", partial(score, made, scorer, reporter, encoder_run=embedding))
    only = views.classes(views.open_hub(made))
    if len(only) == 1:
        left_out.add("suspected labels", f"there is one class, {only[0]!r}, and no other to suggest")
    trained = train_prepared(made, network, reporter) if network else None
    if trained:
        gradients = partial(score_gradients, made, "vog", reporter, model_run=trained.run_id, device=device)
        left_out.attempt("the score vog", gradients)
    if trained or made.runs("score"):
        evaluate(made, reporter, model_run=trained.run_id if trained else None)
    else:
        left_out.add("the evaluation", "there is no model and no score to evaluate")
