"""The headline of VoG: the form that says most, with the direction that was measured."""

from __future__ import annotations

from core.answers.overview.telling_vog import telling_vog
from core.answers.view.reader import Reader
from core.store.metrics import ERROR_AUROC, WHOLE
from core.types import Estimate, ScoreInfo

FORMS = ("vog_probability_late", "vog_logit_early_predicted_normalised", "vog_logit_all")


class OfVog:
    """A reader of the scores alone."""

    scores = tuple(ScoreInfo(f"vog:{name}", "vog", name, "vog", None, {}, "", "resnet8", "", "") for name in FORMS)


def line(*aurocs: Estimate) -> str:
    found = {(ERROR_AUROC, f"vog:{name}", WHOLE): auroc for name, auroc in zip(FORMS, aurocs, strict=False)}
    reader: Reader = OfVog()  # type: ignore[assignment]
    return telling_vog(reader, found)


def test_the_most_telling_form_is_named_with_its_direction_and_how_many_there_were() -> None:
    said = line(Estimate(0.54, 0.50, 0.59), Estimate(0.30, 0.25, 0.35), Estimate(0.6, 0.55, 0.65))
    assert said.startswith(
        "VoG (logit, early, predicted label, normalised by class), the most telling of 3 forms: lower is harder here;"
    )
    assert said.endswith("which allows for the choice")


def test_no_direction_is_named_where_picking_explains_it() -> None:
    # 0.502 would be above chance by itself, and is not as the furthest of three.
    assert "no direction that this data can show" in line(*[Estimate(0.56, 0.502, 0.61)] * 3)


def test_nothing_is_said_before_an_evaluation() -> None:
    assert line() == ""
