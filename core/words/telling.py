"""What tells some images of an audit from the others: words where the encoder reads text, else classes; and columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..maths.vectors import unit_rows
from ..maths.words import FALSE_FINDINGS, Margins, margins, refuse_too_few
from ..store import views
from ..store.vectors import read_rows
from ..types import UNLABELLED, Estimate, Floats, Ints, Run
from ..wording import count, counted
from .columns import columns_of
from .ends import Sides
from .kept import Directions

MOST = 10_000
"""Images of either side that are compared, drawn by chance where there are more: a margin is then known to 0.03."""
FOR_CENTRES = 20_000
"""Images that the classes' centres are made of, at most."""
SHOWN = 10
"""Of each kind, the largest margins that are kept."""
AT_MOST_BY_CHANCE = f"{100 * FALSE_FINDINGS:g} %"
"""Of selections by chance: in how many anything tells what is said to tell, as people read it, not rounded."""
WORD, CLASS, COLUMN = "word", "class", "column"


@dataclass(frozen=True)
class Tells:
    """A word, class or column value and how much more like it the images are: in standard deviations, with interval.

    p: share of permuted selections in which any of its kind has a margin as large. of: how many of its kind there are.
    """

    kind: str
    name: str
    margin: Estimate
    p: float
    of: int

    @property
    def beyond_chance(self) -> bool:
        """Whether it tells the images from the others."""
        return self.p <= FALSE_FINDINGS


@dataclass(frozen=True)
class Told:
    """The largest margins of each kind, descending. about: which images were told from which, and how many."""

    about: str
    tells: tuple[Tells, ...]

    def of_kind(self, kind: str) -> list[Tells]:
        """Those of one kind."""
        return [one for one in self.tells if one.kind == kind]

    def beyond_chance(self, kind: str) -> list[Tells]:
        """Those of a kind that tell the images from the others."""
        return [one for one in self.of_kind(kind) if one.beyond_chance]


def tell(
    hub: views.Hub, run: Run, sides: Sides, groups: Ints | None, words: Callable[[], Directions] | None, *,
    seed: int = 0,
) -> Told:  # fmt: skip
    """Compare images with others by the vectors of an embedding, and by the columns of the data set.

    groups: (n,) of all images, their classes, within which they are compared; None for all as one. words: gives names
    and vectors in the embedding's space; None where its encoder reads no text: then the classes' centres stand for it.
    Raises TooFewRows below five images with a vector on either side.
    """
    chosen, others = sides
    if groups is not None:
        others = others[np.isin(groups[others], np.unique(groups[chosen]))]
    generator = np.random.default_rng([seed, 0x3017D5])
    drawn = [_drawn(side, MOST, generator) for side in (chosen, others)]
    ids, vectors = vectors_of(hub, run, np.concatenate(drawn))
    selected = np.isin(ids, drawn[0])
    refuse_too_few(int(selected.sum()), int((~selected).sum()))  # before any text is encoded
    names, directions = words() if words else class_centres(hub, run, generator)
    grouped = None if groups is None else groups[ids]
    found = margins(vectors, selected, directions, grouped, seed=seed)
    columns = columns_of(hub, ids)
    further = margins(columns.values, selected, columns.directions, grouped, seed=seed)
    tells = (*_tells(WORD if words else CLASS, names, found), *_tells(COLUMN, columns.names, further))
    return Told(_about(chosen, others, found, groups is not None), tells)


def vectors_of(hub: views.Hub, run: Run, ids: Ints) -> tuple[Ints, Floats]:
    """Ids (m,), ascending, and vectors (m, d) of unit length, of those of some images that have one."""
    # Copied: a block is a view into memory that the database hands over.
    blocks = [(found, np.array(rows)) for found, rows in read_rows(hub.audit, run.run_id, ids)]
    if not blocks:
        return np.zeros(0, np.int32), np.zeros((0, 1), np.float32)
    found, rows = np.concatenate([one for one, _ in blocks]), np.concatenate([rows for _, rows in blocks])
    order = np.argsort(found)
    order = order[np.isfinite(rows[order]).all(axis=1)]
    return found[order], unit_rows(rows[order])


def class_centres(hub: views.Hub, run: Run, generator: np.random.Generator) -> Directions:
    """Classes with images, and the direction (k, d) of each one's mean from the mean of all of them."""
    labels, names = views.labels(hub), views.classes(hub)
    ids, vectors = vectors_of(hub, run, _drawn(np.flatnonzero(labels != UNLABELLED), FOR_CENTRES, generator))
    present = np.unique(labels[ids])
    centres = np.stack([vectors[labels[ids] == label].mean(axis=0) for label in present]) if len(present) > 1 else None
    if centres is None:  # of one class there is no other to be nearer to
        return (), np.zeros((0, vectors.shape[1]), np.float32)
    return tuple(names[label] for label in present), unit_rows(centres - centres.mean(axis=0))


def _drawn(ids: Ints, most: int, generator: np.random.Generator) -> Ints:
    return ids if len(ids) <= most else generator.choice(ids, most, replace=False)


def _about(chosen: Ints, others: Ints, found: Margins, of_their_classes: bool) -> str:
    """Which images were told from which, and of how many they were drawn."""
    there = f"{counted(len(chosen), 'image')} told from {count(len(others))} others"
    there += " of their classes" if of_their_classes else ""
    if (found.selected, found.others) == (len(chosen), len(others)):
        return there
    return f"{there}; {count(found.selected)} and {count(found.others)} of them compared"


def _tells(kind: str, names: tuple[str, ...], found: Margins) -> list[Tells]:
    """The largest margins."""
    order = found.order()
    return [
        Tells(
            kind, names[at],
            Estimate(float(found.margin[at]), float(found.low[at]), float(found.high[at]), found.selected),
            float(found.p[at]), len(order),
        )
        for at in order[:SHOWN]
    ]  # fmt: skip
