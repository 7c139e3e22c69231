"""Out and back: an audit in a format that other tools read, and decisions made elsewhere into its journal."""

from __future__ import annotations

from pathlib import Path

from ..errors import BadInput, MissingRun
from ..export.decisions_in import ImportedDecisions
from ..export.decisions_in import import_decisions as read_in
from ..export.destination import COPY, refuse_among_originals
from ..export.folders import write_fiftyone, write_huggingface, write_imagefolder
from ..export.label_studio import write_tasks
from ..export.rows import Export, collect, source_folders
from ..export.tables import write_cleanlab, write_decisions, write_journal, write_manifest, write_scores
from ..progress import Reporter
from ..reviews import has_journal, open_journal
from ..store.audit import Audit
from ..wording import command

FOLDERS = {"imagefolder": write_imagefolder, "huggingface": write_huggingface, "fiftyone": write_fiftyone}
TABLES = {
    "manifest": write_manifest, "parquet": write_manifest, "cleanlab": write_cleanlab, "labelstudio": write_tasks,
    "decisions": write_decisions,
}  # fmt: skip
WHOLE_AUDIT = ("scores", "journal")
FORMATS = (*TABLES, *FOLDERS, *WHOLE_AUDIT)


def export(
    audit: Audit, reporter: Reporter, kind: str, to: Path, *, how: str = COPY, score: str | None = None,
    labels: str = "reviewed",
) -> Path:  # fmt: skip
    """Write the audit in one of FORMATS. Images come with their labels as reviewed, excluded ones are left out.

    to: a file, or for FOLDERS a folder, that is not there yet and not among the data set's own images.
    how: copy, link or plan, for folders. Raises BadInput or MissingRun where the format has no place for this audit.
    """
    if kind not in FORMATS:
        raise BadInput(f"{kind!r} is no export format.", f"Use one of {', '.join(FORMATS)}.")
    if kind == "parquet" and to.suffix not in (".parquet", ".pq"):
        raise BadInput(f"{to} does not end in .parquet.", "Name the file --to NAME.parquet.")
    found = collect(audit, score=score, labels=labels)
    refuse_among_originals(found, to)
    notes: list[str] = []
    if kind in FOLDERS:
        count, notes = FOLDERS[kind](found, to, how)
    elif kind in TABLES:
        count = TABLES[kind](found, to)
    elif kind == "scores":
        count = write_scores(audit, to)
    else:
        count = _write_journal(audit, to)
    left_out = len(found.rows) - len(found.kept)
    changed = sum(row.label != row.given for row in found.kept)
    reporter.say(f"export {audit.name}: {count:,} rows as {kind} in {to}")
    if kind not in (*WHOLE_AUDIT, "decisions"):
        reporter.say(f"  {changed:,} labels differ from the data's, {left_out:,} excluded images left out")
    if found.stale:
        notes.append(f"decisions about images whose content has changed since, not used: {len(found.stale)}")
    if kind in ("manifest", "parquet"):
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


def _write_journal(audit: Audit, to: Path) -> int:
    if not has_journal(audit):
        raise MissingRun(f"Nothing was ever reviewed in audit {audit.name!r}.", "Run", command(audit.name, "dashboard"))
    journal = open_journal(audit)
    try:
        return write_journal(journal, to)
    finally:
        journal.close()


def _roots(found: Export) -> list[str]:
    return [word for folder in source_folders(found) for word in ("--root", str(folder))]
