"""A manifest that was exported from an audit here: its images lie where that audit has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..dataset import IngestOptions
from ..dataset.tables.own_notes import note_of
from ..errors import HardlookError
from ..export.rows import collect, source_folders
from ..progress import Reporter
from ..store.audit import find_audit


def with_own_roots(source: str, options: IngestOptions, reporter: Reporter) -> IngestOptions:
    """`options` with the folders of the audit that a manifest says it came from, unless roots were named.

    What a file says of folders is not trusted: those of an audit that is here were ingested before.
    """
    path = Path(source).expanduser()
    name = note_of(path).get("audit", "") if path.is_file() and not options.roots else ""
    if not name:
        return options
    try:
        folders = source_folders(collect(find_audit(name), labels="given"))
    except HardlookError:
        return options  # no such audit here: what lies outside is refused with the --root that allows it
    reporter.say(f"images are allowed where audit {name!r}, which the manifest came from, has them")
    return replace(options, roots=tuple(folders))
