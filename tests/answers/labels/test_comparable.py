"""How many labels nothing can be said of, and why: the same as the scorers leave without a value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.comparable import Comparable, comparable
from core.answers.overview.headlines import suspects, wrong_labels
from core.answers.view.reader import open_reader
from core.scorers.inputs import Inputs, lone
from core.store.held_out import fit_rows
from tests.audits import build_audit


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (Comparable(0, 0, 0), "cannot be told: no image has a label"),
        (Comparable(50, 0, 1), "cannot be told: 50 labels of one class, and no other that one could be"),
        (
            Comparable(1000, 1000, 1000),
            "no class has two images to compare, with 1,000 labelled images of 1,000 classes",
        ),
        (Comparable(61, 1, 2), "1 of 61 labels cannot be told: no other image of its class"),
        (Comparable(60, 0, 2), ""),
    ],
)
def test_what_cannot_be_told_is_said_with_counts(of: Comparable, words: str) -> None:
    assert of.in_words.endswith(words)
    assert bool(words) or not of.in_words
    for card in (wrong_labels([], of), suspects([], None, of)):
        assert not card.figure
        assert (card.missing == "") == of.none, "no command finds out what nothing can tell"
        assert not of.none or card.detail == of.in_words


@pytest.mark.parametrize(("n", "classes"), [(40, 40), (41, 40), (30, 1), (9, 5), (5, 5)])
def test_it_counts_the_images_that_scorers_leave_out(n: int, classes: int, tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=n, n_classes=classes, runs=False).audit)
    splits = np.array(reader.splits)[reader.split_codes]
    inputs = Inputs(np.asarray(reader.labels), len(reader.class_names), fit_rows(splits))
    assert comparable(reader).alone == int(lone(inputs).sum())
