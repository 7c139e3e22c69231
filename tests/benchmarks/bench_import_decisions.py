"""How long `import-decisions` takes for decisions of every shape: python -m tests.benchmarks.bench_import_decisions.

Options: --count 100000 1000000, --shapes one/one many/many … (images/reviewers; "labelstudio": a task for each image).
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.export.decision_tables import read_answers
from core.export.decisions_in import import_answers
from core.export.rows import Export, collect
from core.reviews import open_journal
from core.reviews.summary import summary
from tests.audits import build_audit

CLASSES = ("cat", "dog", "eel")
REVIEWERS: dict[str, Callable[[int], str]] = {
    "one": lambda i: "ann", "many": lambda i: f"reviewer {i % 1000}", "nobody": lambda i: "",
}  # fmt: skip
SHAPES = (*(f"{images}/{who}" for images in ("one", "many") for who in REVIEWERS), "labelstudio")
HEAD = ("id", "new_label", "verdict", "reviewer", "time", "reason", "seen")
TIME = "2024-05-01T12:00:00Z"


def write_table(file: Path, export: Export, count: int, reviewer: Callable[[int], str]) -> None:
    """A CSV file of `count` decisions on the export's images in turn."""
    with open(file, "w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(HEAD)
        rows = export.rows
        for i in range(count):
            writer.writerow((rows[i % len(rows)].key, CLASSES[i % 3], "relabelled", reviewer(i), TIME, "because", 0))


def write_tasks(file: Path, export: Export) -> None:
    """A Label Studio export with an answer to every image."""

    def task(i: int, key: str) -> dict[str, Any]:
        choice = {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [CLASSES[i % 3]]}}
        answer = {"completed_by": {"email": "a@b.c"}, "created_at": TIME, "result": [choice]}
        return {"id": i, "data": {"image": "x", "key": key, "seen": 0}, "annotations": [answer]}

    file.write_text(json.dumps([task(i, row.key) for i, row in enumerate(export.rows)]), encoding="utf-8")


def measure(shape: str, count: int, folder: Path) -> str:
    """A line: seconds of the clock and of the processor to read the file, take it in, and read all of it back."""
    audit = build_audit(folder / "audits", n=12, runs=False, classes=CLASSES).audit
    export = collect(audit, labels="given")
    images = 1 if shape.startswith("one/") else count
    named = (replace(export.rows[0], image_id=i, key=f"images/folder/{i:07d}.png") for i in range(images))
    export = replace(export, rows=tuple(named))
    file = folder / ("decisions.json" if shape == "labelstudio" else "decisions.csv")
    if shape == "labelstudio":
        write_tasks(file, export)
    else:
        write_table(file, export, count, REVIEWERS[shape.partition("/")[2]])
    journal = open_journal(audit)
    gc.disable()  # as the command does
    start, processor = time.perf_counter(), time.process_time()
    answers = read_answers(file, CLASSES)
    read = time.perf_counter()
    done = import_answers(journal, export, file, answers, reviewer="somebody")
    taken, processor = time.perf_counter(), time.process_time() - processor
    said = summary(journal)
    back = time.perf_counter() - taken
    gc.enable()
    journal.close()
    assert done.taken == count
    assert said.conflicts == done.conflicts
    took = f"{taken - start:6.1f} s, {processor:5.1f} of the processor (reading {read - start:.1f})"
    return f"{shape:12} {count:>9,}: {took}, back {back:.1f} s"


def main() -> None:
    """Print a line for each shape and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--shapes", nargs="+", default=SHAPES, choices=SHAPES)
    given = parser.parse_args()
    for shape in given.shapes:
        for count in given.count:
            with tempfile.TemporaryDirectory() as folder:
                print(measure(shape, count, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
