"""Out and back: an audit in a format that other tools read, and decisions made elsewhere into its journal."""

from __future__ import annotations

from pathlib import Path

from ..errors import BadInput
from ..export.decisions_in import ImportedDecisions
from ..export.decisions_in import import_decisions as read_in
from ..export.destination import COPY, refuse_among_originals
from ..export.registry import get_exporter
from ..export.rows import Export, collect, source_folders
from ..progress import Reporter
from ..reviews import open_journal
from ..store.audit import Audit
from ..wording import command


def export(
    audit: Audit, reporter: Reporter, kind: str, to: Path, *, how: str = COPY, score: str | None = None,
    labels: str = "reviewed",
) -> Path:  # fmt: skip
    """Write the audit in a registered format. Images come with their labels as reviewed, excluded ones are left out.

    to: a file, or a folder for formats that are one, that is not there yet and not among the data set's own images.
    how: copy, link or plan, for folders. Raises BadInput or MissingRun where the format has no place for this audit.
    """
    exporter = get_exporter(kind)
    if exporter.endings and to.suffix not in exporter.endings:
        ending = exporter.endings[0]
        raise BadInput(f"{to} does not end in {ending}.", f"Name the file --to NAME{ending}.")
    found = collect(audit, score=score, labels=labels)
    refuse_among_originals(found, to)
    written = exporter.write(audit, found, to, how)
    notes = list(written.notes)
    left_out = len(found.rows) - len(found.kept)
    changed = sum(row.label != row.given for row in found.kept)
    reporter.say(f"export {audit.name}: {written.rows:,} rows as {kind} in {to}")
    if exporter.labels:
        reporter.say(f"  {changed:,} labels differ from the data's, {left_out:,} excluded images left out")
    if found.stale:
        notes.append(f"decisions about images whose content has changed since, not used: {len(found.stale)}")
    if exporter.ingested:
        notes.append(f"read it again with: {command('NAME', 'ingest', str(to), *_roots(found))}")
    for note in notes:
        reporter.say(f"  {note}")
    return to


def import_decisions(audit: Audit, reporter: Reporter, file: Path, *, reviewer: str = "") -> ImportedDecisions:
    """Read a CSV or Parquet table of decisions, or a Label Studio export, into the journal; say what became of it."""
    found = collect(audit, labels="given")
    journal = open_journal(audit)
    try:
        done = read_in(journal, found, file, reviewer=reviewer)
    finally:
        journal.close()
    reporter.say(
        f"import-decisions {audit.name}: {done.applied:,} applied, {done.agreed:,} said again, "
        f"{done.conflicts:,} conflicts, {done.skipped:,} skips, {done.repeated:,} imported before"
    )
    for keys, why in (
        (done.unknown, "of no image of this audit"),
        (done.changed, "about another content of the image"),
    ):
        if keys:
            more = ", …" if len(keys) > 5 else ""
            reporter.say(f"  left out, {why}: {len(keys):,} ({', '.join(map(repr, keys[:5]))}{more})")
    if done.conflicts:
        reporter.say(f"  see them with: {command(audit.name, 'reviews', '--conflicts')}")
    return done


def _roots(found: Export) -> list[str]:
    return [word for folder in source_folders(found) for word in ("--root", str(folder))]
