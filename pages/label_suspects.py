"""Label suspects: labels that a score doubts, most suspect first, with who agrees and what a cut is worth."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import floor, log10

import numpy as np
import streamlit as st

from core import wording
from core.answers.image.tiles import Tile
from core.answers.labels.comparable import comparable
from core.answers.labels.listed_twice import in_words, listed_with_other_labels
from core.answers.labels.noise_rate import noise_basis, noise_estimates
from core.answers.labels.precision_at_threshold import (
    CutLine,
    cut_lines,
    estimated,
    reviewed,
    suspicion_values,
)
from core.answers.labels.suspect_classes import SuspectClass, suspect_classes
from core.answers.labels.suspect_rows import COLUMNS, suspect_rows
from core.answers.labels.suspecting import PREFERRED, suspecting_scores
from core.answers.labels.suspects import Cuts, Suspects, decode_cuts, encode, flagged, listed, suspects
from core.answers.provenance import BY_SCORE, BY_SUSPICION, metric_sources
from core.answers.view.choices import PREFERRED_SCORES, ScoreChoice
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Selection, mask_of
from core.errors import command
from core.plots.suspects import suspects_by_class
from core.types import Ints
from pages.components.image.tagging import tag_button
from pages.components.layout import address, links
from pages.components.layout.class_choice import choose_class, chosen_class
from pages.components.layout.empty import advised, say_empty, say_unlabelled
from pages.components.layout.explained import fragment
from pages.components.layout.header import View, header
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer, large_answer
from pages.components.review.modes import choose_mode, show_mode
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import as_numbers, share_cell
from pages.components.widgets.light_table import tiles_in_order
from pages.components.widgets.table import Column, TableCell, TableRow, table

SHEET, TILE = 40, 92  # tiles, pixels
SIZES = (10, 20, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
TABLE_HEIGHT = 330
BARS = 15
BY_TRUTH = metric_sources({"label_precision_at_recall": "wrong, true labels"})
WOULD_SHOW = "Here you would see the images whose label is probably wrong, each with the label it should have."


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("suspects", (*PREFERRED, *PREFERRED_SCORES), of_score=("cut",))
    if mode := choose_mode(view):
        show_mode(view, mode)
        return
    scores = answer(suspecting_scores, view.reader, view.scores)
    if say_unlabelled(view.reader, "none can be doubted", WOULD_SHOW):
        return
    if not scores and (of := answer(comparable, view.reader)).none:
        say_empty(f"Which labels are wrong {of.in_words}.", WOULD_SHOW)
        return
    if not scores:
        run = [*advised(view.reader, "embed"), str(command(view.audit.name, "score", "suspicion"))]
        say_empty(f"Audit {view.audit.name!r} has no score that suggests labels yet.", WOULD_SHOW, run=run)
        return
    score = view.score if view.score in scores else scores[0]
    if view.score is not None and view.score != score:
        lines([f"{view.score.name} suggests no labels; these are the suspects of {score.label}."], "caution")
    if twice := answer(listed_with_other_labels, view.reader):
        lines([f"{in_words(twice)}. Such images have them in the column other_labels."], "caution")
    found = large_answer(suspects, view.reader, score.address)
    label = chosen_class(view)
    selection = replace(view.selection, label=label)
    cuts, votes = address.read_as("cut", decode_cuts, Cuts()), address.read_number("agree", 0, 0, len(found.voters))
    ids = listed(view.reader, found, cuts, votes, selection)
    controls(view, score, found, cuts, label, len(ids))
    say_worth(view, score, found, ids, label)
    left, right = st.columns([7, 4], gap="large")
    with left:
        heading(f"{wording.count(len(ids))} suspects")  # leaves the right to the grid's own bar
        the_list(view, score, found, ids, repr((selection, cuts, votes)))
        ways(view, score, found, ids, encode(score.address, cuts, votes))
    with right:
        what_cuts_are_worth(view, score, found, selection, cuts)
        classes(view, score, found, selection, cuts, votes)


def controls(view: View, score: ScoreChoice, found: Suspects, cuts: Cuts, label: int | None, n: int) -> None:
    """Which class, how many scores have to agree, and from which value on."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="controls"):
        choose_class(view)
        address.choose(
            "agreement", list(range(len(found.voters) + 1)), address.read_number("agree", 0, 0, len(found.voters)),
            lambda chosen: {"agree": str(chosen) if chosen else ""}, key="agree",
            text=lambda votes: f"{votes} or more others agree" if votes else "whoever agrees", width=210,
        )  # fmt: skip
        choose_cut(score, found, cuts, label, n)
        if cuts != Cuts():
            st.button(
                "No thresholds", key="no_cuts", type="tertiary", icon=":material/close:", on_click=address.write,
                args=({"cut": ""},), help="List the labels that the score doubts, in every class.",
            )  # fmt: skip


