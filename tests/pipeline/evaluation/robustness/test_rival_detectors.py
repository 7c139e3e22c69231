"""Every detector on planted images: a set that each has to tell, one that none may; and how they are asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.corruptions import get_corruption
from core.errors import BadInput, TooFewRows
from core.pipeline.evaluation.ood.near_ood import near_ood
from core.pipeline.evaluation.ood.origins import Corrupted, Noise, Sides
from core.pipeline.evaluation.ood.rivals import feature_scores, rivals_of
from core.pipeline.evaluation.ood.rows import class_rows, decile_rows, scores_of_both
from core.pipeline.evaluation.ood.sides import own_shown
from core.pipeline.scoring.score_any import score_any
from core.pipeline.training.import_model import import_model
from core.pipeline.training.import_predictions import import_predictions
from core.store import views
from core.store.audit import Audit
from core.types import Estimate, Run
from tests.pictures import Heard, write_images
from tests.pipeline.evaluation.robustness.metric_rows import rows_of

DETECTORS = {
    "MSP", "entropy", "MaxLogit", "energy", "ODIN", "Mahalanobis", "kNN", "KDE", "PCA", "RMD-nearest", "VoG",
    "VoG reversed",
}  # fmt: skip
COLOUR_NET = """
import torch

class ColourNet(torch.nn.Module):
    # A unit for each colour is active where it is bright; in a dark image none is, and none has a gradient.
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(2.0))
        self.last = torch.nn.Linear(3, 3, bias=False)

    def forward(self, images):
        return self.last(torch.relu(self.scale * images.mean(dim=(2, 3)) + 0.5))
"""


@pytest.fixture
def colour_net(audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A network with three checkpoints that knows its colours, with its VoG."""
    (tmp_path / "colour_nets.py").write_text(COLOUR_NET)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    order = [["red", "green", "blue"].index(name) for name in views.classes(views.open_hub(audit))]
    for epoch, scale in enumerate((2.0, 2.2, 2.4)):
        torch.save({"scale": torch.tensor(scale), "last.weight": 5 * torch.eye(3)[order]}, tmp_path / f"e{epoch}.pt")
    import_model(
        audit, Heard(), factory="colour_nets:ColourNet", checkpoints="e*.pt", image_size=16, mean=[0.5] * 3,
        sd=[0.25] * 3,
    )  # fmt: skip
    network = audit.runs("train")[-1]
    score_any(audit, "vog", Heard(), model_run=network.run_id)
    yield network
    sys.modules.pop("colour_nets", None)


def aurocs(audit: Audit, network: Run, against: str) -> dict[str, Estimate]:
    rows = rows_of(audit, "ood_auroc", network.run_id)
    found = {part: row.estimate for (_, part), row in rows.items()}
    return {part.removesuffix(f" against {against}"): one for part, one in found.items() if part.endswith(against)}


def test_dark_grey_images_are_told_by_every_detector(audit: Audit, colour_net: Run, tmp_path: Path) -> None:
    folder, draw = tmp_path / "dark" / "all", np.random.default_rng(1)
    folder.mkdir(parents=True)
    for i in range(60):
        Image.fromarray(np.repeat(draw.integers(0, 100, (16, 16, 1), np.uint8), 3, axis=2)).save(folder / f"{i}.png")
    near_ood(audit, [colour_net], str(folder.parent), Heard(), images=60)
    found = aurocs(audit, colour_net, "dark")
    assert found.keys() == DETECTORS
    told = {name: estimate.value for name, estimate in found.items() if name != "VoG"}
    assert min(told.values()) > 0.9, told
    assert found["VoG"].value < 0.1  # no gradient, so none that varies: here the paper's direction is the wrong one
    shares = [row.estimate.value for row in rows_of(audit, "ood_share_by_vog").values()]
    assert shares == [1.0] * 5 + [0.0] * 5


def test_images_of_the_same_distribution_are_told_by_none(audit: Audit, colour_net: Run, tmp_path: Path) -> None:
    write_images(tmp_path / "same", 20, seed=9, size=16)
    near_ood(audit, [colour_net, audit.runs("train")[0]], str(tmp_path / "same"), Heard(), images=60)
    for network in (colour_net, audit.runs("train")[0]):
        found = aurocs(audit, network, "same")
        assert found.keys() == DETECTORS
        outside = {name: one for name, one in found.items() if not one.low <= 0.5 <= one.high}
        assert not outside


