"""What is planted, what is told of planted epochs, and real trainings: where the claim holds, and where it cannot."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from core.answers.runs.reproduce import reproduction
from core.cli.app import app
from core.dataset import IngestOptions
from core.errors import TooFewRows
from core.experiments.papers.further.second_split import second_split
from core.experiments.papers.section import HOLDS, UNTOLD, Findings, Reproduced
from core.pipeline.evaluation.planted_forgetting import (
    PlantedForgetting,
    forgetting_rows,
    planted_forgetting,
    prepare_planted_forgetting,
    reduced,
)
from core.pipeline.ingest import ingest
from core.pipeline.reproduce import second_split as step
from core.pipeline.training.throwaway import NearZero
from core.store import views
from core.store.audit import Audit
from core.store.metrics import SECOND_SPLIT, Metric, read_metrics
from core.store.writer import run_id
from core.types import UNLABELLED, SecondSplit
from tests.metrics.oracles import auroc
from tests.pictures import Heard
from tests.pipeline.evaluation.vog_checks.test_memorisation import StoppedAt

CLASSES, SIDE = 5, 12


def write_squares(folder: Path, per_class: int, label: Callable[[int], int]) -> None:
    """Noise with a bright square, whose place is the class; under the class that `label` says of each."""
    rng = np.random.default_rng(0)
    for place in range(CLASSES):
        down, right = (SIDE // 3 * at for at in divmod(place, 3))
        for i in range(per_class):
            pixels = rng.integers(0, 120, (SIDE, SIDE, 3), dtype=np.uint8)
            pixels[down : down + SIDE // 3, right : right + SIDE // 3] += 100
            to = folder / f"class {label(place)}"
            to.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(to / f"{place}-{i}.png")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Audit]:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))

    def made(per_class: int, label: Callable[[int], int] = lambda place: place) -> Audit:
        write_squares(tmp_path / "squares", per_class, label)
        return ingest(str(tmp_path / "squares"), Heard(), name="a", options=IngestOptions())

    return made


@pytest.fixture
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def rows_of(audit: Audit) -> list[Metric]:
    return [row for row in read_metrics(views.open_hub(audit)) if row.name in SECOND_SPLIT.values()]


def small(audit: Audit) -> PlantedForgetting:
    return prepare_planted_forgetting(audit, epochs=3, second_epochs=2, model="lenet", device="cpu")


def test_one_class_in_five_is_reduced_and_no_label_is_altered_to_it_or_of_it(make: Callable[..., Audit]) -> None:
    audit = make(24)
    before = views.labels(views.open_hub(audit)).copy()
    asked = small(audit)
    (rare,) = np.unique(asked.training.labels[asked.rare])
    assert asked.rare.sum() == 10
    assert (before[asked.rare] == rare).all()
    assert not (asked.altered & asked.rare).any()
    assert (asked.training.labels[asked.altered] != rare).all()
    assert asked.altered.sum() == round(0.2 * 4 * 24)
    assert asked.training.taking_part.sum() == 4 * 24 + 10
    again = small(audit)
    assert np.array_equal(asked.training.labels, again.training.labels)
    assert run_id(asked.spec) == run_id(again.spec)
    assert np.array_equal(views.labels(views.open_hub(audit)), before)


def test_of_two_classes_none_is_reduced_and_of_too_few_images_nothing_is_planted(make: Callable[..., Audit]) -> None:
    labels = np.repeat([0, 1, UNLABELLED], 30)
    left, rare = reduced(labels, 0)
    assert np.array_equal(left, labels)
    assert not rare.any()
    left, rare = reduced(np.repeat(np.arange(10), 200), 0)
    assert np.bincount(left[rare])[np.unique(left[rare])].tolist() == [20, 20]
    with pytest.raises(TooFewRows, match="each needs 10"):
        small(make(6))


@pytest.mark.parametrize("apart", [True, False])
def test_planted_epochs_are_told_as_an_independent_auroc_has_them(make: Callable[..., Audit], apart: bool) -> None:
    asked, rng = small(make(40)), np.random.default_rng(1)
    groups = np.where(asked.altered, 0, np.where(asked.rare, 1, 2))
    forgotten = (np.array([2, 8, 12])[groups] if apart else 8) + rng.integers(-1, 4, len(groups))
    learned = rng.integers(1, 9, len(groups))
    seen = SecondSplit(np.arange(1, 11) >= learned[:, None], np.arange(1, 16) < forgotten[:, None])
    rows = list(forgetting_rows(asked, seen, [NearZero({9: 0.0}), NearZero({8: 0.0})]))
    of = {row.slice: row.estimate for row in rows if row.name == SECOND_SPLIT["auroc"]}
    taking = asked.training.taking_part
    for other, group in ((1, "rare"), (2, "kept")):
        chosen = taking & ((groups == 0) | (groups == other))
        for name, values in ((f"forgetting, altered before {group}", -forgotten),
                             (f"learning, altered after {group}", learned)):  # fmt: skip
            assert of[name].value == pytest.approx(auroc(values[chosen].astype(float), groups[chosen] == 0))
            assert of[name].n == chosen.sum()
    over_classes = of["forgetting, altered before rare, over classes"]
    assert over_classes.value == of["forgetting, altered before rare"].value
    assert (over_classes.n, over_classes.has_interval) == (1, False)  # of one reduced class nobody knows how others go
    assert (of["forgetting, altered before kept"].low > 0.5) == apart
    means = {row.slice: row.estimate.value for row in rows if row.name == SECOND_SPLIT["mean"]}
    assert means["forgetting, rare"] == pytest.approx(forgotten[taking & (groups == 1)].mean())
    right = {row.slice: row.estimate.value for row in rows if row.name == SECOND_SPLIT["right"]}
    assert right["altered, epoch 2"] == pytest.approx((forgotten[groups == 0] > 2).mean())
    assert all(row.note.endswith(": near zero") for row in rows)
    worse = forgetting_rows(asked, seen, [NearZero({9: 0.0}), NearZero({8: 0.01})])
    assert all(row.note.endswith(": near zero not reached") for row in worse)


def test_a_killed_run_goes_on_to_the_same_rows_and_keeps_no_model(make: Callable[..., Audit], tmp_path: Path) -> None:
    audit = make(24)
    shutil.copytree(audit.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    planted_forgetting(whole, small(whole), Heard())
    with pytest.raises(KeyboardInterrupt):
        planted_forgetting(audit, small(audit), StoppedAt("train", 7))
    heard = Heard()
    planted_forgetting(audit, small(audit), heard)
    assert "going on where it was stopped" in heard.text
    assert repr(rows_of(audit)) == repr(rows_of(whole))
    assert not audit.checkpoints(run_id(small(audit).spec)).exists()
    assert len([row for row in rows_of(whole) if row.name == SECOND_SPLIT["right"]]) == 3 * 2


def test_the_command_of_its_run_computes_it_again_and_its_section_says_that_nothing_can_be_said(
    make: Callable[..., Audit], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(step, "QUICK", {"epochs": 2, "second_epochs": 1, "model": "lenet"})
    audit = make(24)
    words = ["reproduce", "further", "--section", "second-split-forgetting", "--quick", "--audit", "a"]
    plan = CliRunner().invoke(app, [*words, "--plan"])
    assert "train a model on each half" in plan.output
    assert not audit.runs("evaluate")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    (run,) = audit.runs("evaluate")
    audit.run_path(run.run_id).unlink()
    again = reproduction(run, "a").command
    assert CliRunner().invoke(app, shlex.split(again)[1:]).exit_code == 0
    assert [one.run_id for one in audit.runs("evaluate")] == [run.run_id]
    full = replace(run, parameters={**run.parameters, "planted_forgetting": "full"})
    assert "--quick" not in reproduction(full, "a").command
    assert "this data cannot show it" in CliRunner().invoke(app, words).output


def assessed(audit: Audit, epochs: int, second_epochs: int) -> Reproduced:
    asked = prepare_planted_forgetting(
        audit, model="resnet8_w8", epochs=epochs, second_epochs=second_epochs, device="cpu"
    )
    planted_forgetting(audit, asked, Heard())
    outcome = second_split(Findings("a", audit.runs(), rows_of(audit)))
    assert outcome is not None
    return outcome


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_altered_labels_of_separable_classes_are_forgotten_first(make: Callable[..., Audit]) -> None:
    """On the other half the square says the class, so what had to be memorised against it goes, and the rare stays."""
    audit = make(30)
    outcome = assessed(audit, 100, 10)
    assert outcome.verdict == UNTOLD, outcome  # of five classes one is reduced
    low = {row.slice: row.estimate.low for row in rows_of(audit) if row.name == SECOND_SPLIT["auroc"]}
    assert min(low[f"forgetting, altered before {group}"] for group in ("kept", "rare")) > 0.5, outcome


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_where_labels_are_random_throughout_an_altered_one_is_not_forgotten_before_others(
    make: Callable[..., Audit],
) -> None:
    rng = np.random.default_rng(2)
    outcome = assessed(make(16, lambda _: int(rng.integers(CLASSES))), 300, 10)
    assert outcome.verdict != HOLDS, outcome
    assert "has not learned" not in outcome.because
