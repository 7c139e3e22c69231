"""Data of which nothing, or not all, can be told, from the images to the pages: by the real steps, on the smallest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.answers.overview.summary import summary
from core.dataset import IngestOptions
from core.pipeline.audit import audit_everything
from core.pipeline.scoring.score_any import score_all
from core.report.write import gathered, rendered
from tests.pages.conftest import text
from tests.pictures import Heard
from tests.pipeline.test_ends_of_the_range import each
from tests.serving import PAGES

ONE_CLASS = "cannot be told: 8 labels of one class"
SHAPES = {
    "one class": ({"only": 8}, ONE_CLASS),
    "one image a class": ({f"k{i}": 1 for i in range(6)}, "cannot be told: no class has two images to compare"),
    "one beside many": ({"a": 1, "b": 8}, "1 of 9 labels cannot be told: no other image of its class"),
    "no labels": ({"": 5}, ""),
    "one image": ({"": 1}, ""),
}
"""Images in each folder, and what is said of their labels."""


@pytest.mark.parametrize("shape", SHAPES)
def test_what_nothing_can_tell_is_said_everywhere_and_nothing_is_flagged(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, show: Callable[..., AppTest]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    places, words = SHAPES[shape]
    each(places)(tmp_path / "photos")
    heard = Heard()
    made = audit_everything(
        str(tmp_path / "photos"), heard, options=IngestOptions(), encoder="embedded", train_network=False,
        summary=summary,
    )  # fmt: skip
    left_out = score_all(made, heard)
    assert all(left_out.values()), "each says why"
    assert made.unfinished() == []
    shown = {name: text(show(name, {"audit": made.name})) for name in ("overview", "label_suspects")}
    for name, said in {"summary": heard.text, "report": rendered(gathered(made)), **shown}.items():
        if name != "label_suspects" or "beside" not in shape:
            assert words in said, f"{name}: {said[-2000:]}"
    if words and "beside" not in shape:
        assert "score suspicion" not in shown["overview"] + shown["label_suspects"], "no command can find out"
    for name in PAGES.values():
        assert not show(name, {"audit": made.name}).exception
