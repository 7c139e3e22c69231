"""What is said of a score that its own model's errors measure, and of one whose splits do not compare."""

from __future__ import annotations

from core.answers.view.cautions import of_another_model, of_its_own_model, of_other_splits
from core.answers.view.choices import ScoreChoice
from core.types import Run


def run(run_id: str, name: str) -> Run:
    return Run(run_id, "train", name, {}, {}, 3, "", 0.0, "", {}, "")


def score(name: str, model: str = "", fitted_on: str = "400 labelled training images") -> ScoreChoice:
    return ScoreChoice(f"run:{name}", name, name, 1, "resnet8" if model else "embedded", fitted_on, "", "given", model)


RESNET, LENET = run("a", "resnet8"), run("b", "lenet")


def test_a_loss_measured_with_its_own_model_s_errors_is_said_to_be() -> None:
    said = of_its_own_model(score("loss", "a"), RESNET, [RESNET, LENET], "demo")
    assert "made from the same model, resnet8" in said
    assert said.endswith("Choose another model to evaluate it with.")
    assert of_its_own_model(score("loss", "a"), LENET, [RESNET, LENET], "demo") == ""
    assert of_its_own_model(score("rmd"), RESNET, [RESNET], "demo") == ""


def test_where_there_is_no_other_model_the_command_that_trains_one_is_named() -> None:
    assert of_its_own_model(score("aum", "a"), RESNET, [RESNET], "demo").endswith(
        "hardlook train --seed 4 --audit demo"
    )


def test_another_model_s_errors_are_said_to_be_another_s() -> None:
    assert "resnet8, and evaluated with the errors of lenet" in of_another_model(score("loss", "a"), LENET)
    assert of_another_model(score("loss", "a"), RESNET) == ""
    assert of_another_model(score("rmd"), RESNET) == ""


def test_an_out_of_fold_score_is_advised_only_where_there_is_one() -> None:
    vog, rmd, oof = score("vog_logit_late", "a", "checkpoints of the model"), score("rmd"), score("rmd_oof")
    of_vog = of_other_splits(vog, [vog, rmd, oof], "Choose one split above")
    assert "out of fold" not in of_vog
    assert "made from resnet8, which was trained on some of these images" in of_vog
    assert of_vog.endswith("not comparable. Choose one split above.")
    assert of_other_splits(rmd, [vog, rmd, oof], "Choose one split above").endswith(
        "or take rmd_oof, which is out of fold."
    )
    assert "out of fold" not in of_other_splits(rmd, [rmd], "Choose one split above")
    assert of_other_splits(oof, [oof], "Choose one split above") == ""
