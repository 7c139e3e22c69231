"""The development protocol of suspicion: what was tried, on data that nothing else is measured on, as one document.

Run: OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_suspicion --trashnet FOLDER --cifar10 FILE.npz
     [--confirmed FILE.npz] [--embeddings FOLDER] [--write docs/suspicion-development.md]

Each source is optional; what is not given is left out, and the document says so. --cifar10: x (10,000, 32, 32, 3)
uint8, label, and CIFAR-10H's counts (10,000, 10). --confirmed: of the same images, wrong, bool, and probabilities,
(10,000, 10) of a model. --embeddings: where the encoder's vectors are kept between runs; making them takes half an
hour on one core, the rest a quarter.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from core.types import Bools, Floats
from tests.benchmarks.reporting import say_conditions

from . import features, gains, matrix, models, sets, sights, tails
from .measures import filled
from .work import Job, Results, run

HERE = Path(__file__).parent


class Protocol:
    """Everything that is measured with the sources that are given."""

    def __init__(self, trashnet: Path | None, cifar10: Path | None, confirmed: Path | None) -> None:
        self.sets = [sets.fashion()]
        self.sets += [sets.trash(trashnet)] if trashnet else []
        self.cifar = sets.cifar(cifar10) if cifar10 else None
        self.sets += [self.cifar] if self.cifar else []
        self.wrong: Bools | None = None
        self.strong: Floats | None = None
        if confirmed and self.cifar:
            with np.load(confirmed) as archive:
                self.wrong, self.strong = archive["wrong"], archive["probabilities"]
        self.left_out = [
            said
            for given, said in (
                (trashnet, "TrashNet (`--trashnet`)"),
                (cifar10, "the CIFAR-10 test images with people's labels (`--cifar10`)"),
                (confirmed and cifar10, "the errors that people confirmed (`--confirmed`)"),
            )
            if not given
        ]
        self.cases = [case for data in self.sets[::-1] for case in sets.cases_of(data)]
        self.with_models = models.cases_of(self.cases, self.cifar, self.wrong)

    def jobs(self, folder: Path) -> list[Job]:
        """The longest first, so that no process waits for the other at the end."""
        told = models.jobs(folder, self.with_models, self.cifar, self.strong) if self.cifar else []
        return [
            *told,
            *tails.jobs(folder, self.sets),
            *matrix.jobs(folder, self.cases),
            *sights.jobs(folder, self.cases),
        ]

    def page(self, results: Results, costs: dict[str, float], seconds: float) -> str:
        """The document."""
        lines = [
            f"| {data.name} | {len(data.images):,} | {len(sets.half(data)):,} | {data.n_classes} |"
            for data in self.sets
        ]
        left_out = f"Left out, because not given: {'; '.join(self.left_out)}.\n\n" if self.left_out else ""
        head = (HERE / "head.md").read_text(encoding="utf-8")
        parts = [
            head.format(sets="\n".join(lines), left_out=left_out, minutes=f"{seconds / 60:.0f}"),
            matrix.section(results, self.cases),
            sights.section(results, self.cases, costs),
            *([models.section(results, self.with_models)] if self.with_models else []),
            tails.section(results),
            gains.section(results, self.cases),
            (HERE / "earlier.md").read_text(encoding="utf-8"),
        ]
        return filled("\n\n".join(part.strip() for part in parts)) + "\n"


def measured(protocol: Protocol, folder: Path, processes: int) -> tuple[Results, dict[str, float], float]:
    """Results by key, the encoder's costs, and the CPU seconds of what was fitted."""
    for data in protocol.sets:
        features.embedded(data, folder)
    costs = sights.cost(protocol.sets[0].images[0])
    results, seconds = run(protocol.jobs(folder), processes)
    return results, costs, seconds


def main() -> int:
    """Measure, print the document, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for source in ("trashnet", "cifar10", "confirmed", "embeddings", "write"):
        parser.add_argument(f"--{source}", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    for name in ("trashnet", "cifar10", "confirmed"):
        path: Any = getattr(options, name)
        if path and not path.exists():
            parser.error(f"--{name} {path}: there is no such file or folder")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    say_conditions("how suspicion was made")
    protocol = Protocol(options.trashnet, options.cifar10, options.confirmed)
    with TemporaryDirectory() as temporary:
        folder = options.embeddings or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        page = protocol.page(*measured(protocol, folder, options.processes))
    print(page)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
