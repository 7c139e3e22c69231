"""The command that holds two audits against each other: `diff`. Registered in app.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import LabelVersion
from .console import make_reporter
from .options import chosen_audit

if TYPE_CHECKING:
    from ..answers.differences.audit_difference import AuditDifference

FEWEST, USUAL, LIMIT = 0, 5, 480


def diff(
    a: Annotated[str, typer.Argument(help="An audit, as the first of the two.", metavar="A")],
    b: Annotated[
        str | None, typer.Argument(help="The second; A itself if left out.", metavar="B", show_default=False)
    ] = None,
    labels: Annotated[
        tuple[LabelVersion, LabelVersion],
        typer.Option(help="Which labels of the first and of the second are compared.", metavar="FIRST SECOND"),
    ] = (LabelVersion.reviewed, LabelVersion.reviewed),
    before: Annotated[
        str | None,
        typer.Option(
            help="A as it was before a date or time in UTC, or an entry of its journal, against A as it is now.",
            metavar="WHEN", show_default=False,
        ),
    ] = None,
    score: Annotated[
        str | None, typer.Option(help="Whose moves are listed; suspicion if left out.", show_default=False)
    ] = None,
    most: Annotated[int, typer.Option(help="Images listed of each kind.", min=FEWEST, max=LIMIT)] = USUAL,
    to: Annotated[
        Path | None,
        typer.Option(help="Write every image that differs into this .csv or .parquet.", metavar="FILE",
                     show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Say what differs between two audits, two states of one, or two versions of its labels.

    Images that came, went, were renamed, changed content, label or split; class shares; how scores and suspects moved.
    An image is its content: of a new name it is renamed, not gone. Labels are compared as reviewed unless --labels says
    otherwise (given: as the data has them; true: its true labels). See docs/diff.md.
    """
    from ..answers.differences.audit_difference import difference
    from ..answers.differences.states import checked_when, two_states
    from .text.difference import show_difference

    first = chosen_audit(a)
    second = None if b is None else chosen_audit(b)
    moment = "" if before is None else checked_when(before)
    states = two_states(first, second, before=moment, labels=(labels[0].value, labels[1].value))
    if to is not None:
        from ..export.differences import refuse_place

        refuse_place(to, [state.hub for state in states])
    found = difference(*states)
    if score is not None:
        _refuse_unknown(found, score)
    show_difference(found, score or "", most)
    if to is not None:
        _write(found, to, most)


def _refuse_unknown(found: AuditDifference, score: str) -> None:
    """Raise BadInput where the two do not share a score of that name."""
    from ..errors import BadInput

    if score not in {one.name for one in found.scores}:
        has = ", ".join(one.name for one in found.scores) or "none"
        raise BadInput(f"There is no score {score!r} in both; in both there is: {has}.", "Name one of them as --score.")


def _write(found: AuditDifference, to: Path, most: int) -> None:
    from ..answers.differences.table import COLUMNS, OF_SCORES, changed_images
    from ..export.differences import write_differences

    states = {"first": f"{found.before.words}, {found.labels[0]}", "second": f"{found.after.words}, {found.labels[1]}"}
    of_scores = {f"SCORE{ending}": meaning for ending, meaning in OF_SCORES.items()}
    rows = write_differences(changed_images(found, most), {**states, "columns": {**COLUMNS, **of_scores}}, to)
    make_reporter(quiet=False).say(f"written: {to} ({rows:,} images)")
