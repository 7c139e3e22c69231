"""How far reviewers agree, from blind second reviews: kappa of two, alpha of all."""

from __future__ import annotations

from core.answers.review.states import agreement_lines
from core.answers.view.journal import journal_version
from core.wording import count
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer
from pages.components.widgets.table import Column, TableCell, TableRow, table

_COLUMNS = (
    Column("reviewers", wide=True), Column("images", number=True), Column("measure"),
    Column("agreement", tip="1 is full agreement, 0 what chance gives; 95 % interval over images."),
)  # fmt: skip


def show_agreement(view: View) -> None:
    """Everybody together, and each pair."""
    heading("How far reviewers agree", "1 is full agreement, 0 what chance gives")
    found = answer(agreement_lines, view.reader, journal_version(view.audit))
    if not found:
        lines(["Nothing has been reviewed twice yet: the measures come with the first second reviews."])
        return
    rows = [
        TableRow(
            (
                TableCell(one.who),
                TableCell(count(one.images), "", one.images),
                TableCell(one.measure),
                TableCell(one.figure),
            )
        )
        for one in found
    ]
    table(_COLUMNS, rows, key="agreement")
