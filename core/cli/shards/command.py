"""The commands beyond one machine: `shard`, `worker` and `lens`. Registered in app.py."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from ...errors import BadInput
from ...remote.place import place_of
from ..choices import Device, ShardStage
from ..console import make_reporter
from ..options import (
    DeviceOption,
    EncoderOption,
    EncoderRunOption,
    ImageSizeOption,
    LayersOption,
    ModelRunOption,
    NewAuditOption,
    QuietOption,
)
from ..reading import taking_ingest_options
from .options import RetryOption, ShardsArgument, WorkersOption, encoder_given


@taking_ingest_options
def shard(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder, manifest or array file, the URL of a manifest, or the name of an audit.",
            metavar="PATH|AUDIT",
        ),
    ],
    to: Annotated[str, typer.Option(help="The folder, which is made, or its URL.", metavar="FOLDER")],
    rows: Annotated[int, typer.Option(help="Images of each shard.", min=1)] = 100_000,
    options: Any = None,
    quiet: QuietOption = False,
) -> None:
    """Divide a data set into shards, files of so many images each, which many processes can work on. Opens no image.

    What was understood is said as an ingest says it. Then: hardlook audit FOLDER. See docs/scale.md.
    """
    from ...pipeline.shards.divide import shard as run

    run(source, make_reporter(quiet=quiet), to=place_of(to), rows=rows, options=options)


def worker(
    context: typer.Context,
    stage: Annotated[ShardStage, typer.Argument(help="A stage; they are computed in this order.")],
    folder: ShardsArgument,
    shard: Annotated[
        str, typer.Option(help="Which share of the shards: the I-th of N, from 1.", metavar="I/N")
    ] = "1/1",
    encoder: EncoderOption = "auto",
    image_size: ImageSizeOption = None,
    layers: LayersOption = None,
    encoder_run: EncoderRunOption = None,
    model: ModelRunOption = None,
    device: DeviceOption = Device.auto,
    workers: WorkersOption = 1,
    retry: RetryOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compute a share of one stage, for a scheduler that starts this N times, on one machine or many.

    The stages before it have to be done, by all N. Which share a shard is in changes nothing that is computed.
    """
    from ...encoders.protocol import Options
    from ...pipeline.shards.drive import Drive, run_stage
    from ...pipeline.shards.folder import open_shards

    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", shard)
    place, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= place <= parts:
        raise BadInput(f"--shard is {shard!r}.", "Give the share and how many there are: --shard 1/8 to --shard 8/8")
    if stage is not ShardStage.embed and (encoder_given(context, encoder) or image_size or layers):
        raise BadInput(f"The stage {stage.value} loads no encoder, and one was described.", "Leave that out.")
    named = encoder_given(context, encoder) or ("auto" if image_size or layers else None)
    options = Options(device.value, image_size, "projected", False, layers, False)
    shards = open_shards(place_of(folder))
    with Drive(shards, make_reporter(quiet=quiet), workers, retry, share=(place, parts)) as drive:
        run_stage(drive, stage.value, named, options, encoder_run, model)


def lens(
    folder: ShardsArgument,
    images: Annotated[int, typer.Option(help="Images of the lens.", min=1)] = 20_000,
    by: Annotated[
        str, typer.Option(help="Scores whose hardest images it holds, in turn; commas between.", metavar="SCORES")
    ] = "rmd_oof,centroid",
    audit: NewAuditOption = None,
    seed: Annotated[int, typer.Option(help="Seed of the share at random.", min=0)] = 0,
    quiet: QuietOption = False,
) -> None:
    """Make an audit of the hardest images of shards, and of a fifth at random: what the dashboard looks at.

    With the vectors, and the scores that the images have in the whole. Ids are those of the whole.
    """
    from ...pipeline.ingest import default_name
    from ...pipeline.shards.folder import open_shards
    from ...pipeline.shards.lens import lens as run

    whole = open_shards(place_of(folder))
    name = audit or default_name(str(whole.path))
    run(whole, make_reporter(quiet=quiet), name=name, images=images, by=scores_named(by), seed=seed)


def scores_named(given: str) -> list[str]:
    """The scores of --by. Raises BadInput where none is named."""
    names = [name.strip() for name in given.split(",") if name.strip()]
    if not names:
        raise BadInput(f"--by is {given!r}, which names no score.", "For example: --by rmd_oof,centroid")
    return list(dict.fromkeys(names))
