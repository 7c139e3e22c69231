"""Corruption ladder, near-OOD and difficulty checks on a small real audit with two networks and an embedding."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.cli.app import main
from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun, TooFewRows
from core.maths.gaussians import fit_gaussians, own_class_distance
from core.pipeline.embed import embed
from core.pipeline.evaluation import corruption_ladder as ladder_module
from core.pipeline.evaluation.choose_models import choose_models, sample, with_weights
from core.pipeline.evaluation.corruption_ladder import corruption_ladder
from core.pipeline.evaluation.difficulty_checks import altered_labels, difficulty_checks, drawn_and_fitted
from core.pipeline.evaluation.near_ood import highest, near_ood, ood_rows, scores_of_both
from core.pipeline.evaluation.ood_scores import Nearest, vog_run
from core.pipeline.evaluation.ood_sides import OtherImages, Sides, own_scores
from core.pipeline.evaluation.robustness import Robustness, evaluate_robustness
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.training.import_predictions import import_predictions
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.train import train
from core.progress import Advance
from core.store import views
from core.store.audit import Audit, list_audits
from core.store.held_out import held_out
from core.store.metrics import Metric, read_metrics
from core.store.writer import open_run
from core.training.pixels import Pixels
from core.types import Bools, Run, RunSpec
from tests.pictures import Heard, write_images
from tests.pipeline.test_reliability import audit_of

KINDS = ("gaussian_blur", "fog", "contrast")


class Stopped(Heard):
    """A reporter that stops the process it listens to, as Ctrl-C would, after some progress."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        def advance(done: int, total: int) -> None:
            self.left -= what in ("corrupt", "difficulty")
            if self.left == 0:
                raise KeyboardInterrupt

        yield advance


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit of 180 small pictures, 60 of them in a test split, with an embedding, two networks and their VoG."""
    folder, audits = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("audits")
    for seed, split in enumerate(("train", "train", "test")):
        write_images(folder / split, 20, seed=seed, size=16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(audits))
        audit = ingest(str(folder), Heard(), name="a", options=IngestOptions())
        embed(audit, "embedded", Heard(), image_size=32)
        for seed in (0, 1):
            train(audit, Heard(), TrainRequest("lenet", epochs=2, image_size=16, seed=seed))
            score_any(audit, "vog", Heard())
    return audits


@pytest.fixture
def audit(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """A copy to write to."""
    shutil.copytree(made, tmp_path / "audits")
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return Audit(tmp_path / "audits" / "a")


def rows_of(audit: Audit, prefix: str, subject: str | None = None) -> dict[tuple[str, str], Metric]:
    """Metric rows by (name, slice)."""
    rows = read_metrics(views.open_hub(audit))
    kept = [row for row in rows if row.name.startswith(prefix) and row.subject in (subject or row.subject,)]
    assert len({(row.name, row.slice, row.subject) for row in kept}) == len(kept)
    return {(row.name, row.slice): row for row in kept}


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of corruption that are made from now on."""
    kinds: list[str] = []
    real = ladder_module.worse

    def worse(pixels: Pixels, hashes: Sequence[str], kind: str, seed: int) -> dict[str, Pixels]:
        kinds.append(kind)
        return real(pixels, hashes, kind, seed)

    monkeypatch.setattr(ladder_module, "worse", worse)
    return kinds


def test_a_ladder_has_a_row_for_clean_images_and_every_severity(audit: Audit) -> None:
    network = audit.runs("train")[0]
    (done,) = corruption_ladder(audit, [network], Heard(), kinds=KINDS)
    rows = rows_of(audit, "corruption_", network.run_id)
    expected = {"none 0", *(f"{kind} {severity}" for kind in KINDS for severity in range(1, 6))}
    errors = rows_of(audit, "calibration_error", network.run_id)
    rows |= {key: row for key, row in errors.items() if key[1] in expected}
    for name in ("corruption_accuracy", "corruption_ece", "calibration_error"):
        assert {part for metric, part in rows if metric == name} == expected
    assert all(row.estimate.n == 60 for row in rows.values())
    for (metric, _), row in rows.items():
        assert row.estimate.has_interval == (metric != "corruption_ece")
        assert row.estimate.unit == "share"
    assert done.new
    assert done.run.name == "corruptions"
    hub = views.open_hub(audit, [network])
    held_out = views.column(hub, "split") == "test"
    right = views.predictions(hub, network.run_id)["correct"][held_out].mean()
    assert rows["corruption_accuracy", "none 0"].estimate.value == pytest.approx(right)
    assert "if confidence were right" in rows["corruption_ece", "fog 5"].note
    heard = Heard()
    (again,) = corruption_ladder(audit, [network], heard, kinds=KINDS)
    assert not again.new
    assert "computed before" in heard.text
    assert "60 images, mean of 3 kinds without an interval: accuracy, counted, " in heard.text
    error = np.mean([rows["calibration_error", f"{kind} 5"].estimate.value for kind in KINDS])
    assert (
        f"calibration error, estimated and debiased, {100 * rows['calibration_error', 'none 0'].estimate.value:.1f} %"
        in heard.text
    )
    assert f"{100 * error:.1f} % at severities 1 to 5\n" in f"{heard.text}\n"


