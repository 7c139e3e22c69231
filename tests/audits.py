"""Builds real audits for tests of what reads them: synthetic pictures, hostile names, runs by the real writer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.store.audit import Audit, create_audit
from core.store.database import schema
from core.store.thumbnails import ThumbnailWriter
from core.store.writer import RunWriter, insert, open_run
from core.types import RunSpec

HOSTILE_CLASS = "<img src=x onerror=alert(1)>"
HOSTILE_FILE = "a & b <script>alert(2)<!script> 'x' \"y\" **bold** [l](http:!!e) $x$ :red[z].png"
CLASS_NAMES = ("shirt", HOSTILE_CLASS, "T-shirt/top", "ankle boot", "Ünïcode ‮ltr", "a_very_long_class_name_" * 3)
LONG_CLASSES = (
    "Rhodesian ridgeback dog (adult)", "Rhodesian ridgeback dog (puppy)", "Rhodesian ridgeback dog (old, greying)",
    "hospital waste container, yellow, closed", "hospital waste container, yellow, open", "cat",
    "screwdriver_phillips_head_size_2_insulated_handle_red", "screwdriver_phillips_head_size_2_insulated_handle_blue",
    "European goldfinch (Carduelis carduelis), juvenile", "European greenfinch (Chloris chloris), juvenile",
)  # fmt: skip
"""Ten classes whose names differ at their ends."""

SHAPES = ((28, 28), (28, 28), (160, 100), (60, 120), (200, 200))
FINGERPRINT = "feedbeef0123"


@dataclass(frozen=True)
class Made:
    """A built audit with the arrays that went in, for tests to compare with. values: score name -> (n,) float32."""

    audit: Audit
    labels: NDArray[np.int32]
    splits: NDArray[np.str_]
    keys: list[str]
    predicted: NDArray[np.int32]
    values: dict[str, NDArray[np.float32]]


def build_audit(
    folder: Path, name: str = "sample", *, n: int = 120, n_classes: int = 5, runs: bool = True, labelled: bool = True,
    unfinished: bool = False, evaluated: bool = True, tested: Sequence[int] | None = None, seed: int = 0,
    classes: Sequence[str] = (), files: Sequence[str] = (), computable: bool = False,
) -> Made:  # fmt: skip
    """An audit of n pictures under `folder`/`name`, with every kind of run the pages read, or none of them.

    tested: labels of the only classes that lie outside the training split; None for all. classes, files: class names
    and keys to have instead, as many keys as pictures. computable: with vectors that differ and a model's
    probabilities, of which commands can compute something.
    """
    rng = np.random.default_rng(seed)
    audit = create_audit(name, folder)
    names = list(classes) or [*CLASS_NAMES, *(f"class {i:04d}" for i in range(n_classes))][:n_classes]
    n_classes = len(names)
    labels = rng.permutation(np.arange(n, dtype=np.int32) % max(n_classes, 1))
    splits = np.where(rng.random(n) < 0.7, "train", "test")
    if tested is not None:
        splits = np.where(np.isin(labels, tested), splits, "train")
    keys = list(files) or [HOSTILE_FILE if i == 0 else f"{i:06d}.png" for i in range(n)]
    _write_items(audit, folder / f"{name}-images", keys, names, labels if labelled else None, splits, rng)
    predicted = np.where(rng.random(n) < 0.75, labels, rng.integers(0, max(n_classes, 1), n)).astype(np.int32)
    rmd = rng.normal(size=n).astype(np.float32) * 100
    rmd[-3:] = np.nan
    values = {"rmd": rmd, "vog_logit_late": rng.gamma(2.0, size=n).astype(np.float32)}
    made = Made(audit, labels, splits, keys, predicted, values)
    if runs:
        _write_runs(made, names, labelled, computable)
        if evaluated and labelled:
            _write_metrics(made)
    if unfinished:
        spec = RunSpec("train", "resnet8", {"items": FINGERPRINT}, {"epochs": 20})
        with open_run(audit, spec, k=n_classes):
            pass
    return made


def _write_items(
    audit: Audit, images: Path, keys: list[str], names: list[str], labels: Any, splits: Any, rng: np.random.Generator
) -> None:
    images.mkdir(parents=True)
    rows: dict[str, list[Any]] = {name: [] for name in ("path", "width", "height", "content_hash", "bytes")}
    thumbnails = []
    for i, key in enumerate(keys):
        width, height = SHAPES[i % len(SHAPES)]
        picture = Image.fromarray(rng.integers(0, 256, (7, 7, 3), np.uint8)).resize((width, height), i % 2)
        path = images / f"{i:06d}-{key.replace('/', '!')[:60]}.png"
        picture.save(path, compress_level=1)
        data = path.read_bytes()
        small, out = picture.copy(), BytesIO()
        small.thumbnail((160, 160))
        small.save(out, "WEBP", method=0)
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        thumbnails.append((digest, out.getvalue()))
        for column, value in zip(rows, (str(path), width, height, digest, len(data)), strict=True):
            rows[column].append(value)
    with ThumbnailWriter(audit) as writer:
        writer.add(thumbnails)
    n = len(keys)
    with duckdb.connect(str(audit.items_file(FINGERPRINT))) as connection:
        connection.execute(schema.items({}))
        columns = {
            "image_id": np.arange(n, dtype=np.int32), "key": keys, **rows, "label": None if labels is None else labels,
            "split": splits.tolist(), "mode": ["RGB" if i % 7 else "L" for i in range(n)], "format": ["PNG"] * n,
        }  # fmt: skip
        insert(connection, "images", {name: value for name, value in columns.items() if value is not None})
        insert(connection, "classes", {"label": list(range(len(names))), "name": names})
        insert(connection, "refused", {
            "key": ["broken.jpg", HOSTILE_FILE], "path": ["/data/broken.jpg", "/data/x"],
            "reason": ["truncated", "not an image"], "detail": ["1,024 bytes", HOSTILE_CLASS],
        })  # fmt: skip
        insert(connection, "identity", {"fingerprint": [FINGERPRINT]})
        insert(connection, "source", {
            "path": [str(images)], "kind": ["folder"], "parameters": ["{}"], "fingerprint": [FINGERPRINT],
            "created": ["2025-01-01T00:00:00+00:00"], "note": [f"8 % of the labels were planted wrong {HOSTILE_CLASS}"],
        })  # fmt: skip
    audit.write_manifest(items=FINGERPRINT)


def publish(
    audit: Audit, kind: str, name: str, tables: Any, *, inputs: Any = None, d: int = 4, k: int = 0, **parameters: Any
) -> str:
    """Write and publish one run; its id."""
    spec = RunSpec(kind, name, {"items": FINGERPRINT, **(inputs or {})}, {"labels": "given", **parameters})
    writer: RunWriter
    with open_run(audit, spec, d=d, k=k) as writer:
        writer.commit("all", tables, seconds=12.5)
        writer.publish()
    return writer.run_id


def _write_runs(made: Made, names: list[str], labelled: bool, computable: bool) -> None:
    n, k = len(made.labels), len(names)
    ids = np.arange(n, dtype=np.int32)
    vectors = np.random.default_rng(0).normal(size=(n, 4)) if computable else np.zeros((n, 4))
    embed = publish(made.audit, "embed", "embedded", {"embedding": {
        "image_id": ids, "vector": vectors.astype(np.float32)}})  # fmt: skip
    others = (made.predicted[:, None] + np.arange(1, min(5, k))) % k
    correct = [bool(a == b) if labelled else None for a, b in zip(made.predicted, made.labels, strict=True)]
    probable = np.where(np.arange(k) == made.predicted[:, None], 0.8125, 0.1875 / max(k - 1, 1)).astype(np.float32)
    train = publish(made.audit, "train", "resnet8", {"prediction": {
        "image_id": ids, "predicted": made.predicted, "confidence": np.full(n, 0.8125, np.float32),
        "entropy": np.full(n, 0.5, np.float32), "max_logit": np.full(n, 3.0, np.float32),
        "loss": np.full(n, 0.25, np.float32), "correct": correct, "trained_on": made.splits == "train",
        "top5": np.concatenate([made.predicted[:, None], others], axis=1).tolist(),
    }, **({"probability": {"image_id": ids, "probs": probable}} if computable else {})}, k=k, epochs=20)  # fmt: skip
    suggested = np.where(ids % 4 == 0, (made.labels + 1) % k, made.labels).astype(np.int32)
    rmd, vog = made.values["rmd"], made.values["vog_logit_late"]
    columns = score_columns("rmd", rmd, 1, embed, "", suggested)
    publish(made.audit, "score", "rmd", columns, inputs={"embed": embed}, pca="auto")
    columns = score_columns("vog_logit_late", vog, None, "", train, None)
    publish(made.audit, "score", "vog", columns, inputs={"train": train})


def score_columns(
    name: str, value: Any, direction: int | None, encoder: str, model: str, suggested: Any
) -> dict[str, Any]:
    n = len(value)
    score = {"name": [name] * n, "image_id": np.arange(n, dtype=np.int32), "value": value}
    return {
        "score": score if suggested is None else {**score, "suggested_label": suggested},
        "score_column": {
            "name": [name], "scorer": [name.split("_")[0]], "parameters": ["{}"], "encoder_run": [encoder],
            "model_run": [model], "direction": [direction], "fitted_on": ["train split"], "reason": [""],
        },
    }  # fmt: skip


def _write_metrics(made: Made) -> None:
    train = made.audit.runs("train")[0].run_id
    scores = {run.name: run.run_id for run in made.audit.runs("score")}
    rows = [
        ("accuracy", train, "all", 0.712, 0.651, 0.766, 240), ("ece", train, "all", 0.0741, 0.052, 0.101, 240),
        ("accuracy", train, "class shirt", 0.5, 0.3, 0.7, 20),
        ("error_auroc", f"{scores['rmd']}:rmd", "all", 0.71, 0.62, 0.79, 240),
        ("error_auroc", f"{scores['vog']}:vog_logit_late", "all", 0.52, 0.44, 0.60, 240),
        ("direction", f"{scores['vog']}:vog_logit_late", "all", 0.0, None, None, 240),
    ]  # fmt: skip
    names = ("name", "subject", "slice", "value", "low", "high", "n")
    columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    metric = {"metric": {**columns, "note": [""] * len(rows)}}
    publish(made.audit, "evaluate", "resnet8", metric, inputs={"train": train})


def publish_map(made: Made, seed: int = 0) -> str:
    """Points of a projection of every image, within -1..1; the run's id."""
    x, y = np.random.default_rng(seed).uniform(-1, 1, (2, len(made.labels))).astype(np.float32)
    points = {"image_id": np.arange(len(x), dtype=np.int32), "x": x, "y": y}
    embed = made.audit.latest("embed").run_id
    return publish(made.audit, "project", "pca", {"point": points}, inputs={"embed": embed})