def test_corrupted_images_are_half_of_the_held_out_ones_each_with_its_own_kind(audit: Audit) -> None:
    network, heard = audit.runs("train")[-1], Heard()
    (done,) = near_ood(audit, [network], "corruptions", heard, kinds=["jpeg", "gaussian_noise"], images=500)
    assert "30 of corrupted images, severity 5, kinds in turn: gaussian_noise, jpeg" in heard.text
    assert list(done.run.parameters["levels"]) == ["gaussian_noise", "jpeg"]
    found = aurocs(audit, network, "corrupted images: gaussian_noise, jpeg")
    assert found.keys() == DETECTORS
    assert {one.n for one in found.values()} == {60}
    (other_order,) = near_ood(audit, [network], "corruptions", Heard(), kinds=["gaussian_noise", "jpeg"])
    assert other_order.run_id == done.run_id
    assert not other_order.new


def test_no_image_is_on_both_sides_and_what_encoder_and_model_see_is_the_same_kind(audit: Audit) -> None:
    network = audit.runs("train")[-1]
    kinds = [get_corruption(name) for name in ("brightness", "contrast")]
    origin = Corrupted(audit, kinds, 20, 0, Heard())
    sides = origin.sides(network)
    assert len(sides.in_distribution) == len(sides.others) == 20
    assert not set(sides.in_distribution) & set(sides.others)
    pixels, pictures = origin.pixels(network, sides.others), origin.pictures(sides.others, 16)
    clean = own_shown(audit, network, sides.others, Heard())
    for i, image_id in enumerate(sides.others.tolist()):
        np.testing.assert_array_equal(pixels[i], np.asarray(pictures.rgb(image_id)))  # both see 16 pixels
        before, after = clean.pixels[image_id].astype(float), pixels[i].astype(float)
        assert (after.mean() > before.mean() + 50) if i % 2 == 0 else (after.std() < 0.5 * before.std())


def test_noise_is_drawn_as_the_paper_of_odin_draws_it(audit: Audit) -> None:
    network = audit.runs("train")[-1]
    origin = Noise(audit, 40, 0)
    sides = origin.sides(network)
    assert (len(sides.in_distribution), len(sides.others)) == (40, 40)
    pixels = origin.pixels(network, sides.others)
    assert pixels.shape == (40, 16, 16, 3)
    # Below 0 and above 1 lies 0.3085 each of a normal distribution around 0.5 with variance 1.
    assert [(pixels == end).mean() for end in (0, 255)] == pytest.approx([0.309, 0.309], abs=0.01)
    assert len({image.tobytes() for image in pixels}) == 40
    np.testing.assert_array_equal(pixels, Noise(audit, 40, 0).pixels(network, sides.others))
    assert not np.array_equal(pixels, Noise(audit, 40, 1).pixels(network, sides.others))
    assert np.asarray(origin.pictures(sides.others, 32).rgb(3)).shape == (32, 32, 3)
    near_ood(audit, [network], "gaussian-noise", Heard(), images=40)
    assert aurocs(audit, network, "Gaussian noise").keys() == DETECTORS


def test_what_it_costs_is_said_before_and_not_where_nothing_is_left_to_do(audit: Audit) -> None:
    networks, heard, again = audit.runs("train"), Heard(), Heard()
    near_ood(audit, networks, "gaussian-noise", heard, images=20)
    first = next(line for line in heard.lines if line.startswith("near-OOD"))
    assert first.startswith("near-OOD of 2 models: each is shown 40 images, and 120 of its training images")
    assert "ODIN and VoG go back through it. About 1 s" in first
    near_ood(audit, networks, "gaussian-noise", again, images=20)
    assert not any("is shown" in line for line in again.lines)


