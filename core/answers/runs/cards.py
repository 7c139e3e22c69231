"""The runs page's words: one run in full, runs in progress with how far they are, and what takes up the disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...store import thumbnails
from ...store.audit import Audit
from ...store.unfinished import Unfinished, unfinished_runs
from ...types import Run
from ...wording import count, duration, size
from ..view.reader import Reader
from .deletion import size_of
from .lineage import RunInput, dependents, sources
from .next_steps import parameters_in_words
from .reproduce import Reproduction, continuation, reproduction


@dataclass(frozen=True)
class RunCard:
    """All that is known of one run. facts: name and text. sources, used_by: runs to go on to."""

    run_id: str
    facts: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    versions: str
    sources: tuple[RunInput, ...]
    used_by: tuple[str, ...]
    again: Reproduction


def run_card(reader: Reader, run_id: str) -> RunCard | None:
    """One run in full, None if there is none of that id on the current images."""
    run, audit = reader.run(run_id), reader.hub.audit
    if run is None:
        return None
    facts = [
        ("kind", run.kind), ("name", run.name), ("finished", run.created[:19].replace("T", " ") + " UTC"),
        ("took", duration(run.seconds)), ("seed", str(run.seed)), ("labels", run.inputs.get("labels", "given")),
        ("images", run.inputs.get("items", "")), ("weights", run.weights), ("code", run.revision),
        ("on disk", _disk(audit, run)),
    ]  # fmt: skip
    return RunCard(
        run_id, tuple((name, text) for name, text in facts if text), parameters_in_words(run.parameters),
        ", ".join(f"{name} {version}" for name, version in run.versions.items()),
        tuple(sources(run, reader.hub.runs)), tuple(one.run_id for one in dependents(run_id, reader.hub.runs)),
        reproduction(run, audit.name),
    )  # fmt: skip


def _disk(audit: Audit, run: Run) -> str:
    weights = size_of(audit.checkpoints(run.run_id))
    return size(run.bytes) + (f", and {size(weights)} of checkpoints" if weights else "")


@dataclass(frozen=True)
class UnfinishedLine:
    """A run in progress or stopped. share: of the work done, in 0..1, None where it cannot be told."""

    run_id: str
    state: str
    progress: str
    share: float | None
    again: Reproduction


def unfinished_lines(audit: Audit, n_images: int) -> list[UnfinishedLine]:
    """Every run that is not finished, with how far it is and the command that goes on."""
    return [_unfinished(run, audit.name, n_images) for run in unfinished_runs(audit)]


def _unfinished(run: Unfinished, audit_name: str, n_images: int) -> UnfinishedLine:
    done, share = how_far(run.spec.parameters if run.spec else {}, run.unit, n_images)
    worked = f"{done}, {duration(run.seconds)} of work, {size(run.bytes)}"
    return UnfinishedLine(
        run.run_id, "running" if run.writing else "stopped", worked, share, continuation(run, audit_name)
    )


def how_far(parameters: Mapping[str, Any], unit: str, n_images: int) -> tuple[str, float | None]:
    """How far a run is, in words and as a share. unit: the last one committed, "epoch 3" or images "512-1024"."""
    total = parameters.get("epochs")
    if (epoch := re.fullmatch(r"epoch (\d{1,12})", unit)) and isinstance(total, int) and total > 0:
        return f"epoch {count(int(epoch[1]))} of {count(total)}", min(int(epoch[1]) / total, 1.0)
    if (batch := re.fullmatch(r"\d{1,12}-(\d{1,12})", unit)) and n_images:
        return f"{count(int(batch[1]))} of {count(n_images)} images", min(int(batch[1]) / n_images, 1.0)
    return unit or "started", None


@dataclass(frozen=True)
class DiskLine:
    """Something that takes up disk. rebuilt: it can be deleted and is made again when needed."""

    what: str
    bytes: int
    rebuilt: bool


def disk_use(audit: Audit) -> list[DiskLine]:
    """What the audit's folder holds, largest first."""
    runs = sum(size_of(path) for path in audit.runs_folder.iterdir())
    pictures = size_of(thumbnails.path_of(audit))
    found = [
        DiskLine("runs", runs, False), DiskLine("checkpoints", size_of(audit.path / "checkpoints"), False),
        DiskLine("images and labels", sum(size_of(path) for path in audit.path.glob("items-*.duckdb")), False),
        DiskLine("thumbnails", pictures, True),
        DiskLine("decoded pixels and indexes", size_of(audit.cache) - pictures, True),
        DiskLine("reviews", sum(size_of(path) for path in audit.path.glob("reviews.sqlite*")), False),
    ]  # fmt: skip
    return sorted((line for line in found if line.bytes > 0), key=lambda line: -line.bytes)
