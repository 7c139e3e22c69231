"""Where out-of-distribution images come from that are not among the audit's own as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ....corruptions import SEVERITIES, Corruption, all_corruptions, corrupt
from ....encoders.embed_rows import Pictures
from ....images.filenames import to_text
from ....kinds.evaluate import CORRUPTED_SET, NOISE_SET
from ....progress import Reporter
from ....store import views
from ....store.audit import Audit
from ....store.held_out import held_out
from ....training.pixels import Pixels
from ....types import Ints, Run
from ...training.train import training_pixels
from ..choose_models import sample, shown_to
from ..shown_images import ShownCorrupted, pixels_of, source_of

SEVERITY = SEVERITIES[-1]


@dataclass(frozen=True)
class Sides:
    """in_distribution: ids of images of the audit. others: ids where they come from. name: the set's, in its slice."""

    in_distribution: Ints
    others: Ints
    name: str
    described: str


class TwoSides(Protocol):
    """Whose images are told apart. inputs, parameters: what a run's identity has to say of it."""

    @property
    def inputs(self) -> dict[str, str]: ...
    @property
    def parameters(self) -> dict[str, Any]: ...

    def sides(self, model: Run) -> Sides:
        """The images of both sides. Raises BadInput where there are no others."""


class Origin(TwoSides, Protocol):
    """Images to be shown to models and an encoder."""

    def pixels(self, model: Run, ids: Ints) -> Pixels:
        """(m, S, S, 3) uint8 as a model is shown them."""

    def pictures(self, ids: Ints, side: int) -> Pictures:
        """The same for an encoder that sees `side` pixels, by their ids."""


@dataclass(frozen=True)
class AnotherAudit:
    """Images of another audit, drawn by the seed.

    path: of the data, where the audit was made of it for this; None where it is one of the user's.
    """

    audit: Audit
    other: Audit
    images: int
    seed: int
    path: Path | None = None

    @property
    def inputs(self) -> dict[str, str]:
        """The other audit's images."""
        return {"others": self.other.items_fingerprint}

    @property
    def parameters(self) -> dict[str, Any]:
        """How many are drawn, and what to name so that they are found again."""
        found = {"path": to_text(str(self.path.resolve()))} if self.path else {}
        return {"images": self.images, **found}

    def sides(self, model: Run) -> Sides:
        """As many in-distribution images are drawn as others, where there are as many."""
        hub = views.open_hub(self.audit, [model])
        in_distribution = sample(held_out(hub, model), self.images, self.seed)
        others = sample(np.ones(len(source_of(self.other)), bool), self.images, self.seed)
        return Sides(in_distribution, others, self.other.name, repr(self.other.name))

    def pixels(self, model: Run, ids: Ints) -> Pixels:
        """Read from where they lie."""
        return pixels_of(source_of(self.other), ids, shown_to(model))

    def pictures(self, ids: Ints, side: int) -> Pictures:
        """Full size."""
        return source_of(self.other)


@dataclass(frozen=True)
class Corrupted:
    """Half of the audit's own held-out images, each corrupted by one of the kinds at severity 5; the rest is as it was.

    No image is on both sides, so the sides are independent, as the intervals take them to be. Kinds are dealt in turn.
    """

    audit: Audit
    kinds: Sequence[Corruption]
    images: int
    seed: int
    reporter: Reporter

    @property
    def inputs(self) -> dict[str, str]:
        """Nothing beside the audit."""
        return {}

    @property
    def parameters(self) -> dict[str, Any]:
        """How many are taken at most, and what is done to them."""
        return {"images": self.images, "levels": {kind.name: kind.levels[SEVERITY - 1] for kind in self.kinds}}

    def sides(self, model: Run) -> Sides:
        """The two halves of at most twice as many held-out images as are asked for."""
        rows = sample(held_out(views.open_hub(self.audit, [model]), model), 2 * self.images, self.seed)
        shuffled = np.random.default_rng([self.seed, 0xC0881]).permutation(rows)
        names = ", ".join(kind.name for kind in self.kinds)
        every = len(self.kinds) == len(all_corruptions())
        return Sides(
            np.sort(shuffled[len(rows) // 2 :]), np.sort(shuffled[: len(rows) // 2]),
            CORRUPTED_SET if every else f"{CORRUPTED_SET}: {names}",
            f"corrupted images, severity {SEVERITY}, kinds in turn: {names}",
        )  # fmt: skip

    def pixels(self, model: Run, ids: Ints) -> Pixels:
        """Corrupted at the size the model takes, as `--corruptions` does."""
        shown = shown_to(model)
        clean = training_pixels(self.audit, shown.size, self.reporter, shown.transform)
        made = [
            corrupt(clean[i], kind, SEVERITY, seed=self.seed, identity=self._hashes[i])
            for i, kind in self._dealt(ids).items()
        ]
        return np.stack(made)

    def pictures(self, ids: Ints, side: int) -> Pictures:
        """Corrupted at the size the encoder sees, as `--difficulty-checks` does."""
        clean = ShownCorrupted(source_of(self.audit), self._hashes, "", 0, side, self.seed)
        return Dealt(clean, self._dealt(ids))

    def _dealt(self, ids: Ints) -> dict[int, str]:
        return {i: self.kinds[place % len(self.kinds)].name for place, i in enumerate(ids.tolist())}

    @cached_property
    def _hashes(self) -> list[str]:
        hashes: list[str] = views.column(views.open_hub(self.audit), "content_hash").tolist()
        return hashes


@dataclass(frozen=True)
class Dealt:
    """Images of a source, each corrupted by its own kind of corruption. kinds: image id -> kind."""

    clean: ShownCorrupted
    kinds: dict[int, str]

    def rgb(self, index: int, /) -> Image.Image:
        """One image, RGB."""
        return replace(self.clean, kind=self.kinds[index], severity=SEVERITY).rgb(index)


@dataclass(frozen=True)
class Noise:
    """Images of noise alone: each value of a normal distribution around 0.5 with variance 1, clipped to 0..1.

    Liang, Li & Srikant 2018. An image is the same for the same seed, number and size.
    """

    audit: Audit
    images: int
    seed: int

    @property
    def inputs(self) -> dict[str, str]:
        """Nothing beside the audit."""
        return {}

    @property
    def parameters(self) -> dict[str, Any]:
        """How many there are on either side at most."""
        return {"images": self.images}

    def sides(self, model: Run) -> Sides:
        """As many in-distribution images are drawn as there are others, where there are as many."""
        in_distribution = sample(held_out(views.open_hub(self.audit, [model]), model), self.images, self.seed)
        return Sides(in_distribution, np.arange(self.images), NOISE_SET, "images of Gaussian noise")

    def pixels(self, model: Run, ids: Ints) -> Pixels:
        """Of the size the model takes."""
        size = shown_to(model).size
        return np.stack([noise(i, size, self.seed) for i in ids.tolist()])

    def pictures(self, ids: Ints, side: int) -> Pictures:
        """Of the size the encoder sees."""
        return NoisePictures(side, self.seed)


@dataclass(frozen=True)
class NoisePictures:
    """Noise as pictures, by number. side: pixels."""

    side: int
    seed: int

    def rgb(self, index: int, /) -> Image.Image:
        """One image, RGB."""
        return Image.fromarray(noise(index, self.side, self.seed))


def noise(number: int, size: int, seed: int) -> Pixels:
    """(size, size, 3) uint8: one image of noise."""
    values = np.random.default_rng([seed, 0x9015E, number]).normal(0.5, 1.0, (size, size, 3))
    return np.rint(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8)
