"""An audit as large as ImageNet's training set, without its images: python -m tests.benchmarks.dashboard.large FOLDER.

1,281,167 images in 1,000 classes, twelve scores that hang together, two networks, an embedding, points of a map. They
share 5,000 thumbnails, and have no files behind them. About four minutes and 2.5 GB; kept in FOLDER and used again.
"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image, ImageDraw

from core.store.audit import Audit, create_audit
from core.store.database import schema
from core.store.database.partial import connect_for_writing
from core.store.thumbnails import ThumbnailWriter
from core.store.writer import insert, open_run, publish_file
from core.types import Floats, Ints, RunSpec
from tests.benchmarks.reporting import say_conditions

LARGE = "large"
IMAGENET, CLASSES, HELD_OUT, THUMBNAILS, DIMENSION = 1_281_167, 1_000, 50_000, 5_000, 64
ITEMS = "imagenetsize"


def large_audit(folder: Path, n: int = IMAGENET, k: int = CLASSES, name: str = LARGE) -> Audit:
    """The audit, made unless it is there whole."""
    done = folder / name / "complete"
    if done.exists():
        return Audit(folder / name)
    audit = create_audit(name, folder)
    rng = np.random.default_rng(0)
    # Image ids are in the order of keys, and keys begin with the class.
    labels = np.sort(rng.integers(0, k, n)).astype(np.int32)
    held_out = np.zeros(n, bool)
    held_out[rng.choice(n, min(HELD_OUT, n // 4), replace=False)] = True
    difficulty = rng.standard_normal(n, dtype=np.float32)
    wrong = rng.random(n) < np.where(difficulty > 1, 0.2, 0.02)  # labels that a suspicious score should find
    _items(audit, labels, held_out, rng, k)
    _thumbnails(audit, rng, min(THUMBNAILS, n))
    embed = _embedding(audit, labels, rng, k)
    networks = [_network(audit, name, labels, held_out, difficulty, wrong, k, seed) for seed, name in enumerate(
        ("resnet18", "resnet50"))]  # fmt: skip
    _scores(audit, labels, difficulty, wrong, embed, networks[0], rng, k)
    _points(audit, labels, embed, rng, k)
    done.touch()
    return audit


def _items(audit: Audit, labels: Ints, held_out: Any, rng: np.random.Generator, k: int) -> None:
    partial, n = audit.path / "items.partial", len(labels)
    connection = connect_for_writing(partial)
    connection.execute(schema.items({}))
    connection.execute("ALTER TABLE images ADD COLUMN camera VARCHAR")
    side = rng.integers(300, 600, n).astype(np.int32)
    connection.register("given", pa.table({
        "i": np.arange(n, dtype=np.int32), "label": labels, "held_out": held_out, "side": side,
        "camera": rng.integers(0, 6, n).astype(np.int32),
    }))  # fmt: skip
    connection.execute(
        """INSERT INTO images BY NAME
           SELECT i AS image_id, printf('n%04d/%08d.jpg', label, i) AS key, printf('/none/%08d.jpg', i) AS path, label,
                  CASE WHEN held_out THEN 'validation' ELSE 'train' END AS split, side AS width, 375 AS height,
                  'RGB' AS mode, 'JPEG' AS format, 110000 AS bytes, printf('%032x', i % ?) AS content_hash,
                  'camera ' || camera AS camera FROM given ORDER BY i""",
        [THUMBNAILS],
    )
    connection.execute("INSERT INTO classes SELECT i::INTEGER, printf('class %03d', i) FROM range(?) AS t(i)", [k])
    insert(connection, "source", {
        "path": ["/none"], "kind": ["synthetic"], "parameters": ["{}"], "fingerprint": [ITEMS],
        "created": ["2026-01-01T00:00:00+00:00"], "note": ["Drawn at random; there are no images behind it."],
    })  # fmt: skip
    publish_file(connection, partial, audit.items_file(ITEMS))
    audit.write_manifest(items=ITEMS)


def _thumbnails(audit: Audit, rng: np.random.Generator, count: int) -> None:
    """Coloured pictures of about the bytes that a photograph's thumbnail has."""
    with ThumbnailWriter(audit) as writer:
        for i in range(count):
            grain = rng.integers(0, 255, (24, 32, 3), dtype=np.uint8)
            picture = Image.fromarray(grain).resize((160, 120), Image.Resampling.BICUBIC)
            ImageDraw.Draw(picture).text((6, 6), str(i), fill="white")
            out = BytesIO()
            picture.save(out, "WEBP", method=0, quality=75)
            writer.add([(f"{i:032x}", out.getvalue())])


def _publish(
    audit: Audit, kind: str, name: str, tables: Any, *, inputs: Any = None, d: int = 0, k: int = 0, **parameters: Any
) -> str:
    spec = RunSpec(kind, name, {"items": ITEMS, **(inputs or {})}, {"labels": "given", **parameters})
    with open_run(audit, spec, d=d, k=k) as writer:
        for unit, rows in enumerate(tables):
            writer.commit(str(unit), rows, seconds=1.0)
        writer.publish()
    print(f"{kind} {name}", flush=True)
    return str(writer.run_id)


