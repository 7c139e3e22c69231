"""Calibration: how far a model's confidence can be believed, where it cannot, and what mends it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.answers.models.predictions import HELD_OUT
from core.types import Run
from pages.components.calibration.confidence import rejection_section, telling_section, wrong_section
from pages.components.calibration.difficulty import difficulty_section
from pages.components.calibration.equal_confidence import equal_section
from pages.components.calibration.reliability import reliability_section
from pages.components.calibration.robustness import corruption_section, weights_section
from pages.components.calibration.shown import CalibrationView
from pages.components.calibration.slices import parts_section
from pages.components.calibration.training import training_section
from pages.components.figures.curves import choose_models
from pages.components.layout import address
from pages.components.layout.empty import advised, say_empty, say_unlabelled
from pages.components.layout.evaluated_images import choose_evaluated, evaluated
from pages.components.layout.header import View, header
from pages.components.layout.layout import lines

SECTIONS: dict[str, tuple[str, Callable[[View, CalibrationView], None]]] = {
    "reliability": ("Reliability", reliability_section),
    "parts": ("By class & difficulty", parts_section),
    "equal": ("At equal confidence", equal_section),
    "training": ("Scaling & training", training_section),
    "rejection": ("Rejection", rejection_section),
    "telling": ("Misclassification & OOD detection", telling_section),
    "corruptions": ("Corruptions", corruption_section),
    "wrong": ("When wrong", wrong_section),
    "weights": ("Weights", weights_section),
}
CHECKS = "checks"
TITLES = {**{key: title for key, (title, _) in SECTIONS.items()}, CHECKS: "Difficulty checks"}
WOULD_SHOW = "Here you would see how often a model is right when it says that it is sure."
# Sections that count the images in view; the others show what was measured on all held-out images. A comment, because
# Streamlit draws a text that stands alone in a page.
COUNTED = ("reliability", "rejection", "wrong")


def main() -> None:
    """Pick, load, stop if empty, draw: one section at a time."""
    view = header("calibration")
    if address.read("show") == CHECKS:  # of the embedding: no model has to be there
        choose_section()
        difficulty_section(view)
        return
    if view.model is None:
        message = f"Audit {view.audit.name!r} has no model yet, so no confidence can be evaluated."
        say_empty(message, WOULD_SHOW, run=advised(view.reader, "train"))
        return
    if say_unlabelled(view.reader, "no confidence can be evaluated", WOULD_SHOW):
        return
    section = choose_section()
    shown = controls(view, view.model, section)
    if shown.images != HELD_OUT:
        lines(["These are images that the model was trained on: it looks better here than it is."],
              "caution")  # fmt: skip
    SECTIONS[section][1](view, shown)


def choose_section() -> str:
    """The row of sections; the chosen one is in the address."""
    chosen = address.read_one("show", TITLES, next(iter(TITLES)))
    st.session_state["section"] = chosen

    def store() -> None:
        address.write({"show": st.session_state["section"]})

    st.segmented_control(
        "section", list(TITLES), key="section", required=True, format_func=TITLES.__getitem__,
        on_change=store, label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def controls(view: View, model: Run, section: str) -> CalibrationView:
    """Further models, but for weights; images, class and filter where the section counts the images itself."""
    judged = evaluated(view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        models = [] if section == "weights" else choose_models(view, model)
        if section in COUNTED:
            choose_evaluated(view, judged)
    return CalibrationView(models, judged.selection, judged.images, judged.words, view.dark)


main()
