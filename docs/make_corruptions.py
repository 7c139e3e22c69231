"""Draws docs/corruptions.png from bundled images: .venv/bin/python docs/make_corruptions.py"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.corruptions.contact_sheet import contact_sheet  # noqa: E402
from core.files.whole import whole_file  # noqa: E402


def bundled(rows: range) -> list[np.ndarray]:
    """Those rows of the bundled images as (28, 28, 3) uint8."""
    table = pq.read_table(ROOT / "data" / "fashion-mnist-5k.parquet")
    stored = [table["image"][row].as_py() for row in rows]
    return [np.asarray(Image.open(BytesIO(each["bytes"])).convert("RGB")) for each in stored]


if __name__ == "__main__":
    sheet = contact_sheet(bundled(range(4600, 4608)), side=84).quantize(64)
    with whole_file(ROOT / "docs" / "corruptions.png") as part:
        sheet.save(part, "PNG", optimize=True)