def choose_cut(score: ScoreChoice, found: Suspects, cuts: Cuts, label: int | None, n: int) -> None:
    """A number from which on an image is a suspect, of the class shown or of all without their own; the count above."""
    values = found.values[found.order]
    if not len(values):
        return
    low, high = float(values.min()), float(values.max())
    step = 10.0 ** floor(log10((high - low) / 10)) if high > low else 1.0
    places_shown = max(-floor(log10(step)) + 1, 0)
    current = cuts.whole if label is None else cuts.of(label)
    st.session_state["cut"] = None if current is None else min(max(current, low), high)

    def store() -> None:
        address.write({"cut": cuts.changed(label, st.session_state["cut"]).encoded()})

    st.number_input(
        f"{wording.count(n)} images from this {score.name} on", low, high, key="cut", step=step, on_change=store,
        format=f"%.{places_shown}f", width=230, placeholder="doubted",
        help="Empty: the labels that the score doubts. A class that is chosen has a threshold of its own.",
    )  # fmt: skip


def say_worth(view: View, score: ScoreChoice, found: Suspects, ids: Ints, label: int | None) -> None:
    """How many of the listed labels are wrong, by whatever knows it best."""
    if not len(ids):
        return
    at = journal_version(view.audit)
    by_people = answer(reviewed, view.reader, ids, at) if at and len(ids) <= SIZES[-3] else None
    precision = by_people or estimated(large_answer(suspicion_values, view.reader), ids)
    where = "" if label is None else f" in {view.reader.class_names[label]}"
    text = f"{wording.count(len(ids))} labels{where} are listed."
    if precision:
        by = f"{precision.n} reviews" if by_people else "suspicion's probabilities"
        share = wording.percent_interval(precision)
        text = f"An estimated {share} of the {wording.count(len(ids))} labels listed{where} are wrong, by {by}."
    if by_people:
        text += " Those that were reviewed need not stand for the others."
    known = answer(noise_estimates, view.reader, at)
    lines([text, *([f"Of all: {known[0].figure} {noise_basis(known)}."] if known else [])])


@fragment
def the_list(view: View, score: ScoreChoice, found: Suspects, ids: Ints, chosen: str) -> None:
    """The tiles, most suspect first."""
    if not len(ids):
        advice = "Choose another class, split or threshold, or ask fewer scores to agree."
        say_empty("No label in view is doubted.", advice=advice)
        return
    tiles_in_order(
        view, score, ids, title="Given → suggested", note=f"the likeliest other class by {score.name}",
        signature=chosen, size=SHEET, tile=TILE, change=partial(tile_of, found), undoubted=True,
    )  # fmt: skip


def tile_of(found: Suspects, tile: Tile) -> Tile:
    """A tile that shows the suggestion and who agrees with it; what a network predicts is one voice among those."""
    names = found.agreeing(tile.id)
    note = f"{len(names)} of {len(found.voters)} agree" if found.voters and tile.suggested else ""
    more = f"{tile.suggested} is also said by: {', '.join(names)}" if names else ""
    return replace(tile, predicted="", wrong=None, note=note, more=more)


