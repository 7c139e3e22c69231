"""One suite over every registered scorer: what a score is, whoever computes it. A new scorer file is covered at once.

The data: three classes on the axes of an eight-dimensional space, 240 images, 60 of them held out. One in eight is
hard: its vector lies between the two other classes and off to the side, its given label is neither, the network is
unsure of it and learned it late. One image is unlabelled. Two easy images of one class are copies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from core.errors import HardlookError
from core.maths.moments import accumulate
from core.scorers.inputs import Inputs
from core.scorers.registry import Scorer, all_scorers, get_scorer, register
from core.types import UNLABELLED, Bools, Dynamics, Ints, ScoreColumn, SecondSplit
from tests.metrics.oracles import auroc

N, K, D, EPOCHS = 240, 3, 8, 12
ALWAYS = {"n_classes"}  # a number every scorer may know without declaring it


@dataclass(frozen=True)
class Case:
    """Inputs with every field filled, and which rows were planted as hard."""

    inputs: Inputs
    hard: Bools


def planted() -> Case:
    rng = np.random.default_rng(0)
    labels = np.arange(N) % K
    hard = np.arange(N) % 8 == 0
    centres = 4 * np.eye(K, D)
    between = (centres[(labels + 1) % K] + centres[(labels + 2) % K]) / 2
    aside = np.zeros((N, D))
    aside[:, K:] = rng.normal(size=(N, D - K))
    features = np.where(hard[:, None], between + 1.2 * aside, centres[labels]) + 0.5 * rng.normal(size=(N, D))
    features[2] = features[5]  # both easy, both of class 2
    logits = 3 * np.eye(K)[labels] + rng.normal(scale=0.3, size=(N, K))
    logits[hard] = 0.7 * np.eye(K)[(labels[hard] + 1) % K] + rng.normal(scale=0.1, size=(int(hard.sum()), K))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    spread = {name: rng.random(N).astype(np.float32) for name in ("logit_late", "probability_late_predicted")}
    given = labels.copy()
    given[1] = UNLABELLED
    inputs = Inputs(
        labels=given,
        n_classes=K,
        fit=np.arange(N) % 4 != 3,
        features=features.astype(np.float32),
        probabilities=p.astype(np.float32),
        predicted=p.argmax(axis=1),
        dynamics=dynamics(hard, rng),
        gradient_spread=spread,
        gradient_labels={"logit_late": given, "probability_late_predicted": p.argmax(axis=1)},
        content_hashes=np.array([f"{5 if row == 2 else row:040x}" for row in range(N)]),
        text_features=centres.astype(np.float32) + 0.1,
        penultimate=features.astype(np.float32),
        split_codes=(np.arange(N) % 4 == 3).astype(np.int64),
        view_distances=rng.normal(size=(N, 5)).astype(np.float32),
        second_split=second_split(hard),
        augmented_sums=[
            accumulate(
                features + 0.1 * rng.normal(size=(N, D)), np.where(np.arange(N) % 4 != 3, given, -1), K, np.zeros(D)
            )
            for _ in range(5)
        ],
    )
    return Case(inputs, hard)


def dynamics(hard: Bools, rng: np.random.Generator) -> Dynamics:
    """Easy images are right from the second epoch on; hard ones are right now and then, without being sure."""
    epoch = np.arange(EPOCHS)
    noise = rng.normal(scale=0.2, size=(len(hard), EPOCHS))
    margin = np.where(hard[:, None], 0.6 * (-1.0) ** epoch - 0.5, np.minimum(epoch, 4) + 0.5) + noise
    p_label = 1 / (1 + np.exp(-margin))
    return Dynamics(
        p_label=p_label.astype(np.float32),
        margin=margin.astype(np.float32),
        loss=-np.log(p_label).astype(np.float32),
        correct=margin > 0,
        el2n=(np.sqrt(2) * (1 - p_label)).astype(np.float32),
    )


def second_split(hard: Bools) -> SecondSplit:
    """Hard images are learned late and forgotten early; one easy one is never forgotten."""
    rows, epoch = np.arange(len(hard))[:, None], np.arange(1, EPOCHS + 1)
    learned, forgotten = np.where(hard[:, None], 9 + rows % 2, 2 + rows % 3), np.where(hard[:, None], 2, 8 + rows % 5)
    return SecondSplit(epoch >= learned, epoch < forgotten)


CASE = planted()
SCORERS = [scorer for scorer in all_scorers() if scorer.name != "cleanlab" or find_spec("cleanlab")]
every_scorer = pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.name)


def of_size(labels: Ints, n_classes: int) -> Inputs:
    """Every field for images of these labels, (n,); vectors near their class's, those of no class anywhere."""
    rng, n, k = np.random.default_rng(7), len(labels), max(n_classes, 1)
    features = (4 * rng.normal(size=(k, D))[labels] + rng.normal(size=(n, D))).astype(np.float32)
    p = rng.dirichlet(np.ones(k), n).astype(np.float32)
    return Inputs(
        labels=labels, n_classes=n_classes, fit=np.ones(n, bool), features=features, probabilities=p,
        predicted=p.argmax(axis=1), dynamics=dynamics(np.arange(n) % 3 == 0, rng),
        gradient_spread={"logit_late": rng.random(n).astype(np.float32)}, gradient_labels={"logit_late": labels},
        content_hashes=np.array([f"{row:040x}" for row in range(n)]), text_features=rng.normal(size=(n_classes, D)),
        penultimate=features, split_codes=np.zeros(n, np.int64),
        view_distances=rng.normal(size=(n, 5)).astype(np.float32), second_split=second_split(np.arange(n) % 3 == 0),
        augmented_sums=[accumulate(features + rng.normal(size=features.shape), labels, n_classes, np.zeros(D))] * 5,
    )  # fmt: skip


