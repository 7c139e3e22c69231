"""An audit as frames and files: every column has its type, and labels are text."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import core.api as hardlook
from core.answers.differences.audit_difference import difference
from core.answers.differences.states import two_states
from core.answers.differences.table import changed_images
from core.answers.labels.suspecting import suspecting_scores
from core.answers.labels.suspects import suspects
from core.answers.view.choices import score_choices
from core.answers.view.reader import open_reader
from core.errors import AuditNotFound, HardlookError, MissingRun
from core.reviews import open_journal
from core.reviews.decisions import decide
from core.reviews.entries import By, Decision, ReviewedImage
from core.store import views
from tests.audits import Made, build_audit


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    return build_audit(tmp_path, "a", n=60)


def texts(frame: pd.DataFrame, *columns: str) -> None:
    """Each column is text, and None where there is none."""
    for column in columns:
        assert frame[column].dtype == object, column
        assert {type(one) for one in frame[column]} <= {str, type(None)}, column


def test_scores_are_one_row_per_image_with_direction_and_type(made: Made) -> None:
    frame = hardlook.open_audit("a").scores()
    assert list(frame["key"]) == made.keys
    texts(frame, "key", "label", "split")
    np.testing.assert_array_equal(frame["rmd"].to_numpy(), made.values["rmd"])
    assert frame["rmd"].dtype == np.float32
    about = frame.attrs["scores"]["rmd"]
    assert (about["direction"], about["direction_in_words"], about["dtype"]) == (1, "higher is harder", "float32")
    assert frame.attrs["scores"]["vog_logit_late"]["direction_in_words"] == "not known on this data"


def test_suspects_are_the_dashboard_s_and_say_what_reviewers_said(made: Made) -> None:
    audit = hardlook.open_audit("a")
    reader = open_reader(made.audit)
    found = suspects(reader, suspecting_scores(reader, score_choices(reader))[0].address)
    frame = audit.suspects()
    assert len(frame) == found.doubted.sum() > 0
    assert frame["score"].is_monotonic_decreasing
    np.testing.assert_array_equal(frame["score"], found.values[frame["image_id"]])
    assert {str(frame[name].dtype) for name in ("image_id", "agreeing", "voters")} == {"int64"}
    assert (frame["given_label"] != frame["suggested_label"]).all()
    assert set(frame["reviewed_label"]) == {None}
    decide_on(made, frame.iloc[0], "relabelled", frame.iloc[0]["suggested_label"])
    decide_on(made, frame.iloc[1], "confirmed", None)
    after = audit.suspects()
    texts(after, "key", "split", "given_label", "suggested_label", "reviewed_label", "verdict")
    assert after["reviewed_label"][:3].tolist() == [frame["suggested_label"][0], frame["given_label"][1], None]
    assert after["verdict"][:3].tolist() == ["relabelled", "confirmed", None]


def decide_on(made: Made, row: Any, verdict: str, label: str | None) -> None:
    hashes = views.column(views.open_hub(made.audit), "content_hash")
    picture = ReviewedImage(row["key"], str(hashes[row["image_id"]]), row["given_label"])
    journal = open_journal(made.audit)
    decide(journal, Decision(picture, verdict, label, reason="seen"), By("ann"))
    journal.close()


def test_decisions_are_text_and_none(made: Made) -> None:
    audit = hardlook.open_audit("a")
    columns = ["key", "split", "given_label", "reviewed_label", "second_label", "verdict", "reviewer", "time", "reason"]
    assert list(audit.decisions()) == columns
    assert len(audit.decisions()) == 0
    first = audit.suspects().iloc[0]
    decide_on(made, first, "relabelled", first["suggested_label"])
    frame = audit.decisions()
    texts(frame, *columns)
    assert frame.iloc[0][["key", "reviewed_label", "second_label", "reviewer", "reason"]].tolist() == [
        first["key"], first["suggested_label"], None, "ann", "seen",
    ]  # fmt: skip


def test_decisions_come_in_as_a_frame_or_a_file_and_the_same_ones_once(made: Made, tmp_path: Path) -> None:
    audit = hardlook.open_audit("a")
    first = audit.suspects().iloc[:3]
    frame = pd.DataFrame({"key": first["key"], "new_label": first["suggested_label"], "reason": "looked"})
    for decisions in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        audit.import_decisions(decisions, reviewer="ann", quiet=True)
        assert len(audit.decisions()) == 3
    assert set(audit.decisions()["reviewer"]) == {"ann"}
    assert audit.suspects()["reviewed_label"][:3].tolist() == first["suggested_label"].tolist()
    pd.DataFrame({"id": [made.keys[40]], "verdict": "confirmed"}).to_csv(tmp_path / "more.csv")
    audit.import_decisions(tmp_path / "more.csv", reviewer="bob", quiet=True)
    assert sorted(audit.decisions()["reviewer"]) == ["ann", "ann", "ann", "bob"]
    for decisions, who, message in ((3, "ann", "decisions is 3"), (frame, "", "reviewer is ''"),
                                    (frame.drop(columns="key"), "ann", "^the frame of decisions has no column 'key'"),
                                    (frame.assign(verdict="maybe"), "ann", "^Row 1 of the frame of decisions has"),
                                    (pd.concat([frame, frame], axis=1), "ann", "Duplicate column names"),
                                    (frame.assign(new_label="griffin"), "ann", "no class 'griffin'")):  # fmt: skip
        with pytest.raises(HardlookError, match=message):
            audit.import_decisions(decisions, reviewer=who)
    assert len(audit.decisions()) == 4


def test_metrics_have_a_unit_and_a_provenance(made: Made) -> None:
    audit = hardlook.open_audit("a")
    frame = audit.metrics()
    assert {str(frame[name].dtype) for name in ("value", "low", "high")} == {"float64"}
    texts(frame, "metric", "subject", "of", "slice", "unit", "provenance", "note")
    accuracy = audit.metrics("accuracy").iloc[0]
    assert (accuracy["of"], accuracy["unit"], accuracy["value"]) == ("resnet8", "share", pytest.approx(0.712))
    with pytest.raises(MissingRun, match=r"There is no metric 'f1'.*accuracy"):
        audit.metrics("f1")


def test_images_come_by_key_and_by_id(made: Made) -> None:
    audit = hardlook.open_audit("a")
    one, two = audit.images([made.keys[3], 3])
    assert one.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(one), np.asarray(two))
    for keys, message in ((["nowhere.png"], "keys has 'nowhere.png'"), ([60], "keys has 60"), (None, "keys is None"),
                          ("abc", "keys is 'abc'"), ([True], "keys has True"), ([-1], "keys has -1")):  # fmt: skip
        with pytest.raises(HardlookError, match=message):
            audit.images(keys)  # type: ignore[arg-type]


def test_an_export_is_the_command_s(made: Made, tmp_path: Path) -> None:
    audit = hardlook.open_audit("a")
    file = audit.export("manifest", tmp_path / "out.csv")
    assert len(pd.read_csv(file)) == 60
    with pytest.raises(HardlookError, match="to is None"):
        audit.export("manifest", None)  # type: ignore[arg-type]


def test_an_audit_is_opened_by_name_by_path_or_as_the_newest(made: Made, tmp_path: Path) -> None:
    for name in ("a", None, made.audit.path, str(made.audit.path)):
        assert hardlook.open_audit(name).scores().equals(hardlook.open_audit("a").scores())
    with pytest.raises(AuditNotFound, match=r"There is no audit 'b'.*there is: a"):
        hardlook.open_audit("b")
    with pytest.raises(HardlookError, match="which is no audit"):
        hardlook.open_audit(tmp_path)
    with pytest.raises(HardlookError, match="name is 3"):
        hardlook.open_audit(3)  # type: ignore[arg-type]


def test_what_is_missing_names_the_command(made: Made, tmp_path: Path) -> None:
    bare = hardlook.open_audit(build_audit(tmp_path, "bare", n=12, runs=False).audit.path)
    with pytest.raises(MissingRun, match="no score that suggests labels; there is: none yet"):
        bare.suspects()
    with pytest.raises(MissingRun, match="There is no model; there is: none yet") as caught:
        bare.plot.reliability()
    assert "hardlook train --audit bare" in caught.value.hint
    with pytest.raises(MissingRun, match="score 'knn' that suggests labels; there is: rmd"):
        hardlook.open_audit("a").suspects("knn")


def test_what_differs_is_the_command_s(made: Made, tmp_path: Path) -> None:
    other = build_audit(tmp_path, "b", n=70, seed=1)
    opened = hardlook.open_audit("a")
    frame = opened.diff("b")
    found = changed_images(difference(*two_states(made.audit, other.audit)))
    assert list(frame) == list(found)
    texts(frame, "change", "key_before", "key_after", "label_before", "label_after", "split_before", "split_after")
    assert frame["key_after"].tolist() == found["key_after"].to_pylist()
    assert frame["rmd.moved"].dtype == np.float64
    assert frame.attrs["counts"]["came"] == 10
    assert set(frame.attrs["scores"]) == {"rmd", "vog_logit_late"}
    pd.testing.assert_frame_equal(opened.diff(hardlook.open_audit("b")), frame)
    pd.testing.assert_frame_equal(opened.diff(tmp_path / "b"), frame)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "has nothing to differ from"),
        ({"labels": "given"}, "labels is 'given'"),
        ({"labels": ("given",)}, "Give two of given, reviewed, true"),
        ({"labels": ("given", "best")}, "no version 'best'"),
        ({"before": 1.5}, "before is 1.5"),
        ({"before": True}, "before is True"),
        ({"before": 3}, "has no entry 3"),
        ({"before": ""}, "'' is no moment"),
        ({"before": date(1999, 1, 1)}, "held no images before 1999-01-01"),
        ({"other": 7}, "name is 7"),
    ],
)
def test_what_cannot_be_compared_is_refused(made: Made, given: dict[str, Any], said: str) -> None:
    with pytest.raises(HardlookError, match=said):
        hardlook.open_audit("a").diff(**given)
