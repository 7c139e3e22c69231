"""What every score, every model and the nearest images say of one image, as bars and thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import streamlit as st

from core.answers.image.detail import ClassShare, Detail, ImageBeliefs, ImagePrediction, ImageScore
from core.answers.image.vog_table import VogRow, VogTable, fold_vog
from core.answers.view.similar import Neighbour
from pages.components.widgets.payload import payload
from pages.components.widgets.script import script

HERE = Path(__file__)
KEY = "scores_of_image"

_component = st.components.v2.component(
    "hardlook_evidence",
    html='<div class="evidence"></div>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=script("widgets/elements.js", "image/evidence.js"),
)


@dataclass(frozen=True)
class Strip:
    """The nearest images of one class. name: the class; note: why it is shown; suggested: whether it is that one."""

    name: str
    note: str
    suggested: bool
    near: Sequence[Neighbour]


def evidence(found: Detail, strips: Sequence[Strip], chosen: str, *, on_open: Callable[[str], None]) -> None:
    """Draw it. chosen: address of the page's score. on_open gets the key of a neighbour that was clicked."""

    def opened() -> None:
        key = st.session_state[KEY]["open"]
        if key:
            on_open(str(key))

    bars, tables = fold_vog(found.scores)
    _component(
        key=KEY,
        data=payload(
            signature=repr((found.key, found.scores, found.models, found.beliefs, [strip.name for strip in strips])),
            scores=[_score(line, chosen) for line in bars],
            vog=[_vog(table, chosen) for table in tables],
            models=[*(_model(line) for line in found.models), *(_beliefs(line) for line in found.beliefs)],
            strips=[_strip(strip) for strip in strips],
        ),
        on_open_change=opened,
    )


def _score(line: ImageScore, chosen: str) -> dict[str, Any]:
    return {**asdict(line), "share": line.share if isfinite(line.share) else None, "chosen": line.address == chosen}


def _vog(table: VogTable, chosen: str) -> dict[str, Any]:
    return {"model": table.made_from, "rows": [_vog_row(row, chosen) for row in table.rows]}


def _vog_row(row: VogRow, chosen: str) -> dict[str, Any]:
    cells = [
        one and {
            "label": one.label, "value": one.value, "percentile": one.percentile, "tone": one.tone,
            "chosen": one.address == chosen,
        }
        for one in row.cells
    ]  # fmt: skip
    return {"name": f"{row.target}, {row.label}", "scale": row.scale, "cells": cells}


def _model(line: ImagePrediction) -> dict[str, Any]:
    note = f"loss {line.loss}" + (", trained on this image" if line.trained_on else "")
    return {"model": line.model, "note": note, "classes": _classes(line.classes)}


def _beliefs(line: ImageBeliefs) -> dict[str, Any]:
    return {"model": line.score, "note": "other classes", "classes": _classes(line.classes)}


def _classes(shares: Sequence[ClassShare]) -> list[dict[str, Any]]:
    return [{**asdict(one), "share": None if one.share is None else 100 * one.share} for one in shares]


def _strip(strip: Strip) -> dict[str, Any]:
    tiles = [{**asdict(one), "similarity": f"{one.similarity:.3f}".replace("-", "−")} for one in strip.near]
    return {"name": strip.name, "note": strip.note, "tone": "suggested" if strip.suggested else "", "tiles": tiles}
