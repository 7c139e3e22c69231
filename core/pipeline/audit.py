"""The whole audit in one call: every step with defaults in proportion to the data and the machine."""

from __future__ import annotations

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
from .project import first_maps
from .scoring.score import score
from .scoring.vog import score_gradients
from .training.request import TrainRequest
from .training.train import prepare as prepare_training
from .training.train import train_prepared

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
) -> Audit:
    """Ingest, embed, train, score and evaluate. What is there already is not done again."""
    made = ingest(source, reporter, name=name, options=options, note=note)
    labels = views.labels(views.open_hub(made))
    labelled = bool((labels != UNLABELLED).any())
    loaded, spec = prepare_embedding(made, encoder, Options(device, download=download), reporter)
    network = None
    if labelled and train_network:
        network = prepare_training(made, reporter, TrainRequest(model, epochs, seed=seed, device=device))
    if said := expectation(made, loaded, spec, network, len(labels)):
        reporter.say(said)
    embedding = embed_with(made, loaded, spec, reporter)
    first_maps(made, reporter, embedding.run)
    score(made, DUPLICATES, reporter, encoder_run=embedding.run_id)
    if not labelled:
        reporter.warn("no image has a label: training, difficulty and suspects need labels and are left out")
        return made
    for scorer in FROM_EMBEDDING:
        score(made, scorer, reporter, encoder_run=embedding.run_id)
    trained = train_prepared(made, network, reporter) if network else None
    if trained:
        score_gradients(made, "vog", reporter, model_run=trained.run_id, device=device)
    evaluate(made, reporter, model_run=trained.run_id if trained else None)
    return made
