"""One image at full size in a dialog, with every score, what each model says, and the file's facts."""

from __future__ import annotations

import streamlit as st

from core.answers.detail import Detail, ModelLine, ScoreLine, detail, find_image
from pages.components import address
from pages.components.frame import facts, heading, lines
from pages.components.header import View
from pages.components.table import Cell, Column, Row, table

_SCORE_COLUMNS = (
    Column("score", wide=True),
    Column("value", number=True),
    Column("percentile", number=True),
    Column("suggests"),
)
_MODEL_COLUMNS = (
    Column("model"),
    Column("predicts"),
    Column("confidence"),
    Column("loss", number=True),
    Column("top five", wide=True),
)


def show_image(view: View, key: str) -> None:
    """Open the dialog on the image of this key; closing it takes the key out of the address."""
    image_id = find_image(view.reader, key)
    found = None if image_id is None else detail(view.reader, image_id, view.scores)
    dialog = st.dialog("Image", width="large", on_dismiss=_forget)(_draw)
    dialog(found, key)


def _forget() -> None:
    address.write({"image": ""}, same_view=True)


def _draw(found: Detail | None, key: str) -> None:
    if found is None:
        lines([f"This audit has no image {key!r}."])
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        if found.picture:
            st.image(found.picture, width="stretch")
        else:
            lines([found.refusal], "caution")
        facts(found.facts)
    with right:
        heading("Given label", found.given or "none")
        if found.models:
            heading("Predictions")
            table(_MODEL_COLUMNS, [_model_row(line) for line in found.models], key="models_of_image")
        heading("Scores", "percentile within its class and split")
        table(_SCORE_COLUMNS, [_score_row(line) for line in found.scores], key="scores_of_image")


def _model_row(line: ModelLine) -> Row:
    name = f"{line.model} (trained on it)" if line.trained_on else line.model
    predicted = Cell(line.predicted, "wrong" if line.wrong else "")
    return Row((Cell(name), predicted, Cell(line.confidence), Cell(line.loss), Cell(line.top, "quiet")))


def _score_row(line: ScoreLine) -> Row:
    return Row((Cell(line.label), Cell(line.value), Cell(line.percentile), Cell(line.suggested, "suspect")))