def _embedding(audit: Audit, labels: Ints, rng: np.random.Generator, k: int) -> str:
    centres = rng.standard_normal((k, DIMENSION), dtype=np.float32)

    def blocks() -> Any:
        for start in range(0, len(labels), 122_880):
            ids = np.arange(start, min(start + 122_880, len(labels)), dtype=np.int32)
            noise = rng.standard_normal((len(ids), DIMENSION), dtype=np.float32)
            yield {"embedding": {"image_id": ids, "vector": noise + centres[labels[ids]]}}

    return _publish(audit, "embed", "random", blocks(), d=DIMENSION, dimension=DIMENSION)


def _network(
    audit: Audit, name: str, labels: Ints, held_out: Any, difficulty: Floats, wrong: Any, k: int, seed: int
) -> str:
    rng, n = np.random.default_rng(100 + seed), len(labels)
    confidence = (1 / (1 + np.exp(0.9 * difficulty - 2 + 0.5 * rng.standard_normal(n)))).astype(np.float32)
    errs = wrong | (rng.random(n) > confidence ** np.where(held_out, 1.3, 0.3))
    other = (labels + rng.integers(1, k, n)) % k
    predicted = np.where(errs, other, labels).astype(np.int32)
    top5 = pa.FixedSizeListArray.from_arrays(
        pa.array(((predicted[:, None] + np.arange(5)) % k).astype(np.int32).ravel()), 5
    )  # fmt: skip
    ids = np.arange(n, dtype=np.int32)
    prediction = {
        "image_id": ids, "predicted": predicted, "confidence": confidence, "entropy": (1 - confidence) * 4,
        "max_logit": confidence * 12, "loss": -np.log(np.where(errs, 1 - confidence, confidence) + 1e-6),
        "correct": ~errs, "top5": top5, "trained_on": ~held_out,
    }  # fmt: skip

    def blocks() -> Any:
        yield {"prediction": prediction}
        for start in range(0, n, 20_480):  # probabilities of the held-out images; NULL costs nothing for the others
            part = ids[start : start + 20_480]
            probs = np.full((len(part), k), np.nan, np.float32)
            here = held_out[part]
            probs[here] = ((1 - confidence[part][here]) / (k - 1))[:, None]
            probs[here, predicted[part][here]] = confidence[part][here]
            yield {"probability": {"image_id": part, "probs": probs}}

    return _publish(audit, "train", name, blocks(), k=k, epochs=90, model=name)


def _scores(
    audit: Audit, labels: Ints, difficulty: Floats, wrong: Any, embed: str, train: str, rng: np.random.Generator, k: int
) -> None:
    n = len(labels)
    ids = np.arange(n, dtype=np.int32)
    doubt = difficulty + 3 * wrong
    suggested = np.where(wrong | (rng.random(n) < 0.01), (labels + 1 + rng.integers(0, k - 1, n)) % k, labels)
    runs: tuple[tuple[str, dict[str, tuple[Floats, int | None]], str], ...] = (
        ("rmd", {"rmd": (40 * doubt, 1), "rmd_oof": (41 * doubt, 1), "rmd_margin": (30 * doubt, 1)}, "encoder"),
        ("suspicion", {"suspicion": (1 / (1 + np.exp(3 - doubt)), 1)}, "encoder"),
        ("knn", {"knn": (np.clip(doubt / 6 + 0.2, 0, 1), 1)}, "encoder"),
        ("vog", {"vog_probability_early": (np.exp(-difficulty), None), "vog_probability_late": (np.exp(doubt), None),
                 "vog_logit_late": (np.exp(0.1 * doubt), None)}, "model"),
        ("entropy", {"entropy": (difficulty, 1)}, "model"),
        ("loss_mean", {"loss_mean": (np.abs(doubt), 1)}, "model"),
        ("data_map", {"p_label_mean": (1 / (1 + np.exp(doubt - 1)), -1),
                      "p_label_sd": (0.3 * np.exp(-((doubt - 1) ** 2)), None)}, "model"),
    )  # fmt: skip
    for run, columns, made_from in runs:
        tables: list[dict[str, Any]] = []
        for name, (clean, direction) in columns.items():
            noise = np.float32(clean.std()) * rng.standard_normal(n, dtype=np.float32)
            value = (clean + 0.5 * noise).astype(np.float32)
            if name in ("suspicion", "p_label_mean", "p_label_sd"):
                value = np.clip(value, 0, 1)  # it is a chance, or of one, and pages take it for that
            names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([name])).cast(pa.string())
            score = {"name": names, "image_id": ids, "value": value}
            tables.append({
                "score": {**score, "suggested_label": suggested.astype(np.int32)} if made_from == "encoder" else score,
                "score_column": {
                    "name": [name], "scorer": [run], "parameters": ["{}"],
                    "encoder_run": [embed if made_from == "encoder" else ""],
                    "model_run": [train if made_from == "model" else ""], "direction": [direction],
                    "fitted_on": ["training split, out of fold" if name.endswith("oof") else "training split"],
                    "reason": [""],
                },
            })  # fmt: skip
        _publish(audit, "score", run, tables, inputs={"embed": embed, "train": train})


def _points(audit: Audit, labels: Ints, embed: str, rng: np.random.Generator, k: int) -> None:
    centres = rng.standard_normal((k, 2)) * 10
    points = (centres[labels] + rng.standard_normal((len(labels), 2))).astype(np.float32)
    ids = np.arange(len(labels), dtype=np.int32)
    table = {"image_id": ids, "x": points[:, 0], "y": points[:, 1]}
    _publish(audit, "project", "lda", [{"point": table}], inputs={"embed": embed}, method="lda")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=IMAGENET)
    options = parser.parse_args()
    say_conditions("a large audit")
    large_audit(options.folder, options.images)
