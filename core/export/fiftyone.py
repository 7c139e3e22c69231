"""FiftyOne's data set folder: samples with every score, and the same labels in its plain format of classifications."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..types import DIRECTIONS
from .destination import PLAN, Placer
from .folders import plan_notes, write_json
from .registry import folder
from .rows import Export, ExportRow

SAMPLES, METADATA, LABELS, DATA = "samples.json", "metadata.json", "labels.json", "data"
GROUND_TRUTH, SUGGESTED = "ground_truth", "suggested"
OWN_FIELDS = frozenset({
    "id", "filepath", "tags", "metadata", "created_at", "last_modified_at", "label", "confidence", "logits", "frames",
    "group", "attributes", "key", "split", "given_label", "verdict", "mistakenness", "doubted", GROUND_TRUTH,
    SUGGESTED,
})  # fmt: skip
"""Names of fields that FiftyOne keeps for itself, or that are written here: no score can have one of them."""


@folder("fiftyone", scores=True, sends_score=True)
def write_fiftyone(export: Export, to: Path, how: str) -> tuple[int, list[str]]:
    """data/, samples.json with metadata.json (a `FiftyOneDataset`), and labels.json (a
    `FiftyOneImageClassificationDataset`, which keeps no tags).

    A sample has its key, its split as a tag, the suggested class (the likeliest but the given one), whether the label
    is doubted, and every score under its own name. mistakenness is the suspicion: in FiftyOne it is high for suspected
    labels, as ours. `key` and not `id`: that is FiftyOne's own.
    """
    kept, placer = export.kept, Placer(export, to, how)
    fields = score_fields(export)
    position = {name: index for index, name in enumerate(export.class_names)}
    samples: list[dict[str, Any]] = []
    labels: dict[str, Any] = {}
    for number, row in enumerate(kept):
        # FiftyOne finds a label by the file's name without its ending, so that must be one of its own.
        name = placer.place(row, DATA, prefix=f"{number:07d}-")
        scores = _scores(export, fields, row)
        samples.append(_sample(row, name, scores))
        about = {"key": row.key, "split": row.split, SUGGESTED: row.suggested, **_attributes(row), **scores}
        target = None if row.label is None else {"label": position[row.label], "attributes": about}
        labels[str(Path(name.removeprefix(f"{DATA}/")).with_suffix(""))] = target
    if how != PLAN:
        to.mkdir(parents=True, exist_ok=True)
        write_json(to / SAMPLES, {"samples": samples})
        write_json(to / METADATA, {"media_type": "image", "info": _info(export, fields)})
        write_json(to / LABELS, {"classes": list(export.class_names), "labels": labels})
    return len(kept), [*_renamed(fields), *plan_notes(placer)]


def score_fields(export: Export) -> dict[str, str]:
    """Score -> the field it is written to: its own name, unless FiftyOne could not read that as one."""
    return {
        score.name: score.name if score.name.isidentifier() and _is_free(score.name) else f"score_{index}"
        for index, score in enumerate(export.scores)
    }


def _is_free(name: str) -> bool:
    return name not in OWN_FIELDS and not name.startswith("_")


def _sample(row: ExportRow, name: str, scores: Mapping[str, float]) -> dict[str, Any]:
    sample: dict[str, Any] = {"filepath": name, "tags": [row.split], "key": row.key, **_attributes(row), **scores}
    if row.label is not None:
        sample[GROUND_TRUTH] = {"_cls": "Classification", "label": row.label}
    if row.suggested is not None:
        sample[SUGGESTED] = {"_cls": "Classification", "label": row.suggested}
    return {field: value for field, value in sample.items() if value is not None}


def _attributes(row: ExportRow) -> dict[str, Any]:
    mistakenness = {} if row.score is None else {"mistakenness": row.score, "doubted": row.doubted}
    return {"given_label": row.given, "verdict": row.state.verdict if row.state else None, **mistakenness}


def _scores(export: Export, fields: Mapping[str, str], row: ExportRow) -> dict[str, float]:
    """The scores that an image has: JSON has no number that is none."""
    values = {fields[score.name]: float(score.values[row.image_id]) for score in export.scores}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def _info(export: Export, fields: Mapping[str, str]) -> dict[str, Any]:
    """What becomes the data set's `default_classes` and `info`."""
    directions = {fields[score.name]: f"{score.name}: {DIRECTIONS[score.direction]}" for score in export.scores}
    splits = sorted({row.split for row in export.kept})
    return {
        "default_classes": list(export.class_names),
        "hardlook": {"audit": export.audit, "scores": directions, "mistakenness": export.score, "splits": splits},
    }


def _renamed(fields: Mapping[str, str]) -> list[str]:
    return [f"the score {name!r} is the field {field!r}" for name, field in fields.items() if name != field]
