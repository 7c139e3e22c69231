"""The stages of a folder of shards as `hardlook runs FOLDER` lists them."""

from __future__ import annotations

from ...remote.place import place_of
from ...wording import counted, duration
from ..text.tables import make_table, show

REASONS = 20
"""Shards that are named with what failed, of each stage; the files of all lie in its folder `failures`."""


def show_stages(path: str) -> None:
    """A row a stage, and a line for each shard that failed or is quarantined, and each stage that cannot be read."""
    from ...pipeline.shards.folder import open_shards
    from ...pipeline.shards.progress import progress_of

    folder = open_shards(place_of(path))
    progress = progress_of(folder)
    title = f"{folder.name}: {folder.header['images']:,} images in {counted(folder.count, 'shard')}"
    table = make_table(title, "stage", "done", "being done", "failed", "quarantined", "shards a minute", "time left")
    for one in progress.stages:
        now, left = one.standing, one.seconds_left
        table.add_row(
            one.spec.name, f"{len(now.done):,} of {one.total:,}", f"{len(now.claimed):,}", f"{len(now.failed):,}",
            f"{len(now.quarantined):,}", f"{60 * one.rate:,.0f}" if one.rate else "",
            "" if left is None else f"about {duration(left)}",
        )  # fmt: skip
    show(table)
    for one in progress.stages:
        for word, shards in (("quarantined", one.standing.quarantined), ("failed", one.standing.failed)):
            for number, why in sorted(shards.items())[:REASONS]:
                print(f"{one.spec.kind} part-{number:05d} {word}: {why}")
            if len(shards) > REASONS:
                print(f"{one.spec.kind}: {len(shards) - REASONS:,} more {word}")
    for unread in progress.passed_over:
        print(f"{unread.name} passed over: {unread.error}")
