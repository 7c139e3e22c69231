"""What a section's figures are of, in words: which model or embedding, and how many images."""

from __future__ import annotations

from collections.abc import Iterable

from ...store.metrics import Metric
from ...wording import count, counted
from ..grids import TrainedGrid
from .section import Findings

HELD_OUT = "held-out image"


def errors_counted(findings: Findings, row: Metric) -> str:
    """ "errors of resnet8 on 1,000 held-out images", of a row that a model's errors were counted for."""
    return f"errors of {findings.called(row.by)} on {counted(row.estimate.n, HELD_OUT)}"


def embedding_of(findings: Findings, address: str) -> str:
    """The name of the embedding that a score was made from; an embedding's own name."""
    run = findings.run(address.partition(":")[0])
    embedding = run if run and run.kind == "embed" else findings.run(run.inputs.get("embed", "")) if run else None
    return embedding.name if embedding else "vectors"


def numbers(of: Iterable[int]) -> str:
    """Numbers as a sentence has them: "800", "40 to 100" where they differ, "" without any."""
    found = sorted(set(of))
    return " to ".join(count(one) for one in (found[0], found[-1])[: len(found)]) if found else ""


def trained(grid: TrainedGrid, seeds: int) -> str:
    """The models of a grid's usual setting: how they were trained, and which classes they were not given."""
    parts = [
        f"{grid.usual.model}{f' at {side} pixels' if (side := numbers(grid.pixels)) else ''}",
        *([f"{numbers(grid.epochs)} epochs"] if grid.epochs else []), counted(seeds, "seed"), f"grid {grid.name!r}",
    ]  # fmt: skip
    without = ", ".join(grid.usual.held_out_classes)
    not_given = f" {counted(len(grid.usual.held_out_classes), 'class', 'classes')} they were never given: {without}."
    return f"{', '.join(parts)}.{not_given if without else ''}"


def evaluated(grid: TrainedGrid, metrics: Iterable[str]) -> str:
    """On how many images the models of a grid's usual setting were evaluated, for figures of these metrics."""
    return " ".join(dict.fromkeys(_evaluated(grid, name) for name in metrics))


def _evaluated(grid: TrainedGrid, name: str) -> str:
    if name.startswith("corruption_"):
        of, which = numbers(grid.counted(name)), "held-out images of each kind and severity of corruption"
    elif name.startswith("ood_"):
        of, which = numbers(grid.counted(name)), "images, held-out and out-of-distribution ones together"
    else:
        of, which = numbers(grid.counted("accuracy", "all")), "held-out images of the classes they were given"
    return f"Evaluated on {of} {which}." if of else "On how many images is not stored."
