"""Decisions that somebody has in Python, into the journal of an audit: the way of `hardlook import-decisions`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ...errors import HardlookError
from ...files.temporary import temporary_folder
from ...store.audit import Audit
from ..arguments.arrays import refusal
from ..arguments.images import as_table

WANTED = "a frame with the columns key and new_label, or the path of a file that has them"
FRAME = "the frame of decisions"


def import_decisions(audit: Audit, decisions: Any, reviewer: Any, *, quiet: bool) -> None:
    """Read a frame or a file of decisions. Raises BadInput on neither, on no reviewer, and on rows that say nothing."""
    from ...cli.console import make_reporter
    from ...pipeline.export import import_decisions as read

    if not isinstance(reviewer, str) or not reviewer.strip():
        raise refusal("reviewer", reviewer, "the name of who decided")
    reporter = make_reporter(quiet=quiet)
    if isinstance(decisions, str | os.PathLike):
        read(audit, reporter, Path(decisions).expanduser(), reviewer=reviewer)
        return
    table = as_table("decisions", decisions, WANTED)
    if table is None:
        raise refusal("decisions", decisions, WANTED)
    from ...files.arrow import write_parquet_file

    with temporary_folder("hardlook-decisions-") as folder:  # equal frames are equal files, which a journal knows
        file = folder / "decisions.parquet"
        write_parquet_file(table, file)
        try:
            read(audit, reporter, file, reviewer=reviewer)
        except HardlookError as error:  # it names a file that nobody wrote
            error.message = error.message.replace(f"{file}", FRAME).replace(file.name, FRAME)
            raise
