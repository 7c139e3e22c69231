"""The map of the images: which projections there are, where each image lies, and the images of a drawn region.

A region is a subset: `map:<run id>~<shape>`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import BadInput, command
from ...maths.plane import CellGrid, Shape, cells, inside
from ...store import views
from ...types import Floats, Ints
from ...wording import percent
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from ..view.shapes import decode_shape, encode_shape
from ..view.subsets import register_subset
from .cloud import Cloud, cloud

COARSE = 12  # cells a side, for how much of a score goes with the place

LDA, PCA, UMAP = "lda", "pca", "umap"
AXES = {
    LDA: ("tells classes apart most", "tells them apart second"), PCA: ("largest variance", "second largest"),
    UMAP: ("", ""),
}  # fmt: skip
MEANING = {
    LDA: "the space in which RMD measures; distances are in units of the spread within classes",
    PCA: "the plane in which the embedding varies most",
    UMAP: "near images are alike; how far apart groups lie means little",
}


@dataclass(frozen=True)
class MapChoice:
    """A projection as a viewer chooses it."""

    run_id: str
    method: str
    label: str


def map_choices(reader: Reader) -> list[MapChoice]:
    """Projections, the newest of each method and embedding; LDA first, because RMD lives there."""
    newest: dict[tuple[str, str], MapChoice] = {}
    for run in reader.hub.runs:
        if run.kind == "project":
            embedding = reader.run(run.inputs.get("embed", ""))
            source = embedding.name if embedding else "an embedding since deleted"
            newest[(run.name, source)] = MapChoice(run.run_id, run.name, f"{run.name.upper()} · {source}")
    order = [LDA, PCA, UMAP]
    return sorted(newest.values(), key=lambda one: order.index(one.method))


def map_cloud(reader: Reader, run_id: str, selection: Selection) -> Cloud:
    """The images in view that have a place on the map."""
    x, y = views.points(reader.hub, run_id)
    return cloud(x, y, mask_of(reader, selection))


def in_words(chosen: MapChoice, cloud: Cloud, codes: Ints | None, values: Floats | None, of: str) -> str:
    """What the projection is, and how much of the colouring goes with the place. of: what it is coloured by."""
    said = MEANING[chosen.method]
    if values is not None:
        return f"{said}; place explains {percent(max(place_explains(cloud, values[cloud.ids]), 0.0))} of {of}"
    if codes is not None:
        return f"{said}; {of} explains {percent(max(between_groups(cloud, codes[cloud.ids]), 0.0))} of the place"
    return said


def between_groups(cloud: Cloud, codes: Ints) -> float:
    """Share of the points' variance that lies between groups, less what chance would give. codes: (m,).

    At most 1, about 0 where the group says nothing; NaN where that cannot be told: without a spread, or where every
    group is of one point.
    """
    n, groups = np.bincount(codes), len(np.unique(codes))
    total = between = 0.0
    for axis in (cloud.x.astype(np.float64), cloud.y.astype(np.float64)):
        centred = axis - axis.mean()
        sums = np.bincount(codes, weights=centred)
        total += float(centred @ centred)
        between += float((np.square(sums) / np.maximum(n, 1)).sum())
    if total <= 0 or len(codes) <= groups:
        return np.nan
    return 1 - ((total - between) / (len(codes) - groups)) / (total / (len(codes) - 1))


def place_explains(cloud: Cloud, values: Floats) -> float:
    """Share of the variance of values that lies between cells of a coarse grid, less what chance would give.

    values: (m,), NaN takes no part. At most 1, about 0 where place says nothing; NaN where that cannot be told.
    """
    coarse = CellGrid(cloud.grid.frame, COARSE, COARSE)
    cell = cells(coarse, cloud.x, cloud.y)
    known = np.isfinite(values)
    cell, centred = cell[known], values[known].astype(np.float64)
    n, groups = np.bincount(cell), len(np.unique(cell))
    if len(centred) <= groups or not (total := float(np.square(centred := centred - centred.mean()).sum())):
        return np.nan
    between = float((np.square(np.bincount(cell, weights=centred)) / np.maximum(n, 1)).sum())
    return 1 - ((total - between) / (len(centred) - groups)) / (total / (len(centred) - 1))


def places_of(reader: Reader, run_id: str, ids: Ints) -> tuple[Floats, Floats]:
    """Where these images lie, (m,) each; those without a place left out."""
    x, y = (values[ids] for values in views.points(reader.hub, run_id))
    placed = np.isfinite(x) & np.isfinite(y)
    return x[placed], y[placed]


def hardest_first(ids: Ints, values: Floats, high_is_hard: bool) -> Ints:
    """(m,) the same images, by a score from its hard end; those without a value last. values: (n,)."""
    keys = values[ids] if high_is_hard else -values[ids]
    return ids[np.argsort(-keys, kind="stable")]


def encode_region(run_id: str, shape: Shape) -> str:
    """A drawn region as a subset."""
    return f"map:{run_id}~{encode_shape(shape)}"


def decode_region(reader: Reader, payload: str) -> tuple[str, Shape]:
    """What follows `map:`. Raises BadInput where it names no projection of this audit or no shape."""
    run_id, _, shape = payload.partition("~")
    run = reader.run(run_id)
    if run is None or run.kind != "project":
        raise BadInput(
            f"This audit has no projection {run_id!r}.",
            "Draw the region again on the Map, or run",
            command(reader.hub.audit.name, "project"),
        )
    return run_id, decode_shape(shape)


def region_ids(reader: Reader, payload: str) -> Ints:
    """(m,) images in the region, in image order."""
    run_id, shape = decode_region(reader, payload)
    return np.flatnonzero(inside(shape, *views.points(reader.hub, run_id))).astype(np.int32)


def region_words(reader: Reader, payload: str) -> str:
    """What a region is called: region of the LDA map."""
    run_id, _ = decode_region(reader, payload)
    run = reader.run(run_id)
    return f"region of the {run.name.upper() if run else ''} map"


register_subset("map", region_ids, region_words)
