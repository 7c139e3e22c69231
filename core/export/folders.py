"""Exports that are a folder of images: ImageFolder, Hugging Face's imagefolder, FiftyOne's classification folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..dataset.model import SPLITS
from ..errors import BadInput
from .destination import PLAN, PLAN_FILE, Placer, plain_name
from .registry import folder
from .rows import Export, ExportRow


@folder("imagefolder")
def write_imagefolder(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
    """split/class/file; an unlabelled image lies in its split's folder. Returns images written and what to know.

    Raises BadInput on a split that an ImageFolder has no place for.
    """
    kept, placer = export.kept, Placer(export, to, how)
    odd = sorted({row.split for row in kept} - set(SPLITS.values()))
    if odd:
        raise BadInput(
            f"An ImageFolder has no place for the split {odd[0]!r}.",
            "Export with --format huggingface, whose metadata names any split.",
        )
    folders = class_folders(export.class_names)
    for row in kept:
        placer.place(row, f"{row.split}/{folders[row.label]}" if row.label is not None else row.split)
    notes = [f"class {name!r} is the folder {folder!r}" for name, folder in folders.items() if name != folder]
    notes += _empty(export, kept)
    return len(kept), notes + _plan(placer)


@folder("huggingface")
def write_huggingface(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
    """split/file and split/metadata.csv (file_name, label, split, id): what `load_dataset("imagefolder")` reads."""
    kept, placer = export.kept, Placer(export, to, how)
    tables: dict[str, list[tuple[str, ...]]] = {}
    for row in kept:
        folder = plain_name(row.split)
        name = placer.place(row, folder).removeprefix(f"{folder}/")
        tables.setdefault(folder, []).append((name, row.label or "", row.split, row.key))
    if how != PLAN:
        for folder, rows in tables.items():
            _csv(to / folder / "metadata.csv", ("file_name", "label", "split", "id"), rows)
    return len(kept), _empty(export, kept) + _plan(placer)


@folder("fiftyone")
def write_fiftyone(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
    """data/ and labels.json, as FiftyOne's `FiftyOneImageClassificationDataset` reads.

    Each label has the attributes split, id, verdict and, where there is a score, mistakenness, which in FiftyOne
    is high for suspected labels, as ours.
    """
    kept, placer = export.kept, Placer(export, to, how)
    position = {name: index for index, name in enumerate(export.class_names)}
    labels: dict[str, Any] = {}
    for number, row in enumerate(kept):
        # FiftyOne finds a label by the file's name without its ending, so that must be one of its own.
        name = placer.place(row, "data", prefix=f"{number:07d}-")
        verdict = row.state.verdict if row.state else None
        attributes: dict[str, Any] = {"split": row.split, "id": row.key, "given_label": row.given, "verdict": verdict}
        if row.score is not None:
            attributes["mistakenness"] = row.score
        target = None if row.label is None else {"label": position[row.label], "attributes": attributes}
        labels[str(Path(name.removeprefix("data/")).with_suffix(""))] = target
    if how != PLAN:
        to.mkdir(parents=True, exist_ok=True)
        described = {"classes": list(export.class_names), "labels": labels}
        (to / "labels.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    return len(kept), _plan(placer)


def class_folders(names: Sequence[str]) -> dict[str, str]:
    """A folder name for each class, all different also where a file system does not tell cases apart."""
    folders: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = folder = plain_name(name)
        again = 1
        while folder.casefold() in taken:
            again += 1
            folder = f"{plain}_{again}"
        taken.add(folder.casefold())
        folders[name] = folder
    return folders


def _empty(export: Export, kept: Sequence[ExportRow]) -> list[str]:
    missing = sorted(set(export.class_names) - {row.label for row in kept if row.label is not None})
    return [f"classes without an image: {', '.join(map(repr, missing))}; name them with --classes"] if missing else []


def _plan(placer: Placer) -> list[str]:
    if placer.how != PLAN:
        return []
    placer.to.mkdir(parents=True, exist_ok=True)
    _csv(placer.to / PLAN_FILE, ("from", "to"), placer.plan)
    return [f"nothing was copied; {placer.to / PLAN_FILE} says what would be"]


def _csv(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
