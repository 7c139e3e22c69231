"""Out and back: an audit in a format that other tools read, and decisions made elsewhere into its journal."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ..errors import BadInput, command
from ..export.decision_tables import read_answers
from ..export.decisions_in import ImportedDecisions, import_answers
from ..export.destination import COPY, refuse_among_originals
from ..export.registry import Exporter, get_exporter
from ..export.rows import REVIEWED, Export, collect, source_folders
from ..progress import Reporter
from ..reviews import class_names, has_journal, open_journal
from ..store.audit import Audit
from ..store.items import class_names_of
from ..store.paths import file_to_read, path_to_write


def export(
    audit: Audit, reporter: Reporter, kind: str, to: Path, *, how: str = COPY, score: str | None = None,
    labels: str = REVIEWED,
) -> Path:  # fmt: skip
    """Write the audit in a registered format. Images come with their labels as reviewed, excluded ones are left out.

    to: a file, or a folder for formats that are one, that is not there yet and not among the data set's own images.
    how: copy, link or plan, for folders. labels: "given" for the data's own, of all images.
    Raises BadInput or MissingRun where the format has no place for this audit, or none for what was asked.
    """
    exporter = get_exporter(kind)
    refuse_unused(exporter, how=how, score=score, labels=labels)
    if exporter.endings and to.suffix not in exporter.endings:
        ending = exporter.endings[0]
        raise BadInput(f"{to} does not end in {ending}.", f"Name the file --to NAME{ending}.")
    path_to_write(to, folder=exporter.place == "folder")
    found = collect(audit, score=score, labels=labels, all_scores=exporter.scores)
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


def refuse_unused(exporter: Exporter, *, how: str, score: str | None, labels: str) -> None:
    """Raise BadInput where something was asked for that this format has no place for."""
    kind = exporter.name
    unused = {
        f"--how {how}": how != COPY and exporter.place != "folder" and f"{kind} is no folder of images",
        f"--score {score}": score is not None and not exporter.sends_score and f"{kind} sends no single score along",
        f"--labels {labels}": labels != REVIEWED and not exporter.labels and f"{kind} is the same with any labels",
    }
    for option, why in unused.items():
        if why:
            raise BadInput(f"{option} was given, and {why}.", f"Leave {option.split()[0]} out.")


def import_decisions(
    audit: Audit, reporter: Reporter, file: Path, *, reviewer: str = "", control: str = "",
    mapping: Mapping[str, str] | None = None,
) -> ImportedDecisions:  # fmt: skip
    """Read a table of decisions, or a Label Studio export, into the journal; say how it was read, what became of it.

    reviewer: of answers that name nobody. control: Label Studio's question that was about the class. mapping: choice
    -> the class it means. Raises BadInput where nothing of the file could be taken in, and on whatever makes no sense.
    """
    file_to_read(file)
    gc.disable()  # a million answers hold no cycles, and looking for some among them takes a third of the time
    try:
        answers = read_answers(file, [*_classes_now(audit), *(mapping or {})], control)
        found = collect(audit, labels="given")
        with closing(open_journal(audit)) as journal:
            done = import_answers(journal, found, file, answers, reviewer=reviewer, mapping=mapping)
    finally:
        gc.enable()
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


def _classes_now(audit: Audit) -> tuple[str, ...]:
    """The classes as reviews have named them so far, without making a journal where there is none."""
    if not has_journal(audit):
        return class_names_of(audit)
    with closing(open_journal(audit)) as journal:
        return class_names(journal)


def _left_out(done: ImportedDecisions) -> list[str]:
    """What of a file is in no entry of the journal, a line for each reason."""
    about = {**done.unmatched, "about another content of the image": done.changed}
    lines = [
        f"left out, {why}: {len(names):,} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})"
        for why, names in about.items()
        if names
    ]
    return lines + [f"left out, {what}: {count:,}" for what, count in done.left_out.items()]


def _roots(found: Export) -> list[str]:
    return [word for folder in source_folders(found) for word in ("--root", str(folder))]
