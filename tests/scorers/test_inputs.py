"""What a scorer reads is cut to some images by the fields' types; nobody keeps a list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest

from core.errors import HardlookError
from core.maths.vectors import Vectors, as_vectors
from core.pipeline.scoring.score import run_scorer
from core.scorers.inputs import Inputs, PerImage, of_images, per_image
from core.scorers.registry import Scorer, all_scorers
from core.types import HARDER_HIGH, UNLABELLED, Dynamics, Floats, ScoreColumn

N = 6
CHOSEN = np.array([True, False, True, True, False, True])
SHARED = {"n_classes", "text_features", "augmented_sums", "arithmetic"}
"""Fields that are of the data set or of an encoder, and not of each image."""


def rows(*more: int) -> Floats:
    return np.arange(N * int(np.prod(more)), dtype=np.float32).reshape(N, *more)


@dataclass(frozen=True)
class WiderInputs(Inputs):
    """As it would be with a field that nobody has thought of yet."""

    sharpness: PerImage[Floats | None] = None
    patches: PerImage[Mapping[str, Floats] | None] = None
    palette: Floats | None = None


def wider() -> WiderInputs:
    return WiderInputs(
        labels=np.arange(N) % 2, n_classes=2, fit=np.ones(N, bool), features=rows(3), probabilities=rows(2),
        dynamics=Dynamics(rows(2), rows(2), rows(2), rows(2) > 3, rows(2)), gradient_spread={"late": rows()},
        gradient_labels={"late": np.arange(N)}, content_hashes=np.arange(N).astype(np.str_), penultimate=rows(4),
        text_features=np.ones((2, 3), np.float32), sharpness=rows(), patches={"a": rows(2)}, palette=np.ones(N),
    )  # fmt: skip


def test_every_field_of_an_image_says_so_in_its_type() -> None:
    assert {field.name for field in fields(Inputs)} - set(per_image(Inputs)) == SHARED


def test_a_new_field_with_an_entry_an_image_is_cut_and_another_is_not() -> None:
    cut = of_images(wider(), CHOSEN)
    assert isinstance(cut, WiderInputs)
    assert cut.sharpness is not None
    assert cut.sharpness.tolist() == [0, 2, 3, 5]
    assert cut.patches is not None
    assert cut.patches["a"].tolist() == rows(2)[CHOSEN].tolist()
    assert cut.palette is not None
    assert len(cut.palette) == N


def test_every_shape_of_field_is_cut_alike() -> None:
    cut = of_images(wider(), CHOSEN)
    assert cut.labels.tolist() == [0, 0, 1, 1]
    assert cut.predicted is None
    assert cut.dynamics is not None
    for field in fields(Dynamics):
        assert len(getattr(cut.dynamics, field.name)) == 4
    assert cut.dynamics.margin.tolist() == rows(2)[CHOSEN].tolist()
    assert cut.gradient_spread is not None
    assert cut.gradient_spread["late"].tolist() == [0, 2, 3, 5]
    vectors = of_images(Inputs(np.zeros(N, int), 1, np.ones(N, bool), as_vectors(rows(3))), CHOSEN).features
    assert isinstance(vectors, Vectors)
    assert np.asarray(vectors).tolist() == rows(3)[CHOSEN].tolist()


def test_a_scorer_of_embeddings_and_dynamics_gets_both_of_the_same_images() -> None:
    seen: list[Any] = []

    def scorer(inputs: Inputs) -> list[ScoreColumn]:
        seen.append(inputs)
        assert inputs.dynamics is not None
        return [ScoreColumn("s", inputs.dynamics.margin[:, 0], HARDER_HIGH, "s")]

    features = rows(3)
    features[~CHOSEN] = np.nan
    dynamics = Dynamics(rows(2), rows(2), rows(2), rows(2) > 3, rows(2))
    inputs = Inputs(np.zeros(N, int), 1, np.ones(N, bool), features, dynamics=dynamics)
    (column,) = run_scorer(Scorer("s", scorer, frozenset({"features", "dynamics"}), "-", 1, "-"), inputs, {})
    assert len(seen[0].labels) == len(seen[0].dynamics.margin) == 4
    assert np.array_equal(column.values, np.where(CHOSEN, rows(2)[:, 0], np.nan), equal_nan=True)
    assert column.reason == "2 without an embedding"


READING_VECTORS = [one for one in all_scorers() if one.needs <= {"features", "labels", "fit", "split_codes"}]


@pytest.mark.parametrize("scorer", READING_VECTORS, ids=lambda scorer: scorer.name)
def test_data_without_a_class_is_scored_or_refused_in_words(scorer: Scorer) -> None:
    vectors = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
    none = Inputs(np.full(N, UNLABELLED), 0, np.ones(N, bool), vectors, split_codes=np.zeros(N, int))
    if "labels" in scorer.needs:
        with pytest.raises(HardlookError, match=f"^{scorer.name} needs labels, and none of {N} images has one"):
            run_scorer(scorer, none, {})
    elif scorer.name == "kmeans":
        with pytest.raises(HardlookError, match="there is no class") as refused:
            run_scorer(scorer, none, {})
        assert "hardlook score kmeans --set clusters=10" in refused.value.hint
        assert len(run_scorer(scorer, none, {"clusters": 2})[0].values) == N
    else:
        assert len(run_scorer(scorer, none, {})[0].values) == N
