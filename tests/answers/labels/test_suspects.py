from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.precision_at_threshold import (
    cut_lines,
    estimated,
    measured,
    nearest,
    reviewed,
    suspicion_values,
)
from core.answers.labels.suspect_classes import suspect_classes
from core.answers.labels.suspect_rows import COLUMNS, suspect_rows
from core.answers.labels.suspects import Cuts, Suspects, decode_cuts, encode, flagged, listed, suspects
from core.answers.view.journal import journal_version, reviewed_by_class
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader, open_reader
from core.answers.view.subsets import subset_ids, subset_words
from core.errors import BadInput
from core.reviews import RELABELLED, By, Decision, ReviewedImage, decide, open_journal
from core.store import lookups
from core.types import Estimate
from tests.audits import Made, build_audit, publish

N = 60


@pytest.fixture(scope="module")
def doubted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Reader, Suspects]:
    """suspicion doubts images 0..9, the more the lower the number; knn says the same of 0..4, rmd suggests its own."""
    made = build_audit(tmp_path_factory.mktemp("audits"), n=N)
    other = (made.labels + 1) % 5
    values = np.where(np.arange(N) < 10, 0.95 - np.arange(N) / 100, 0.05).astype(np.float32)
    for name, until in (("suspicion", 10), ("knn", 5)):
        publish(made.audit, "score", name, {
            "score": {"name": [name] * N, "image_id": np.arange(N, dtype=np.int32), "value": values,
                      "suggested_label": np.where(np.arange(N) < until, other, made.labels).astype(np.int32)},
            "score_column": {"name": [name], "scorer": [name], "parameters": ["{}"], "direction": [1]},
        })  # fmt: skip
    reader = open_reader(made.audit)
    address = next(info.address for info in reader.scores if info.name == "suspicion")
    return made, reader, suspects(reader, address)


def test_without_a_cut_suspects_are_what_the_score_would_label_otherwise(
    doubted: tuple[Made, Reader, Suspects],
) -> None:
    _, reader, found = doubted
    np.testing.assert_array_equal(listed(reader, found, Cuts(), 0, Selection()), np.arange(10))


def test_agreement_is_counted_once_a_run_and_named(doubted: tuple[Made, Reader, Suspects]) -> None:
    _, reader, found = doubted
    assert sorted(voter.name for voter in found.voters) == ["knn", "rmd · embedded"]
    assert "knn" in found.agreeing(3)
    assert "knn" not in found.agreeing(7)
    with_knn = listed(reader, found, Cuts(), 1, Selection())
    assert set(range(5)) <= set(with_knn.tolist()) <= set(range(10))


def test_a_class_s_own_cut_holds_for_it_alone(doubted: tuple[Made, Reader, Suspects]) -> None:
    made, reader, found = doubted
    label = int(made.labels[0])
    kept = np.flatnonzero(flagged(reader, found, Cuts(0.9, ((label, 0.0),))))
    of_class = made.labels == label
    assert set(np.flatnonzero(of_class)) <= set(kept)
    assert set(kept[~of_class[kept]]) == {
        i for i in range(10) if not of_class[i] and found.values[i] >= np.float32(0.9)
    }


@pytest.mark.parametrize("cuts", [Cuts(), Cuts(0.5), Cuts(None, ((3, -1.25),)), Cuts(0.5, ((0, 1.0), (12, 2.5)))])
def test_cuts_come_back_from_the_address(cuts: Cuts) -> None:
    assert decode_cuts(cuts.encoded()) == cuts


@pytest.mark.parametrize("text", ["x", "nan", "3:", ":4", "-1:2", "1e999", "0.5,٣:1", "9" * 5000, f"{'9' * 20}:1"])
def test_a_threshold_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no threshold"):
        decode_cuts(text)


def test_thresholds_are_read_as_they_were_written() -> None:
    assert decode_cuts("0.5,3:0.8,1:0.25") == Cuts(0.5, ((1, 0.25), (3, 0.8)))
    assert decode_cuts("") == Cuts()
    assert Cuts(0.5, ((1, 0.2),)).changed(1, None) == Cuts(0.5)


