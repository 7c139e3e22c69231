"""Out and back: an audit in a format that other tools read, and decisions made elsewhere into its journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import BadInput, MissingRun
from ..export.decision_tables import read_answers
from ..export.decisions_in import ImportedDecisions, import_answers
from ..export.destination import COPY, refuse_among_originals
from ..export.folders import write_fiftyone, write_huggingface, write_imagefolder
from ..export.label_studio import write_tasks
from ..export.rows import Export, collect, source_folders
from ..export.tables import write_cleanlab, write_decisions, write_journal, write_manifest, write_scores
from ..progress import Reporter
from ..reviews import class_names, has_journal, open_journal
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


def import_decisions(
    audit: Audit, reporter: Reporter, file: Path, *, reviewer: str = "", control: str = "",
    mapping: Mapping[str, str] | None = None,
) -> ImportedDecisions:  # fmt: skip
    """Read a table of decisions, or a Label Studio export, into the journal; say how it was read, what became of it.

    reviewer: of answers that name nobody. control: Label Studio's question that was about the class. mapping: choice
    -> the class it means. Raises BadInput where nothing of the file could be taken in, and on whatever makes no sense.
    """
    found = collect(audit, labels="given")
    journal = open_journal(audit)
    try:
        answers = read_answers(file, [*class_names(journal), *(mapping or {})], control)
        done = import_answers(journal, found, file, answers, reviewer=reviewer, mapping=mapping)
    finally:
        journal.close()
    reporter.say(
        f"import-decisions {audit.name}: {done.applied:,} applied, {done.agreed:,} said again, "
        f"{done.conflicts:,} conflicts, {done.skipped:,} skips, {done.repeated:,} imported before"
    )
    for line in (*done.notes, *_left_out(done)):
        reporter.say(f"  {line}")
    if done.conflicts:
        reporter.say(f"  see them with: {command(audit.name, 'reviews', '--conflicts')}")
    if not done.taken:
        why = "; ".join(_left_out(done)) or "it holds no answers"
        raise BadInput(f"Nothing of {file} was taken in: {why}.", "See docs/review.md, Formats in, for what is read.")
    return done


def _left_out(done: ImportedDecisions) -> list[str]:
    """What of a file is in no entry of the journal, a line for each reason."""
    about = {**done.unmatched, "about another content of the image": done.changed}
    lines = [
        f"left out, {why}: {len(names):,} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})"
        for why, names in about.items()
        if names
    ]
    return lines + [f"left out, {what}: {count:,}" for what, count in done.left_out.items()]


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
