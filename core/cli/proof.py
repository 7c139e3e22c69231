"""The commands that say what reviewing was worth: `prove` and `report`. Registered in app.py."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .choices import Device
from .console import make_reporter
from .options import AuditOption, DeviceOption, QuietOption, chosen_audit
from .text.markdown import refuse_taken, write_markdown


class RandomControl(StrEnum):
    """What reviewed labels are compared with, besides the original ones."""

    removals = "removals"
    changes = "changes"
    both = "both"


def prove(
    audit: AuditOption = None,
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
    audit by the held-out labels as given and as reviewed. See docs/review.md.
    """
    from ..experiments.proof import CHANGES, REMOVALS
    from ..pipeline.proof.prove import prove as run
    from ..pipeline.training.request import Labels, TrainRequest
    from .text.proof import PROOF, as_markdown, show_proof

    controls: dict[RandomControl, tuple[Labels, ...]] = {
        RandomControl.removals: (REMOVALS,), RandomControl.changes: (CHANGES,), RandomControl.both: (REMOVALS, CHANGES),
    }  # fmt: skip
    request = TrainRequest(
        model, epochs, batch_size, learning_rate, image_size, seed, device.value, flip=not no_flip, checkpoints=1,
        dynamics="last epoch",
    )  # fmt: skip
    if markdown is not None:
        refuse_taken(markdown, PROOF)
    found = chosen_audit(audit)
    reporter = make_reporter(quiet=quiet)
    proof = run(found, reporter, request, seeds=seeds, controls=controls[control], workers=workers)
    if not quiet:
        show_proof(proof)
    if markdown is not None:
        write_markdown(as_markdown(proof, found.name), markdown, reporter)


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
