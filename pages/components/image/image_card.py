"""The opened image at full size, with what it is called, and a button that copies the address."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import streamlit as st

from core.answers.image.detail import Detail
from pages.components.widgets.payload import payload
from pages.components.widgets.script import script

HERE = Path(__file__)

_component = st.components.v2.component(
    "hardlook_image_card",
    html='<div class="card"></div>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=script("widgets/elements.js", "image/image_card.js"),
)


def image_card(found: Detail) -> None:
    """Draw it. The picture is a data-URI inside the component's data: there is no route that serves images."""
    kind = "png" if found.enlarged else "webp"
    suggestion = found.suggestion
    _component(
        key="image_card",
        data=payload(
            key=found.key, refusal=found.refusal, enlarged=found.enlarged, given=found.given,
            source=f"data:image/{kind};base64,{b64encode(found.picture).decode()}" if found.picture else "",
            alt=f"{found.key}, given {found.given}" if found.given else found.key,
            size=f"{found.size[0]} × {found.size[1]}, {found.split}",
            suggested=suggestion.name if suggestion else "",
            suggestedBy=f"says {suggestion.by}" if suggestion else "",
        ),
    )  # fmt: skip
