"""Map: every image at its place in two dimensions; draw on it to open what lies there, search and see where it lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core.answers.provenance import OF_THESE, metric_sources
from core.answers.scores.cloud import Cloud, hover_texts
from core.answers.scores.colouring import (
    MOST_CLASSES,
    Colouring,
    by_class,
    by_correctness,
    by_review,
    by_score,
    by_split,
)
from core.answers.scores.embedding_map import (
    MapChoice,
    decode_region,
    encode_region,
    hardest_first,
    in_words,
    map_choices,
    map_cloud,
    places_of,
)
from core.answers.scores.usable_information import encoder_information
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Selection, chosen_in_view
from core.answers.view.shapes import Shape
from core.answers.view.subsets import subset_words
from core.errors import command
from core.plots.embedding_map import map_figure
from core.types import HARDER_LOW, Floats, Ints
from core.wording import count, percent, three
from pages.components.figures.drawing import SELECTION, drawable, read_drawn
from pages.components.figures.duplicate_groups import duplicate_groups_list, shown_group
from pages.components.figures.search import search_box
from pages.components.layout import address
from pages.components.layout.class_choice import choose_classes, chosen_class
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View, header
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer, large_answer, load_predictions, load_scored
from pages.components.widgets.estimates import estimate_cells, n_cell
from pages.components.widgets.gallery import gallery
from pages.components.widgets.table import Column, TableCell, TableRow, table

PLACE = "map"  # part of the address: the run id of the projection
COLOURS = {"class": "class", "score": "score", "split": "split", "errors": "errors of the model",
           "review": "review", "count": "number of images"}  # fmt: skip
FEW = 200  # rings on one map: more cover it


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("map")
    choices = map_choices(view.reader)
    if not choices:
        embedded = any(run.kind == "embed" for run in view.reader.hub.runs)
        commands = [] if embedded else [str(command(view.audit.name, "embed"))]
        commands += [str(command(view.audit.name, "project", "--method", method)) for method in ("lda", "pca")]
        say_empty(
            "The images have no place on a plane yet.",
            "Here you would see every image near those it is like, and open any region by drawing around it.",
            run=commands,
        )  # fmt: skip
        return
    named = address.read_one(PLACE, [one.run_id for one in choices], choices[0].run_id)
    chosen = next(one for one in choices if one.run_id == named)
    # What a search found is shown among all other images, not instead of them.
    selection = replace(view.selection, only="")
    colouring = controls(view, choices, chosen)
    cloud = large_answer(map_cloud, view.reader, chosen.run_id, selection)
    if not len(cloud.ids):
        lines(["No image in view has a place on this map."], "caution")
        return
    left, right = st.columns([7, 4], gap="large")
    opened(view, selection)  # under the map, and sent before it: the images are what a region was drawn for
    with left:
        the_map(view, chosen, cloud, colouring)
    with right:
        duplicate_groups_list(view)
    encoders(view)


def encoders(view: View) -> None:
    """How many bits of the labels a linear probe reads out of each embedding, where one was evaluated."""
    found = answer(encoder_information, view.reader)
    if not found:
        return
    heading("What encoders tell of the labels", "usable information of a linear probe, out of fold; higher is better")
    columns = [
        Column("embedding", wide=True), Column("bits", number=True), Column("95 %"),
        Column("of", number=True, tip="Entropy of the labels: the most there can be."), Column("n", number=True),
        Column("least told class", wide=True), Column("bits there", number=True), Column("95 %"),
    ]  # fmt: skip
    rows = [
        TableRow([
            TableCell(one.run.name), *estimate_cells(one.information), TableCell(three(one.most), "", one.most),
            n_cell(one.information), TableCell(one.least), *estimate_cells(one.of_least if one.least else None),
        ])
        for one in found
    ]  # fmt: skip
    sources = metric_sources({"usable_information": "bits"})
    table(columns, rows, key="encoders", sources={**sources, "of": OF_THESE})


def controls(view: View, choices: list[MapChoice], chosen: MapChoice) -> Colouring | None:
    """Which projection, coloured by what, among which images; and the search."""
    labels = {one.run_id: one.label for one in choices}
    offered = [name for name in COLOURS if available(view, name)]
    by = address.read_one("colour", offered, offered[0])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        address.choose(
            "projection", list(labels), chosen.run_id, lambda one: {PLACE: one, SELECTION: ""}, key="map",
            text=labels.__getitem__, width=190,
        )  # fmt: skip
        address.choose(
            "colour", offered, by, lambda one: {"colour": one}, key="colour",
            text=lambda one: f"by {COLOURS[one]}", width=190,
        )  # fmt: skip
        if by == "class":
            choose_coloured(view)
        search_box(view.reader)
    return colours(view, by)


def available(view: View, name: str) -> bool:
    """Whether this audit can be coloured so."""
    has = {"class": bool(view.reader.class_names), "score": view.score is not None, "errors": view.model is not None}
    return has.get(name, True)


def choose_coloured(view: View) -> None:
    """Up to ten classes by name; without a choice the most frequent have a colour."""
    labels = range(len(view.reader.class_names))
    if len(labels) > 1:
        choose_classes(
            view, "classes with a colour", labels, coloured(view), most=MOST_CLASSES, width=300, by_number=True
        )


def coloured(view: View) -> list[int]:
    """Labels that the address names: its own list, else the class that all pages share."""
    listed = list(map(int, address.read_several("classes", [str(i) for i in range(len(view.reader.class_names))])))
    shared = chosen_class(view)
    labels = listed or ([] if shared is None else [shared])
    return labels[:MOST_CLASSES]


def colours(view: View, by: str) -> Colouring | None:
    """What the images are coloured by; None for their number alone."""
    reader = view.reader
    if by == "class":
        return large_answer(by_class, reader, coloured(view))
    if by == "split":
        return large_answer(by_split, reader)
    if by == "score" and view.score:
        return large_answer(by_score, reader, view.score)
    if by == "errors" and view.model:
        return by_correctness(load_predictions(reader, view.model.run_id), view.model.name)
    return large_answer(by_review, reader, journal_version(view.audit)) if by == "review" else None


def the_map(view: View, chosen: MapChoice, cloud: Cloud, colouring: Colouring | None) -> None:
    """The figure, with what was drawn on it and rings around what was found."""
    texts = answer(hover_texts, view.reader, tuple(cloud.ids.tolist())) if cloud.as_points else []
    shape = drawn_on(view, chosen)
    ringed = rings(view, chosen)
    shown = colouring or Colouring("")
    said = in_words(chosen, cloud, shown.groups, shown.values, shown.title)
    if cloud.outside:
        said += f"; {count(cloud.outside)} images lie beyond the frame"
    figure = map_figure(chosen, cloud, colouring, texts, shape, ringed, said, dark=view.dark)
    drawable(
        figure, name=f"{view.audit.name} {chosen.label}", key="map_figure", drawn=read_drawn(view.reader),
        on_draw=lambda drawn: draw(chosen, drawn), sources={"share explained": OF_THESE},
    )  # fmt: skip


def rings(view: View, chosen: MapChoice) -> tuple[str, Floats, Floats] | None:
    """What to ring: the duplicates chosen in the list, else what a search or another page's figure found."""
    group = shown_group(view)
    ids, name = group if group else (np.zeros(0, np.int32), "")
    if not len(ids) and view.selection.only:
        ids = large_answer(chosen_in_view, view.reader, view.selection.only, Selection())[:FEW]
        name = answer(subset_words, view.reader, view.selection.only)
    if not len(ids):
        return None
    x, y = places_of(view.reader, chosen.run_id, ids)
    return f"{name} ({count(len(x))})", x, y


