from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import BadInput, TooFewRows
from core.training.batches import Batches
from core.training.fold import ready_for_gradients
from core.training.gradients import (
    gradient_maps,
    gradient_spread,
    input_gradients,
    spread_of_batch,
    stages,
)
from core.training.networks.models import build_model
from core.training.pixels import Normalisation
from core.training.windows import STAGES, TARGETS, read_windows, spread_names
from core.types import UNLABELLED, Floats


def tiny_network(seed: int, k: int = 4) -> nn.Module:
    """A convolution, a batch norm with statistics of its own, and a linear layer, in float64."""
    torch.manual_seed(seed)
    norm = nn.BatchNorm2d(5)
    nn.init.normal_(norm.running_mean)  # type: ignore[arg-type]
    nn.init.uniform_(norm.running_var, 0.5, 2.0)  # type: ignore[arg-type]
    layers = [nn.Conv2d(3, 5, 3, padding=1), norm, nn.ReLU(), nn.Flatten(), nn.Linear(5 * 36, k)]
    return nn.Sequential(*layers).double().eval()


def checkpoints(count: int) -> list[nn.Module]:
    return [tiny_network(seed) for seed in range(count)]


def images(b: int, seed: int = 0) -> Tensor:
    return torch.randn(b, 3, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def plain_vog(models: list[nn.Module], image: Tensor, label: int, target: str) -> float:
    """The definition, one image and one checkpoint at a time, with numpy's own standard deviation."""
    maps = []
    for model in models:
        x = image[None].clone().requires_grad_()
        logits = model(x)[0]
        (logits if target == "logit" else logits.softmax(dim=0))[label].backward()
        assert x.grad is not None
        maps.append(x.grad[0].mean(dim=0).numpy())
    return float(np.std(np.stack(maps), axis=0).mean())


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_every_spread_equals_a_plain_loop_over_images_and_checkpoints(count: int) -> None:
    models, batch = checkpoints(count), images(9)
    given = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3, 0])
    spread = spread_of_batch([ready_for_gradients(model) for model in models], batch, given)
    assert sorted(spread.values) == sorted(spread_names())
    for stage, span in stages(count).items():
        inside = [models[t] for t in span]
        predicted = inside[-1](batch).argmax(dim=1)
        assert spread.predicted[stage].tolist() == predicted.tolist()
        for target in TARGETS:
            for kind, labels in (("", given), ("_predicted", predicted)):
                expected = [plain_vog(inside, batch[i], int(labels[i]), target) for i in range(9)]
                np.testing.assert_allclose(spread.values[f"{target}_{stage}{kind}"], expected, rtol=1e-6)


def test_predictions_that_differ_between_stages_are_each_followed() -> None:
    models, batch, given = checkpoints(7), images(100), torch.arange(100) % 4
    spread = spread_of_batch([ready_for_gradients(model) for model in models], batch, given)
    early, late = spread.predicted["early"], spread.predicted["late"]
    # All five patterns of (given, early's, late's) must occur, or this would not have tried the sharing.
    assert len({(g == e, g == p, e == p) for g, e, p in zip(given.tolist(), early, late, strict=True)}) == 5
    for i in range(100):
        expected = plain_vog(models[:3], batch[i], int(early[i]), "logit")
        assert spread.values["logit_early_predicted"][i] == pytest.approx(expected, rel=1e-6)
        expected = plain_vog(models, batch[i], int(late[i]), "probability")
        assert spread.values["probability_all_predicted"][i] == pytest.approx(expected, rel=1e-6)


