"""The gradient maps of the opened image: made by the worker when the tab is opened, then kept."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.answers.image.detail import Detail
from core.answers.image.gradients import GradientMaps, kept_maps, run_with_checkpoints, start_maps
from core.errors import command
from core.plots.maps import limit_of, picture, signed_map, spread_map
from core.types import Run
from core.wording import three
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.layout.waiting import wait_for


def show_maps(view: View, found: Detail) -> None:
    """Draw the maps, or what the worker is doing about them."""
    run = run_with_checkpoints(view.reader, view.model)
    if run is None:
        say_empty(
            "No trained model of this audit has checkpoints.",
            "Here you would see where more brightness raises the label's output, checkpoint by checkpoint.",
            run=[command(view.audit.name, "train")],
        )  # fmt: skip
        return
    kept = kept_maps(view.reader, run, found)
    if kept is not None:
        _draw(view, run, kept)
        return
    wait_for(start_maps(view.reader, run, found), key="wait_for_maps")


def _draw(view: View, run: Run, found: GradientMaps) -> None:
    limit = limit_of(found.maps)
    name = view.reader.class_name(found.label)
    lines(
        [
            f"Where brighter pixels raise (vermilion) or lower (blue) the output of {run.name} for {name}; "
            f"full colour at ±{three(limit)}."
        ]
    )
    tiles = [
        (picture(found.pixels), "as the model sees it"),
        (spread_map(found.spread), f"VoG {three(found.vog)}: spread over all"),
        *((signed_map(one, limit, dark=view.dark), f"epoch {epoch}")
          for one, epoch in zip(found.maps, found.epochs.tolist(), strict=True)),
    ]  # fmt: skip
    body = "".join(
        f'<figure><img src="{source}" alt="{escape(caption)}"><figcaption>{escape(caption)}</figcaption></figure>'
        for source, caption in tiles
    )
    st.html(f'<div class="hardlook-maps">{body}</div>')
