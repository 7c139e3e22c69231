"""What a command takes to work on a folder of shards, and what is refused without one. No NumPy here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ...errors import BadInput, command
from ...files.tables import MANIFESTS
from ...remote.place import place_of
from ..choices import Engine
from ..options import given_beside

OVER_SHARDS = frozenset({"engine", "workers", "retry", "begin", "ray_address", "gpus_per_worker"})

FolderArgument = Annotated[
    str | None,
    typer.Argument(
        help="A folder of shards, or its URL, as the command shard makes it.", metavar="FOLDER", show_default=False
    ),
]
ShardsArgument = Annotated[
    str, typer.Argument(help="A folder of shards, or its URL, as the command shard makes it.", metavar="FOLDER")
]
EngineOption = Annotated[
    Engine | None,
    typer.Option(
        help="What works on the shards of a FOLDER; local: processes of this machine; ray: also of a cluster.",
        show_default=False,
    ),
]
RayAddressOption = Annotated[
    str | None,
    typer.Option(
        help="With --engine ray: HOST:PORT of a cluster's head, or auto; this machine alone if left out.",
        show_default=False,
    ),
]
GpusOption = Annotated[
    float | None,
    typer.Option(
        help="With --engine ray: GPUs for each worker, as 1, or a share of one, as 0.5.",
        show_default=False,
        metavar="F",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(help="With shards: processes side by side; one a core if left out.", min=1, show_default=False),
]
RetryOption = Annotated[bool, typer.Option("--retry", help="With shards: try the quarantined ones again.")]
BeginOption = Annotated[
    bool, typer.Option("--begin", help="With shards: keep what it is and compute nothing; worker predict does.")
]


def is_folder_of_shards(given: str) -> bool:
    """Whether a word is the path, or the URL, of a folder that `hardlook shard` made."""
    path = place_of(given)
    if not isinstance(path, Path):
        return path.suffix.lower() not in MANIFESTS and (path / "shards.json").exists()
    try:
        return os.path.lexists(path / "shards.json")  # one that cannot be read is said to be so
    except (OSError, ValueError):  # no system takes it for a path
        return False


def encoder_given(context: typer.Context, encoder: str) -> str | None:
    """The encoder that was asked for, None where the option was left out: then a begun embedding goes on."""
    return encoder if given_beside(context, {one.name or "" for one in context.command.params} - {"encoder"}) else None


def refuse_without_folder(context: typer.Context) -> None:
    """Raise BadInput on an option of shards where there are none."""
    others = {one.name or "" for one in context.command.params} - OVER_SHARDS
    if given := given_beside(context, others):
        raise BadInput(
            f"{given} is for a folder of shards, and none is named.", "Make one and name it",
            command(None, "shard", "PATH", "--to", "FOLDER"),
        )  # fmt: skip
