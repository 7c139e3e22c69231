"""Near-duplicate groups with thumbnails, beside the map; one of them can be shown on it."""

from __future__ import annotations

from functools import partial

import numpy as np

from core.answers.image.tiles import tiles
from core.answers.labels.duplicates import DuplicateGroup, DuplicateSummary, duplicate_summary
from core.answers.view.choices import ScoreChoice
from core.errors import command
from core.types import Ints
from core.wording import count
from pages.components.figures.drawing import read_drawn
from pages.components.layout import address
from pages.components.layout.empty import say_command
from pages.components.layout.explained import fragment
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer, load_scored
from pages.components.widgets.grid import Band, Group, Sheet
from pages.components.widgets.light_table import light_table

GROUP, SHEET_OF = "group", "group_page"  # parts of the address: the group on the map, the sheet of the list
GROUPS_A_SHEET, MEMBERS, TILE = 5, 5, 66
ALL = "all"


def duplicate_groups_list(view: View) -> None:
    """The groups that need a decision first: labels that disagree, then those across splits."""
    found = answer(duplicate_summary, view.reader)
    heading("Near duplicates", "" if found is None else f"cosine {found.threshold} or more")
    if found is None:
        text = "Images that are there twice would be listed here, with those whose labels disagree first."
        say_command(text, [command(view.audit.name, "score", "duplicates")])
        return
    if not found.groups:
        lines(["No two images are identical or nearly so."])
        return
    lines([in_words(found)])
    names = {"": "none on the map", ALL: "all on the map"}
    names |= {str(i): f"group {i + 1} on the map" for i in range(min(len(found.groups), 200))}
    current = address.read_one(GROUP, names, "")
    address.choose(
        "group on the map", list(names), current, lambda one: {GROUP: one}, key="group", text=names.__getitem__,
        width=190,
    )  # fmt: skip
    if view.score is None:
        lines(["There is no score yet to show under the images."])
    else:
        group_sheets(view, found, view.score)


def in_words(found: DuplicateSummary) -> str:
    """Counts of what is the matter."""
    return (
        f"{count(found.exact)} groups of identical images, {count(found.near)} of near-identical ones; labels disagree "
        f"in {count(found.disagreements)}, {count(found.leaks)} cross splits."
    )


def shown_group(view: View) -> tuple[Ints, str] | None:
    """The images to ring on the map and what to call them, None where none is asked for."""
    asked = address.read(GROUP)
    found = answer(duplicate_summary, view.reader) if asked else None
    if found is None or not found.groups:
        return None
    if asked == ALL:
        rows = np.array([row for group in found.groups for row in group.rows], np.int32)
        return rows, "near duplicates"
    if asked.isdecimal() and len(asked) < 9 and int(asked) < len(found.groups):
        return np.array(found.groups[int(asked)].rows, np.int32), f"group {int(asked) + 1}"
    return None


@fragment
def group_sheets(view: View, found: DuplicateSummary, score: ScoreChoice) -> None:
    """The groups as sheets of thumbnails; a tile opens its image."""
    light_table(
        view, partial(_sheet, view, found, score), signature=score.address,
        pages=-(-len(found.groups) // GROUPS_A_SHEET), tile=TILE, key="duplicates", part=SHEET_OF,
        opens=not read_drawn(view.reader) and not view.selection.only,  # a gallery on the page opens it
    )  # fmt: skip


def _sheet(view: View, found: DuplicateSummary, score: ScoreChoice, page: int) -> Sheet:
    first = (page - 1) * GROUPS_A_SHEET
    part = found.groups[first : first + GROUPS_A_SHEET]
    text = f"{count(first + 1)}–{count(first + len(part))} of {count(len(found.groups))} groups"
    return Sheet(text, [_band(view, score, first + i + 1, group) for i, group in enumerate(part)])


def _band(view: View, score: ScoreChoice, number: int, group: DuplicateGroup) -> Band:
    how = "identical" if group.exact else f"cosine {group.lowest_similarity:.3f}"
    faults = ["labels disagree"] * group.labels_differ + ["across splits"] * group.crosses_splits
    more = f"{count(len(group.rows) - MEMBERS)} more" if len(group.rows) > MEMBERS else ""
    scored = load_scored(view.reader, score.address)
    members = tiles(view.reader, scored, score.address, list(group.rows[:MEMBERS]), view.model_id)
    note = ", ".join([how, *faults, *([more] if more else [])])
    return Band(f"Group {number}", note, [Group("", "", "", members)])