def only_declared(scorer: Scorer, inputs: Inputs) -> Any:
    """The declared fields and nothing else: reading another one raises."""

    class Declared:
        def __getattr__(self, name: str) -> Any:
            if name in scorer.reads | ALWAYS:
                return getattr(inputs, name)
            raise AssertionError(f"{scorer.name} reads {name}, which it does not declare")

    return Declared()


def run(scorer: Scorer, inputs: Inputs) -> dict[str, ScoreColumn]:
    return {column.name: column for column in scorer.run(inputs)}


def per_row(value: Any, change: Callable[[Any], Any]) -> Any:
    """Apply `change` to every array of one row per image, however deep."""
    if isinstance(value, dict):
        return {name: per_row(part, change) for name, part in value.items()}
    if isinstance(value, Dynamics | SecondSplit):
        return type(value)(**{field.name: change(getattr(value, field.name)) for field in fields(value)})
    return change(value) if isinstance(value, np.ndarray) and len(value) == N else value


def changed(inputs: Inputs, change: Callable[[Any], Any]) -> Inputs:
    return replace(inputs, **{f.name: per_row(getattr(inputs, f.name), change) for f in fields(inputs)})


@every_scorer
def test_columns_are_float32_one_value_an_image_and_nan_has_a_reason(scorer: Scorer) -> None:
    columns = scorer.run(CASE.inputs)
    assert columns
    assert len({column.name for column in columns}) == len(columns)
    for column in columns:
        assert column.values.shape == (N,)
        assert column.values.dtype == np.float32
        assert not np.isinf(column.values).any()
        assert bool(column.reason) == bool(np.isnan(column.values).any()), column.reason
        assert column.scorer == scorer.name
        assert column.fitted_on
        assert column.direction in (1, -1, None)


@every_scorer
def test_suggested_labels_are_classes(scorer: Scorer) -> None:
    for column in scorer.run(CASE.inputs):
        if column.suggested_label is not None:
            assert column.suggested_label.shape == (N,)
            assert np.issubdtype(column.suggested_label.dtype, np.integer)
            assert set(np.unique(column.suggested_label)) <= {UNLABELLED, *range(K)}


