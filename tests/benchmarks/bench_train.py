"""What the training loop costs beyond the arithmetic: its images per second against a bare loop's.

Run: OMP_NUM_THREADS=1 python tests/benchmarks/bench_train.py [--model resnet8] [--images 1024] [--repeats 7]

The bare loop takes the same steps on batches that lie ready in memory: no shuffling, augmentation or checks. Both are
measured in turn, in CPU time, and the ratio is the median of the pairs. Target: 90 %.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.training.config import TrainConfig
from core.training.steps import Training


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="resnet8")
    parser.add_argument("--images", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    generator = np.random.default_rng(0)
    n = arguments.images
    pixels = generator.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    labels = generator.integers(0, 10, n)
    config = TrainConfig(arguments.model, arguments.repeats + 1, 32, learning_rate=0.01)

    def fresh() -> Training:
        return Training(pixels, labels, np.arange(n), 10, config, torch.device("cpu"), None)

    ours, bare = fresh(), fresh()
    starts = range(0, n, config.batch_size)
    ready = [
        (
            bare.batches.images(np.arange(start, start + config.batch_size)),
            torch.from_numpy(labels[start : start + config.batch_size]),
        )
        for start in starts
    ]

    def bare_epoch() -> None:
        bare.model.train()
        for images, its_labels in ready:
            loss = F.cross_entropy(bare.model(images), its_labels)
            bare.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            bare.optimiser.step()

    ratios, rates = [], []
    for repeat in range(arguments.repeats + 1):
        started = time.process_time()
        bare_epoch()
        between = time.process_time()
        ours.one_epoch(repeat + 1, None)
        seconds = time.process_time() - between
        if repeat:  # the first epoch of each warms up
            ratios.append((between - started) / seconds)
            rates.append(n / seconds)
    print(f"{config.model}: {median(rates):.0f} images per CPU second in training, one thread")
    print(f"share of the bare loop: {median(ratios):.0%}   (target 90 %)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
