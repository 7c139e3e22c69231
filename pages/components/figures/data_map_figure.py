"""The data map: the figure to draw on, its three regions as buttons, and the images of what was chosen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.answers.provenance import OF_THESE
from core.answers.scores.cloud import hover_texts
from core.answers.scores.colouring import Colouring, by_class, by_correctness, by_score
from core.answers.scores.data_map import NO_LABEL_SCORE, OWN_CHOICE, DataMap, Region, data_map, regions_in_view
from core.answers.scores.pair import VALUES
from core.answers.view.ranking import Selection
from core.errors import command
from core.plots.data_map import data_map_figure
from core.wording import count, percent
from pages.components.figures.chosen import chosen_images, draw_pair, drawn_pair, opening_button
from pages.components.figures.drawing import drawable, read_drawn
from pages.components.layout import address
from pages.components.layout.empty import advised, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines, say_provenance
from pages.components.layout.loading import answer, large_answer, load_pair, load_predictions

COLOURS = {"errors": "errors of the model", "class": "class", "score": "score", "count": "number of images"}


def show_data_map(view: View, selection: Selection) -> None:
    """The map of a model's training, where one was scored."""
    found = answer(data_map, view.reader, tuple(view.scores), view.score, view.model_id or "")
    if found is None:
        say_empty(
            "The data map reads how a model's probability of each label went over its training, and none was scored.",
            "Here you would see which images were learned easily, which were ambiguous and which were hardly learned.",
            run=[*advised(view.reader, "train"), str(command(view.audit.name, "score", "data_map"))],
        )  # fmt: skip
        return
    by = address.read_one("colour", COLOURS, "errors")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_map_controls"):
        address.choose(
            "colour", list(COLOURS), by, lambda one: {"colour": one}, key="colour",
            text=lambda one: f"by {COLOURS[one]}", width=190,
        )  # fmt: skip
    cloud = load_pair(view.reader, found.sd.address, found.mean.address, VALUES, selection)
    if not len(cloud.ids):
        lines([f"No image in view was among those that {found.mean.made_from} was trained on."], "caution")
        return
    model = load_predictions(view.reader, found.mean.model_run)
    regions = regions_in_view(found, cloud, (model.known & ~model.correct)[cloud.ids])
    left, right = st.columns([6, 5], gap="large")
    with left:
        texts = answer(hover_texts, view.reader, tuple(cloud.ids.tolist())) if cloud.as_points else []
        figure = data_map_figure(
            found, cloud, colours(view, found, by), texts, regions, drawn_pair(view, found.sd, found.mean, VALUES),
            ", ".join(f"{percent(one.n / len(cloud.ids))} {one.name}" for one in regions),
            model=found.mean.made_from, dark=view.dark,
        )  # fmt: skip
        drawable(
            figure, name=f"{view.audit.name} data map", key="data_map", drawn=read_drawn(view.reader),
            on_draw=lambda shape: draw_pair(found.sd, found.mean, VALUES, shape), sources={"shares": OF_THESE},
        )  # fmt: skip
    with right:
        region_list(view, regions)
        lines([OWN_CHOICE, NO_LABEL_SCORE])
    chosen_images(view, selection, "Press a region, or draw on the figure: its images open here.")


def region_list(view: View, regions: Sequence[Region]) -> None:
    """Each region with its share and what the finished model makes of it, and a button that opens it."""
    n = sum(one.n for one in regions)
    heading("Regions", f"of {count(n)} images in view that the model was trained on")
    for one in regions:
        place = one.name.partition(" ")[0]
        with st.container(key=f"region_{place}"):
            opening_button(view, one.name, one.n, place, one.only, meaning(one, n))
    say_provenance({"shares, misclassified": OF_THESE})


def meaning(one: Region, n: int) -> str:
    """What a region is, and what the finished model makes of it."""
    text = f"{percent(one.n / n)} of the images; {one.meaning}."
    if one.wrong is None or not one.n:
        return text
    return f"{text} After the last epoch {count(one.wrong)} ({percent(one.wrong / one.n)}) are misclassified."


def colours(view: View, found: DataMap, by: str) -> Colouring | None:
    """What the images are coloured by; None for their number alone."""
    if by == "class":
        return large_answer(by_class, view.reader, [])
    if by == "score" and view.score:
        return large_answer(by_score, view.reader, view.score)
    if by == "errors":
        return by_correctness(load_predictions(view.reader, found.mean.model_run), found.mean.made_from)
    return None
