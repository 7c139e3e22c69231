"""What an audit has anyway, and the measures that the papers set beside theirs: embedding, scores, a model, figures."""

from __future__ import annotations

from functools import partial

from ...errors import Degenerate, MissingRun
from ...store import views
from ...types import Run
from ..embed import embed
from ..evaluation.evaluate import evaluate
from ..left_out import LeftOut, why_not_trained
from ..scoring.score import score
from ..scoring.vog import score_gradients
from ..training.request import TrainRequest
from ..training.train import prepare, train_prepared
from .costs import embedding_seconds, n_images, training_seconds
from .steps import Task, step

FROM_EMBEDDING = ("rmd", "md", "kmeans")


def own(task: Task, kind: str) -> list[Run]:
    """Runs of a kind that are no grid's, oldest first."""
    return [run for run in task.audit.runs(kind) if not run.grid]


def seconds(task: Task) -> float:
    """Of the embedding and of the model, where they are not there; scores of an embedding take seconds."""
    left = 0.0 if own(task, "embed") else embedding_seconds(task, n_images(task))
    there = own(task, "train") or why_not(task)
    return left if there else left + training_seconds(task, TrainRequest(device=task.device), vog=True)


@step("scores", "embed, score by RMD, MD and K-means, train a model, follow its gradients", place=10, seconds=seconds)
def scores(task: Task) -> list[str]:
    """What is there is used; the rest is made with the defaults of an audit. Returns what this data has nothing for."""
    audit, reporter, left_out = task.audit, task.reporter, LeftOut()
    if not own(task, "embed"):
        embed(audit, "auto", reporter, device=task.device)
    for scorer in FROM_EMBEDDING:
        left_out.attempt(f"the score {scorer}", partial(score, audit, scorer, reporter, device=task.device))
    if not own(task, "train"):
        left_out.attempt("training", partial(train_default, task))
    try:
        left_out.attempt("the score vog", partial(score_gradients, audit, "vog", reporter, device=task.device))
    except MissingRun as error:  # a model that was imported as its predictions has no gradients
        left_out.add("the score vog", str(error))
    evaluate(audit, reporter)
    for line in left_out.lines:
        reporter.warn(line)
    return left_out.lines


def why_not(task: Task) -> str:
    """Why these images have nothing that a model could learn; "" where they have."""
    hub = views.open_hub(task.audit, ())
    return why_not_trained(views.labels(hub), views.column(hub, "split"), views.classes(hub), task.audit.name)


def refuse_untrainable(task: Task) -> None:
    """Raise Degenerate where these images have nothing that a model could learn."""
    if reason := why_not(task):
        raise Degenerate(f"No model is trained: {reason}.")


def train_default(task: Task) -> Run:
    """The model that an audit trains where nobody says. Raises Degenerate where these images have nothing to learn."""
    refuse_untrainable(task)
    prepared = prepare(task.audit, task.reporter, TrainRequest(device=task.device))
    return train_prepared(task.audit, prepared, task.reporter).run
