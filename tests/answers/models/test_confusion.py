"""Confusion: the counts of independent code, whichever labels are meant, in any decile of a score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as independent

from core.answers.models.confusion import (
    MOST_CLASSES,
    MOST_PAIRS,
    confusion,
    confusion_in_words,
    decile_ids,
    shown_classes,
)  # fmt: skip
from core.answers.models.confusion_cells import ConfusionCell, confusion_words, decode_cell
from core.answers.models.error_by_difficulty import evaluated_order
from core.answers.models.evaluating_labels import GIVEN, REVIEWED, TRUE, evaluating_labels, kinds_of_labels
from core.answers.models.predictions import EVERY, HELD_OUT, model_predictions
from core.answers.view.choices import score_choices
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Selection, scored
from core.answers.view.reader import Reader, open_reader
from core.answers.view.subsets import subset_ids
from core.errors import BadInput
from core.metrics.intervals import wilson
from core.reviews import By, Decision, ReviewedImage, decide, merge_class, open_journal
from core.store import views
from tests.audits import Made, build_audit, publish


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """300 images of five classes, with true labels that differ from the given ones in twenty."""
    made = build_audit(tmp_path, n=300, seed=1)
    with duckdb.connect(str(made.audit.items_path)) as connection:
        connection.execute("UPDATE images SET true_label = CASE WHEN image_id < 20 THEN (label + 1) % 5 ELSE label END")
    return made


def opened(made: Made) -> Reader:
    """The audit as a page reads it."""
    return open_reader(made.audit)


def model_of(reader: Reader) -> str:
    """The only model's run."""
    return next(run.run_id for run in reader.hub.runs if run.kind == "train")


def test_counts_are_scikit_learn_s_by_given_and_by_true_labels(made: Made) -> None:
    reader = opened(made)
    model = model_predictions(reader, model_of(reader))
    ids = np.flatnonzero(model.rows(EVERY))
    assert kinds_of_labels(reader) == [GIVEN, TRUE]
    for kind in (GIVEN, TRUE):
        by = evaluating_labels(reader, kind)
        found = confusion(model, by, ids)
        expected = independent(by.labels[ids], model.predicted[ids], labels=range(5))
        assert np.array_equal(found.counts, expected)
        assert found.n_wrong == int((by.labels[ids] != model.predicted[ids]).sum())
        assert found.error.value == found.n_wrong / len(ids)
        pairs = sorted(
            ((expected[i, j], i, j) for i in range(5) for j in range(5) if i != j and expected[i, j]), reverse=True
        )
        assert [pair.n for pair in found.pairs] == [n for n, _, _ in pairs]
        first = found.pairs[0]
        low, high = wilson(first.n, expected[first.label].sum())
        assert (first.share.low, first.share.high) == (float(low), float(high))
        assert first.reverse == expected[first.predicted, first.label]
        assert f"{first.n}, " in confusion_in_words(found)


def test_reviewed_labels_take_decisions_exclusions_and_merged_classes(made: Made) -> None:
    reader = opened(made)
    keys, hashes = views.column(reader.hub, "key"), views.column(reader.hub, "content_hash")
    names, labels = reader.class_names, reader.labels
    journal = open_journal(made.audit)
    pictures = [ReviewedImage(keys[row], hashes[row], names[labels[row]]) for row in range(3)]
    other = names[(labels[0] + 1) % 3]
    decide(journal, Decision(pictures[0], "relabelled", other, seen=journal.last), By("ann"))
    decide(journal, Decision(pictures[1], "excluded", None, seen=journal.last), By("ann"))
    decide(journal, Decision(replace(pictures[2], content_hash="0"), "relabelled", other, seen=journal.last), By("ann"))
    before_merger = journal.last
    merge_class(journal, names[4], names[3], By("ann"))
    journal.close()
    assert REVIEWED in kinds_of_labels(reader)
    found = evaluating_labels(reader, REVIEWED, before_merger)
    assert (found.labels[0], found.labels[1], found.labels[2]) == (names.index(other), -1, labels[2])
    assert np.array_equal(found.labels[3:], labels[3:])
    merged = evaluating_labels(reader, REVIEWED, journal_version(made.audit))
    model = model_predictions(reader, model_of(reader))
    counts = confusion(model, merged, np.flatnonzero(model.rows(EVERY))).counts
    assert counts[4].sum() == counts[:, 4].sum() == 0
    assert confusion(model, found, np.array([0, 1, 2])).without_label == 1


