"""The table of classes: counts, accuracy, calibration, difficulty and suspects, with ways into the other pages."""

from __future__ import annotations

from core import wording
from core.answers.overview.dataset import ClassRow, ClassTable
from core.answers.provenance import BY_SCORE, COUNTED, OF_THESE
from core.answers.view.choices import ScoreChoice
from pages.components.layout import links
from pages.components.layout.header import View
from pages.components.layout.layout import heading
from pages.components.widgets.download import csv_button
from pages.components.widgets.estimates import as_numbers
from pages.components.widgets.table import Column, TableCell, TableRow, table


def show_classes(
    view: View, found: ClassTable, suspecting: ScoreChoice | None, reviewed: dict[int, int], *, height: int
) -> None:
    """Hardest class first; a row opens the class's images; accuracy, calibration and suspects open their pages.

    reviewed: label -> images that somebody decided on.
    """
    order = "hardest first" if view.model or view.score else "in label order"
    heading("Classes", f"{order}; a row opens its images, a coloured number what it counts")

    def opened(link: str) -> None:
        place, _, name = link.partition(" ")
        changes = {"score": suspecting.address} if place == "suspects" and suspecting else {}
        links.remember(place, **{"class": name, "by": "", **changes})

    means = wording.aligned([row.mean for row in found.rows])
    rows = [
        class_row(view, row, suspecting, mean, reviewed.get(row.label, 0))
        for row, mean in zip(found.rows, means, strict=True)
    ]
    sources = {"accuracy": COUNTED, "overconfident by": OF_THESE} if view.model else {}
    sources |= {f"mean {view.score.name}": OF_THESE} if view.score else {}
    sources |= {"suspects": BY_SCORE} if suspecting else {}
    table(columns_of(view, found, suspecting), rows, key="classes", height=height, on_open=opened, sources=sources)
    names = ("class", *view.reader.splits, "n_judged", "error", "low", "high", "confidence", "mean", "suspects", "of",
             "reviewed")  # fmt: skip
    lines = [(*csv_row(row), reviewed.get(row.label, 0)) for row in found.rows]
    csv_button(names, lines, name=f"{view.audit.name} classes", key="classes_table")


def columns_of(view: View, found: ClassTable, suspecting: ScoreChoice | None) -> list[Column]:
    """The columns that this audit can fill."""
    split = view.selection.split or "all splits"
    columns = [Column("class", wide=True), *(Column(name, number=True) for name in view.reader.splits)]
    if view.model:
        seen = "held-out" if found.held_out else "fitted"
        where = f"that it {'was not' if found.held_out else 'was'} trained on, {split}"
        tip = f"Share of images that {view.model.name} gets right among those {where}."
        columns += [Column(f"{seen} accuracy, %", number=True, tip=tip), Column("95 %", tip="Wilson interval.")]
        tip = "Mean confidence less accuracy, in points; amber where the interval of the accuracy leaves it out."
        columns.append(Column("overconfident by", number=True, tip=tip))
    if view.score:
        tip = f"Mean of {view.score.label} over the class, {split}."
        columns.append(Column(f"mean {view.score.name}", number=True, tip=tip))
    if suspecting:
        tip = f"Labels of the class that {suspecting.name} doubts, {split}: to look at, not errors."
        columns.append(Column("suspects", number=True, tip=tip))
        columns.append(Column("reviewed", number=True, tip="Images of the class that somebody has decided on."))
    return columns


def class_row(view: View, row: ClassRow, suspecting: ScoreChoice | None, mean: str, reviewed: int) -> TableRow:
    """A class as the table draws it. mean: of its score, as text."""
    cells = [TableCell(row.name), *(TableCell(wording.count(n), "" if n else "quiet", n) for n in row.counts)]
    if view.model:
        accuracy = row.accuracy.in_per_cent() if row.accuracy else None
        over = None if row.overconfidence is None else 100 * row.overconfidence
        interval = f"[{accuracy.low:.1f}, {accuracy.high:.1f}]" if accuracy else ""
        cells += [
            TableCell(
                f"{accuracy.value:.1f}" if accuracy else wording.MISSING, "",
                accuracy.value if accuracy else -1, f"difficulty {row.name}",
            ),
            TableCell(interval, "quiet", accuracy.low if accuracy else 0),
            TableCell(
                wording.MISSING if over is None else f"{over:+.1f}".replace("-", "−"),
                "suspect" if row.miscalibrated else "", -1e3 if over is None else over, f"calibration {row.name}",
            ),
        ]  # fmt: skip
    if view.score:
        cells.append(TableCell(mean, "", -1e30 if row.mean is None else row.mean))
    if suspecting:
        link = f"suspects {row.name}" if row.suspects else ""
        cells.append(TableCell(wording.count(row.suspects), "suspect" if row.suspects else "quiet", row.suspects, link))
        cells.append(TableCell(wording.count(reviewed), "" if reviewed else "quiet", reviewed))
    return TableRow(cells, f"hardest {row.name}")


def csv_row(row: ClassRow) -> tuple[object, ...]:
    """A class as a line of the CSV file, shares in 0..1."""
    return (
        row.name, *row.counts, row.n_evaluated, *as_numbers(row.error), row.confidence, row.mean, row.suspects,
        row.n_suspected,
    )  # fmt: skip
