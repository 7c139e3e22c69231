"""The commands that say what reviews, or a share of the images, are worth: `prove`, `report`. Registered in app.py."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BadInput
from ..progress import Reporter
from .choices import Device, Equal
from .console import make_reporter
from .options import AuditOption, DeviceOption, QuietOption, chosen_audit, given_options, numbers
from .text.markdown import refuse_taken, write_markdown

if TYPE_CHECKING:
    from ..pipeline.proof.prune import PruningAsked
    from ..pipeline.training.request import Labels, TrainRequest
    from ..store.audit import Audit


class RandomControl(StrEnum):
    """What reviewed labels are compared with, besides the original ones."""

    removals = "removals"
    changes = "changes"
    both = "both"


OF_PRUNING, OF_REVIEWS = {"by", "keep", "which", "equal"}, {"control"}
"""Options of `prove` that mean something with --prune alone, and without it alone."""


def prove(
    context: typer.Context,
    audit: AuditOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Ask instead what training on a share of the images is worth.")
    ] = False,
    by: Annotated[
        str,
        typer.Option(help="With --prune: the score that says what is hard, by name or RUN:NAME.", metavar="SCORE"),
    ] = "rmd_oof",
    keep: Annotated[
        str, typer.Option(help="With --prune: per cent of each class that are kept.", metavar="SHARES")
    ] = "30,50,70,90",
    which: Annotated[
        str,
        typer.Option(help="With --prune: which are kept; as many at random are always beside them.", metavar="WAYS"),
    ] = "hardest,easiest,middle,random",
    equal: Annotated[
        Equal,
        typer.Option(help="With --prune: what all models have as many of; with steps, fewer images make more epochs."),
    ] = Equal.steps,
    model: Annotated[
        str | None, typer.Option(help="The model; chosen by image size if left out.", show_default=False)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Epochs; chosen in proportion to the data if left out.", show_default=False)
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Pixels a side; by the images' size if left out.", show_default=False)
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images in a step.", show_default=False)] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.", show_default=False)] = None,
    no_flip: Annotated[
        bool, typer.Option("--no-flip", help="Never mirror an image: where left and right mean something.")
    ] = False,
    control: Annotated[
        RandomControl, typer.Option(help="At random, as many images as were reviewed otherwise: left out, or changed.")
    ] = RandomControl.removals,
    seeds: Annotated[int, typer.Option(help="Seeds of each; differences are paired by seed.", min=2)] = 5,
    seed: Annotated[int, typer.Option(help="The first of them.")] = 0,
    workers: Annotated[
        int | None, typer.Option(help="Processes side by side; one a core or GPU if left out.", min=1)
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the tables into this file as well.", metavar="FILE", show_default=False)
    ] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Train on original, on reviewed and on randomly altered labels, and say what the reviews were worth.

    Five seeds each, side by side; what is done is skipped, and a stopped proof goes on. Also ranks every model of the
    audit by the held-out labels as given and as reviewed. See docs/review.md. With --prune, trains on the hardest, the
    easiest, the middle and a random share of the images instead: docs/pruning.md.
    """
    from ..pipeline.proof.prune import PruningAsked
    from ..pipeline.training.request import TrainRequest
    from .text.proof import PROOF, PRUNING

    refuse_of_the_other(context, prune=prune)
    request = TrainRequest(
        model, epochs, batch_size, learning_rate, image_size, seed, device.value, flip=not no_flip, checkpoints=1,
        dynamics="last epoch",
    )  # fmt: skip
    ways = tuple(one.strip() for one in which.split(","))
    asked = PruningAsked(by, numbers(keep, "--keep"), ways, equal.value, seeds)  # type: ignore[arg-type]
    if markdown is not None:
        refuse_taken(markdown, PRUNING if prune else PROOF)
    found = chosen_audit(audit)
    reporter = make_reporter(quiet=quiet)
    prove_it = partial(of_pruning, asked=asked) if prune else partial(of_reviews, seeds=seeds, control=control)
    document = prove_it(found, reporter, request, workers=workers, quiet=quiet)
    if markdown is not None:
        write_markdown(document, markdown, reporter)


def refuse_of_the_other(context: typer.Context, *, prune: bool) -> None:
    """Raise BadInput where an option was given that means nothing for what is asked."""
    for option in given_options(context):
        if option.name in (OF_REVIEWS if prune else OF_PRUNING):
            what = "is about reviews, and was given with --prune" if prune else "was given without --prune"
            raise BadInput(f"{option.opts[0]} {what}.", "Leave it out." if prune else "Add --prune, or leave it out.")


def of_pruning(
    audit: Audit, reporter: Reporter, request: TrainRequest, *, asked: PruningAsked, workers: int | None, quiet: bool
) -> str:
    """Train on shares of the images and show what came out. Returns it as Markdown."""
    from ..pipeline.proof.prune import prove_pruning
    from .text.proof import pruning_as_markdown, show_pruning

    pruning = prove_pruning(audit, reporter, request, asked, workers=workers)
    if not quiet:
        show_pruning(pruning)
    return pruning_as_markdown(pruning, audit.name)


def of_reviews(
    audit: Audit, reporter: Reporter, request: TrainRequest, *, seeds: int, control: RandomControl,
    workers: int | None, quiet: bool,
) -> str:  # fmt: skip
    """Train on every version of the labels and show what came out. Returns it as Markdown."""
    from ..experiments.proof import CHANGES, REMOVALS
    from ..pipeline.proof.prove import prove as run
    from .text.proof import as_markdown, show_proof

    controls: dict[RandomControl, tuple[Labels, ...]] = {
        RandomControl.removals: (REMOVALS,), RandomControl.changes: (CHANGES,), RandomControl.both: (REMOVALS, CHANGES),
    }  # fmt: skip
    proof = run(audit, reporter, request, seeds=seeds, controls=controls[control], workers=workers)
    if not quiet:
        show_proof(proof)
    return as_markdown(proof, audit.name)


def report(
    audit: AuditOption = None,
    to: Annotated[
        Path | None, typer.Option(help="The file; AUDIT-report.html if left out.", metavar="FILE", show_default=False)
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Write what was found, decided and proved as one HTML file that needs no script, server or internet.

    Holds thumbnails of the images it shows: whoever gets the file sees them. An older report of that name is replaced.
    """
    from ..report.write import write_report
    from ..wording import size

    found = chosen_audit(audit)
    path = to or Path(f"{found.name}-report.html")
    made = write_report(found, path)
    make_reporter(quiet=quiet).say(f"written: {path} ({size(made)})")
