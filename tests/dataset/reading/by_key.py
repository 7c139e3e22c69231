"""Small inputs of many kinds, and what was read of each image by its key."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from core.dataset import Dataset


def png(value: int = 0, size: tuple[int, int] = (6, 4)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (value % 256, value // 256, 7)).save(out, "PNG")
    return out.getvalue()


def put(folder: Path, name: str, data: bytes | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(zlib.crc32(os.fsencode(name)) % 60_000) if data is None else data)
    return path


def column(dataset: Dataset, name: str) -> list[Any]:
    table = dataset.images if name in dataset.images.column_names else dataset.metadata
    assert table is not None
    return table[name].to_pylist()  # type: ignore[no-any-return]


def labels(dataset: Dataset) -> dict[str, str | None]:
    """Key to class name."""
    given = zip(column(dataset, "key"), column(dataset, "label"), strict=True)
    return {key: None if label is None else dataset.classes[label] for key, label in given}


def reasons(dataset: Dataset) -> dict[str, str]:
    return {each.key: each.reason for each in dataset.refused}


def said(dataset: Dataset) -> list[str]:
    """What was understood, one text a line."""
    return [line.text for line in dataset.understood]


def csv(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
