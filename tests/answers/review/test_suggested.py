"""Which classes the review card offers, in which order, by scores and models together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.review.card import card
from core.answers.review.suggested import combined
from core.answers.view.choices import ScoreChoice, score_choices, with_a_vote
from core.answers.view.ranking import scored
from core.answers.view.reader import Reader, open_reader
from core.types import UNLABELLED
from tests.audits import build_audit, publish, score_columns

N, K = 40, 5
SURE = 0.9


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """An audit with a model that predicts every given label, and one that predicts none."""
    made = build_audit(tmp_path_factory.mktemp("audits"), n=N, n_classes=K, evaluated=False)
    for name, right in (("learned", True), ("useless", False)):
        publish(made.audit, "train", name, {"prediction": {
            "image_id": np.arange(N, dtype=np.int32), "predicted": (made.labels + (not right)) % K,
            "confidence": np.full(N, SURE, np.float32), "correct": np.full(N, right),
        }}, k=K)  # fmt: skip
    return open_reader(made.audit)


def run_of(reader: Reader, name: str) -> str:
    return next(run.run_id for run in reader.hub.runs if run.name == name)


def says(reader: Reader, name: str, label: int) -> tuple[str, dict[str, object]]:
    """What a model that is sure of a class says of an image."""
    probs = np.full(K, (1 - SURE) / (K - 1))
    probs[label] = SURE
    return run_of(reader, name), {"predicted": label, "probs": probs, "top5": np.argsort(-probs).tolist()}


def row(reader: Reader, value: float, suggested: int, doubted: bool) -> tuple[ScoreChoice, dict[str, object]]:
    return score_choices(reader)[0], {"value": value, "suggested_label": suggested, "doubted": doubted}


def names(reader: Reader, label: int, *args: object) -> list[int]:
    return [reader.class_names.index(one.name) for one in combined(reader, label, *args)]  # type: ignore[arg-type]


def test_a_score_that_doubts_nothing_has_no_vote_and_still_offers_its_best_other_class(reader: Reader) -> None:
    (offered,) = combined(reader, 0, [row(reader, 0.2, 3, False)], [])
    assert (offered.name, offered.sources, offered.asked) == (reader.class_names[3], 0, 1)
    (voted,) = combined(reader, 0, [row(reader, 0.8, 3, True)], [])
    assert (voted.name, voted.sources, voted.asked) == (reader.class_names[3], 1, 1)


def test_a_score_without_a_value_offers_nothing_in_place_of_a_label(reader: Reader) -> None:
    choice = score_choices(reader)[0]
    nothing = {"value": float("nan"), "suggested_label": None, "doubted": False}
    assert combined(reader, 0, [(choice, nothing)], []) == ()
    unlabelled = {"value": float("nan"), "suggested_label": 2, "doubted": False}
    assert names(reader, UNLABELLED, [(choice, unlabelled)], []) == [2]


def test_believed_classes_come_in_the_order_of_belief_whatever_others_vote_for(reader: Reader) -> None:
    believed = [[(4, 0.6), (2, 0.2), (1, 0.1)]]
    assert names(reader, 0, [row(reader, 0.9, 2, True)], [], believed) == [4, 2, 1]
    assert names(reader, 0, [row(reader, 0.9, 2, True)], []) == [2]


def test_a_model_weighs_by_how_much_better_than_chance_it_predicts_the_given_labels(reader: Reader) -> None:
    believed = [[(4, 0.6), (2, 0.2), (1, 0.1)]]
    assert names(reader, 0, [], [says(reader, "useless", 3)], believed)[0] == 4
    assert names(reader, 0, [], [says(reader, "learned", 3)], believed)[0] == 3
    first = combined(reader, 0, [], [says(reader, "learned", 4)], believed)[0]
    assert first.share == pytest.approx((0.6 + SURE) / 2)  # as much as suspicion where it predicts every label


def test_models_alone_are_offered_by_votes_and_then_by_probability(reader: Reader) -> None:
    both = [says(reader, "learned", 3), says(reader, "useless", 2)]
    assert names(reader, 0, [], both)[:2] == [3, 2]
    assert names(reader, 3, [], [says(reader, "learned", 3)])[0] == 0  # of what is left, equals in their order


def test_who_scores_again_has_one_vote(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=N, n_classes=K, evaluated=False)
    before = open_reader(made.audit)
    old = made.audit.latest("score", "rmd")
    suggested = ((made.labels + 1) % K).astype(np.int32)
    columns = score_columns("rmd", made.values["rmd"], 1, old.inputs["embed"], "", suggested)
    new = publish(made.audit, "score", "rmd", columns, inputs=dict(old.inputs), form=9)
    reader = open_reader(made.audit)
    assert old.run_id in with_a_vote(before.scores)
    assert with_a_vote(reader.scores) == with_a_vote(before.scores) - {old.run_id} | {new}
    offered = []
    for one in (before, reader):
        scores = score_choices(one)
        made_card = card(one, 0, scores, scores[-1], scored(one, scores[-1].address), None)
        assert made_card is not None
        offered.append([(other.name, other.sources, other.asked) for other in made_card.suggestions])
    assert offered[0] == offered[1]
