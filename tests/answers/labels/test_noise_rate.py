"""How many labels are wrong: what scores estimate has no interval, and a reviewed sample replaces it everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.comparable import Comparable
from core.answers.labels.noise_rate import noise_basis, noise_estimates
from core.answers.labels.precision_at_threshold import estimated, suspicion_values
from core.answers.overview.headlines import wrong_labels
from core.answers.overview.summary import summary
from core.answers.review.random_sample import sample_at, worth_at
from core.answers.view.journal import journal_version
from core.answers.view.reader import open_reader
from core.metrics.intervals import wilson
from core.report.write import gathered
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.scorers.inputs import Inputs
from core.scorers.suspicion import suspicion
from core.store import lookups
from core.types import Floats, Ints
from tests.audits import Made, build_audit, publish

N = 600


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An audit whose suspicion says that a tenth of the labels are wrong, and one in four is."""
    made = build_audit(tmp_path, n=N, n_classes=3)
    values = np.where(np.arange(N) % 20 == 0, 0.9, 0.058)
    publish(made.audit, "score", "suspicion", {
        "score": {"name": ["suspicion"] * N, "image_id": list(range(N)), "value": values.tolist()},
        "score_column": {"name": ["suspicion"], "scorer": ["suspicion"], "parameters": ["{}"], "direction": [1]},
    })  # fmt: skip
    return made


def review(made: Made, ids: Sequence[int], address: str) -> int:
    """Decides images, every fourth of which is wrong; the journal's last entry."""
    reader, journal = open_reader(made.audit), open_journal(made.audit)
    for row in lookups.image_rows(reader.hub, np.asarray(ids)):
        picture = ReviewedImage(row["key"], row["content_hash"], reader.class_name(row["label"]))
        verdict = "excluded" if row["image_id"] % 4 == 0 else "confirmed"
        decide(journal, Decision(picture, verdict, seen=journal.last, runs={"score": address}), By("ann"))
    last = journal.last
    journal.close()
    return last


def test_what_a_score_estimates_has_no_interval_and_says_what_it_assumes(made: Made) -> None:
    (found,) = noise_estimates(open_reader(made.audit))
    train = made.splits == "train"
    expected = np.where(np.arange(N) % 20 == 0, 0.9, 0.058)[train].mean()
    assert found.basis == "score"
    assert found.rate.value == pytest.approx(expected)
    assert not found.rate.has_interval
    assert found.images == found.rate.n == np.count_nonzero(train)
    said = noise_basis([found])
    assert "the estimate assumes" in said
    assert "off by up to 15 % of the labels where the truth was known" in said
    card = wrong_labels([found], Comparable(100, 0, 4))
    assert card.figure.startswith("about ")
    assert card.interval == ""


@pytest.mark.parametrize("shuffled", [False, True])
def test_features_that_say_nothing_of_the_labels_estimate_no_rate_anywhere(tmp_path: Path, shuffled: bool) -> None:
    made = build_audit(tmp_path, n=N, n_classes=3)
    rng = np.random.default_rng(0)
    labels = made.labels if not shuffled else rng.integers(0, 3, N)
    features = 4 * np.eye(3, 8)[labels if not shuffled else made.labels * 0] + rng.normal(size=(N, 8))
    column = suspicion(Inputs(labels, 3, np.ones(N, bool), features.astype(np.float32)))[0]
    assert column.parameters["tells_labels"] is not shuffled
    publish(made.audit, "score", "suspicion", {
        "score": {"name": ["suspicion"] * N, "image_id": list(range(N)), "value": column.values.tolist()},
        "score_column": {
            "name": ["suspicion"], "scorer": ["suspicion"], "parameters": [json.dumps(column.parameters)],
            "direction": [1],
        },
    })  # fmt: skip
    reader = open_reader(made.audit)
    assert bool(noise_estimates(reader)) is not shuffled
    assert (suspicion_values(reader) is None) is shuffled
    (said,) = [line for line in summary(made.audit) if line.startswith("Wrong labels")]
    assert ("says no more of the labels" in said) is shuffled
    assert ("about" in said) is not shuffled


def test_a_poor_embedding_takes_no_estimate_from_another(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=N, n_classes=3)
    for name, embedding, parameters in (
        ("confident", "embed-good", {"estimated_error_rate": 0.07}),
        ("suspicion", "embed-good", {"tells_labels": True}),
        ("suspicion", "embed-poor", {"tells_labels": False}),
    ):  # fmt: skip
        publish(made.audit, "score", f"{name} {embedding}", {
            "score": {"name": [name] * N, "image_id": list(range(N)), "value": [0.5] * N},
            "score_column": {
                "name": [name], "scorer": [name], "parameters": [json.dumps(parameters)], "direction": [1],
                "encoder_run": [embedding],
            },
        })  # fmt: skip
    reader = open_reader(made.audit)
    found = noise_estimates(reader)
    assert [(one.rate.value, one.by) for one in found] == [(0.07, "estimated by confident learning")]
    assert noise_basis(found).startswith(f"of {N} labels, estimated by confident learning")