def test_another_step_of_odin_is_another_run_and_a_step_that_is_none_is_refused(audit: Audit) -> None:
    network = audit.runs("train")[-1]
    runs = [
        near_ood(audit, [network], "gaussian-noise", Heard(), images=20, odin_eps=eps)[0].run for eps in (0.0014, 0.05)
    ]
    assert runs[0].run_id != runs[1].run_id
    assert [run.parameters["odin_eps"] for run in runs] == [0.0014, 0.05]
    for eps in (-0.1, float("nan"), 2.0):
        with pytest.raises(BadInput, match=r"ODIN's step.*--odin-eps 0 to 1"):
            near_ood(audit, [network], "gaussian-noise", Heard(), odin_eps=eps)
    with pytest.raises(TooFewRows, match="5 of images of Gaussian noise"):
        near_ood(audit, [network], "gaussian-noise", Heard(), images=5)
    with pytest.raises(BadInput, match="no corruption 'rain'"):
        near_ood(audit, [network], "corruptions", Heard(), kinds=["rain"])


def test_what_cannot_be_shown_images_does_without_and_says_so(audit: Audit, tmp_path: Path) -> None:
    labels = views.labels(views.open_hub(audit))
    np.save(tmp_path / "theirs.npy", np.eye(3)[labels] * 4 + np.random.default_rng(0).random((180, 3)))
    theirs = import_predictions(audit, tmp_path / "theirs.npy", Heard()).run
    assert rivals_of(audit, theirs, 0.0014, 0, torch.device("cpu")) is None
    network = audit.runs("train")[0]
    rivals = rivals_of(audit, network, 0.0014, 0, torch.device("cpu"))
    assert rivals is not None
    assert rivals.k == 40  # of 120 images of three classes
    assert len(rivals.fitted) == 120
    for checkpoint in audit.checkpoints(network.run_id).glob("*.pt"):
        checkpoint.unlink()
    assert rivals_of(audit, network, 0.0014, 0, torch.device("cpu")) is None


def test_features_that_are_not_finite_take_no_part() -> None:
    draw = np.random.default_rng(0)
    fitted, features = draw.normal(size=(60, 4)), draw.normal(size=(9, 4))
    fitted[5, 0], features[2] = np.inf, np.nan
    labels = np.arange(60) % 2
    found = feature_scores(fitted, labels, 2, features, 10)
    kept = np.delete(np.arange(60), 5)
    without = feature_scores(fitted[kept], labels[kept], 2, np.delete(features, 2, axis=0), 10)
    for name, values in found.items():
        assert np.isnan(values[2])
        np.testing.assert_array_equal(np.delete(values, 2), without[name])
    with pytest.raises(BadInput, match="do not vary within any class"):
        feature_scores(np.ones((60, 4)), labels, 2, features, 10)


def test_rows_by_predicted_class_and_by_decile_worked_by_hand() -> None:
    # Both sides have 20 images; the model takes 12 + 10 for "a", 8 + 10 for "b": too few familiar ones for a figure.
    sides = Sides(np.arange(20), np.arange(20), "them", "'them'")
    familiar, others = np.r_[np.full(12, 2.0), np.full(8, 0.0)], np.r_[np.full(10, 1.0), np.full(10, 3.0)]
    both = scores_of_both({"VoG": familiar}, {"VoG": others}, {"kNN": np.arange(40.0)})
    predicted = np.r_[np.zeros(12), np.ones(8), np.zeros(10), np.ones(10)].astype(int)
    rows = {row.slice: row for row in class_rows("run", sides, both, predicted, ["a", "b"])}
    names = [f"{score} against them, predicted as a" for score in ("VoG", "VoG reversed", "kNN")]
    assert list(rows) == names
    assert [rows[name].estimate.value for name in names] == [1.0, 0.0, 0.0]
    assert rows[names[0]].note == "12 in-distribution images and 10 others that the model takes for a"
    shares = decile_rows("run", sides, both)
    # By -(-VoG) rising: the others at 3 have the lowest VoG, then the familiar at 2, others at 1, familiar at 0.
    assert [row.estimate.value for row in shares] == [1, 1, 0.5, 0, 0, 0.5, 1, 1, 0, 0]
    assert shares[0].slice == "decile 1 against them"
    assert decile_rows("run", sides, scores_of_both({"MSP": familiar}, {"MSP": others})) == []
