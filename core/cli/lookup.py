"""The commands that list: `runs`, `encoders` and `scorers`. Registered in app.py."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import BadInput
from ..wording import duration
from .options import AuditOption, chosen_audit
from .shards.options import FolderArgument
from .shards.stages import show_stages
from .text.tables import make_table, show


def runs(
    folder: FolderArgument = None,
    audit: AuditOption = None,
    delete: Annotated[
        str | None,
        typer.Option(help="Delete the run of this id, with its checkpoints.", metavar="RUN_ID", show_default=False),
    ] = None,
) -> None:
    """List an audit's runs: what was computed, from what, when and how long it took. Or delete one.

    A run is not deleted while it, or one that reads it, is being written. What was computed from it stays and is named.
    FOLDER: the stages of these shards instead, how far they are, and what failed (docs/scale.md).
    """
    if folder is not None:
        if audit is not None or delete is not None:
            raise BadInput("A folder of shards was given beside an audit or a run.", "Leave one of them out.")
        show_stages(folder)
        return
    found = chosen_audit(audit)
    if delete is not None:
        from ..answers.runs.deletion import delete_run

        gone = delete_run(found, delete)
        print(f"deleted {gone.run_id}: {gone.bytes / 1e6:.1f} MB are free again")
        for run in gone.dependents:
            print(f"  {run.run_id} was computed from it and stays")
        for run_id in gone.stopped:
            print(f"  {run_id} was stopped and cannot go on without it")
        return
    from ..kinds.registry import kind_of  # NumPy, which no command's --help waits for

    table = make_table(f"Runs of {found.name}", "run", "kind", "made", "took", "size", "from", "parameters")
    for run in found.runs(current=False):
        sources = ", ".join(f"{role} {value}" for role, value in run.inputs.items())
        made = run.created[:16].replace("T", " ")
        parameters = ", ".join(f"{name}={value}" for name, value in run.parameters.items())
        table.add_row(
            run.run_id, run.kind, made, duration(run.seconds), f"{run.bytes / 1e6:.1f} MB", sources, parameters
        )
    for damaged in found.unreadable_runs():
        table.add_row(damaged.path.stem, kind_of(damaged.path.stem), "cannot be read")
    for unfinished in found.unfinished():
        table.add_row(unfinished, kind_of(unfinished), "not finished", "", "", "", "its command goes on from here")
    show(table)


def encoders() -> None:
    """List the encoders with their dimension, the blocks --layers names, and whether their weights are at hand."""
    from ..encoders import list_encoders

    table = make_table("Encoders", "name", "dimension", "image size", "blocks", "weights", "note")
    for info in list_encoders():
        table.add_row(info.spec, str(info.dimension), str(info.image_size), info.blocks, info.weights, info.note)
    show(table)


def scorers() -> None:
    """List the scorers: what they measure, which way they point, what they need and where they come from."""
    from ..scorers.registry import all_scorers, needs_in_words

    directions = {1: "higher is harder", -1: "lower is harder", None: "measured on the data"}
    table = make_table("Scorers", "name", "what it is", "direction", "needs", "source")
    for scorer in all_scorers():
        table.add_row(scorer.name, scorer.summary, directions[scorer.direction], needs_in_words(scorer), scorer.source)
    show(table)