def test_deciles_hold_every_image_once_and_their_cells_open_those_images(made: Made) -> None:
    reader = opened(made)
    run_id = model_of(reader)
    model, by = model_predictions(reader, run_id), evaluating_labels(reader, GIVEN)
    score = next(one for one in score_choices(reader) if one.name == "rmd")
    found = scored(reader, score.address)
    order = evaluated_order(reader, found.order, found.values, score, model, Selection(), HELD_OUT)
    total = np.zeros((5, 5), int)
    for decile in range(1, 11):
        ids = decile_ids(order.ids, decile)
        counted = confusion(model, by, ids)
        total += counted.counts
        for label, predicted in zip(*np.nonzero(counted.counts), strict=True):
            cell = ConfusionCell(
                int(label), int(predicted), run_id, HELD_OUT, GIVEN, Selection(), score.address, decile
            )  # fmt: skip
            only = cell.encode(reader)
            assert decode_cell(reader, only.partition(":")[2]) == cell
            images = subset_ids(reader, only)
            assert set(images.tolist()) <= set(ids.tolist())
            assert len(images) == counted.counts[label, predicted]
            assert f"({len(images)})" in confusion_words(reader, only.partition(":")[2])
    assert np.array_equal(total, confusion(model, by, order.ids).counts)


def test_a_cell_of_another_model_s_score_opens_the_images_that_were_counted(tmp_path: Path) -> None:
    """Its deciles leave out what the score's own model was trained on, and so must the cells."""
    made = build_audit(tmp_path, n=300, evaluated=False)
    ids = np.arange(300, dtype=np.int32)
    mine, other = (
        publish(made.audit, "train", f"model {k}", {"prediction": {
            "image_id": ids, "predicted": made.predicted, "confidence": np.full(300, 0.5, np.float32),
            "trained_on": ids % 3 == k}}, k=5)
        for k in (0, 1)
    )  # fmt: skip
    column = {
        "name": ["loss"], "scorer": ["loss"], "parameters": ["{}"], "encoder_run": [""], "model_run": [mine],
        "direction": [-1], "fitted_on": [""], "reason": [""],
    }  # fmt: skip
    values = np.random.default_rng(0).random(300).astype(np.float32)
    table = {"name": ["loss"] * 300, "image_id": ids, "value": values}
    publish(made.audit, "score", "loss", {"score": table, "score_column": column}, inputs={"train": mine})
    reader = opened(made)
    score = next(one for one in score_choices(reader) if one.name == "loss")
    model, by, found = model_predictions(reader, other), evaluating_labels(reader, GIVEN), scored(reader, score.address)
    order = evaluated_order(reader, found.order, found.values, score, model, Selection(), HELD_OUT)
    assert len(order.ids) < np.count_nonzero(model.rows())
    for decile in (1, 10):
        images = decile_ids(order.ids, decile)
        counts = confusion(model, by, images).counts
        for label, predicted in zip(*np.nonzero(counts), strict=True):
            cell = ConfusionCell(
                int(label), int(predicted), other, HELD_OUT, GIVEN, Selection(), score.address, decile
            )  # fmt: skip
            expected = images[(by.labels[images] == label) & (model.predicted[images] == predicted)]
            assert set(subset_ids(reader, cell.encode(reader)).tolist()) == set(expected.tolist())


def test_of_a_thousand_classes_the_pairs_are_listed_and_no_matrix_is_drawn(made: Made) -> None:
    reader = opened(made)
    model = model_predictions(reader, model_of(reader))
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 1000, (2, 20_000))
    many = replace(model, predicted=predicted, known=np.ones(20_000, bool))
    by = replace(
        evaluating_labels(reader, GIVEN), labels=labels, names=tuple(map(str, range(1000))), class_of=np.arange(1000)
    )
    found = confusion(many, by, np.arange(20_000))
    assert len(found.pairs) == MOST_PAIRS < found.n_pairs
    wrong = [(-int(n), i, j) for (i, j), n in np.ndenumerate(found.counts) if i != j and n]
    of_class = found.counts.sum(axis=1)
    first = sorted(wrong, key=lambda cell: (cell[0], of_class[cell[1]], *cell[1:]))[:MOST_PAIRS]
    assert [(-pair.n, pair.label, pair.predicted) for pair in found.pairs] == first
    assert found.n_pairs == len(wrong)
    assert not len(shown_classes(found, None))
    one = confusion(many, by, np.arange(20_000), label=7)
    assert all(7 in (pair.label, pair.predicted) for pair in one.pairs)
    shown = shown_classes(one, 7)
    assert 7 in shown
    assert len(shown) <= MOST_CLASSES


@pytest.mark.parametrize("payload", ["", "label=x", "label=shirt&predicted=shirt&model=none", "decile=11"])
def test_an_address_of_no_cell_is_refused_in_words(made: Made, payload: str) -> None:
    with pytest.raises(BadInput, match="this audit has none such"):
        decode_cell(opened(made), payload)
