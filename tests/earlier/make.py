"""Make the audit of an earlier version that test_earlier.py opens. Run it in a checkout of the version to be kept:

    python tests/earlier/make.py FOLDER        writes FOLDER/earlier.zip: the audit, its images, and figures.json

The audit holds 120 of the bundled images in three classes, one embedding, one small network with three checkpoints, its
scores, an evaluation, the planes of the map, and six decisions of two reviewers. figures.json is what that version said
of it: every score of every image and every row of the metric table, so that a later version can be held against it.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
from PIL import Image

ROOT = Path.cwd()
CLASSES, EACH = ("T-shirt/top", "Trouser", "Sneaker"), 40


def main(folder: Path) -> None:
    """Write the archive."""
    folder.mkdir(parents=True, exist_ok=True)
    write_images(folder / "images.npz")
    run(folder, "ingest", "images.npz", "--audit", "earlier", "--true-label-key", "true", "--split-key", "split",
        "--classes", ",".join(CLASSES))  # fmt: skip
    run(folder, "embed", "--image-size", "32")
    run(folder, "train", "--model", "resnet8_w8", "--epochs", "3")
    for scorer in ("rmd", "knn", "suspicion", "duplicates", "loss_mean", "margin", "vog"):
        run(folder, "score", scorer)
    run(folder, "project", "--method", "pca")
    run(folder, "project", "--method", "lda")
    run(folder, "evaluate")
    write_decisions(folder)
    audit = folder / "audits" / "earlier"
    (folder / "figures.json").write_text(json.dumps(figures(audit), separators=(",", ":")))
    with zipfile.ZipFile(folder / "earlier.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in (folder / "images.npz", folder / "figures.json", *sorted(audit.rglob("*"))):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


def write_images(path: Path) -> None:
    """The first bundled images of each class: a quarter of them in the test split, every eighth mislabelled."""
    table = pq.read_table(ROOT / "data" / "fashion-mnist-5k.parquet")
    true = np.array(table["true_label"].to_pylist())
    names = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]["true_label"]["names"]
    rows = np.concatenate([np.flatnonzero(true == names.index(name))[:EACH] for name in CLASSES])
    images = [np.array(Image.open(io.BytesIO(table["image"][int(row)].as_py()["bytes"])).convert("L")) for row in rows]
    labels = np.repeat(np.arange(len(CLASSES)), EACH)
    given = np.where(np.arange(len(rows)) % 8 == 0, (labels + 1) % len(CLASSES), labels)
    split = np.where(np.arange(len(rows)) % 4 == 3, "test", "train")
    np.savez_compressed(path, images=np.stack(images), labels=given, true=labels, split=split)


def write_decisions(folder: Path) -> None:
    """Six decisions of two people, through the command."""
    keys = [f"{row:03d}" for row in (0, 8, 16, 1, 2, 24)]
    for reviewer, some in (("ada", keys[:4]), ("ben", keys[4:])):
        lines = ["id,new_label,verdict,reason"]
        lines += [f"{key},{CLASSES[0]},{'relabelled' if int(key) >= EACH else 'confirmed'},looked at" for key in some]
        (folder / "decisions.csv").write_text("\n".join(lines) + "\n")
        run(folder, "import-decisions", "decisions.csv", "--reviewer", reviewer)


def figures(audit: Path) -> dict[str, object]:
    """Scores by name, metric rows, and run ids, read from the files themselves."""
    scores: dict[str, list[float | None]] = {}
    metrics: list[list[object]] = []
    for path in sorted((audit / "runs").glob("*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
            if "score" in tables:
                for name, value in connection.execute(
                    "SELECT name, value FROM score ORDER BY name, image_id"
                ).fetchall():
                    scores.setdefault(f"{path.stem}:{name}", []).append(
                        None if value is None or value != value else value
                    )
            if "metric" in tables:
                query = "SELECT name, subject, slice, value, low, high, n FROM metric ORDER BY ALL"
                metrics += [list(row) for row in connection.execute(query).fetchall()]
    return {
        "runs": sorted(path.stem for path in (audit / "runs").glob("*.duckdb")),
        "scores": scores,
        "metrics": metrics,
    }


def run(folder: Path, *command: str) -> None:
    """One command of the version in the current folder."""
    environment = {**os.environ, "HARDLOOK_AUDITS": str(folder / "audits"), "PYTHONPATH": str(ROOT), "USER": "ada"}
    subprocess.run([sys.executable, "-m", "core", *command, "--quiet"], cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
