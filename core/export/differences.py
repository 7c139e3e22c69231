"""The images in which two audits differ, as a table: CSV with what its columns mean beside it, or Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..files.whole import whole_export
from ..store import lookups, tallies, views
from ..store.paths import path_to_write
from .destination import refuse_in_folders
from .rows import folders_of_images
from .tables import write_table

ENDINGS = (".csv", ".parquet", ".pq")


def refuse_place(to: Path, hubs: Iterable[views.Hub]) -> None:
    """Raise BadInput where no such table can be written: before it is computed. hubs: of the audits compared."""
    if to.suffix not in ENDINGS:
        raise BadInput(
            f"{str(to)!r} ends in neither .csv nor .parquet.", "Name the file --to NAME.csv or NAME.parquet."
        )
    path_to_write(to)
    for hub in hubs:
        refuse_in_folders(folders_of_images(lookups.origin(hub)[0], tallies.image_folders(hub)), to)


def write_differences(columns: Mapping[str, Any], meaning: Mapping[str, Any], to: Path) -> int:
    """Write the table in one step. columns: of one length. meaning: of the columns. Returns the rows written."""
    with whole_export(to) as part:
        return write_table(columns, part, meaning)