def test_networks_that_take_the_same_pictures_share_them(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    made_worse = counted(monkeypatch)
    networks = choose_models(audit, every=True)
    assert len(networks) == 2
    corruption_ladder(audit, networks, Heard(), kinds=KINDS, images=30)
    assert made_worse == ["none", *KINDS]


def test_a_stopped_ladder_goes_on_where_it_was_and_ends_the_same(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = audit.runs("train")[0]
    shutil.copytree(audit.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    corruption_ladder(whole, [network], Heard(), kinds=KINDS)
    with pytest.raises(KeyboardInterrupt):
        corruption_ladder(audit, [network], Stopped(after=2), kinds=KINDS)
    assert audit.unfinished()
    assert not rows_of(audit, "corruption_")
    shown = counted(monkeypatch)
    corruption_ladder(audit, [network], Heard(), kinds=KINDS)
    assert shown == list(KINDS[1:])
    assert rows_of(audit, "corruption_") == rows_of(whole, "corruption_")
    assert not audit.unfinished()


def test_what_cannot_be_shown_other_images_is_refused_or_left_out(audit: Audit, tmp_path: Path) -> None:
    np.save(tmp_path / "theirs.npy", np.eye(3)[views.labels(views.open_hub(audit))])
    theirs = import_predictions(audit, tmp_path / "theirs.npy", Heard()).run
    with pytest.raises(MissingRun, match=r"'theirs' is imported predictions.*import-model"):
        evaluate_robustness(audit, [theirs], Robustness(corruptions=True), Heard())
    heard, networks = Heard(), choose_models(audit, every=True)
    assert with_weights(audit, networks, heard) == networks[:2]
    assert f"{theirs.run_id} is left out: it is imported predictions" in heard.text
    shutil.rmtree(audit.checkpoints(networks[0].run_id))
    with pytest.raises(MissingRun, match="has lost its checkpoints"):
        with_weights(audit, networks[:1], Heard())


def test_bad_requests_say_what_to_ask_for(audit: Audit) -> None:
    network = audit.runs("train")[-1]
    with pytest.raises(BadInput, match="no corruption 'rain'"):
        corruption_ladder(audit, [network], Heard(), kinds=["rain"])
    with pytest.raises(BadInput, match="3 images are too few"):
        corruption_ladder(audit, [network], Heard(), images=3)
    with pytest.raises(BadInput, match="more than one is given"):
        choose_models(audit, model="lenet", grid="x")
    with pytest.raises(MissingRun, match="no model of a grid 'x'"):
        choose_models(audit, grid="x")
    with pytest.raises(BadInput, match="was given every class"):
        near_ood(audit, [network], "held-out", Heard())
    with pytest.raises(BadInput, match="the audit itself"):
        near_ood(audit, [network], "a", Heard())
    with pytest.raises(BadInput, match="no audit 'nowhere'"):
        near_ood(audit, [network], "nowhere", Heard())
    with pytest.raises(TooFewRows, match="10 labelled images at least"):
        difficulty_checks(audit, Heard(), images=4)
    assert audit.runs("evaluate") == []


def test_images_of_a_few_pixels_are_too_small_to_be_made_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "tiny", 10, size=6)
    audit = ingest(str(tmp_path / "tiny"), Heard(), options=IngestOptions())
    embed(audit, "embedded", Heard(), image_size=32)
    with pytest.raises(BadInput, match=r"6×6 pixels is too small"):
        difficulty_checks(audit, Heard(), images=12, kinds=["fog"])


def test_other_images_are_judged_by_every_score_and_their_audit_stays_out_of_sight(
    audit: Audit, tmp_path: Path
) -> None:
    others = tmp_path / "others" / "grey"
    others.mkdir(parents=True)
    draw = np.random.default_rng(5)
    for i in range(24):
        Image.fromarray(np.repeat(draw.integers(0, 255, (16, 16, 1), np.uint8), 3, axis=2)).save(others / f"{i}.png")
    before = [one.name for one in list_audits()]
    network, heard = audit.runs("train")[-1], Heard()
    near_ood(audit, [network], str(others.parent), heard, images=40)
    assert [one.name for one in list_audits()] == before
    rows = rows_of(audit, "ood_")
    scores = {"MSP", "entropy", "MaxLogit", "RMD-nearest", "VoG", "VoG reversed"}
    for name in ("ood_auroc", "ood_aupr_in", "ood_aupr_out", "ood_fpr95", "ood_prevalence"):
        assert {part for metric, part in rows if metric == name} == {f"{score} against others" for score in scores}
    assert all(row.estimate.n == 64 for row in rows.values())  # 40 familiar ones drawn of 60, and all 24 others
    assert rows["ood_prevalence", "MSP against others"].estimate.value == pytest.approx(40 / 64)
    both_ways = [rows["ood_auroc", f"{score} against others"].estimate.value for score in ("VoG", "VoG reversed")]
    assert sum(both_ways) == pytest.approx(1)
    # Grey images are like none of the three colours to an encoder.
    assert rows["ood_auroc", "RMD-nearest against others"].estimate.value > 0.9
    assert "low VoG (logit_late_predicted) is in-distribution" in rows["ood_auroc", "VoG against others"].note
    assert "40 in-distribution images against 24 of 'others'" in heard.text


def test_the_same_images_in_another_audit_look_the_same_to_every_score(audit: Audit, tmp_path: Path) -> None:
    shutil.copytree(audit.path, tmp_path / "audits" / "twin")
    network = audit.runs("train")[-1]
    hub = views.open_hub(audit, audit.runs())
    ids, vog = np.flatnonzero(held_out(hub, network)), vog_run(audit, network)
    assert vog is not None
    nearest = Nearest(audit, audit.runs("embed")[0])
    others = OtherImages(audit, nearest, Audit(tmp_path / "audits" / "twin"), 1000, 0, torch.device("cpu"))
    theirs = others.scores(network, vog, others.sides(network).others)
    ours = own_scores(audit, network, vog, nearest, ids)
    assert theirs.keys() == ours.keys() == {"MSP", "entropy", "MaxLogit", "VoG", "RMD-nearest"}
    for name, values in ours.items():
        assert theirs[name][ids] == pytest.approx(values, rel=1e-3, abs=1e-4), name


def test_classes_held_out_of_training_are_the_others(audit: Audit) -> None:
    request = TrainRequest("lenet", epochs=2, image_size=16, held_out_classes=("green",), grid="g", method="CE")
    network = train(audit, Heard(), request).run
    heard = Heard()
    (done,) = near_ood(audit, choose_models(audit, grid="g"), "held-out", heard)
    assert f"VoG is left out. It needs: hardlook score vog --model {network.run_id}" in heard.text
    assert "40 in-distribution images against 20 of classes green" in heard.text
    assert done.run.inputs["train"] == network.run_id
    rows, hub = rows_of(audit, "ood_"), views.open_hub(audit, [network])
    said = views.predictions(hub, network.run_id)
    test, green = views.column(hub, "split") == "test", views.labels(hub) == views.classes(hub).index("green")
    ours, theirs = (said["max_logit"][test & side] for side in (~green, green))
    above = (ours[:, None] > theirs).mean() + 0.5 * (ours[:, None] == theirs).mean()
    found = rows["ood_auroc", "MaxLogit against held-out classes"]
    assert found.estimate.value == pytest.approx(above)
    assert found.estimate.low <= found.estimate.value <= found.estimate.high
    assert rows["ood_prevalence", "MSP against held-out classes"].estimate.value == pytest.approx(40 / 60)
    corruption_ladder(audit, [network], Heard(), kinds=["fog"])
    assert rows_of(audit, "corruption_accuracy")["corruption_accuracy", "fog 1"].estimate.n == 40


def test_a_class_that_a_network_was_not_given_is_far_from_those_it_was(tmp_path: Path) -> None:
    labels = np.repeat([0, 1, 2], 50)
    corners = np.array([[0.0, 0.0], [8.0, 0.0], [24.0, 0.0]])  # on the line that tells the first two apart
    audit = audit_of(tmp_path, corners[labels] + np.random.default_rng(0).normal(size=(150, 2)), labels)
    every = trained_on(audit, np.ones(150, bool))
    without = trained_on(audit, labels != 2, held_out_classes=[views.classes(views.open_hub(audit))[2]])
    nearest, third = Nearest(audit, audit.runs("embed")[0]), np.flatnonzero(labels == 2)
    known, unknown = (nearest.of_own(third, network) for network in (every, without))
    assert known.max() < unknown.min()
    gaps = np.isnan(nearest.of_vectors(np.array([[np.nan, 0.0], [0.0, 0.0]]), every))
    assert gaps.tolist() == [True, False]


def trained_on(audit: Audit, rows: Bools, **parameters: object) -> Run:
    """A network of which nothing is known but the images it was trained on. rows: (n,) bool."""
    n = len(rows)
    ids = np.arange(n, dtype=np.int32)
    tables = {"prediction": {"image_id": ids, "predicted": np.zeros(n, np.int32), "trained_on": rows}}
    spec = RunSpec("train", f"of {rows.sum()}", {"items": audit.items_fingerprint}, parameters)
    with open_run(audit, spec, d=4, k=3) as writer:
        writer.commit("all", tables, seconds=1.0)
        writer.publish()
    return next(run for run in audit.runs("train") if run.run_id == writer.run_id)


def test_without_a_split_rmd_is_fitted_to_the_network_s_own_training_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels, vectors = np.arange(60) % 3, rng.normal(size=(60, 4)).astype(np.float32)
    audit = audit_of(tmp_path, vectors, labels)
    learned = rng.random(60) < 0.7
    network = trained_on(audit, learned)
    nearest = Nearest(audit, audit.runs("embed")[0])
    np.testing.assert_array_equal(nearest.fitted_to(network), learned)
    assert not nearest.as_by_split(network)  # so its run is told apart from one that fitted to what it judged
    fitted = fit_gaussians(vectors[learned], labels[learned], 3)
    own = np.flatnonzero(~learned)
    expected = np.min(
        [own_class_distance(fitted, vectors[own], np.full(len(own), k), relative=True) for k in range(3)], 0
    )
    np.testing.assert_allclose(nearest.of_own(own, network), expected, rtol=1e-4, atol=1e-4)


def test_where_nobody_said_what_a_network_was_trained_on_rmd_is_not_fitted_to_what_it_judges(tmp_path: Path) -> None:
    labels = np.arange(60) % 3
    audit = audit_of(tmp_path, np.random.default_rng(0).normal(size=(60, 4)), labels)
    network, nearest = trained_on(audit, np.zeros(60, bool)), Nearest(audit, audit.runs("embed")[0])
    assert not nearest.fitted_to(network).any()
    assert "RMD-nearest" not in own_scores(audit, network, None, nearest, np.arange(60))


def test_the_highest_of_several_scores_is_named_with_its_paired_lead_and_how_many_it_was_picked_from() -> None:
    draw = np.random.default_rng(0)
    familiar, others = draw.normal(2, 1, 80), draw.normal(0, 1, 60)
    blurred = [side + draw.normal(0, 0.01, len(side)) for side in (familiar, others)]
    worse = [side + draw.normal(0, 6, len(side)) for side in (familiar, others)]
    close = scores_of_both({"MSP": familiar, "entropy": blurred[0]}, {"MSP": others, "entropy": blurred[1]})
    said = highest(close)
    assert said.startswith("highest AUROC, estimated: 0.9")
    assert said.endswith("paired; picked from 2 scores: not told apart")
    apart = scores_of_both({"MSP": familiar, "entropy": worse[0]}, {"MSP": others, "entropy": worse[1]})
    said = highest(apart)
    assert " by MSP, ahead of entropy by 0." in said
    assert said.endswith("paired; picked from 2 scores")
    assert "best" not in said
    assert "ahead" not in highest(scores_of_both({"MSP": familiar}, {"MSP": others}))


def test_detection_rows_worked_by_hand() -> None:
    # Familiar at 3, 2, 1 against others at 2.5, 0: pairs 3>2.5, 3>0, 2<2.5, 2>0, 1<2.5, 1>0, so 4 of 6.
    # All three familiar ones are kept at a threshold of 1, and half of the others with them.
    sides = Sides(np.arange(3), np.arange(2), "them", "'them'")
    rows = {
        (row.name, row.slice): row
        for row in ood_rows(
            "run", sides, scores_of_both({"VoG": np.array([3.0, 2.0, 1.0])}, {"VoG": np.array([2.5, 0.0])}), 0
        )
    }
    assert rows["ood_auroc", "VoG against them"].estimate.value == pytest.approx(4 / 6)
    assert rows["ood_auroc", "VoG reversed against them"].estimate.value == pytest.approx(2 / 6)
    assert rows["ood_fpr95", "VoG against them"].estimate.value == 0.5
    # Down the order 3, 2.5, 2, 1, 0: precision 1/1, 2/3, 3/4 at the familiar ones; from the other end 1/1, 2/4.
    assert rows["ood_aupr_in", "VoG against them"].estimate.value == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert rows["ood_aupr_out", "VoG against them"].estimate.value == pytest.approx((1 + 2 / 4) / 2)
    prevalence = rows["ood_prevalence", "VoG against them"].estimate
    assert prevalence.value == 0.6
    assert not prevalence.has_interval  # so many of either side were drawn: nothing was estimated
    assert "2 of 'them'" in rows["ood_auroc", "VoG against them"].note


def test_difficulty_rises_with_blur_and_with_altered_labels(audit: Audit, tmp_path: Path) -> None:
    shutil.copytree(audit.path, tmp_path / "whole")
    whole, heard = Audit(tmp_path / "whole"), Heard()
    difficulty_checks(whole, heard, images=12, kinds=KINDS)
    rows = rows_of(whole, "rmd_")
    (run,) = whole.runs("embed")
    assert {row.subject for row in rows.values()} == {run.run_id}
    altered = [rows["rmd_by_altered_labels", f"altered {share} %"].estimate.value for share in (0, 20, 40, 60, 80, 100)]
    assert altered == sorted(altered)
    assert rows["rmd_altered_labels_trend", "all"].estimate.low > 0
    assert rows["rmd_by_altered_labels", "altered 0 %"].estimate.n == 60
    assert {part for name, part in rows if name == "rmd_corruption_trend"} == set(KINDS)
    assert rows["rmd_by_corruption", "none 0"].estimate.n == 12
    assert "rises with severity for" in heard.text
    with pytest.raises(KeyboardInterrupt):
        difficulty_checks(audit, Stopped(after=1), images=12, kinds=KINDS)
    difficulty_checks(audit, Heard(), images=12, kinds=KINDS)
    assert rows_of(audit, "rmd_") == rows


def test_altered_labels_worked_by_hand() -> None:
    labels, classes = np.repeat([0, 2, 5], 10), np.array([0, 2, 5])
    versions = altered_labels(labels, classes, seed=3)
    assert [int((version != labels).sum()) for version in versions] == [0, 6, 12, 18, 24, 30]
    for fewer, more in pairwise(versions):
        changed = fewer != labels
        assert (more[changed] == fewer[changed]).all()
    assert set(np.unique(versions[-1]).tolist()) == {0, 2, 5}
    assert all(np.array_equal(a, b) for a, b in zip(versions, altered_labels(labels, classes, seed=3), strict=True))


def test_images_made_worse_are_never_fitted_on() -> None:
    usable, training = np.ones(40, bool), np.arange(40) < 25
    drawn, fit = drawn_and_fitted(usable, training, 12, seed=0)
    assert (drawn >= 25).all()
    assert fit.sum() == 25
    drawn, fit = drawn_and_fitted(usable, np.ones(40, bool), 12, seed=0)  # one split: they are taken out of it
    assert not fit[drawn].any()
    assert fit.sum() == 28


def test_a_sample_is_drawn_without_replacement_and_by_its_seed() -> None:
    rows = np.arange(50) % 2 == 0
    first = sample(rows, 10, seed=1)
    assert len(set(first.tolist())) == 10
    assert rows[first].all()
    assert first.tolist() == sorted(first.tolist()) == sample(rows, 10, seed=1).tolist()
    assert first.tolist() != sample(rows, 10, seed=2).tolist()
    assert sample(rows, 99, seed=1).tolist() == np.flatnonzero(rows).tolist()


def test_images_of_the_training_split_that_were_not_trained_on_are_not_evaluated_on(audit: Audit) -> None:
    network = audit.runs("train")[0]
    hub = views.open_hub(audit, [network])
    assert held_out(hub, network).tolist() == (views.column(hub, "split") == "test").tolist()


def test_the_command_runs_each(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def evaluate(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["hardlook", "evaluate", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0)

    assert evaluate("--corruptions", "--kinds", "fog", "--images", "20", "--all") == 0
    assert capsys.readouterr().out.count("mean of 1 kinds") == 2
    assert evaluate("--difficulty-checks", "--kinds", "fog", "--images", "10") == 0
    assert "RMD of 10 images" in capsys.readouterr().out
    assert evaluate("--ood", "held-out") == 1
    assert "--hold-out-classes" in capsys.readouterr().err
