"""Images in words on the pages: asked for with a button, shown from then on; nothing where there is nothing to ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection, in_view, scored
from core.answers.view.reader import open_reader
from core.answers.view.told import Question, of_ends, start_telling
from tests.audits import HOSTILE_CLASS, build_audit, publish_map
from tests.pages.conftest import text
from tests.words.planted import TELLING, Planted, planted

Show = Callable[..., AppTest]


def asked(app: AppTest) -> list[str]:
    return [button.label for button in app.button if "in words" in button.label]


def question(made: Planted) -> Question:
    reader = open_reader(made.audit)
    (score,) = score_choices(reader)
    found = of_ends(reader, score, in_view(reader, scored(reader, score.address), Selection()))
    assert found is not None
    return found


def test_both_ends_are_asked_for_and_then_kept(show: Show, tmp_path: Path) -> None:
    made = planted(tmp_path)
    page = show("hardest_easiest")
    assert asked(page) == ["Say both ends in words"]
    assert '<dl class="hardlook-told">' not in text(page)
    start_telling(open_reader(made.audit), question(made)).result()
    page = show("hardest_easiest")
    assert asked(page) == []
    said = text(page)
    assert said.index("Hardest 10 %") < said.index(TELLING) < said.index("Easiest 10 %")
    assert "none of 60 words tells them from the others" in said[said.index("Easiest 10 %") :]
    assert "20 images told from 180 others of their classes" in said
    assert "interval from permuted selections of as many images" in said
    assert asked(show("hardest_easiest", {"split": "test"})) == ["Say both ends in words"]  # other images


def test_the_button_starts_it_and_the_page_waits(show: Show, tmp_path: Path) -> None:
    planted(tmp_path)
    page = show("hardest_easiest")
    (button,) = [one for one in page.button if "in words" in one.label]
    button.click().run()
    assert not page.exception
    assert asked(page) == []


def test_without_text_classes_are_named_with_what_would_read_text(show: Show, tmp_path: Path) -> None:
    made = planted(tmp_path, reads=False)
    start_telling(open_reader(made.audit), question(made)).result()
    said = text(show("hardest_easiest"))
    assert "5 classes" in said or "nearest classes" in said
    assert "no words. hardlook embed" in said
    assert HOSTILE_CLASS not in said


def test_a_selection_of_any_page_can_be_said_in_words(show: Show, tmp_path: Path) -> None:
    made = build_audit(tmp_path, computable=True)
    publish_map(made)
    listed = ",".join(map(str, np.arange(20)))
    assert asked(show("embedding_map", {"only": f"ids:{listed}"})) == ["Say these in words"]


def test_without_an_embedding_nothing_is_offered(show: Show, tmp_path: Path) -> None:
    made = planted(tmp_path)
    made.audit.run_path(made.audit.runs("embed")[0].run_id).unlink()
    assert asked(show("hardest_easiest")) == []
