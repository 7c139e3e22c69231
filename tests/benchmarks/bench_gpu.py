"""What a GPU brings: embedding, VoG, training, RMD, neighbours and suspicion, within eight minutes on one card.

Run: python -m tests.benchmarks.bench_gpu [--device cuda] [--tiny] [--out FOLDER] [--only PART …]

Each part has a budget of time, grows within it and says where it stopped; one that cannot run says why and holds up no
other. Writes gpu.json and gpu.md. With --device cpu --tiny it is a test: the sizes say nothing, but everything runs.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.errors import HardlookError
from tests.benchmarks.gpu import arrays, models
from tests.benchmarks.gpu.measure import Bench, forget_peak, peak_memory

PARTS: dict[str, tuple[Callable[[Bench], None], float]] = {
    "embedding": (models.embedding, 75),
    "VoG": (models.vog, 75),
    "training": (models.training, 55),
    "RMD": (arrays.rmd, 55),
    "neighbours": (arrays.knn, 100),
    "suspicion": (arrays.suspicion, 70),
}
"""Name -> what measures it, and its seconds: 430 together, which leaves a minute of eight for starting."""
FAILURES = (ArithmeticError, AttributeError, HardlookError, ImportError, LookupError, OSError, RuntimeError, TypeError,
            ValueError)  # fmt: skip
LIBRARIES = ("torch", "torchvision", "open_clip_torch", "numpy", "scipy", "faiss-gpu", "faiss-cpu")


def measured(name: str, device: torch.device, tiny: bool) -> dict[str, Any]:
    """One part's rows, its seconds and its peak memory; or why it could not run."""
    work, seconds = PARTS[name]
    bench, why = Bench(device, tiny, seconds), ""
    forget_peak(device)
    print(f"== {name}", flush=True)
    try:
        work(bench)
    except FAILURES as error:  # a GPU is often there for minutes: what the other parts measure is not lost for it
        why = f"{type(error).__name__}: {error}"
        traceback.print_exc()
    took = time.perf_counter() - bench.started
    return {"part": name, "rows": [asdict(row) for row in bench.rows], "not_measured": why, "seconds": round(took, 1),
            "budget": seconds, "peak_gb": round(peak_memory(device), 2)}  # fmt: skip


def installed() -> dict[str, str]:
    """The libraries' versions."""
    found = {"python": platform.python_version(), "cuda": torch.version.cuda or "none"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def in_markdown(report: dict[str, Any]) -> str:
    """The same as a table."""
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    lines = [f"{report['card']}{', tiny sizes, which say nothing' if report['tiny'] else ''}; {versions}.", ""]
    lines += [
        "| part | what | measured | against | share of the card's peak | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for part in report["parts"]:
        memory = f"{part['peak_gb']} GB"
        for row in part["rows"]:
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} × {row['against']}"
            share = "unknown" if row["share"] is None and row["unit"].endswith("/s") else ""
            share = share if row["share"] is None else f"{row['share']:.1%}"
            figure = f"{row['figure']:,.4g} {row['unit']}".strip() + (f" ({row['note']})" if row["note"] else "")
            lines.append(f"| {part['part']} | {row['what']} | {figure} | {ratio} | {share} | {memory} |")
        if part["not_measured"]:
            lines.append(f"| {part['part']} | not measured | {part['not_measured'].replace('|', ' ')} | | | {memory} |")
    return "\n".join([*lines, ""])


def main(arguments: list[str] | None = None) -> int:
    """Measure every part and write both files. Exit code 1 where a part could not run, 2 without the device."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true", help="sizes that say nothing, in seconds")
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    chosen = parser.parse_args(arguments)
    if chosen.device != "cpu" and not torch.cuda.is_available():
        print("GPU: not measured, for PyTorch sees none here. --device cpu --tiny shows that it would run.")
        return 2
    device = torch.device(chosen.device)
    started = time.perf_counter()
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    report: dict[str, Any] = {"card": card, "tiny": chosen.tiny, "versions": installed(), "parts": []}
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name in chosen.only:  # written after each: who is stopped in the next has it
        report["parts"].append(measured(name, device, chosen.tiny))
        report["seconds"] = round(time.perf_counter() - started, 1)
        (chosen.out / "gpu.json").write_text(json.dumps(report, indent=2))
        (chosen.out / "gpu.md").write_text(in_markdown(report))
    print(in_markdown(report))
    return int(any(part["not_measured"] for part in report["parts"]))


if __name__ == "__main__":
    sys.exit(main())
