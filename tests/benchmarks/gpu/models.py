"""Embedding, VoG and training, each against the bare forward pass or loop in the same process."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch.nn import functional as F

from core.encoders.embed_rows import embed_rows
from core.encoders.protocol import Options
from core.engines.local import plan_batches, run_batches
from core.images.pixels import PixelSource
from core.training.config import TrainConfig
from core.training.fold import ready_for_gradients
from core.training.gradients import spread_of_batch
from core.training.networks.models import build_model, forward_flops
from core.training.predict import autocast
from core.training.steps import Training
from tests.benchmarks.gpu.measure import Bench

TINY_CLIP = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
CHECKPOINTS = 3


def clip(bench: Bench, device: str) -> Any:
    """ViT-B-32 of random weights as an encoder: its speed does not hang on them."""
    import json

    import open_clip

    from core.encoders.network import NetworkEncoder
    from core.encoders.open_clip_family import ImageTower, preprocessing_of

    name = "ViT-B-32"
    if bench.tiny:
        name = "tiny-clip"
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, f"{name}.json").write_text(json.dumps(TINY_CLIP))
            open_clip.add_model_config(Path(folder, f"{name}.json"))
    torch.manual_seed(0)
    network = open_clip.create_model(name, pretrained=None, require_pretrained=False)
    return NetworkEncoder(f"open_clip:{name}", ImageTower(network.visual), preprocessing_of(network), Options(device))


def photographs(folder: Path, count: int, side: int) -> list[str]:
    """JPEGs with some structure."""
    rng, paths = np.random.default_rng(0), []
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
        paths.append(str(folder / f"{number}.jpg"))
        coarse.resize((side, side), Image.Resampling.BICUBIC).save(paths[-1], quality=90)
    return paths


def embedding(bench: Bench) -> None:
    """Files to vectors, against the forward pass on pixels that lie on the device, and what decoding alone takes."""
    encoder = clip(bench, str(bench.device))
    b, side = (4, 40) if bench.tiny else (encoder.batch_size, 256)
    size = encoder.image_size
    pixels = np.random.default_rng(1).integers(0, 256, (b, size, size, 3), dtype=np.uint8)
    images = torch.from_numpy(pixels).to(bench.device).permute(0, 3, 1, 2).float().div(255)

    def bare() -> None:
        with torch.inference_mode(), autocast(bench.device):
            encoder._network(images)

    forward = b / bench.time(bare, 8)
    flops = forward_flops(encoder._network, size)
    bench.say("bare forward", forward, "images/s", share=bench.share(forward * flops, encoder.precision))
    encoded = b / bench.time(lambda: encoder.encode(pixels), 8)
    bench.say("encode: copied there, normalised, back", encoded, "images/s", ratio=encoded / forward, against="bare")
    with tempfile.TemporaryDirectory() as folder:
        paths = photographs(Path(folder), 3 * b if bench.tiny else 2048, side)
        again = np.tile(np.arange(len(paths)), 1 if bench.tiny else 4)
        source = PixelSource(paths, [None] * len(paths))

        def decode() -> None:
            def load(batch: Any) -> None:
                for index in again[batch.start : batch.stop].tolist():
                    encoder.prepare(source.rgb(index))

            run_batches(plan_batches(len(again), b), load, lambda nothing: nothing, lambda batch, nothing: None)

        decoded = len(again) / bench.once(decode)
        whole = len(again) / bench.once(
            lambda: embed_rows(encoder, source, again, batch_size=b, commit=lambda *_: None)
        )
    bench.say("decoding alone", decoded, "images/s", ratio=decoded / forward, against="bare")
    bench.say(
        "files to vectors", whole, "images/s", ratio=whole / forward, against="bare", note=f"JPEG of {side} pixels"
    )
    ours, theirs = encoder.encode(pixels[:4]), clip(bench, "cpu").encode(pixels[:4])
    cosine = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    bench.say("lowest cosine of CPU and device", float(cosine.min()), "", note=encoder.precision)


def vog(bench: Bench) -> None:
    """VoG of a batch over three checkpoints against its floor, two forward passes each; and what bfloat16 does."""
    name, side, classes, b = ("resnet8", 32, 10, 4) if bench.tiny else ("resnet50", 224, 1000, 32)
    torch.manual_seed(0)
    built = [build_model(name, classes, side).eval() for _ in range(CHECKPOINTS)]
    models = [ready_for_gradients(model.to(bench.device)) for model in built]
    images = torch.randn(b, 3, side, side).to(bench.device).to(memory_format=torch.channels_last)
    with torch.no_grad():
        given = models[-1](images).argmax(dim=1)

    def forward() -> None:
        with torch.no_grad():
            for model in models:
                model(images)

    floor = 2 * bench.time(forward, 10)
    values: dict[str, Any] = {}
    for precision in ("float32", "bfloat16"):
        fast = torch.autocast(bench.device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext()

        def spread(fast: Any = fast, precision: str = precision) -> None:
            with fast:
                values[precision] = spread_of_batch(models, images, given, ("logit",)).values["logit_all"]

        took = bench.time(spread, 10)
        rate = CHECKPOINTS * 2 * forward_flops(built[0], side) * b / took
        bench.say(f"VoG, {precision}", b / took, "images/s", ratio=floor / took,
                  against="its floor, 2 × the float32 forward pass", share=bench.share(rate, precision))  # fmt: skip
    exact, rough = values["float32"], values["bfloat16"]
    order, change = float(spearmanr(exact, rough).statistic), float(np.abs(rough / exact - 1).max())
    bench.say("bfloat16 against float32: Spearman", order, "", note=f"largest change {change:.2%}; random weights")
    on_cpu = [ready_for_gradients(model.cpu()) for model in built]
    few = spread_of_batch(on_cpu, images[:2].cpu(), given[:2].cpu(), ("logit",)).values["logit_all"]
    bench.say("largest difference of CPU and device", float(np.abs(exact[:2] / few - 1).max()), "of the value")


def training(bench: Bench) -> None:
    """The training loop against the same steps on batches that lie ready."""
    name, n, b = ("resnet8", 64, 32) if bench.tiny else ("resnet18", 20_000, 256)
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), rng.integers(0, 10, n)
    config = TrainConfig(name, 100, b, learning_rate=0.01)
    ours, bare = (Training(pixels, labels, np.arange(n), 10, config, bench.device, None) for _ in range(2))
    parts = [np.arange(start, min(start + b, n)) for start in range(0, n, b)]
    ready = [(bare.batches.images(rows), torch.from_numpy(labels[rows]).to(bench.device)) for rows in parts]
    epochs = iter(range(1, config.epochs))

    def bare_epoch() -> None:
        bare.model.train()
        for images, its_labels in ready:
            with autocast(bench.device):
                logits = bare.model(images)
            loss = F.cross_entropy(logits, its_labels)
            bare.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            bare.optimiser.step()

    least = n / bench.time(bare_epoch, 12)
    rate = n / bench.time(lambda: ours.one_epoch(next(epochs), None), 12)
    flops = 3 * forward_flops(ours.model, 32)
    precision = "bfloat16" if bench.device.type == "cuda" else "float32"
    bench.say(f"training, {name}", rate, "images/s", ratio=rate / least, against="a bare loop",
              share=bench.share(rate * flops, precision))  # fmt: skip