def ways(view: View, score: ScoreChoice, found: Suspects, ids: Ints, only: str) -> None:
    """The same images elsewhere, and as a file."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="ways"):
        csv_button(
            COLUMNS, lambda: suspect_rows(view.reader, found, ids), name=f"{view.audit.name} suspects", key="suspects"
        )
        if len(ids) and not view.selection.only:
            label = f"Open these {wording.count(len(ids))} images on the light table"
            links.link("hardest", label, only=only, score=score.address, by="")
        tag_button(view.reader, ids, key="suspects")


def what_cuts_are_worth(view: View, score: ScoreChoice, found: Suspects, selection: Selection, cuts: Cuts) -> None:
    """How many of the first so many are wrong; a row cuts there."""
    inside = mask_of(view.reader, selection)
    most = 2 * int(np.count_nonzero(found.doubted if inside is None else found.doubted & inside))
    found_lines = cut_lines(view.reader, found, inside, [size for size in SIZES if size <= max(most, SIZES[2])])
    if not found_lines:
        return
    label = selection.label
    where = "" if label is None else f", {view.reader.class_names[label]}"
    heading("What a threshold is worth", f"a row lists from there{where}")
    columns = [
        Column(f"{score.name} ≥"), Column("images", number=True),
        Column("wrong, estimated", tip="Mean of suspicion's probabilities over these images: an estimate."),
    ]  # fmt: skip
    known = any(line.measured for line in found_lines)
    if known:
        tip = "Precision among the first so many training images, against the true labels that the data set came with."
        columns.append(Column("wrong, true labels", tip=tip))

    def cut_at(link: str) -> None:
        address.write({"cut": cuts.changed(label, found_lines[int(link)].value).encoded()})

    rows = [cut_row(line, number, known) for number, line in enumerate(found_lines)]
    sources = {"wrong": BY_SUSPICION} | (BY_TRUTH if known else {})
    table(columns, rows, key="cuts", height=TABLE_HEIGHT, on_open=cut_at, sources=sources)
    csv_button(
        ("from", "images", "estimated", "low", "high", "true_labels", "low", "high"),
        [(line.value, line.n, *as_numbers(line.estimated), *as_numbers(line.measured)) for line in found_lines],
        name=f"{view.audit.name} thresholds", key="cuts_table",
    )  # fmt: skip


def cut_row(line: CutLine, number: int, known: bool) -> TableRow:
    """One cut as the table draws it."""
    cells = [TableCell(wording.three(line.value), "", line.value), TableCell(wording.count(line.n), "", line.n)]
    cells += [share_cell(line.estimated), *([share_cell(line.measured)] if known else [])]
    return TableRow(cells, str(number))


def classes(
    view: View, score: ScoreChoice, found: Suspects, selection: Selection, cuts: Cuts, votes: int
) -> None:  # fmt: skip
    """Where the suspects are: a figure of the classes with most, and a table of all; a row shows its class."""
    everywhere = replace(selection, label=None)
    kept = flagged(view.reader, found, cuts, votes)
    all_lines = suspect_classes(view.reader, found, kept, mask_of(view.reader, everywhere), cuts)
    if not all_lines:
        return
    first = all_lines if len(all_lines) > 2 * BARS else all_lines[: 2 * BARS]
    names = [line.name for line in first]
    total, agreed, judged = (np.array([getattr(line, name) for line in first]) for name in ("n", "agreed", "judged"))
    figure = suspects_by_class(
        names, agreed, total - agreed, judged, score.name, dark=view.dark
    )  # fmt: skip
    show_figure(
        figure, name=f"{view.audit.name} suspects by class", key="by_class",
        columns=("class", "suspects", "others_agree", "judged", "cut", "wrong", "low", "high"),
        rows=[(x.name, x.n, x.agreed, x.judged, x.cut, *as_numbers(x.precision)) for x in all_lines],
        sources={"suspects": BY_SCORE},
    )  # fmt: skip
    heading("Classes", "a row shows its suspects")
    columns = (
        Column("class", wide=True), Column("suspects", number=True), Column("of", number=True), Column("threshold"),
        Column("wrong, estimated", tip="Mean of suspicion's probabilities over the class's suspects."),
    )  # fmt: skip
    table(
        columns, [class_row(line) for line in all_lines], key="classes", height=TABLE_HEIGHT,
        on_open=lambda link: address.write({"class": link.removeprefix(" ")}),
        sources={"suspects": BY_SCORE, "wrong": BY_SUSPICION},
    )  # fmt: skip


def class_row(line: SuspectClass) -> TableRow:
    """A class as the table draws it."""
    return TableRow(
        [
            TableCell(line.name), TableCell(wording.count(line.n), "suspect" if line.n else "quiet", line.n),
            TableCell(wording.count(line.judged), "quiet", line.judged),
            TableCell("" if line.cut is None else f"≥ {wording.three(line.cut)}", "quiet"),
            share_cell(line.precision),
        ],
        f" {line.name}",
    )  # fmt: skip


main()