def test_a_window_of_one_s_own_equals_a_plain_loop_over_its_checkpoints() -> None:
    models, batch, given = checkpoints(7), images(40), torch.arange(40) % 4
    ready = [ready_for_gradients(model) for model in models]
    windows = read_windows({"middle": [3, 6], "start": [1, 2]}, 7)
    spread = spread_of_batch(ready, batch, given, windows=windows)
    assert sorted(spread.values) == sorted(spread_names(windows=windows))
    for name, inside in (("middle", models[2:6]), ("start", models[:2])):
        predicted = inside[-1](batch).argmax(dim=1)
        assert spread.predicted[name].tolist() == predicted.tolist()
        for target in TARGETS:
            for kind, labels in (("", given), ("_predicted", predicted)):
                expected = [plain_vog(inside, batch[i], int(labels[i]), target) for i in range(40)]
                np.testing.assert_allclose(spread.values[f"{target}_{name}{kind}"], expected, rtol=1e-6)
    usual = spread_of_batch(ready, batch, given)
    for name, values in usual.values.items():
        np.testing.assert_allclose(spread.values[name], values, rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "error", "reason"),
    [
        ([3, 6], BadInput, r"windows is \[3, 6\]"),
        (None, BadInput, "windows is None"),
        ({"middle": 3}, BadInput, "'middle' is 3"),
        ({"middle": [1, 2, 3]}, BadInput, r"'middle' is \[1, 2, 3\]"),
        ({"middle": [1.0, 3]}, BadInput, r"'middle' is \[1.0, 3\]"),
        ({"middle": [True, 3]}, BadInput, r"'middle' is \[True, 3\]"),
        ({"middle": [0, 3]}, BadInput, "0 to 3, and there are 1 to 7"),
        ({"middle": [6, 8]}, BadInput, "6 to 8, and there are 1 to 7"),
        ({"middle": [3, 3]}, TooFewRows, "3 to 3"),
        ({"middle": [5, 3]}, TooFewRows, "5 to 3"),
        *(({name: [3, 6]}, BadInput, f"named {name!r}") for name in ("late", "predicted", "a_b", "3rd", "", "Late")),
    ],
)
def test_a_window_that_cannot_be_is_refused_by_name(given: object, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        read_windows(given, 7)
    assert "hardlook " in str(caught.value)


def test_float32_and_folding_stay_close_to_float64_on_a_real_architecture() -> None:
    torch.manual_seed(0)
    exact = [build_model("resnet8", 5, 16).double().eval() for _ in range(3)]
    batch = torch.randn(4, 3, 16, 16, dtype=torch.float64)
    fast = [ready_for_gradients(model).float() for model in exact]
    labels = torch.tensor([0, 1, 2, 3])
    spread = spread_of_batch(fast, batch.float().to(memory_format=torch.channels_last), labels)
    for target in TARGETS:
        expected = [plain_vog(exact, batch[i], i, target) for i in range(4)]
        np.testing.assert_allclose(spread.values[f"{target}_all"], expected, rtol=1e-4)


def test_one_by_one_or_in_a_batch_gives_the_same() -> None:
    models, batch = [ready_for_gradients(model) for model in checkpoints(4)], images(6)
    given = torch.tensor([0, 1, 2, 3, 0, UNLABELLED])
    together = spread_of_batch(models, batch, given)
    for i in range(6):
        alone = spread_of_batch(models, batch[i : i + 1], given[i : i + 1])
        for name in spread_names():
            np.testing.assert_allclose(alone.values[name], together.values[name][i : i + 1], rtol=1e-6)


def test_unlabelled_images_have_only_the_predicted_kind() -> None:
    models = [ready_for_gradients(model) for model in checkpoints(3)]
    spread = spread_of_batch(models, images(2), torch.tensor([UNLABELLED, 1]))
    for name, values in spread.values.items():
        assert np.isnan(values).tolist() == [not name.endswith("_predicted"), False]


def test_checkpoints_that_agree_have_no_spread() -> None:
    model = ready_for_gradients(tiny_network(0))
    spread = spread_of_batch([model, model, model], images(3), torch.tensor([0, 1, 2]))
    assert all((values == 0).all() for values in spread.values.values())


def linear(weights: list[float]) -> nn.Module:
    """One pixel, one channel, two classes: the logits are (w·x, 0), so the logit's gradient is w."""
    layer = nn.Linear(1, 2, bias=False).double()
    layer.weight.data = torch.tensor([weights, [0.0]], dtype=torch.float64)
    return nn.Sequential(nn.Flatten(), layer).eval()


def test_worked_by_hand() -> None:
    # Gradients of logit 0: 1, 2, 3; mean 2, population sd sqrt(2/3). Of p_0 at x = 0, p = 1/2: w/4, so a quarter.
    models = [ready_for_gradients(linear([w])) for w in (1.0, 2.0, 3.0)]
    spread = spread_of_batch(models, torch.zeros(1, 1, 1, 1, dtype=torch.float64), torch.tensor([0]))
    assert spread.values["logit_all"] == pytest.approx([np.sqrt(2 / 3)])
    assert spread.values["probability_all"] == pytest.approx([np.sqrt(2 / 3) / 4])


def test_a_gradient_all_checkpoints_share_changes_nothing_however_large() -> None:
    # 1e8 is exact in float64 and leaves 8 digits; sums of plain squares would leave none.
    def spread_of(shift: float) -> Floats:
        models = [ready_for_gradients(linear([shift + w])) for w in (1.0, 2.0, 3.0, 7.0)]
        return spread_of_batch(models, torch.zeros(1, 1, 1, 1, dtype=torch.float64), torch.tensor([0])).values[
            "logit_all"
        ]

    np.testing.assert_allclose(spread_of(1e8), spread_of(0.0), rtol=1e-6)


def test_channels_are_averaged_before_the_spread() -> None:
    # Opposite changes in two channels cancel in the mean: the spread is 0, though each channel moved.
    def network(w: float) -> nn.Module:
        layer = nn.Linear(2, 2, bias=False).double()
        layer.weight.data = torch.tensor([[w, -w], [0.0, 0.0]], dtype=torch.float64)
        return ready_for_gradients(nn.Sequential(nn.Flatten(), layer).eval())

    batch = torch.zeros(1, 2, 1, 1, dtype=torch.float64)
    spread = spread_of_batch([network(1.0), network(5.0)], batch, torch.tensor([0]))
    assert spread.values["logit_all"] == pytest.approx([0.0])


def test_the_probability_gradient_of_a_sure_network_is_small_and_not_zero() -> None:
    # p_0 = 1/(1 + e^-40): 1 - p_0 = 4.2e-18 is lost in float32 and float64 alike if computed as a difference.
    logits = torch.tensor([[40.0, 0.0]], requires_grad=True)
    inputs = torch.zeros(1, 1, 1, 1, requires_grad=True)
    (found,) = input_gradients(
        logits + inputs.flatten(1) * torch.tensor([[1.0, 0.0]]), inputs, torch.tensor([0]), ["probability"]
    )
    assert float(found) == pytest.approx(np.exp(-40.0), rel=1e-5)


def test_maps_of_one_image_average_to_its_spread() -> None:
    models = [ready_for_gradients(model) for model in checkpoints(3)]
    maps, deviation = gradient_maps(models, images(1), 2, "probability")
    assert maps.shape == (3, 6, 6)
    spread = spread_of_batch(models, images(1), torch.tensor([2]))
    assert deviation.mean() == pytest.approx(spread.values["probability_all"][0], rel=1e-6)
    np.testing.assert_allclose(deviation, maps.std(axis=0), rtol=1e-4)


def test_rows_come_back_in_the_order_asked_for() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 6, 6, 3), dtype=np.uint8)
    batches = Batches(pixels, Normalisation((0.5,) * 3, (0.25,) * 3), torch.device("cpu"))
    labels = np.arange(70) % 4
    models = [ready_for_gradients(model.float()) for model in checkpoints(3)]
    every = gradient_spread(models, batches, labels, np.arange(70))
    some = gradient_spread(models, batches, labels, np.array([69, 3, 40]))
    for name in spread_names():
        np.testing.assert_allclose(some.values[name], every.values[name][[69, 3, 40]], rtol=1e-5)
    for stage in STAGES:
        assert some.predicted[stage].tolist() == every.predicted[stage][[69, 3, 40]].tolist()


