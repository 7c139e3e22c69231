"""The whole audit in one call: every step with defaults in proportion to the data and the machine, then a summary."""

from __future__ import annotations

from ..answers.summary import summary
from ..dataset import IngestOptions
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from .embed import embed
from .evaluate import evaluate
from .ingest import ingest
from .score import score
from .train import train
from .vog import score_gradients

FROM_EMBEDDING = ("rmd", "knn", "probe")
"""Scorers that an audit runs on every embedding; the others are a `hardlook score` away."""


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
    """Ingest, embed, train, score and evaluate; say what was found. What is there already is not done again."""
    made = ingest(source, reporter, name=name, options=options, note=note)
    embedding = embed(made, encoder, reporter, device=device, download=download)
    labelled = bool((views.labels(views.open_hub(made)) >= 0).any())
    if not labelled:
        reporter.warn("no image has a label: training, difficulty and suspects need labels and are left out")
        return made
    for scorer in FROM_EMBEDDING:
        score(made, scorer, reporter, encoder_run=embedding.run_id)
    network = None
    if train_network:
        network = train(made, reporter, model=model, epochs=epochs, seed=seed, device=device)
        score_gradients(made, "vog", reporter, model_run=network.run_id, device=device)
    evaluate(made, reporter, model_run=network.run_id if network else None)
    for line in summary(made):
        reporter.say(line)
    return made
