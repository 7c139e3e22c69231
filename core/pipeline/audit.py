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
from .steps import Done
from .training.request import TrainRequest
from .training.train import Prepared, train_prepared
from .training.train import prepare as prepare_training

FROM_EMBEDDING = ("rmd", "knn", "suspicion")
"""Scorers that an audit runs on every embedding of labelled images; the others are a `hardlook score` away."""


Given = Callable[[Audit, Reporter], Done]
"""Stores what somebody has already, for the images that were ingested."""


def audit_everything(
    source: str,
    reporter: Reporter,
    *,
    name: str | None = None,
    options: IngestOptions,
    note: str = "",
    encoder: str = "auto",
    image_size: int | None = None,
    layers: str | None = None,
    train_network: bool = True,
    model: str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    download: bool = False,
    vectors: Given | None = None,
    predictions: Given | None = None,
    summary: Callable[[Audit], Iterable[str]] = lambda _: (),
) -> Audit:
    """Ingest, embed, train, score and evaluate. What is there already is not done again.

    image_size, layers: of the encoder. vectors, predictions: in place of embedding and of training. summary: lines that
    say what was found, read from the audit by those who may.
    What the data has nothing for (one class, no labels, one image of each class, a test split alone) is left out, and
    the last lines say so.
    """
    made = ingest(source, reporter, name=name, options=options, note=note)
    left_out = LeftOut()
    if predictions is not None:
        predictions(made, reporter)
    request = TrainRequest(model, epochs, seed=seed, device=device)
    network = _network(made, request, reporter, left_out) if train_network and predictions is None else None
    if vectors is None:
        settings = Options(device, image_size, layers=layers, download=download)
        loaded, spec = prepare_embedding(made, encoder, settings, reporter)
        if said := expectation(made, loaded, spec, network, len(views.labels(views.open_hub(made, ()))), device):
            reporter.say(said)
        embedding = embed_with(made, loaded, spec, reporter).run_id
    else:
        embedding = vectors(made, reporter).run_id
    _from_embedding(made, reporter, embedding, network, device, left_out)
    for line in summary(made):
        reporter.say(line)
    for line in left_out.lines:
        reporter.warn(line)
    return made


def _network(made: Audit, request: TrainRequest, reporter: Reporter, left_out: LeftOut) -> Prepared | None:
    """The training that the images have labels enough for."""
    hub = views.open_hub(made)
    labels = views.labels(hub)
    if not (labels != UNLABELLED).any():
        return None
    why_not = why_not_trained(labels, views.column(hub, "split"), views.classes(hub), made.name)
    if why_not:
        left_out.add("training, and what needs a model", why_not)
        return None
    return prepare_training(made, reporter, request)


def _from_embedding(
    made: Audit, reporter: Reporter, embedding: str, network: Prepared | None, device: str, left_out: LeftOut
) -> None:
    """Everything that an embedding is for, and what needs labels where there are some."""
    for method in first_maps(made):
        drawn = partial(project, made, reporter, method=method, encoder_run=embedding)
        left_out.attempt(f"the map {method}", drawn)
    left_out.attempt(
        "near-duplicates", partial(score, made, DUPLICATES, reporter, encoder_run=embedding, device=device)
    )
    if (views.labels(views.open_hub(made)) != UNLABELLED).any():
        judged_by_labels(made, reporter, embedding, network, device, left_out)
    else:
        left_out.add("training, difficulty and suspects", "no image has a label, and they need labels")


def judged_by_labels(
    made: Audit, reporter: Reporter, embedding: str, network: Prepared | None, device: str, left_out: LeftOut
) -> None:
    """Everything that needs labels: scores of the embedding, the network, its gradients, and the evaluation."""
    for scorer in FROM_EMBEDDING:
        left_out.attempt(
            f"the score {scorer}", partial(score, made, scorer, reporter, encoder_run=embedding, device=device)
        )
    trained = train_prepared(made, network, reporter) if network else None
    if trained:
        gradients = partial(score_gradients, made, "vog", reporter, model_run=trained.run_id, device=device)
        left_out.attempt("the score vog", gradients)
    if trained or made.runs("score"):
        evaluate(made, reporter, model_run=trained.run_id if trained else None)
    else:
        left_out.add("the evaluation", "there is no model and no score to evaluate")
