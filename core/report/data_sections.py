"""The data: what was ingested, its classes, and images that are there more than once."""

from __future__ import annotations

import numpy as np

from ..answers.image.tiles import tiles
from ..answers.labels.duplicates import DuplicateGroup, duplicate_summary
from ..answers.overview.dataset import ClassRow, dataset_facts, refused_files
from ..answers.provenance import BY_SCORE, COUNTED, OF_THESE
from ..errors import command
from ..experiments.text_table import TextTable
from ..wording import count, percent, percent_interval, three
from .blocks import Block, Facts, ImageSheet, Missing, Section
from .subject import Subject

REFUSED, CLASSES, GROUPS, MEMBERS = 30, 60, 12, 6
"""How many of each are listed; all of them are counted."""


def data(subject: Subject) -> Section:
    """Counts, sizes, origin, refused files and the classes, hardest first."""
    facts = dataset_facts(subject.reader)
    blocks: list[Block] = [Facts(facts.facts)]
    refused = refused_files(subject.reader)
    if refused:
        n = sum(number for _, number in facts.refused)
        blocks.append(
            TextTable(of_all("Refused files", REFUSED, n), ("file", "reason", "detail"), tuple(refused[:REFUSED]))
        )
    blocks.append(class_list(subject))
    return Section("The data", (facts.note,) if facts.note else (), tuple(blocks))


def class_list(subject: Subject) -> TextTable:
    """Every class with its images, the model's errors and suspects."""
    table, splits = subject.classes, subject.reader.splits
    columns = (
        "class",
        *splits,
        "error",
        "mean confidence",
        "suspects",
        *([subject.score.name] if subject.score else []),
    )
    rows = tuple(_class(row, scored=subject.score is not None) for row in table.rows[:CLASSES])
    where = "images it was not trained on" if table.held_out else "images it was trained on"
    notes = (f"Error and confidence: {subject.model.name} on {where}, with 95 % intervals.",) if subject.model else ()
    sources = {"error": COUNTED, "mean confidence": OF_THESE} if subject.model else {}
    sources |= {"suspects": BY_SCORE} if subject.suspecting else {}
    sources |= {f"mean {subject.score.name}": OF_THESE} if subject.score else {}
    return TextTable(of_all("Classes, hardest first", CLASSES, len(table.rows)), columns, rows, notes, sources)


def _class(row: ClassRow, *, scored: bool) -> tuple[str, ...]:
    said = f"{percent_interval(row.error)} of {count(row.error.n)}" if row.error else "–"
    suspects = f"{count(row.suspects)} of {count(row.n_suspected)}" if row.n_suspected else "–"
    cells = (row.name, *map(count, row.counts), said, percent(row.confidence), suspects)
    return (*cells, three(row.mean)) if scored else cells


def duplicates(subject: Subject) -> Section:
    """Groups of equal and near-equal images, those that need a decision first."""
    found = duplicate_summary(subject.reader)
    if found is None:
        missing = Missing(
            "Near-identical images were not looked for yet.", str(command(subject.audit.name, "score", "duplicates"))
        )
        return Section("Duplicates", (), (missing,))
    if not found.groups:
        said = f"No two images are identical or alike by a cosine of {found.threshold} or more."
        return Section("Duplicates", (said,), ())
    lead = (
        f"{count(found.exact)} groups of identical images and {count(found.near)} of near-identical ones (cosine "
        f"{found.threshold} or more): {count(found.disagreements)} with labels that disagree, {count(found.leaks)} "
        "across splits."
    )
    more = f" The first {GROUPS} are shown." if len(found.groups) > GROUPS else ""
    return Section("Duplicates", (lead + more,), tuple(_group(subject, group) for group in found.groups[:GROUPS]))


def _group(subject: Subject, group: DuplicateGroup) -> Block:
    how = "Identical" if group.exact else f"Alike, cosine {group.lowest_similarity:.3f}"
    faults = [*["labels disagree"] * group.labels_differ, *["across splits"] * group.crosses_splits]
    hidden = len(group.rows) - MEMBERS
    says = "; ".join([*faults, *([f"{count(hidden)} more"] if hidden > 0 else [])])
    if subject.score is None or subject.ranked is None:
        return Facts(((how, says),))
    ids = np.asarray(group.rows[:MEMBERS])
    return ImageSheet(
        how, says, tuple(tiles(subject.reader, subject.ranked, subject.score.address, ids, subject.model_run))
    )


def of_all(title: str, shown: int, n: int) -> str:
    """A title that says how many are listed of how many."""
    return f"{title} (the first {count(shown)} of {count(n)})" if n > shown else title
