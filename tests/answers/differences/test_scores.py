"""How scores and suspects moved, against SciPy; and what is said of where a score comes from on either side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from core.answers.differences.audit_difference import MOST_MOVED, AuditDifference, difference
from core.answers.differences.pictures import BECAME, MOVED, NO_MORE, listed_images, named
from core.answers.differences.states import two_states
from core.store.audit import Audit
from core.store.writer import open_run
from core.types import RunSpec
from tests.answers.differences.test_matching import pairs
from tests.differing import audit_of, embedded, scored

N = 40
KEYS, CONTENTS = [f"k{i:03d}" for i in range(N)], [f"c{i}" for i in range(N)]
LABELS = np.arange(N) % 3
CLASSES = ["cat", "dog", "owl"]


def audits(folder: Path) -> tuple[Audit, Audit]:
    """The second holds all images of the first but two, renamed so that they lie in another order, and three others."""
    first = audit_of(folder, "first", KEYS, CONTENTS, LABELS, CLASSES)
    keys = [f"k{999 - i:03d}" for i in reversed(range(2, N))] + ["x0", "x1", "x2"]
    contents = [*reversed(CONTENTS[2:]), "n0", "n1", "n2"]
    labels = np.append(LABELS[2:][::-1], [0, 0, 0])
    return first, audit_of(folder, "second", keys, contents, labels, CLASSES)


def compared(first: Audit, second: Audit) -> AuditDifference:
    return difference(*two_states(first, second))


def of_second(values: Any, others: float = 0.0) -> Any:
    """Values by image of the first as the second holds them."""
    return np.append(np.asarray(values)[2:][::-1], [others] * 3)


@pytest.mark.parametrize("direction", [1, -1, None])
@pytest.mark.parametrize("seed", range(4))
def test_places_and_their_correlation_are_scipys(tmp_path: Path, seed: int, direction: int | None) -> None:
    rng = np.random.default_rng(seed)
    old = rng.integers(0, 12, N).astype(np.float32)  # with many ties
    new = old + rng.integers(-3, 4, N).astype(np.float32)
    old[5], new[9] = np.nan, np.nan
    first, second = audits(tmp_path)
    scored(first, {"rmd": old}, direction=direction)
    scored(second, {"rmd": of_second(new)}, direction=direction)
    found = compared(first, second)
    (move,) = found.scores
    both = np.array([i for i in range(2, N) if i not in (5, 9)])
    assert move.tally is not None
    assert move.tally.n == len(both)
    assert move.tally.correlation == pytest.approx(spearmanr(old[both], new[both]).statistic)
    turn = direction or 1
    places = [100 * (rankdata(turn * values[both]) - 0.5) / len(both) for values in (old, new)]
    moved = {KEYS[i]: (before, after) for i, before, after in zip(both, *places, strict=True) if before != after}
    listed = named(found, move.moved, slice(None))
    assert {one.key_before: (one.place_before, one.place_after) for one in listed} == {
        key: pytest.approx(two) for key, two in moved.items()
    }
    distance = [abs(one.place_after - one.place_before) for one in listed]
    assert distance == sorted(distance, reverse=True)
    assert len(listed) <= MOST_MOVED


def test_a_score_that_is_turned_on_one_side_is_turned_back(tmp_path: Path) -> None:
    first, second = audits(tmp_path)
    values = np.arange(N, dtype=np.float32)
    scored(first, {"quality": values}, direction=1)
    scored(second, {"quality": of_second(-values)}, direction=-1)
    (move,) = compared(first, second).scores
    assert move.tally is not None
    assert move.tally.correlation == pytest.approx(1)
    assert not len(move.moved)
    assert "direction 1 before and -1 after" in move.shared.made_from
    assert not move.shared.alike


def test_suspects_that_came_and_went(tmp_path: Path) -> None:
    first, second = audits(tmp_path)
    old, new = LABELS.copy(), LABELS.copy()
    old[[0, 3, 4, 5]] = (LABELS[[0, 3, 4, 5]] + 1) % 3  # image 0 is not in the second
    new[[5, 6]] = (LABELS[[5, 6]] + 1) % 3
    scored(first, {"suspicion": np.ones(N)}, suggested=old)
    scored(second, {"suspicion": np.ones(N + 1)}, suggested=np.append(new[2:][::-1], [1, -1, 0]))
    found = compared(first, second)
    (move,) = found.scores
    tally = move.tally
    assert tally is not None
    assert (tally.suspects_before, tally.suspects_after, tally.suspects_of_both) == (3, 2, 1)
    assert (tally.gone, tally.fresh) == (1, 1)
    keys = {what: {one.key_before for one in named(found, listed_images(found, what), slice(None))}
            for what in (BECAME, NO_MORE, MOVED)}  # fmt: skip
    assert keys == {BECAME: {"k006"}, NO_MORE: {"k003", "k004"}, MOVED: set()}
    assert move.suggests


def test_the_very_run_on_both_sides_has_not_moved(tmp_path: Path) -> None:
    first, _ = audits(tmp_path)
    scored(first, {"rmd": np.ones(N)})
    again = audit_of(tmp_path, "first", KEYS, CONTENTS, LABELS, CLASSES, true=(LABELS + 1) % 3, items="first-other")
    scored(again, {"rmd": np.ones(N)})
    found = difference(*two_states(again, None, labels=("given", "true")))
    (move,) = found.scores
    assert move.tally is None
    assert len(pairs(found, "relabelled")) == N


def test_what_one_side_has_alone_is_said(tmp_path: Path) -> None:
    first, second = audits(tmp_path)
    scored(first, {"rmd": np.ones(N), "knn": np.ones(N)})
    scored(second, {"rmd": np.ones(N + 1), "vog": np.ones(N + 1)})
    found = compared(first, second)
    assert [one.name for one in found.scores] == ["rmd"]
    assert found.only == (("knn",), ("vog",))


def encoders(*, name: str = "embedded", weights: str = "one") -> Any:
    return lambda audit: {"encoder": embedded(audit, name, weights)}


SOURCES: dict[str, tuple[Any, Any, str, bool]] = {
    "the same": (encoders(), encoders(), "same encoder, embedded", True),
    "another": (encoders(), encoders(name="clip"), "another encoder: embedded before, clip after", False),
    "other weights": (encoders(), encoders(weights="two"), "another encoder: embedded with weights one before", False),
    "gone": (encoders(), lambda _: {"encoder": "embed-gone"}, "its encoder after is not known any more", False),
    "other settings": (lambda _: {"pca": 8}, lambda _: {"pca": 64}, "other settings: pca 8 before and 64 after", False),
    "none": (lambda _: {}, lambda _: {}, "no encoder or model is known", True),
}


@pytest.mark.parametrize("case", SOURCES)
def test_whether_it_is_the_same_encoder_is_said_plainly(tmp_path: Path, case: str) -> None:
    before, after, said, alike = SOURCES[case]
    first, second = audits(tmp_path)
    scored(first, {"rmd": np.ones(N)}, **before(first))
    scored(second, {"rmd": np.ones(N + 1)}, **after(second))
    (move,) = compared(first, second).scores
    assert said in move.shared.made_from
    assert move.shared.alike == alike


def trained(audit: Audit, seed: int = 0, name: str = "resnet8") -> str:
    spec = RunSpec("train", name, {"items": audit.items_fingerprint}, {"epochs": 2}, seed=seed)
    with open_run(audit, spec, k=3) as writer:
        writer.publish()
        return str(writer.run_id)


def of_model(audit: Audit, n: int, run: str) -> None:
    spec = RunSpec("score", "loss", {"items": audit.items_fingerprint, "train": run}, {"labels": "given"})
    with open_run(audit, spec) as writer:
        ids = np.arange(n, dtype=np.int32)
        column = {"name": ["loss"], "scorer": ["loss"], "parameters": ["{}"], "encoder_run": [""], "model_run": [run],
                  "direction": [1], "fitted_on": [""], "reason": [""]}  # fmt: skip
        score = {"name": ["loss"] * n, "image_id": ids, "value": np.float32(ids)}
        writer.commit("all", {"score": score, "score_column": column})
        writer.publish()


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({}, "model resnet8 trained anew, in the same way, on other images or labels"),
        ({"seed": 1}, "another model: resnet8 with seed 0 before and 1 after"),
        ({"name": "vit"}, "another model: resnet8 before, vit after"),
    ],
)
def test_whether_it_is_the_same_model_is_said_plainly(tmp_path: Path, second: dict[str, Any], said: str) -> None:
    one, other = audits(tmp_path)
    of_model(one, N, trained(one))
    of_model(other, N + 1, trained(other, **second))
    (move,) = compared(one, other).scores
    assert move.shared.made_from == said
    assert not move.shared.alike
