"""VoG's price on one CPU thread: against a plain loop, against the floor, and both targets against one.

Run: OMP_NUM_THREADS=1 python tests/benchmarks/bench_vog.py [--images 32] [--repeats 5]

The floor is 2.0 times the forward pass's FLOPs per image and checkpoint (frozen parameters: an input gradient costs
one more forward pass) at the rate this machine multiplies matrices, measured in turn with everything else, so that
a neighbour's load falls on both sides of each ratio. Ratios are medians of per-repeat pairs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.training.fold import ready_for_gradients
from core.training.gradients import spread_of_batch
from core.training.networks.models import build_model, forward_flops

CHECKPOINTS = 3
PLAIN_IMAGES = 4  # the plain loop is slow, and its time per image does not depend on how many there are
MATRIX = 1536


def plain_loop(models: list[nn.Module], images: Tensor, labels: Tensor) -> Tensor:
    """VoG in the way of its authors' scripts, in our words.

    Checkpoint by checkpoint, image by image: a forward pass for the prediction, another with full autograd for the
    gradient, the map saved to a file; then all files are read and the spread is computed.
    """
    with TemporaryDirectory() as folder:
        for t, model in enumerate(models):
            for i, (image, label) in enumerate(zip(images, labels, strict=True)):
                model(image[None]).argmax()
                x = image[None].clone().requires_grad_()
                model(x)[0, label].backward()
                assert x.grad is not None
                np.save(f"{folder}/{t}-{i}.npy", x.grad[0].mean(dim=0).numpy())
            model.zero_grad()
        maps = [[np.load(f"{folder}/{t}-{i}.npy") for t in range(len(models))] for i in range(len(images))]
    return torch.tensor(np.std(maps, axis=1).mean(axis=(1, 2)))


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call: what a neighbour takes from this thread does not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> int:
    """Measure and print; the targets are printed beside the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    models = [build_model("resnet18", 10, 32).eval() for _ in range(CHECKPOINTS)]
    ready = [ready_for_gradients(model) for model in models]
    images = torch.randn(arguments.images, 3, 32, 32).to(memory_format=torch.channels_last)
    with torch.no_grad():
        labels = models[-1](images).argmax(dim=1)  # given = predicted, as for nearly every image of a trained network
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)

    plain = plain_loop(models, images[:PLAIN_IMAGES], labels[:PLAIN_IMAGES])
    ours = torch.from_numpy(spread_of_batch(ready, images[:PLAIN_IMAGES], labels[:PLAIN_IMAGES]).values["logit_all"])
    torch.testing.assert_close(ours, plain, rtol=1e-3, atol=1e-6)

    flops = 2.0 * forward_flops(models[0], 32) * CHECKPOINTS
    speedup, share, price, rates = [], [], [], []
    spread_of_batch(ready, images, labels)
    for _ in range(arguments.repeats):
        before = 2 * MATRIX**3 / seconds(lambda: a @ b)
        one = seconds(lambda: spread_of_batch(ready, images, labels, ("logit",))) / len(images)
        after = 2 * MATRIX**3 / seconds(lambda: a @ b)
        both = seconds(lambda: spread_of_batch(ready, images, labels)) / len(images)
        loop = seconds(lambda: plain_loop(models, images[:PLAIN_IMAGES], labels[:PLAIN_IMAGES])) / PLAIN_IMAGES
        rate = max(before, after)
        rates.append(rate)
        speedup.append(loop / one)
        share.append(flops / rate / one)
        price.append(both / one)
    print(f"CIFAR ResNet-18, {CHECKPOINTS} checkpoints, one thread, {median(rates) / 1e9:.0f} GFLOP/s in sgemm")
    limit = median(ratio / reached for ratio, reached in zip(speedup, share, strict=True))
    print(f"against the plain loop: {median(speedup):.1f}x   (target 15x; at the floor it would be {limit:.1f}x here)")
    print(f"share of the floor:     {median(share):.0%}   (target 85 %)")
    print(f"both targets / one:     {median(price):.2f}   (target below 1.6)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