def test_an_estimate_of_other_labels_than_the_first_says_of_how_many(made: Made) -> None:
    """Confident learning keeps one rate, of the labels of every split; suspicion's is of the training split."""
    publish(made.audit, "score", "confident", {
        "score": {"name": ["confident"] * N, "image_id": list(range(N)), "value": [0.5] * N},
        "score_column": {"name": ["confident"], "scorer": ["confident"], "direction": [1],
                         "parameters": [json.dumps({"estimated_error_rate": 0.07})]},
    })  # fmt: skip
    found, train = noise_estimates(open_reader(made.audit)), np.count_nonzero(made.splits == "train")
    assert train < N
    assert [one.images for one in found] == [train, N]
    said = noise_basis(found)
    assert said.startswith(f"of {train} labels, estimated by suspicion; about 7.0 % of {N} labels estimated by")


def test_the_mean_of_probabilities_over_suspects_has_none_either() -> None:
    share = estimated(np.array([0.9, 0.7, np.nan, 0.1], np.float32), np.array([0, 1, 2]))
    assert share is not None
    assert share.value == pytest.approx(0.8)
    assert share.n == 2
    assert not share.has_interval


def test_a_reviewed_random_sample_takes_its_place_everywhere(made: Made) -> None:
    reader = open_reader(made.audit)
    address = next(info.address for info in reader.scores if info.name == "suspicion")
    queue = np.arange(0, N, 20)[:12]
    at = review(made, queue.tolist(), address)  # by rank alone: no sample
    assert [one.basis for one in noise_estimates(reader, at)] == ["score"]
    for _ in range(2):
        at = review(made, sample_at(reader, address, journal_version(made.audit), 100).tolist(), address)
    (found,) = noise_estimates(reader, at)
    assert found.basis == "sample"
    assert found.rate == worth_at(reader, address, at).noise
    assert found.rate.low <= 0.25 <= found.rate.high
    assert found.images == N
    figure = wrong_labels([found], Comparable(100, 0, 4)).figure
    assert "about" not in figure
    (line,) = [line for line in summary(made.audit) if line.startswith("Wrong labels")]
    assert f"{figure} [" in line
    assert "by a random sample of" in line
    report = gathered(made.audit)
    (headline,) = [one for one in report.headlines if one.title == "Wrong labels"]
    assert (headline.figure, headline.interval != "") == (figure, True)
    (worth,) = [part for part in report.sections if part.title == "What the flags are worth"]
    assert worth.lines[0].startswith(f"An estimated {figure} [")  # the same in its own words
    assert [one.basis for one in noise_estimates(reader, 0)] == ["score"]  # as it was before any entry


def blobs(seed: int = 0, n: int = 1200) -> tuple[Floats, Ints]:
    """Features of four overlapping classes."""
    rng = np.random.default_rng(seed)
    true = np.arange(n) % 4
    return (2.2 * np.eye(4, 12)[true] + rng.normal(size=(n, 12))).astype(np.float32), true


def by_class(features: Floats, true: Ints, rng: np.random.Generator) -> Ints:
    return np.where(rng.random(len(true)) < 0.3, (true + rng.integers(1, 4, len(true))) % 4, true)


def by_pair(features: Floats, true: Ints, rng: np.random.Generator) -> Ints:
    return np.where(rng.random(len(true)) < 0.3, (true + 1) % 4, true)


def by_image(features: Floats, true: Ints, rng: np.random.Generator) -> Ints:
    """The three in ten that lie nearest to another class get its label: what people do."""
    distance = np.stack([np.linalg.norm(features - 2.2 * np.eye(4, 12)[k], axis=1) for k in range(4)], axis=1)
    own = distance[np.arange(len(true)), true]
    distance[np.arange(len(true)), true] = np.inf
    closeness = own - distance.min(axis=1)
    return np.where(closeness >= np.quantile(closeness, 0.7), distance.argmin(axis=1), true)


@pytest.mark.slow
@pytest.mark.parametrize("mistakes", [by_class, by_pair, by_image])
def test_an_interval_as_if_counted_would_not_hold_the_truth(
    mistakes: Callable[[Floats, Ints, np.random.Generator], Ints],
) -> None:
    """Why there is none: it misses mistakes that depend on the image by far, always on the low side."""
    held, below, trials = 0, 0, 5
    for seed in range(trials):
        features, true = blobs(seed)
        given = mistakes(features, true, np.random.default_rng(seed))
        estimate = float(suspicion(Inputs(given, 4, np.ones(len(given), bool), features))[0].values.mean())
        low, high = wilson(estimate * len(given), len(given))
        truth = float((given != true).mean())
        held += bool(low <= truth <= high)
        below += estimate < truth - 0.05
    if mistakes is by_image:
        assert held == 0
        assert below == trials
    else:
        assert below < trials / 2