def at_random(seed: int) -> Inputs:
    """Inputs that nothing can be learned from, a tenth without a label, and a class of one image."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, K, N)
    labels[rng.random(N) < 0.1] = UNLABELLED
    labels[labels == K - 1] = 0
    labels[seed] = K - 1
    p = rng.dirichlet(np.ones(K), N).astype(np.float32)
    p[rng.random(N) < 0.1] = np.eye(K, dtype=np.float32)[0]  # a model that is sure, as float32 has it
    features = rng.normal(size=(N, D)).astype(np.float32)
    return replace(CASE.inputs, labels=labels, features=features, penultimate=features, probabilities=p,
                   predicted=p.argmax(axis=1))  # fmt: skip


@every_scorer
@pytest.mark.parametrize("seed", range(5))
def test_what_is_suggested_is_never_the_given_label_and_what_cannot_be_judged_is_not_doubted(
    scorer: Scorer, seed: int
) -> None:
    inputs = at_random(seed)
    labelled = inputs.labels != UNLABELLED
    for column in scorer.run(inputs):
        if column.suggested_label is None:
            assert column.doubted is None
            assert column.other_classes is None
            continue
        suggests, no_value = column.suggested_label != UNLABELLED, np.isnan(column.values)
        assert (suggests & labelled).any(), column.name
        assert (column.suggested_label != inputs.labels)[labelled].all(), column.name
        assert not (suggests & labelled & no_value).any(), column.name
        assert column.doubted is not None, f"{column.name} does not say which labels it doubts"
        assert column.doubted.dtype == bool
        assert re.search(r"suggested label (is|of) .*other class.* doubted is a label", scorer.about), scorer.about
        assert not (column.doubted & (no_value | ~labelled | ~suggests)).any(), column.name
        if column.other_classes is not None:
            assert (column.other_classes.labels != inputs.labels[:, None])[labelled].all(), column.name
            assert (column.other_classes.labels[no_value & labelled] == UNLABELLED).all(), column.name


@every_scorer
def test_the_order_of_rows_changes_nothing(scorer: Scorer) -> None:
    shuffle = np.random.default_rng(1).permutation(N)
    before, after = run(scorer, CASE.inputs), run(scorer, changed(CASE.inputs, lambda array: array[shuffle]))
    for name, column in before.items():
        np.testing.assert_allclose(after[name].values, column.values[shuffle], rtol=2e-3, atol=2e-3, err_msg=name)
        if column.suggested_label is not None and after[name].suggested_label is not None:
            assert np.mean(after[name].suggested_label == column.suggested_label[shuffle]) > 0.99


@every_scorer
def test_running_twice_gives_the_same_bits(scorer: Scorer) -> None:
    first, second = run(scorer, CASE.inputs), run(scorer, CASE.inputs)
    for name, column in first.items():
        np.testing.assert_array_equal(second[name].values, column.values)


@every_scorer
def test_inputs_are_left_as_they_were(scorer: Scorer) -> None:
    frozen = changed(CASE.inputs, np.copy)
    changed(frozen, lambda array: array.setflags(write=False) or array)  # writing to one raises
    scorer.run(frozen)


@every_scorer
def test_nothing_undeclared_is_read(scorer: Scorer) -> None:
    seen = {c.name: c for c in scorer.run(only_declared(scorer, CASE.inputs))}
    for name, column in run(scorer, CASE.inputs).items():
        np.testing.assert_array_equal(seen[name].values, column.values)


@every_scorer
def test_planted_hard_images_lie_above_easy_ones(scorer: Scorer) -> None:
    # Without what it may use besides: a model that knows the truth leaves the features' views nothing to say.
    nothing: dict[str, Any] = {one.name: one.default for one in fields(Inputs) if one.name in scorer.may_use}
    columns = scorer.run(replace(CASE.inputs, **nothing))
    assert scorer.direction in {column.direction for column in columns}
    for column in columns:
        if column.direction is not None:  # VoG's is measured on the data, a duplicate has none
            assert auroc(column.direction * column.values, CASE.hard) > 0.9, column.name


@every_scorer
def test_what_is_missing_is_said_with_the_next_step(scorer: Scorer) -> None:
    optional: dict[str, Any] = {f.name: None for f in fields(Inputs) if f.name not in ("labels", "n_classes", "fit")}
    if scorer.needs & set(optional):
        with pytest.raises(HardlookError, match=r"hardlook \w+"):
            scorer.run(replace(CASE.inputs, **optional))


@every_scorer
def test_it_has_a_source_and_a_summary(scorer: Scorer) -> None:
    assert scorer.source
    assert scorer.summary.endswith(".")
    assert get_scorer(scorer.name) is scorer


def test_a_name_cannot_be_registered_twice() -> None:
    with pytest.raises(ValueError, match="'rmd' is registered twice"):
        register("rmd", needs={"features"}, source="anywhere", direction=1)(lambda inputs: [])


def test_a_need_that_inputs_do_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown needs"):
        register("new", needs={"horoscope"}, source="anywhere", direction=1)


def test_a_scorer_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(HardlookError, match=r"no scorer 'rdm'; there is: .*rmd"):
        get_scorer("rdm")