def test_the_list_is_a_subset_that_other_pages_open(doubted: tuple[Made, Reader, Suspects]) -> None:
    _, reader, found = doubted
    only = encode(found.address, Cuts(0.9), 1)
    np.testing.assert_array_equal(
        subset_ids(reader, only), listed(reader, found, Cuts(0.9), 1, Selection())
    )  # fmt: skip
    assert subset_words(reader, only) == "suspects by suspicion, from 0.900, 1 or more agree"
    with pytest.raises(BadInput, match="no such score"):
        subset_ids(reader, "suspects:nonesuch:x~~0")


def test_the_estimate_is_the_mean_probability_which_was_not_counted(doubted: tuple[Made, Reader, Suspects]) -> None:
    _, reader, _ = doubted
    found = estimated(suspicion_values(reader), np.arange(10))
    assert found is not None
    assert found.value == pytest.approx(0.905)
    assert not found.has_interval
    assert found.n == 10
    assert estimated(None, np.arange(3)) is None


def test_cuts_are_offered_with_what_they_would_list(doubted: tuple[Made, Reader, Suspects]) -> None:
    _, reader, found = doubted
    first, second = cut_lines(reader, found, None, (5, 10, 1000))
    assert (first.n, second.n) == (5, 10)
    assert first.value == pytest.approx(0.91)
    assert first.measured is None


def test_a_measured_precision_stands_beside_a_cut_of_nearly_as_many_images() -> None:
    curve = [Estimate(1.0, 0.7, 1.0, 10, "share"), Estimate(0.5, 0.4, 0.6, 100, "share")]
    assert nearest(curve, 95) == curve[1]
    assert nearest(curve, 40) is None
    assert nearest([], 40) is None


def test_measured_precision_is_what_evaluating_kept(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=N)
    address = f"{made.audit.latest('score', 'rmd').run_id}:rmd"
    names = ("name", "subject", "slice", "value", "low", "high", "n", "note")
    rows = [("label_precision_at_recall", address, f"recall {r}", v, v - 0.1, v + 0.1, n, "")
            for r, v, n in ((0.1, 0.9, 10), (0.5, 0.6, 40))]  # fmt: skip
    columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    publish(made.audit, "evaluate", "labels", {"metric": columns})
    found = measured(open_reader(made.audit), address)
    assert [(one.value, one.n) for one in found] == [(0.9, 10), (0.6, 40)]


def test_classes_count_their_suspects_most_first(doubted: tuple[Made, Reader, Suspects]) -> None:
    made, reader, found = doubted
    lines = suspect_classes(reader, found, found.doubted, None, Cuts())
    assert sum(line.n for line in lines) == 10
    assert [line.n for line in lines] == sorted((line.n for line in lines), reverse=True)
    for line in lines:
        of_class = np.flatnonzero((made.labels == line.label) & (np.arange(N) < 10))
        assert line.n == len(of_class)
        assert line.agreed == sum(bool(found.agreeing(int(i))) for i in of_class)
        assert (line.precision is None) == (line.n == 0)


def test_the_file_has_a_row_for_each_suspect_in_the_list_s_order(doubted: tuple[Made, Reader, Suspects]) -> None:
    made, reader, found = doubted
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in suspect_rows(reader, found, np.arange(10))]
    assert [row["key"] for row in rows] == made.keys[:10]
    assert "knn" in str(rows[0]["who"])
    assert rows[0]["of"] == 2


def test_reviews_are_counted_by_class_and_say_how_many_suspects_were_wrong(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=N)
    reader = open_reader(made.audit)
    assert journal_version(made.audit) == 0
    assert reviewed_by_class(reader, 0) == {}
    journal = open_journal(made.audit)
    for row in lookups.image_rows(reader.hub, np.arange(12)):
        given = reader.class_name(row["label"])
        label = reader.class_name((row["label"] + 1) % 5) if row["image_id"] < 9 else given
        decide(journal, Decision(ReviewedImage(row["key"], row["content_hash"], given), RELABELLED, label), By("ann"))
    journal.close()
    at = journal_version(made.audit)
    assert sum(reviewed_by_class(reader, at).values()) == 12
    found = reviewed(reader, np.arange(20), at)
    assert found is not None
    assert (found.value, found.n) == (0.75, 12)
    assert reviewed(reader, np.arange(5), at) is None


def test_a_cut_at_an_image_lists_that_image(doubted: tuple[Made, Reader, Suspects]) -> None:
    _, reader, found = doubted
    for i in range(10):
        cut = decode_cuts(Cuts(float(found.values[i])).encoded())
        assert flagged(reader, found, cut)[i]