def opened(view: View, selection: Selection) -> None:
    """The images that were drawn around, or what a search found, hardest first or in the search's own order."""
    drawn = read_drawn(view.reader)
    if drawn.startswith("map:"):
        ids = large_answer(chosen_in_view, view.reader, drawn, selection)
        ids = by_hardness(view, ids)
        title = f"A {answer(subset_words, view.reader, drawn)}"
        share = percent(len(ids) / max(view.reader.n_images, 1))
        st.button("Clear the region", key="clear_drawn", type="tertiary", icon=":material/close:",
                  on_click=address.write, args=({SELECTION: ""},))  # fmt: skip
        gallery(view, ids, title, only=drawn, note=f"{count(len(ids))} images, {share} of all; hardest first")
    elif view.selection.only:
        ids = large_answer(chosen_in_view, view.reader, view.selection.only, selection)
        gallery(view, ids, answer(subset_words, view.reader, view.selection.only), only=view.selection.only)
    else:
        lines(["Draw a box or a lasso on the map: the images inside open here, hardest first."])


def by_hardness(view: View, ids: Ints) -> Ints:
    """The images from the hard end of the score in view."""
    if view.score is None:
        return ids
    values = load_scored(view.reader, view.score.address).values
    return hardest_first(ids, values, view.score.direction != HARDER_LOW)


def drawn_on(view: View, chosen: MapChoice) -> Shape | None:
    """The shape in the address, where it was drawn on this map."""
    kind, _, payload = read_drawn(view.reader).partition(":")
    if kind != "map":
        return None
    run_id, shape = decode_region(view.reader, payload)
    return shape if run_id == chosen.run_id else None


def draw(chosen: MapChoice, shape: Shape) -> None:
    """A callback: put what was drawn in the address."""
    address.write({SELECTION: encode_region(chosen.run_id, shape)})


main()
