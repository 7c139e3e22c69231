"""Hardest & easiest: both ends of a score's order side by side, of the whole set, one class, or every class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from core.answers.image.tiles import error_rate, tiles
from core.answers.models.vog_stages import StagePair, stage_pairs
from core.answers.view.cautions import of_other_splits
from core.answers.view.choices import ScoreChoice
from core.answers.view.ranking import chosen_in_view, high_end, low_end
from core.answers.view.searches import search_of
from core.answers.view.subsets import subset_words
from core.types import HARDER_LOW, Ints
from core.wording import count
from pages.components.figures.search import search_box
from pages.components.figures.told import ends_in_words
from pages.components.image.tagging import tag_button
from pages.components.layout import address
from pages.components.layout.class_choice import choose_class, chosen_class, in_rows
from pages.components.layout.empty import advised, say_empty
from pages.components.layout.explained import fragment
from pages.components.layout.header import View, header
from pages.components.layout.layout import lines
from pages.components.layout.loading import load_class_blocks, load_order, load_scored
from pages.components.widgets.gallery import gallery
from pages.components.widgets.grid import Band, Group, Sheet
from pages.components.widgets.light_table import light_table, pages_of, part_of

SIZES, SIZES_BY_CLASS = (12, 24, 36, 48, 96, 192), (4, 6, 8, 12, 24, 48)
TILES_A_SHEET = 96
BOTH = "both"  # stages in the address: VoG over the first checkpoints above VoG over the last
TILE_WIDTHS = {"small": 66, "medium": 88, "large": 136}  # pixels


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("hardest")
    if view.score is None:
        say_empty(
            f"Audit {view.audit.name!r} has no score yet, so its images have no order.",
            "Here you would see the hardest and the easiest images of the set and of every class.",
            run=advised(view.reader, "embed", "score"),
        )
        return
    for text in cautions(view, view.score):
        lines([text], "caution")
    if search_of(view.reader, view.selection.only):
        show_found(view)
        return
    pair = next((pair for pair in stage_pairs(view.scores) if view.score in (pair.early, pair.late)), None)
    size, width = controls(view, pair)
    both = pair is not None and bool(address.read_one("stages", [BOTH])) and not in_rows()
    scores = (pair.early, pair.late) if pair and both else (view.score,)
    if in_rows():
        every_class(view, view.score, size, width)
    else:
        both_ends_of_the_set(view, scores, size, width)


def controls(view: View, pair: StagePair | None) -> tuple[int, int]:
    """Which classes, how many images of each end and how wide a tile is; the last two are returned."""
    sizes = SIZES_BY_CLASS if in_rows() else SIZES
    size = address.read_number("each", sizes[1], 1, sizes[-1])
    width = address.read_one("tiles", TILE_WIDTHS, "medium")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        choose_class(view, rows=True, drops=("each",))
        address.choose(
            "show", sorted({*sizes, size}), size, lambda chosen: {"each": str(chosen)}, key="each",
            text=lambda chosen: f"{chosen} of each end", width=145,
        )  # fmt: skip
        address.choose(
            "tiles", list(TILE_WIDTHS), width, lambda chosen: {"tiles": chosen}, key="tiles",
            text=lambda chosen: f"{chosen} tiles", width=130,
        )  # fmt: skip
        if pair and not in_rows():
            address.choose(
                "stages", ["", BOTH], address.read_one("stages", [BOTH]), lambda chosen: {"stages": chosen},
                key="stages", text=lambda chosen: "early and late" if chosen else "this stage", width=140,
            )  # fmt: skip
        search_box(view.reader)
    return size, TILE_WIDTHS[width]


def cautions(view: View, score: ScoreChoice) -> list[str]:
    """What would be misread without a word."""
    found: list[str] = []
    if view.selection.split is None and len(view.reader.splits) > 1:
        found += filter(None, [of_other_splits(score, view.scores, "Choose one split above")])
    if score.direction is None:
        found.append(
            f"Whether high or low {score.name} means hard is not known on this data: its correlation with error has "
            "not been measured, or its interval holds 0. Shown are the highest and the lowest values."
        )
    return found


def show_found(view: View) -> None:
    """What a search found, in its own order: most similar first."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        search_box(view.reader)
    ids = chosen_in_view(view.reader, view.selection.only, view.selection)
    gallery(view, ids, "Most similar first", note=subset_words(view.reader, view.selection.only))


