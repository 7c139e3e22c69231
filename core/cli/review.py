"""The commands of human review: `reviews`, `export`, `import-decisions` and `rerank`. Registered in app.py."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BadInput
from .choices import Labels
from .console import make_reporter
from .formats import FormatOption
from .options import AuditOption, QuietOption, chosen_audit
from .text.tables import make_table, show

if TYPE_CHECKING:
    from ..reviews import Conflict, Difference


class How(StrEnum):
    """How images get into an exported folder."""

    copy = "copy"
    link = "link"
    plan = "plan"


ReviewerOption = Annotated[
    str | None, typer.Option("--reviewer", help="Who does it; your user name if left out.", show_default=False)
]


def export(
    kind: FormatOption,
    to: Annotated[Path, typer.Option("--to", help="The file or folder to write; nothing may be there yet.")],
    audit: AuditOption = None,
    how: Annotated[How, typer.Option(help="Images of a folder: copies, links, or a plan of what would be.")] = How.copy,
    labels: Annotated[
        Labels, typer.Option(help="As reviewed; or as the data has them, of all images.")
    ] = Labels.reviewed,
    score: Annotated[
        str | None,
        typer.Option(help="The score to send along, where a format sends one; suspicion if left out.",
                     show_default=False),
    ] = None,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Write the audit for other tools: labels as reviewed, excluded images left out. Never touches your images.

    scores, decisions and journal hold excluded images too, and scores the labels as the data has them. An option that
    a format has no place for is refused. Tables end in .csv or .parquet. A score's direction goes along as metadata; a
    CSV file has it in NAME.csv.json.
    """
    from ..pipeline.export import export as run

    run(
        chosen_audit(audit), make_reporter(quiet=quiet), kind, to, how=how.value, score=score, labels=labels.value
    )  # fmt: skip


def import_decisions(
    file: Annotated[
        Path, typer.Argument(help="A CSV, TSV or Parquet table, or Label Studio's export.", metavar="FILE")
    ],
    audit: AuditOption = None,
    reviewer: ReviewerOption = None,
    control: Annotated[
        str | None, typer.Option(help="Label Studio's question that was about the class.", show_default=False)
    ] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="CHOICE=CLASS", help="What a choice means. Repeatable.", show_default=False),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Read decisions made elsewhere into the journal. The same file twice changes nothing.

    A table has the columns id and new_label, and may have verdict, second_label, reviewer, time, reason, content_hash
    and seen: docs/review.md.
    Where someone has decided otherwise, here or in the file, the row becomes a conflict and overrides nothing.
    """
    from ..pipeline.export import import_decisions as run

    mapping = dict(_pair(each, "CHOICE=CLASS") for each in renamed or [])
    run(
        chosen_audit(audit), make_reporter(quiet=quiet), file, reviewer=reviewer or _user(),
        control=control or "", mapping=mapping,
    )  # fmt: skip


def rerank(
    audit: AuditOption = None,
    base: Annotated[str, typer.Option(help="The score to improve on.")] = "suspicion",
    seed: Annotated[int, typer.Option(help="Seed of folds and resamples.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Learn from the reviews so far which other labels are probably wrong, as the score `reranked`.

    Evaluated out of fold on the reviewed images; where that is no gain over the score they were picked by, it says so
    and stores nothing.
    """
    from ..pipeline.scoring.rerank import rerank as run

    run(chosen_audit(audit), make_reporter(quiet=quiet), base=base, seed=seed)


def reviews(
    audit: AuditOption = None,
    at: Annotated[int | None, typer.Option(help="Show the state after this entry.", show_default=False)] = None,
    compare: Annotated[
        int | None, typer.Option(help="List what differs between this entry and --at, or now.", show_default=False)
    ] = None,
    conflicts: Annotated[bool, typer.Option("--conflicts", help="List the open conflicts.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back your last action.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Do again what you last took back.")] = False,
    restore: Annotated[
        int | None, typer.Option(help="Make everything what it was after this entry.", show_default=False)
    ] = None,
    add_class: Annotated[
        str | None, typer.Option("--add-class", help="Add a class.", metavar="NAME", show_default=False)
    ] = None,
    rename_class: Annotated[
        str | None,
        typer.Option("--rename-class", help="Call a class otherwise.", metavar="OLD=NEW", show_default=False),
    ] = None,
    merge_class: Annotated[
        str | None,
        typer.Option("--merge-class", help="Make a class a part of another.", metavar="CLASS=INTO", show_default=False),
    ] = None,
    reviewer: ReviewerOption = None,
) -> None:
    """Say how far the review has come, or go back on it. Every change is a new entry of the journal; none is lost.

    With --at, verdicts, people, classes, tags and selections are those after that entry; open conflicts and agreement
    are always those of now.
    """
    from .. import reviews as journals
    from ..reviews.summary import agreement, in_words, summary

    found = chosen_audit(audit)
    journal = journals.open_journal(found)
    by = journals.By(reviewer or _user())
    changes: list[tuple[bool, Callable[[], journals.Saved]]] = [
        (undo, lambda: journals.undo(journal, by)),
        (redo, lambda: journals.redo(journal, by)),
        (restore is not None, lambda: journals.restore(journal, restore or 0, by)),
        (add_class is not None, lambda: journals.add_class(journal, add_class or "", by)),
        (rename_class is not None, lambda: journals.rename_class(journal, *_pair(rename_class or ""), by)),
        (merge_class is not None, lambda: journals.merge_class(journal, *_pair(merge_class or ""), by)),
    ]
    asked = [change for wanted, change in changes if wanted]
    if len(asked) > 1:
        raise BadInput("Several changes were asked for at once.", "Ask for one at a time.")
    if conflicts and (at is not None or compare is not None):
        raise BadInput("--conflicts are those that are open now, and an entry was named beside it.", "Leave one out.")
    try:
        for entry in (at, compare):
            if entry is not None:
                journals.refuse_no_entry(journal, entry)
        for change in asked:
            saved = change()
            typer.echo(f"entry {saved.sequence:,}: {saved.applied:,} images changed, {saved.conflicts:,} conflicts")
        if conflicts:
            _show_conflicts(journals.conflicts(journal))
        elif compare is not None:
            before, after = journals.current(journal, compare), journals.current(journal, at)
            _show_differences(journals.differences(before, after))
        else:
            for line in in_words(summary(journal, at), agreement(journal)):
                typer.echo(line)
    finally:
        journal.close()


def _user() -> str:
    """The name of the user who runs the command. Raises BadInput where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise BadInput("This system has no name for you.", "Give one with --reviewer NAME.") from error


def _pair(text: str, form: str = "OLD=NEW") -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals or not old or not new:
        raise BadInput(f"{text!r} does not name two classes.", f"Write {form}.")
    return old, new


def _show_conflicts(open_conflicts: list[Conflict]) -> None:
    table = make_table("Open conflicts", "entry", "image", "reviewer", "says", "holds now", "by", "reason")
    for each in open_conflicts:
        held = each.current
        table.add_row(
            str(each.sequence), each.key, each.reviewer, _said(each.verdict, each.label),
            _said(held.verdict, held.label) if held else "nothing", held.reviewer if held else "", each.reason,
        )  # fmt: skip
    show(table)


def _show_differences(found: list[Difference]) -> None:
    table = make_table("What differs", "image", "before", "after")
    for each in found:
        texts = (_said(state.verdict, state.label) if state else "not reviewed" for state in (each.before, each.after))
        table.add_row(each.key, *texts)
    show(table)


def _said(verdict: str, label: str | None) -> str:
    return f"{verdict}: {label}" if label else verdict