def test_one_checkpoint_is_too_few() -> None:
    with pytest.raises(TooFewRows, match="there is 1"):
        spread_of_batch([tiny_network(0)], images(1), torch.tensor([0]))


def test_a_network_in_training_mode_is_refused() -> None:
    with pytest.raises(BadInput, match="training mode"):
        ready_for_gradients(tiny_network(0).train())


def test_a_layer_that_uses_the_batchs_own_statistics_is_refused_by_name() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2, track_running_stats=False)).eval()
    with pytest.raises(BadInput, match="'1'"):
        ready_for_gradients(model)


class Branching(nn.Module):
    """Python control flow over values: torch.fx cannot trace it."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = tiny_network(0)

    def forward(self, x: Tensor) -> Tensor:
        return self.inside(x if x.sum() > 1e9 else 2 * x)  # type: ignore[no-any-return]


def test_a_network_that_cannot_be_traced_is_used_as_it_is() -> None:
    model = Branching().eval()
    ready = ready_for_gradients(model)
    torch.testing.assert_close(ready(images(2)), model(images(2)))
    assert any(isinstance(module, nn.BatchNorm2d) for module in ready.modules())
    assert not any(parameter.requires_grad for parameter in ready.parameters())


@pytest.mark.parametrize("name", ["resnet8", "resnet18", "densenet_bc", "lenet"])
def test_folding_changes_nothing_and_leaves_the_original_alone(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(name, 10, 32).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.5, 1.5)  # type: ignore[arg-type]
    x = torch.randn(2, 3, 32, 32)
    ready = ready_for_gradients(model)
    torch.testing.assert_close(ready(x), model(x), rtol=1e-4, atol=1e-4)
    assert all(parameter.requires_grad for parameter in model.parameters())
    left = sum(isinstance(module, nn.BatchNorm2d) for module in ready.modules())
    assert left == {"resnet8": 0, "resnet18": 0, "densenet_bc": 51, "lenet": 0}[name]


def test_a_convolution_used_twice_keeps_its_batch_norm() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
            nn.init.uniform_(self.norm.running_mean, 1.0, 2.0)  # type: ignore[arg-type]

        def forward(self, x: Tensor) -> Tensor:
            normed = self.norm(self.conv(x))
            return normed + self.conv(normed)  # type: ignore[no-any-return]

    model, x = Shared().eval(), torch.randn(2, 3, 6, 6)
    torch.testing.assert_close(ready_for_gradients(model)(x), model(x))


def test_the_typeset_equation_is_the_plain_sum_of_squares_over_the_root_of_their_number() -> None:
    models, batch, given = checkpoints(4), images(3), torch.tensor([0, 1, 2])
    found = spread_of_batch(models, batch, given, ("logit",), eq3=True).values["logit_all"]
    maps = [input_gradients(model(x), x, given, ("logit",))[0] for model in models
            for x in [batch.clone().requires_grad_()]]  # fmt: skip
    stacked = torch.stack([one.detach() for one in maps]).numpy()
    squares = np.square(stacked - stacked.mean(axis=0)).sum(axis=0)
    np.testing.assert_allclose(found, (squares / np.sqrt(4)).mean(axis=(1, 2)), rtol=1e-5)
