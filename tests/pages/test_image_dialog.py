"""The opened image and the search, by Streamlit's own test runner. What only a browser shows is in tests/browser."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.pipeline.import_embeddings import import_embeddings
from core.reviews import CONFIRMED, By, Decision, ReviewedImage, decide, open_journal
from tests.audits import HOSTILE_FILE, build_audit, publish
from tests.pages.conftest import components, text
from tests.pictures import Heard

Show = Callable[..., AppTest]


@pytest.mark.parametrize(
    "audit", [{}, {"n_classes": 1}, {"labelled": False}, {"runs": False}, {"evaluated": False}], ids=str
)
def test_any_image_of_any_audit_opens(
    show: Show, folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, audit: dict[str, Any]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**({"n": 60} | audit)))
    for key in (HOSTILE_FILE, "000007.png"):
        app = show("hardest_easiest", {"image": key})
        assert not app.exception
        if audit.get("runs", True):
            assert components(app)["hardlook_image_card"]["key"] == key
            assert components(app)["hardlook_evidence"]["scores"]


def test_the_dialog_tells_every_score_and_marks_given_and_suggested_classes(show: Show, tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60)
    ids = list(range(60))
    publish(made.audit, "train", "second", {
        "prediction": {"image_id": ids, "predicted": [0] * 60, "confidence": [0.5] * 60, "entropy": [1.0] * 60,
                       "max_logit": [1.0] * 60, "loss": [1.0] * 60, "top5": [[0]] * 60, "trained_on": [False] * 60},
        "probability": {"image_id": ids, "probs": [[0.5, 0.2, 0.15, 0.1, 0.05]] * 60},
    }, k=5)  # fmt: skip
    index = next(i for i in range(4, 60, 4) if made.labels[i] == 3)
    found = components(show("hardest_easiest", {"image": made.keys[index]}))["hardlook_evidence"]
    assert [line["name"] for line in found["scores"]] == ["rmd"]
    ((row,),) = (one["rows"] for one in found["vog"])
    assert (row["name"], row["scale"]) == ("logit, given", "raw")
    assert [cell and cell["label"] for cell in row["cells"]] == [
        None,
        "vog_logit_late · resnet8 · direction not known",
        None,
    ]
    assert found["scores"][0]["chosen"]
    with_probabilities = next(model for model in found["models"] if model["model"] == "second")
    classes = with_probabilities["classes"]
    assert [one["share"] for one in classes] == pytest.approx([50, 20, 15, 10, 5])
    # rmd suggests the class after the given one for every fourth image.
    assert [one["given"] for one in classes] == [False, False, False, True, False]
    assert [one["suggested"] for one in classes] == [False, False, False, False, True]
    assert [strip["tone"] for strip in found["strips"]] == ["", "suggested"]


def test_an_unknown_image_says_so(show: Show, tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    app = show("hardest_easiest", {"image": "../../etc/passwd"})
    assert not app.exception
    assert "no image &#x27;../../etc/passwd&#x27;" in text(app)


def test_the_tabs_show_what_there_is_and_name_the_command_for_what_there_is_not(show: Show, tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20)
    journal = open_journal(made.audit)
    decide(
        journal, Decision(ReviewedImage("000007.png", "0" * 32, "shirt"), CONFIRMED, reason="plain to see"), By("Ada")
    )
    journal.close()
    app = show("hardest_easiest", {"image": "000007.png"})
    for tab, said in (("Gradient maps", "hardlook train"), ("File", "content hash")):
        app.session_state["image_tab"] = tab
        app.run()
        assert not app.exception
        assert said in text(app)
    app.session_state["image_tab"] = "Review history"
    app.run()
    cells = [cell["text"] for row in components(app)["hardlook_table"]["rows"] for cell in row["cells"]]
    assert {"Ada", "confirmed", "plain to see"} <= set(cells)


def test_what_a_search_found_comes_in_its_own_order(show: Show, tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60)
    show("hardest_easiest", {"only": f"near:{made.keys[5]}"})  # searched in the background …
    app = show("hardest_easiest", {"only": f"near:{made.keys[5]}"})
    for _ in range(50):
        if "hardlook_grid" in components(app):
            break
        app.run()
    grid = components(app)["hardlook_grid"]
    # Every vector of this audit is zero: all are alike, and equal ones come in the order of their ids.
    assert [tile["key"] for tile in grid["sheets"]["1"]["bands"][0]["groups"][0]["tiles"]][:3] == made.keys[:3]
    assert f"the most similar to {made.keys[5]}" in grid["sheets"]["1"]["bands"][0]["groups"][0]["note"]


def test_an_encoder_without_text_is_named_where_words_would_be_typed(show: Show, tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    app = show("hardest_easiest")
    (words,) = [field for field in app.text_input if field.label == "By words"]
    assert words.disabled
    assert words.placeholder == "The encoder embedded has no text tower."
    refused = show("hardest_easiest", {"only": "text:red shoe"})
    assert not refused.exception
    assert "hardlook embed --encoder open_clip:ViT-B-32/openai" in text(refused)


def test_an_image_is_found_by_key_or_number(show: Show, tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20)
    app = show("hardest_easiest")
    (field,) = [field for field in app.text_input if field.label == "By key or number"]
    field.input("7").run()
    assert components(app)["hardlook_image_card"]["key"] == made.keys[7]
    app = show("hardest_easiest")
    (field,) = [field for field in app.text_input if field.label == "By key or number"]
    field.input("nonesuch").run()
    assert "no image &#x27;nonesuch&#x27;" in text(app)


def test_the_search_by_words_names_the_texts_that_were_imported(show: Show, tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60)
    np.save(tmp_path / "f.npy", np.random.default_rng(0).normal(size=(60, 4)))
    np.savez(tmp_path / "t.npz", texts=["dusk", "dawn"], features=np.eye(2, 4))
    import_embeddings(made.audit, tmp_path / "f.npy", Heard(), text_features=tmp_path / "t.npz")
    app = show("hardest_easiest")
    (words,) = [field for field in app.text_input if field.label == "By words"]
    assert (words.placeholder, words.disabled) == ("dusk or dawn", False)
    words.set_value("noon").run()
    assert "no other: 'dusk', 'dawn'" in html.unescape(text(app))
    show("hardest_easiest", {"only": "text:Dawn"})
    for _ in range(50):
        if "hardlook_grid" in components(app := show("hardest_easiest", {"only": "text:Dawn"})):
            break
    assert "the most like “Dawn”" in str(components(app)["hardlook_grid"])
