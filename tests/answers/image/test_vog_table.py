from __future__ import annotations

from itertools import product

import pytest

from core.answers.image.detail import ImageScore
from core.answers.image.vog_table import fold_vog
from core.answers.models.vog_stages import VogForm, vog_form


def score(name: str, run: str = "score-vog-1", model: str = "resnet8") -> ImageScore:
    return ImageScore(
        address=f"{run}:{name}", label=name, name=name, made_from=model, value="1", percentile="50", share=50.0,
        tone="", suggested="",
    )  # fmt: skip


def test_two_dozen_forms_are_one_table_and_other_scores_stay_lines() -> None:
    names = [
        f"vog_{target}_{stage}{label}{scale}"
        for target, stage, label, scale in product(
            ("logit", "probability"), ("all", "early", "late"), ("", "_predicted"), ("", "_normalised")
        )
    ]
    others, tables = fold_vog([score("rmd", "score-rmd-1", "clip"), *map(score, names), score("knn", "score-knn-1")])
    assert [one.name for one in others] == ["rmd", "knn"]
    (table,) = tables
    assert table.made_from == "resnet8"
    assert len(table.rows) == 8
    assert [(row.target, row.label, row.scale) for row in table.rows[:3]] == [
        ("logit", "given", "raw"), ("logit", "given", "normalised"), ("logit", "predicted", "raw"),
    ]  # fmt: skip
    assert [cell and cell.name for cell in table.rows[3].cells] == [
        f"vog_logit_{stage}_predicted_normalised" for stage in ("early", "late", "all")
    ]
    assert sorted(cell.name for row in table.rows for cell in row.cells if cell) == sorted(names)


def test_a_form_that_was_not_computed_leaves_its_cell_empty_and_each_run_has_its_table() -> None:
    _, tables = fold_vog([score("vog_logit_late"), score("vog_logit_all", "score-vog-2", "other")])
    assert [table.made_from for table in tables] == ["resnet8", "other"]
    assert [[cell is not None for cell in table.rows[0].cells] for table in tables] == [
        [False, True, False], [False, False, True],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "form"),
    [("vog_probability_early_predicted", VogForm("probability", "early", True, False)), ("vog", None), ("rmd", None)],
)
def test_a_form_is_read_from_the_name_of_its_column(name: str, form: VogForm | None) -> None:
    assert vog_form(name) == form
