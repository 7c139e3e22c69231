from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.answers.view.choices import (
    ScoreChoice,
    default_score,
    filter_columns,
    filter_values,
    model_choices,
    score_choices,
)
from core.answers.view.reader import Reader, open_reader
from tests.audits import Made, build_audit, publish


def choice(name: str, direction: int | None = 1) -> ScoreChoice:
    return ScoreChoice(f"run:{name}", name, name, direction, "", "train split", "", "given")


def test_a_score_says_what_it_was_made_from_and_which_way_it_points(reader: Reader) -> None:
    labels = [one.label for one in score_choices(reader)]
    assert labels == ["rmd · embedded · ↑ harder", "vog_logit_late · resnet8 · direction not known"]


def test_ends_are_only_called_hard_and_easy_when_the_direction_is_known() -> None:
    assert choice("rmd").ends == ("Hardest", "Easiest")
    assert choice("x", -1).ends == ("Easiest", "Hardest")
    assert choice("vog_logit_late", None).ends == ("Highest VoG", "Lowest VoG")
    assert choice("x", None).ends == ("Highest x", "Lowest x")


def test_the_out_of_fold_score_opens_first_then_one_with_a_direction() -> None:
    assert default_score([choice("rmd_oof"), choice("rmd"), choice("knn")]) == choice("rmd_oof")
    assert default_score([choice("knn"), choice("vog", None)]) == choice("knn")
    assert default_score([choice("vog", None)]) == choice("vog", None)
    assert default_score([]) is None


def test_only_out_of_fold_scores_mix_splits() -> None:
    assert not choice("rmd").mixes_splits
    assert choice("rmd_oof").mixes_splits
    assert replace(choice("x"), fitted_on="").mixes_splits


def test_a_measured_direction_is_taken_and_a_later_measurement_replaces_it(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=12, evaluated=False)
    address = next(one.address for one in score_choices(open_reader(made.audit)) if one.name == "vog_logit_late")

    train = made.audit.latest("train").run_id

    def measure(value: float) -> int | None:
        columns = {"name": ["direction"], "subject": [address], "slice": ["all"], "value": [value], "n": [9]}
        publish(made.audit, "evaluate", f"resnet8 {value}", {"metric": columns}, inputs={"train": train})
        return next(one.direction for one in score_choices(open_reader(made.audit)) if one.address == address)

    assert measure(-1.0) == -1
    assert measure(1.0) == 1
    assert measure(0.0) is None


def test_equal_labels_are_told_apart_by_their_run(tmp_path: Path) -> None:
    made: Made = build_audit(tmp_path, n=12)
    columns = {
        "score": {"name": ["rmd"], "image_id": [0], "value": [1.0]},
        "score_column": {"name": ["rmd"], "scorer": ["rmd"], "parameters": ["{}"], "direction": [1],
                         "encoder_run": [made.audit.runs("embed")[0].run_id]},
    }  # fmt: skip
    publish(made.audit, "score", "rmd", columns, pca=64)
    labels = [one.label for one in score_choices(open_reader(made.audit))]
    assert len(set(labels)) == len(labels) == 3


def test_columns_are_offered_when_they_tell_images_apart(reader: Reader) -> None:
    assert filter_columns(reader) == ["mode"]
    assert dict(filter_values(reader, "mode")) == {"RGB": 102, "L": 18}


def test_a_network_of_its_own_is_chosen_before_those_of_a_grid(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=40)
    own = made.audit.latest("train")
    empty: dict[str, list[int]] = {"image_id": [], "epoch": []}
    of_grid = publish(made.audit, "train", "resnet8_w8", {"dynamics": empty}, k=5, grid="losses", method="CE")
    assert made.audit.latest("train") == own
    assert made.audit.latest("train", "resnet8_w8").run_id == of_grid
    assert [run.run_id for run in model_choices(open_reader(made.audit))] == [of_grid, own.run_id]
