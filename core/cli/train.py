"""The command `train`: one model, several seeds of it, or a grid. Registered in app.py."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BadInput
from .choices import Control, Device, Normalise, Schedule, TrainedLabels, Which
from .console import make_reporter
from .options import (
    AuditOption,
    DeviceOption,
    PartOfOption,
    QuietOption,
    class_names,
    named_audit,
    refuse_beside_grid,
    refuse_without,
    settings_of,
)

if TYPE_CHECKING:
    from ..pipeline.training.request import PruneRequest


def train(
    context: typer.Context,
    audit: AuditOption = None,
    grid: Annotated[
        Path | None,
        typer.Option(
            help="A file of methods to compare: docs/training.md. Takes no other option but --audit, --workers, "
            "--device and --quiet.",
            metavar="TOML",
            show_default=False,
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model; chosen by image size if left out.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs; chosen in proportion to the data if left out.")] = None,
    loss: Annotated[
        str | None,
        typer.Option(help="cross_entropy if left out, difficulty_aware_entropy with --difficulty.", show_default=False),
    ] = None,
    loss_set: Annotated[
        list[str] | None,
        typer.Option(
            "--loss-set", help="A loss's parameter, as name=value; repeatable.", metavar="P=V", show_default=False
        ),
    ] = None,
    difficulty: Annotated[
        str | None,
        typer.Option(
            help="The score that weighs the images, by name or RUN:NAME; rmd if left out.",
            metavar="SCORE",
            show_default=False,
        ),
    ] = None,
    temperature: Annotated[float, typer.Option(help="Of the weights: lower, and fewer images have them.")] = 0.7,
    c: Annotated[float, typer.Option("--c", help="The constant that keeps the weights below 1.")] = 1e-3,
    normalise: Annotated[Normalise, typer.Option(help="How the score is scaled first.")] = Normalise.minmax,
    control: Annotated[
        Control | None,
        typer.Option(help="Weights of other images, or the same on all, to compare with.", show_default=False),
    ] = None,
    labels: Annotated[
        TrainedLabels, typer.Option(help="As given, after people's reviews, or the reviews' controls of `prove`.")
    ] = TrainedLabels.given,
    hold_out_classes: Annotated[
        str | None,
        typer.Option(help="Classes the model is not given, separated by commas.", metavar="NAMES", show_default=False),
    ] = None,
    train_images: Annotated[int | None, typer.Option(help="At most so many, in each class the same share.")] = None,
    keep: Annotated[
        float | None,
        typer.Option(help="Train on this share of the images of each class, in per cent.", show_default=False),
    ] = None,
    which: Annotated[
        Which | None, typer.Option(help="Which of them, with --keep; the hardest if left out.", show_default=False)
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="The score that --keep goes by, by name or RUN:NAME; rmd_oof if left out.",
            metavar="SCORE",
            show_default=False,
        ),
    ] = None,
    held_out_seed: Annotated[
        int | None,
        typer.Option(help="Draws the held-out images where there is no split; --seed if left out.", show_default=False),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images in a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Pixels a side; by the images' size if left out.")] = None,
    schedule: Annotated[Schedule, typer.Option(help="Of the learning rate.")] = Schedule.cosine,
    no_flip: Annotated[
        bool, typer.Option("--no-flip", help="Never mirror an image: where left and right mean something.")
    ] = False,
    checkpoints: Annotated[int, typer.Option(help="Epochs whose weights are kept.")] = 8,
    checkpoints_every: Annotated[
        int | None,
        typer.Option(
            help="Keep those of every so many epochs instead, and of the last.", metavar="EPOCHS", show_default=False
        ),
    ] = None,
    last_look: Annotated[
        bool, typer.Option("--last-epoch-dynamics", help="Look at every image after the last epoch alone: faster.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of initial weights, order and augmentation.")] = 0,
    seeds: Annotated[int, typer.Option(help="Train this many, from --seed on, side by side.", min=1)] = 1,
    part_of: PartOfOption = None,
    method: Annotated[
        str | None, typer.Option(help="What the grid calls it, with --part-of.", metavar="LABEL", show_default=False)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes side by side; one a core or GPU if left out.", min=1)
    ] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Train a model, keeping checkpoints and what it saw of each image after each epoch.

    With --difficulty, harder images are pushed towards less certainty. With --grid FILE, every method of the file with
    every seed: what is done is skipped, and a stopped grid goes on. See docs/training.md.
    """
    from ..pipeline.training.grid import train_grid, train_seeds
    from ..pipeline.training.request import DIFFICULTY_AWARE, DifficultyRequest, TrainRequest
    from ..pipeline.training.train import train as run

    reporter = make_reporter(quiet=quiet or os.environ.get("RANK", "0") != "0")  # of torchrun's processes, one speaks
    if grid is not None:
        refuse_beside_grid(context)
        train_grid(named_audit(audit, reporter), grid, reporter, workers=workers, device=device.value)
        return
    weighs = difficulty is not None or control is not None or loss == DIFFICULTY_AWARE
    refuse_without(
        context, dict.fromkeys(("temperature", "c", "normalise"), (weighs, "--difficulty"))
        | {"workers": (seeds > 1, "--seeds or --grid"), "method": (part_of is not None, "--part-of")},
    )  # fmt: skip
    asked = DifficultyRequest(difficulty or "rmd", temperature, c, normalise.value, control.value if control else "")
    request = TrainRequest(
        model, epochs, batch_size, learning_rate, image_size, seed, device.value, schedule.value, not no_flip,
        checkpoints, "last epoch" if last_look else "every epoch",
        loss or (DIFFICULTY_AWARE if weighs else "cross_entropy"), settings_of(loss_set or [], "--loss-set"),
        asked if weighs else None, labels.value, class_names(hold_out_classes), train_images,
        part_of or "", method or "", checkpoints_every, held_out_seed,
        pruning_of(keep, which, by),
    )  # fmt: skip
    found = named_audit(audit, reporter)
    if seeds > 1:
        train_seeds(found, request, seeds, reporter, workers=workers)
    else:
        run(found, reporter, request)


def pruning_of(keep: float | None, which: Which | None, by: str | None) -> PruneRequest | None:
    """The share that is kept; None for all images. Raises BadInput where it is chosen how, and not how many."""
    from ..pipeline.training.request import DEFAULT_PRUNING, PruneRequest

    if keep is not None:
        return PruneRequest(which.value if which else "hardest", keep, by or DEFAULT_PRUNING)
    for option, given in (("--which", which), ("--by", by)):
        if given is not None:
            raise BadInput(f"{option} says what is kept of the images, and all are.", "Add --keep SHARE.")
    return None
