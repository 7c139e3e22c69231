"""What is left of a step takes, as this machine is now: counted work over a speed measured by a trial."""

from __future__ import annotations

from ...encoders.protocol import Options
from ...progress import Quiet
from ...store import views
from ..embed import prepare as prepare_embedding
from ..embed import seconds_per_image
from ..scoring.embeddings import can_embed_more, embedding_for
from ..scoring.encoded import encoder_of
from ..training.plan import gradient_flops, measured_speed
from ..training.request import TrainRequest
from ..training.train import prepare
from .steps import Task


def training_seconds(task: Task, request: TrainRequest, times: int = 1, *, vog: bool = False) -> float:
    """Of training so many models as asked for, and of following their gradients."""
    if times < 1:
        return 0.0
    prepared = prepare(task.audit, Quiet(), request)
    n_classes, flops = len(prepared.class_names), prepared.flops
    if vog:
        kept = len(prepared.config.kept_epochs())
        flops += gradient_flops(prepared.plan, len(prepared.labels), n_classes, kept)
    speed = measured_speed(prepared.plan, n_classes, prepared.device, batch=prepared.config.batch_size)
    return times * flops / speed


def embedding_seconds(task: Task, images: int) -> float:
    """Of embedding so many images by the encoder of the audit's embedding, or the one it would be given."""
    if task.audit.runs("embed"):
        run = embedding_for(task.audit, None, can_embed_more)
        return images * seconds_per_image(encoder_of(run, task.device)) if can_embed_more(run) else 0.0
    return images * seconds_per_image(prepare_embedding(task.audit, "auto", Options(task.device), Quiet())[0])


def n_images(task: Task) -> int:
    """Images of the audit."""
    return len(views.labels(views.open_hub(task.audit, ())))
