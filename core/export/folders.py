"""Exports that are a folder of images: ImageFolder and Hugging Face's imagefolder."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..dataset.splits import SPLITS
from ..dataset.tables.declared import CLASS_LABELS, class_labels
from ..errors import BadInput
from ..files.arrow import write_parquet_file
from ..wording import some_of
from .destination import PLAN, PLAN_FILE, Placer, plain_names
from .registry import folder
from .rows import Export, ExportRow, positions

CLASSES_FILE = "classes.json"
TORCHVISION_ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
TEXTS = ("split", "id")
HUGGINGFACE_SPLITS = {"train": "train", "val": "validation", "test": "test"}


@folder("imagefolder")
def write_imagefolder(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
    """split/class/file; an unlabelled image lies in its split's folder. Returns images written and what to know.

    classes.json says which folder is which class, and their order: folders cannot have every name, and readers sort
    them. Raises BadInput on a split that an ImageFolder has no place for.
    """
    kept, placer = export.kept, Placer(export, to, how)
    odd = sorted({row.split for row in kept} - set(SPLITS.values()))
    if odd:
        raise BadInput(
            f"An ImageFolder has no place for the split {odd[0]!r}.",
            "Export with --format huggingface, whose metadata names any split.",
        )
    folders = plain_names(export.class_names)
    for row in kept:
        placer.place(row, f"{row.split}/{folders[row.label]}" if row.label is not None else row.split)
    notes = [f"class {name!r} is the folder {folder!r}" for name, folder in folders.items() if name != folder]
    if how != PLAN:
        to.mkdir(parents=True, exist_ok=True)
        described = {"classes": list(export.class_names), "folders": {folders[name]: name for name in folders}}
        write_json(to / CLASSES_FILE, described)
        notes.append(f"{CLASSES_FILE} has the classes in order, with their folders")
    unread = sorted({Path(name).suffix.lower() for _, name in placer.plan} - set(TORCHVISION_ENDINGS))
    if unread:
        notes.append(f"torchvision's ImageFolder passes over files that end in {', '.join(unread)}")
    return len(kept), notes + _empty(export, kept) + plan_notes(placer)


@folder("huggingface")
def write_huggingface(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
    """split/file, split/metadata.parquet (file_name, label, split, id, and true_label where the data have some) and a
    card, README.md: what `load_dataset(FOLDER)` and `load_dataset("imagefolder", data_dir=FOLDER)` read.

    label is a ClassLabel in the audit's order of classes: text would be read as numbers or dates where it looks so.
    """
    kept, placer = export.kept, Placer(export, to, how)
    folders = plain_names(dict.fromkeys(row.split for row in kept))
    position = positions(export, (row.true for row in kept))
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for row in kept:
        folder = folders[row.split]
        name = placer.place(row, folder).removeprefix(f"{folder}/")
        labels = [row.label, *([row.true] if export.has_true else [])]
        places = [None if label is None else position[label] for label in labels]
        tables.setdefault(folder, []).append((name, *places, row.split, row.key))
    notes = [f"split {name!r} is the folder {folder!r}" for name, folder in folders.items() if name != folder]
    if how != PLAN:
        for folder, rows in tables.items():
            columns = [list(column) for column in zip(*rows, strict=True)]
            write_parquet_file(
                pa.table(columns, schema=metadata_schema(export, list(position))), to / folder / "metadata.parquet"
            )
        (to / "README.md").write_text(_card(export, folders), encoding="utf-8")
    return len(kept), notes + _empty(export, kept) + plan_notes(placer)


def metadata_schema(export: Export, classes: Sequence[str]) -> pa.Schema:
    """The columns of metadata.parquet, with what Hugging Face's `datasets` reads from it: the classes by name."""
    labels = ["label", *(["true_label"] if export.has_true else [])]
    fields = [pa.field(name, pa.int64() if name in labels else pa.string()) for name in ("file_name", *labels, *TEXTS)]
    return pa.schema(fields, metadata={CLASS_LABELS: class_labels(labels, classes, ("file_name", *TEXTS))})


def _card(export: Export, folders: Mapping[str, str]) -> str:
    """A data set card that says which folder is which split: guessed from names, "test" in a file's name is one."""
    words = {split: HUGGINGFACE_SPLITS.get(split, re.sub(r"\W", "_", folder)) for split, folder in folders.items()}
    files = [{"split": words[split], "path": f"{folder}/**"} for split, folder in folders.items()]
    configs = [{"config_name": "default", "drop_labels": True, "data_files": files}]
    kept = export.kept
    counts = Counter(row.label for row in kept)
    differ = sum(row.label != row.given for row in kept)
    said = (
        f"{differ:,} labels differ from those the data came with, {len(export.rows) - len(kept):,} images are left out"
    )
    lines = [
        "---", 'task_categories: ["image-classification"]',
        f"configs: {json.dumps(configs, ensure_ascii=False)}", "---",
        "", f"# {_cell(export.audit)}", "",
        f"{len(kept):,} images with their labels {export.labels_are}, exported by Hardlook: {said}.",
        "", "| label | class | images |", "|---|---|---|",
        *(f"| {at} | {_cell(name)} | {counts[name]:,} |" for at, name in enumerate(export.class_names)),
        *([f"| | no label | {counts[None]:,} |"] if counts[None] else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text as it is in a Markdown table: on one line, and neither a column's end nor HTML."""
    escaped = "".join(f"\\{letter}" if letter in "|\\`*_[]<>#" else letter for letter in text)
    return " ".join(escaped.split()) or "\\"


def _empty(export: Export, kept: Sequence[ExportRow]) -> list[str]:
    missing = sorted(set(export.class_names) - {row.label for row in kept if row.label is not None})
    return [f"classes without an image: {some_of(missing, 20)}; name them with --classes"] if missing else []


def plan_notes(placer: Placer) -> list[str]:
    """What to say of an export that is only planned; its plan is written here."""
    if placer.how != PLAN:
        return []
    placer.to.mkdir(parents=True, exist_ok=True)
    _csv(placer.to / PLAN_FILE, ("from", "to"), placer.plan)
    return [f"nothing was copied; {placer.to.name}/{PLAN_FILE} says what would be"]


def write_json(path: Path, value: Any) -> None:
    """A value as one line of UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def _csv(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
