"""The stage `ingest`: every image of a shard is opened once, and what cannot be used is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa

from ...dataset.checking import Opened, Outcome, check_images
from ...dataset.model import Candidate
from ...errors import BadInput, command
from ...images.pixels import Refusal
from ...images.ranges import split_range
from ...images.refusals import OUTSIDE
from ...images.roots import Roots
from ...types import Bools, Ints
from .folder import ITEM, ShardFolder
from .reached import ABSENT, load_systems, readers, refuse_unreached, source_of
from .stage import Arrays, StageSpec, SummedStage, ledger_named, read_part

FACTS = ("width", "height", "mode", "format", "bytes", "content_hash")
CHECKED = pa.schema([*(ITEM.field(name) for name in FACTS), ("reason", pa.string()), ("detail", pa.string())])


class Ingest(SummedStage):
    """A row an item: what the opened image is, or the reason why it is left out."""

    kind, needs = "ingest", ("items",)

    def ready(self) -> None:
        """Load what opens the images where they lie at URLs."""
        load_systems(self.folder.roots)

    def shard(self, number: int) -> pa.Table:
        """Raises BadInput where a pixel range has to be given, because it would be decided over the whole set, and
        Unreachable where the images cannot be reached from this machine."""
        items = self.folder.items(number)
        if items["content_hash"].null_count == 0:  # an audit's images, which its ingest opened
            none = pa.nulls(items.num_rows, pa.string())
            return pa.table([*(items[name] for name in FACTS), none, none], schema=CHECKED)
        keys, paths, rows = (items[name].to_pylist() for name in ("key", "path", "row"))
        given = self.folder.header["options"].get("pixel_range")
        roots = self.folder.roots
        outcomes, _ = check_images(
            [Candidate(*one) for one in zip(keys, paths, rows, strict=True)],
            tuple(given) if isinstance(given, list) else given,
            on_thumbnails=None, known_thumbnails=set(), progress=lambda done, total: None, workers=readers(paths),
            roots=Roots.recorded(roots),
        )  # fmt: skip
        reasons = {row: one.reason for row, one in enumerate(outcomes) if isinstance(one, Refusal)}
        absent = [row for row, reason in reasons.items() if reason in ABSENT]
        there = [row for row in range(len(outcomes)) if reasons.get(row) not in (*ABSENT, OUTSIDE)]
        refuse_unreached(source_of(paths, rows, None, roots), paths, roots, absent, there[-1] if there else None)
        if given is None and (one := next((one for one in outcomes if _by_the_set(one)), None)):
            stored = one.facts.levels.stored if one.facts.levels else "8 bits, all of them dark"
            raise BadInput(
                f"{self.folder.item_file(number).name} holds images of {stored}. Which values are black and white is "
                "decided over a whole data set, and a shard is a part of it.",
                "Say it when dividing",
                command(None, "shard", "PATH", "--to", "FOLDER", "--pixel-range", "LOW,HIGH"),
            )
        found = [_row(one) for one in outcomes]
        columns = [pa.array(values, kind) for values, kind in zip(zip(*found, strict=True), CHECKED.types, strict=True)]
        return pa.table(columns, schema=CHECKED)

    def merge(self, numbers: Sequence[int]) -> Arrays:
        """Counts of the images that can be used by split, by shorter side and by class, and of the others by reason."""
        splits, sides, reasons = Counter[str](), Counter[int](), Counter[str]()
        for number in numbers:
            facts = self.read(number)
            usable = usable_rows(facts)
            splits.update(self.folder.items(number).filter(pa.array(usable))["split"].to_pylist())
            kept = facts.filter(pa.array(usable))
            sides.update(np.minimum(kept["width"].to_numpy(), kept["height"].to_numpy()).tolist())
            reasons.update(facts["reason"].drop_null().to_pylist())
        return {
            **_counts("split", splits, np.str_),
            **_counts("side", sides, np.int64),
            **_counts("reason", reasons, np.str_),
        }


def _row(one: Outcome) -> tuple[Any, ...]:
    if not isinstance(one, Opened):
        return (*[None] * len(FACTS), one.reason, one.detail)
    facts = one.facts
    return facts.width, facts.height, facts.mode, facts.format, one.bytes, one.content_hash, None, None


def _by_the_set(one: Outcome) -> TypeGuard[Opened]:
    """Whether how an image is shown was decided by the others of its set."""
    return isinstance(one, Opened) and (one.facts.levels is not None or split_range(one.content_hash)[1] is not None)


def usable_rows(facts: pa.Table) -> Bools:
    """(n,) bool: the rows of a shard's `ingest` whose image can be used."""
    return np.asarray(facts["reason"].is_null().to_numpy(zero_copy_only=False), bool)


def checked(folder: ShardFolder, name: str, number: int) -> tuple[pa.Table, pa.Table]:
    """The items of a shard and what the stage `ingest` of that name made of them, row by row."""
    return folder.items(number), read_part(ledger_named(folder, name).part(number))


def ingest_spec(folder: ShardFolder) -> StageSpec:
    """The stage of a folder: there is one."""
    return StageSpec(Ingest.kind, {"items": folder.fingerprint}, {})


def median_side(merged: Arrays) -> int:
    """The median of the images' shorter sides."""
    order = np.argsort(merged["sides"])
    sides, counts = np.asarray(merged["sides"])[order], np.cumsum(np.asarray(merged["side_counts"])[order])
    return int(sides[np.searchsorted(counts, (counts[-1] + 1) // 2)])


def _counts(name: str, counter: Counter[Any], kind: Any) -> dict[str, Ints]:
    keys = sorted(counter)
    return {f"{name}s": np.array(keys, kind), f"{name}_counts": np.array([counter[key] for key in keys], np.int64)}
