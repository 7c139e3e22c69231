"""Equal confidence and usable information as pages read them: what evaluating stored, nothing where it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.answers.models.equal_confidence import equal_confidence, equal_in_words
from core.answers.scores.usable_information import encoder_information
from core.answers.view.reader import open_reader
from tests.audits import Made, build_audit, publish

NAMES = ("name", "subject", "slice", "value", "low", "high", "n", "note")
Row = tuple[object, ...]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=60)


def store(made: Made, rows: list[Row]) -> None:
    columns = dict(zip(NAMES, (list(column) for column in zip(*rows, strict=True)), strict=True))
    publish(made.audit, "evaluate", "later", {"metric": columns}, fifths_of="s:rmd")


def test_curves_are_read_in_the_order_of_confidence(made: Made) -> None:
    run = made.audit.runs("train")[0].run_id
    assert equal_confidence(open_reader(made.audit), run) is None
    rows: list[Row] = [("equal_confidence_gap", run, "all", 0.1, 0.05, 0.15, 24, "")]
    for group in ("easiest", "hardest"):
        for i in (10, 2, 1):
            part = f"{group} fifth {i} at 0.{40 + i}00"
            rows.append(("accuracy_at_confidence", run, part, i / 20, 0.0, 1.0, 12, "of s:rmd"))
    store(made, rows)
    found = equal_confidence(open_reader(made.audit), run)
    assert found is not None
    assert found.score == "rmd"
    assert found.easy.confidence.tolist() == [0.41, 0.42, 0.5]
    assert [one.value for one in found.hard.accuracy] == [0.05, 0.1, 0.5]
    assert equal_in_words(found) == "at equal confidence the easiest fifth is right 10 % [5, 15] more often"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((-0.1, -0.15, -0.05), "at equal confidence the hardest fifth is right 10 % [5, 15] more often"),
        ((-0.1, -0.3, 0.1), "not told apart at equal confidence: the hardest fifth is right 10 % [−10, 30] more often"),
        ((float("nan"),) * 3, "easy and hard images share no confidence at which they could be compared"),
    ],
)
def test_the_gap_is_said_with_its_side(made: Made, ends: tuple[float, float, float], said: str) -> None:
    run = made.audit.runs("train")[0].run_id
    store(made, [("equal_confidence_gap", run, "all", *ends, 24, "")])
    found = equal_confidence(open_reader(made.audit), run)
    assert found is not None
    assert equal_in_words(found) == said


def test_encoders_stand_with_their_least_told_class_the_most_informative_first(made: Made) -> None:
    reader = open_reader(made.audit)
    assert encoder_information(reader) == []
    run = next(run for run in reader.hub.runs if run.kind == "embed").run_id
    store(made, [
        ("usable_information", run, "all", 1.5, 1.4, 1.6, 60, "by s:probe"),
        ("label_entropy", run, "all", 2.3219, float("nan"), float("nan"), 60, ""),
        ("usable_information", run, "class shirt", 0.5, 0.2, 0.8, 12, ""),
        ("usable_information", run, "class bag", 2.0, 1.9, 2.1, 12, ""),
        ("usable_information", "embed-gone", "all", 9.0, 8.0, 10.0, 60, "by t:probe"),
    ])  # fmt: skip
    (one,) = encoder_information(open_reader(made.audit))
    assert (one.run.run_id, one.most, one.least, one.of_least.value) == (run, 2.3219, "shirt", 0.5)
