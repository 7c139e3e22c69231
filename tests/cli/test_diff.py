"""`hardlook diff` as people run it: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.answers.differences.audit_difference import difference
from core.answers.differences.states import two_states
from core.answers.differences.table import changed_images, columns_of, rows_of
from core.cli.app import main
from core.store.audit import Audit
from tests.answers.differences.test_matching import compared, made_by, state
from tests.differing import scored
from tests.pages.figures_said import unsaid_in_text


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    """Exit code, what is printed, and what is said of errors."""
    monkeypatch.setattr("sys.argv", ["hardlook", "diff", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Audit, Audit]:
    """Two audits that differ, with scores in both. Keys and labels are text that tables like to take for numbers."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    truth = made_by(3)
    compared(tmp_path, truth.before, truth.after)
    rng = np.random.default_rng(0)
    audits = Audit(tmp_path / "before"), Audit(tmp_path / "after")
    for audit, images in zip(audits, (truth.before, truth.after), strict=True):
        values = rng.normal(size=(2, len(images))).astype(np.float32)
        values[0, :3] = np.nan
        suggested = rng.integers(-1, 3, len(images))
        scored(audit, {"suspicion": values[0], "label": values[1]}, suggested=suggested)
    return audits


def test_it_says_what_came_went_and_changed_with_counts(
    two: tuple[Audit, Audit], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = made_by(3)
    code, said, _ = run(capsys, monkeypatch, "before", "after", "--most", 2)
    assert code == 0
    words = {"content": "changed content", "relabelled": "changed label", "split": "changed split"}
    for change, keys in truth.changes.items():
        assert f"  {words.get(change, change)}: {len(keys)}\n" in said
    assert f"first: before, {len(truth.before)} images, labels as given, for nothing is reviewed" in said
    assert "Class shares, counted" in said
    assert "by suspicion, moved most" in said
    assert unsaid_in_text(said) == []
    assert "by label, moved most" in run(capsys, monkeypatch, "before", "after", "--score", "label")[1]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_file_holds_what_the_answer_has(
    two: tuple[Audit, Audit], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:  # fmt: skip
    to = tmp_path / "out" / f"differs.{ending}"
    code, said, _ = run(capsys, monkeypatch, "before", "after", "--to", to, "--most", 4)
    assert code == 0
    found = difference(*two_states(*two))
    expected = pd.DataFrame({name: column.to_pylist() for name, column in changed_images(found, 4).items()})
    assert f"written: {to} ({len(expected)} images)" in said
    if ending == "csv":
        read = json.loads(Path(f"{to}.json").read_text())["pandas.read_csv"]
        frame = pd.read_csv(to, **{**read, "dtype": {**read["dtype"]}})
        texts = expected.columns[:7]
        assert frame[texts].equals(expected[texts].fillna(""))
        numbers = [name for name in map(str, expected) if name.endswith((".before", ".after", ".moved"))]
        np.testing.assert_allclose(frame[numbers].to_numpy(float), expected[numbers].to_numpy(float), rtol=1e-6)
    else:
        pd.testing.assert_frame_equal(pq.read_table(to).to_pandas(), expected, check_dtype=False)
    assert list(expected) == columns_of(found)
    assert len(list(rows_of(found))) >= len(expected)


def test_the_rows_are_the_images_that_differ_each_once(two: tuple[Audit, Audit]) -> None:
    truth = made_by(3)
    frame = pd.DataFrame({k: column.to_pylist() for k, column in changed_images(difference(*two_states(*two))).items()})
    assert not frame.duplicated(["key_before", "key_after"]).any()
    words = {"content": "changed content", "relabelled": "changed label", "split": "changed split"}
    for change, keys in truth.changes.items():
        has = frame[[words.get(change, change) in text.split("; ") for text in frame["change"]]]
        assert set(zip(has["key_before"].fillna(""), has["key_after"].fillna(""), strict=True)) == keys
    assert {"label.before", "label.after", "label.moved", "label_before", "suspicion.suspect_after"} <= set(frame)
    both = frame.dropna(subset=["suspicion.before", "suspicion.after"])
    became = both[(both["suspicion.suspect_after"] == True) & (both["suspicion.suspect_before"] == False)]  # noqa: E712
    assert all("became a suspect: suspicion" in text for text in became["change"])
    assert len(became)


def test_an_audit_and_its_copy_do_not_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    for name in ("one", "two"):
        state(tmp_path, name, made_by(0).before, ["cat", "dog", "owl"])
    code, said, _ = run(capsys, monkeypatch, "one", "two")
    assert (code, "no image, label or class differs" in said) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "after"], "There is no audit 'nowhere'"),
        (["before", "nowhere"], "There is no audit 'nowhere'"),
        (["before"], "has nothing to differ from"),
        (["before", "before"], "has nothing to differ from"),
        (["before", "after", "--before", "2026-01-01"], "Two audits are compared as they are now"),
        (["before", "--before", "soon"], "'soon' is no moment"),
        (["before", "after", "--before", ""], "'' is no moment"),
        (["before", "after", "--to", "."], "'.' ends in neither"),
        (["before", "--labels", "given", "true"], "has no true labels"),
        (["before", "after", "--score", "rmd"], "in both there is: suspicion, label"),
        (["before", "after", "--to", "x.txt"], "ends in neither .csv nor .parquet"),
        (["before", "after", "--to", "/dev/null/x.csv"], "no folder"),
    ],
)
def test_what_cannot_be_compared_or_written_is_refused_in_words(
    two: tuple[Audit, Audit], words: list[str], said: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    code, printed, error = run(capsys, monkeypatch, *words)
    assert code == 1
    assert error.startswith("error: ")
    assert said in error
    assert not printed


def test_a_file_that_is_there_is_left_as_it_is(
    two: tuple[Audit, Audit], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("mine")
    code, _, error = run(capsys, monkeypatch, "before", "after", "--to", mine)
    assert (code, mine.read_text()) == (1, "mine")
    assert "exists already" in error
