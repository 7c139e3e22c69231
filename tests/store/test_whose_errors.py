"""Of figures that several models' errors gave, whose count: never simply those of the model evaluated last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.answers.overview.summary import summary
from core.answers.view.choices import default_model, measured_directions
from core.answers.view.reader import open_reader
from core.report.subject import open_subject
from core.store import views
from core.store.audit import Audit
from core.store.metrics import DIRECTION, ERROR_AUROC, ERROR_BY_DECILE, Metric, metric_table, read_metrics
from core.store.preferred_model import preferred_model
from core.types import Estimate, Run
from tests.audits import build_audit, publish

Row = tuple[str, str, float, float, float]


@dataclass(frozen=True)
class Pair:
    """An audit with a model, a smaller one that was trained and evaluated later, and their scores' addresses."""

    audit: Audit
    first: str
    later: str
    vog: str
    loss: str
    rmd: str


def evaluated(audit: Audit, model: str, rows: Sequence[Row]) -> None:
    """An evaluation by a model. rows: metric, subject, value and the ends of its interval."""
    names, subjects, values, low, high = zip(*rows, strict=True)
    columns = {"name": names, "subject": subjects, "slice": ["all"] * len(rows), "value": values, "low": low,
               "high": high, "n": [240] * len(rows), "note": [""] * len(rows)}  # fmt: skip
    table = {name: list(column) for name, column in columns.items()}
    publish(audit, "evaluate", model[-6:], {"metric": table}, inputs={"train": model})


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    made = build_audit(tmp_path, n=40, evaluated=False)
    audit, first = made.audit, made.audit.latest("train").run_id
    later = publish(audit, "train", "lenet", {"prediction": {"image_id": [0], "predicted": [0], "confidence": [1.0]}},
                    k=5, epochs=1)  # fmt: skip
    columns = {
        "score": {"name": ["loss"], "image_id": [0], "value": [1.0]},
        "score_column": {"name": ["loss"], "scorer": ["loss"], "parameters": ["{}"], "direction": [1],
                         "model_run": [first]},
    }  # fmt: skip
    publish(audit, "score", "loss", columns, inputs={"train": first})
    at = {info.name: info.address for info in views.score_infos(views.open_hub(audit))}
    pair = Pair(audit, first, later, at["vog_logit_late"], at["loss"], at["rmd"])
    for model, accuracy, direction, auroc in ((first, 0.9, 1.0, 0.7), (later, 0.4, -1.0, 0.3)):
        ends = accuracy - 0.05, accuracy + 0.05
        rows: list[Row] = [("accuracy", model, accuracy, *ends), ("ece", model, 0.1, 0.05, 0.15)]
        rows += [(DIRECTION, pair.vog, direction, *ends)]
        rows += [
            (ERROR_AUROC, address, auroc, auroc - 0.05, auroc + 0.05) for address in (pair.vog, pair.loss, pair.rmd)
        ]
        evaluated(audit, model, rows)
    return pair


def by(pair: Pair, name: str) -> dict[str, str]:
    return {row.subject: row.by for row in read_metrics(views.open_hub(pair.audit), name)}


def test_a_direction_is_that_of_the_model_the_score_was_computed_from(pair: Pair) -> None:
    assert measured_directions(open_reader(pair.audit)) == {pair.vog: 1}
    assert by(pair, DIRECTION) == {pair.vog: pair.first}


def test_it_is_not_known_where_only_another_model_was_evaluated(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=40, evaluated=False).audit
    other = publish(audit, "train", "lenet", {"prediction": {"image_id": [0]}}, k=5, epochs=1)
    vog = next(info.address for info in views.score_infos(views.open_hub(audit)) if info.name == "vog_logit_late")
    evaluated(audit, other, [(DIRECTION, vog, 1.0, 1.0, 1.0), (ERROR_AUROC, vog, 0.7, 0.6, 0.8)])
    assert measured_directions(open_reader(audit)) == {}
    assert [row.by for row in read_metrics(views.open_hub(audit), ERROR_AUROC)] == [other]


def test_a_score_of_a_model_s_own_outputs_is_evaluated_by_another_where_there_is_one(pair: Pair) -> None:
    assert by(pair, ERROR_AUROC) == {pair.vog: pair.first, pair.loss: pair.later, pair.rmd: pair.first}


def test_a_small_model_trained_last_is_not_the_default(pair: Pair) -> None:
    reader = open_reader(pair.audit)
    chosen = default_model(reader)
    assert chosen is not None
    assert chosen.run_id == pair.first
    assert open_subject(pair.audit).model_run == pair.first
    assert any(line.startswith("Model resnet8: right on 90 %") for line in summary(pair.audit))


def test_the_summary_names_the_classes_that_its_model_misses_most(pair: Pair) -> None:
    rows = [
        Metric("accuracy", model, f"class {name}", Estimate(value, 0.0, 1.0, 40, "share"))
        for model, values in ((pair.first, (0.6, 0.9)), (pair.later, (0.3, 0.1)))
        for name, value in zip(("shirt", "coat"), values, strict=True)
    ]
    publish(pair.audit, "evaluate", "later", metric_table(rows), inputs={"train": pair.later}, later=True)
    (line,) = [line for line in summary(pair.audit) if line.startswith("Hardest classes")]
    assert "'shirt' (40 % of 40 wrong), 'coat' (10 % of 40 wrong)" in line


def test_the_summary_says_whose_errors_a_score_goes_with(pair: Pair) -> None:
    """The score was made after the first model was evaluated, so that only the later one's errors are known."""
    column = {"score": {"name": ["rmd_oof"], "image_id": [0], "value": [1.0]},
              "score_column": {"name": ["rmd_oof"], "scorer": ["rmd"], "parameters": ["{}"],
                               "direction": [1]}}  # fmt: skip
    address = f"{publish(pair.audit, 'score', 'rmd', column, folds=5)}:rmd_oof"
    rows = [
        Metric(ERROR_BY_DECILE, address, f"decile {i}", Estimate(i / 20, 0.0, 1.0, 20, "share")) for i in range(1, 11)
    ]
    publish(pair.audit, "evaluate", "later", metric_table(rows), inputs={"train": pair.later}, deciles=True)
    (line,) = [line for line in summary(pair.audit) if line.startswith("Difficulty")]
    assert "of the errors of lenet;" in line


def run(name: str, **parameters: object) -> Run:
    return Run(name, "train", name, {}, parameters, 0, "", 0.0, "", {}, "")


def test_the_preferred_model_by_its_rule() -> None:
    old, new, fewer, of_grid, sure = (
        run("old"),
        run("new"),
        run("few", held_out_classes=["a"]),
        run("g", grid="g"),
        run("s"),
    )
    assert preferred_model([], {}) is None
    assert preferred_model([old, new], {}) == new
    measured = {"old": Estimate(0.8, 0.7, 0.9), "few": Estimate(0.99, 0.98, 1.0), "g": Estimate(0.99, 0.98, 1.0),
                "s": Estimate(0.79, 0.78, 0.8)}  # fmt: skip
    assert preferred_model([of_grid, old, new, fewer], measured) == old
    assert preferred_model([old, sure], measured) == sure  # 79 % of many images, against 80 % of few
