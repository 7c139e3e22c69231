from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from core.answers.image.detail import detail
from core.answers.image.tiles import error_rate, tiles
from core.answers.models.calibration import rows_in_view
from core.answers.models.error_by_difficulty import evaluated_order
from core.answers.models.predictions import model_predictions
from core.answers.overview.dataset import class_table
from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection, scored
from core.answers.view.reader import open_reader
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.evaluation.held_out import held_out_predictions
from core.report.subject import open_subject
from core.store.held_out import held_out, held_out_of_new_classes, left_of_the_training_split
from core.store.metrics import ACCURACY, DIRECTION, ERROR_AUROC, by_subject, read_metrics
from core.types import Bools
from tests.audits import Made, build_audit, publish
from tests.pictures import Heard


def add_model(made: Made, predicted: Any, trained_on: Bools, **parameters: Any) -> str:
    """A model whose stored `correct` goes by other labels than the given ones: its run id."""
    n = len(made.labels)
    prediction = {
        "image_id": np.arange(n, dtype=np.int32), "predicted": predicted, "confidence": np.full(n, 0.8, np.float32),
        "entropy": np.full(n, 0.5, np.float32), "max_logit": np.full(n, 3.0, np.float32),
        "loss": np.full(n, 0.25, np.float32), "correct": np.zeros(n, bool), "trained_on": trained_on,
    }  # fmt: skip
    probability = {"image_id": prediction["image_id"], "probs": np.full((n, 5), 0.2, np.float32)}
    tables = {"prediction": prediction, "probability": probability}
    return publish(made.audit, "train", "other", tables, k=5, **parameters)


def test_a_model_trained_on_other_labels_is_evaluated_by_the_given_ones(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60)
    run_id = add_model(made, made.labels, made.splits == "train")
    reader = open_reader(made.audit)
    found = model_predictions(reader, run_id)
    assert found.correct[found.held_out].all()
    errors = [row.error for row in class_table(reader, None, run_id, None).rows]
    assert {error.value for error in errors if error} == {0.0}
    score = next(one for one in score_choices(reader) if one.name == "rmd")
    shown = error_rate(tiles(reader, scored(reader, score.address), score.address, range(20), run_id))
    assert shown is not None
    assert shown.error.value == 0
    run = reader.run(run_id)
    assert run is not None
    evaluated = held_out_predictions(reader.hub, run)
    assert evaluated is not None
    assert evaluated.forecasts.correct.all()


def only_a_held_out_class_outside(folder: Path) -> tuple[Made, str, Bools]:
    """An audit whose test split holds one class alone, a model that was not given that class, and its run id.

    The third is (n,) bool, what the model left of the training split.
    """
    made = build_audit(folder, n=200, evaluated=False, tested=[0])
    known, train = made.labels != 0, made.splits == "train"
    assert not known[~train].any()
    left = train & known & (np.arange(len(known)) % 4 == 0)
    predicted = np.where(known, made.predicted, 1).astype(np.int32)
    return made, add_model(made, predicted, train & known & ~left, held_out_classes=["shirt"]), left


def test_where_only_a_held_out_class_lies_outside_the_training_split_all_evaluate_on_the_rest_of_it(
    tmp_path: Path,
) -> None:
    made, run_id, left = only_a_held_out_class_outside(tmp_path)
    evaluate(made.audit, Heard(), model_run=run_id)
    reader = open_reader(made.audit)
    run = reader.run(run_id)
    assert run is not None
    np.testing.assert_array_equal(held_out(reader.hub, run), left)
    np.testing.assert_array_equal(held_out_of_new_classes(reader.hub, run), made.splits == "test")
    assert left_of_the_training_split(reader.hub, run)
    assert not left_of_the_training_split(reader.hub, made.audit.runs("train")[0])
    # A page.
    model = model_predictions(reader, run_id)
    np.testing.assert_array_equal(rows_in_view(reader, model, Selection()), np.flatnonzero(left))
    # The command.
    accuracy = by_subject(read_metrics(reader.hub, ACCURACY))[run_id]
    assert accuracy.n == left.sum()
    assert accuracy.value == pytest.approx((made.predicted == made.labels)[left].mean())
    # The Overview, by class.
    table = class_table(reader, None, run_id, None)
    assert table.held_out
    assert sum(row.n_evaluated for row in table.rows) == left.sum()
    # An evaluation of before, which had no rows of such a model, is not taken for this one.
    assert made.audit.runs("evaluate")[-1].parameters["held_out"] == "left of the training split"
    # The report, which takes an evaluated model before another.
    subject = open_subject(made.audit)
    assert subject.model_run == run_id
    assert subject.predictions is not None
    np.testing.assert_array_equal(subject.predictions.held_out, left)


def test_a_model_is_neither_right_nor_wrong_on_a_class_it_was_not_given(tmp_path: Path) -> None:
    made, run_id, _ = only_a_held_out_class_outside(tmp_path)
    reader = open_reader(made.audit)
    score = next(one for one in score_choices(reader) if one.name == "rmd")
    shown = tiles(reader, scored(reader, score.address), score.address, range(len(made.labels)), run_id)
    assert {tile.wrong for tile in shown if made.labels[tile.id] == 0} == {None}
    assert {tile.wrong for tile in shown if made.labels[tile.id] != 0} == {False, True}
    (image, *_) = np.flatnonzero(made.labels == 0).tolist()
    opened = detail(reader, image, [score], model=run_id)
    assert opened is not None
    assert [line.wrong for line in opened.models if line.run_id == run_id] == [None]


def test_a_page_and_an_evaluation_measure_the_direction_of_a_score_alike(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=400, evaluated=False)
    run_id = add_model(made, made.predicted, made.splits == "train")
    evaluate(made.audit, Heard(), model_run=run_id)
    reader = open_reader(made.audit)
    auroc, direction = (by_subject(read_metrics(reader.hub, name)) for name in (ERROR_AUROC, DIRECTION))
    model, scores = model_predictions(reader, run_id), score_choices(reader)
    assert len(scores) == 2
    for score in scores:
        ranked = scored(reader, score.address)
        order = evaluated_order(reader, ranked.order, ranked.values, score, model, Selection())
        assert order.auroc == auroc[score.address]
        if score.model_run:  # computed from the other model, with whose errors nobody has measured it
            assert score.address not in direction
        else:
            assert (order.direction or 0) == direction[score.address].value


@pytest.mark.parametrize("names", [("train", "test"), ("fold 1", "test"), ("fold 1", "fold 2")])
def test_pages_and_commands_take_the_same_split_for_the_training_split(tmp_path: Path, names: tuple[str, str]) -> None:
    made = build_audit(tmp_path, n=60)
    with duckdb.connect(str(made.audit.items_path)) as connection:
        for old, new in zip(("train", "test"), names, strict=True):
            connection.execute("UPDATE images SET split = ? WHERE split = ?", [new, old])
    run_id = add_model(made, made.predicted, np.zeros(60, bool))
    reader = open_reader(made.audit)
    run = reader.run(run_id)
    assert run is not None
    np.testing.assert_array_equal(model_predictions(reader, run_id).held_out, held_out(reader.hub, run))