@fragment
def both_ends_of_the_set(view: View, scores: Sequence[ScoreChoice], size: int, width: int) -> None:
    """The grid and the opened image. A turn of the sheet reruns this alone, after the browser has turned.

    scores: one, or two whose orders are shown one above the other.
    """
    selection = replace(view.selection, label=chosen_class(view))
    orders = [load_order(view.reader, one.address, selection) for one in scores]
    pages = max(pages_of(ids, size) for ids in orders)
    if pages == 0:
        say_no_value(scores[0])
        return
    page = light_table(
        view, lambda page: sheet_of_ends(view, scores, orders, page, size), signature=repr((scores, selection, size)),
        pages=pages, tile=width,
    )  # fmt: skip
    ends = [end(ids, page, size) for ids in orders for end in (high_end, low_end)]
    tag_button(view.reader, np.unique(np.concatenate(ends)), key="sheet")
    ends_in_words(view.reader, scores[0], orders[0])


@fragment
def every_class(view: View, score: ScoreChoice, size: int, width: int) -> None:
    """The same with a row for each class, as many to a sheet as have room."""
    blocks = load_class_blocks(view.reader, score.address, view.selection)
    rows = max(1, TILES_A_SHEET // (2 * size))
    if not blocks:
        say_no_value(score)
        return
    light_table(
        view, lambda page: sheet_of_classes(view, score, blocks, page, rows, size), tile=width,
        signature=repr((score, view.selection, "by class", size)), pages=-(-len(blocks) // rows),
    )  # fmt: skip


def say_no_value(score: ScoreChoice) -> None:
    """No image in view has this score, and why."""
    advice = score.reason or "Choose another split or filter."
    say_empty(f"No image in view has a value of {score.name}.", advice=advice)


def sheet_of_ends(view: View, scores: Sequence[ScoreChoice], orders: Sequence[Ints], page: int, size: int) -> Sheet:
    """Both ends of one order, or of two in a band each."""
    _, text = part_of(max(orders, key=len), page, size)
    bands = [
        Band(score.label if len(scores) > 1 else "", "", both_ends(view, score, ids, page, size))
        for score, ids in zip(scores, orders, strict=True)
    ]
    return Sheet(text, bands)


def sheet_of_classes(
    view: View, score: ScoreChoice, blocks: list[tuple[int, Ints]], page: int, rows: int, size: int
) -> Sheet:
    """A row per class with both its ends."""
    part = blocks[(page - 1) * rows : page * rows]
    first = (page - 1) * rows + 1
    text = f"class {count(first)}–{count(first + len(part) - 1)} of {count(len(blocks))}"
    bands = [
        Band(view.reader.class_names[label], f"{count(len(ids))} images", both_ends(view, score, ids, 1, size))
        for label, ids in part
    ]
    return Sheet(text, bands)


def both_ends(view: View, score: ScoreChoice, ids: Ints, page: int, size: int) -> list[Group]:
    """The high and the low end of an order, the hard one first."""
    values = load_scored(view.reader, score.address)
    high, low = score.ends
    tone = {"Hardest": "hard", "Easiest": "easy"}
    top, bottom = high_end(ids, page, size), low_end(ids, page, size)
    found = tiles(view.reader, values, score.address, np.concatenate([top, bottom]), view.model_id)
    groups = [
        Group(title, tone.get(title, ""), str(error_rate(part) or ""), part)
        for title, part in ((high, found[: len(top)]), (low, found[len(top) :]))
    ]
    return groups[::-1] if score.direction == HARDER_LOW else groups


main()
