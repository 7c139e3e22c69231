"""A manifest with every kind of bad image in it: each refused with its reason, and the audit completes."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli.app import main
from core.store import tallies, views
from core.store.audit import find_audit

HOSTILE_CLASS = "<img src=x onerror=alert(1)>"
CLASSES = (HOSTILE_CLASS, "plain")


def png(shade: int, size: int = 24) -> bytes:
    pixels = np.random.default_rng(shade).integers(0, 100, (size, size, 3), dtype=np.uint8) + np.uint8(shade % 150)
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def bomb() -> bytes:
    data = bytearray(png(0))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


def rows(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """path, label, id, and the reason to expect, "" for a good image."""
    files = {
        "cut.png": (png(1)[:300], "truncated"),
        "empty.png": (b"", "zero bytes"),
        "text.jpg": (b"hello", "not an image"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
        "bomb.png": (bomb(), "decompression bomb"),
    }
    for name, (data, reason) in files.items():
        (folder / name).write_bytes(data)
        yield name, "plain", name, reason
    (folder / "folder.png").mkdir()
    yield "folder.png", "plain", "folder.png", "unreadable"
    yield "gone.png", "plain", "gone.png", "missing file"
    (folder / "zebra.png").write_bytes(png(2))
    yield "zebra.png", "zebra", "zebra.png", "unknown label"
    (folder.parent / "outside.png").write_bytes(png(3))
    yield "../outside.png", "plain", "outside.png", "outside the roots"
    for i in range(40):
        name = f'it\'s "{i}" & é\n<b>.png' if i < 4 else f"{i}.png"
        (folder / name).write_bytes(png(i + 10))
        yield name, CLASSES[i % 2], f"id {i}", ""
    yield "39.png", "plain", "id 0", "duplicate id"


def test_every_bad_image_is_refused_with_its_reason_and_the_audit_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    listed = list(rows(folder))
    with open(folder / "list.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "id"])
        writer.writerows(row[:3] for row in listed)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    classes = tmp_path / "classes.txt"
    classes.write_text("\n".join(CLASSES), encoding="utf-8")
    arguments = [
        "audit",
        str(folder / "list.csv"),
        "--classes",
        str(classes),
        "--encoder",
        "embedded",
        "--model",
        "resnet8",
    ]
    monkeypatch.setattr("sys.argv", ["hardlook", *arguments, "--epochs", "2"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    said = capsys.readouterr().out
    assert "40 images · 2 classes" in said
    assert "10 refused" in said
    hub = views.open_hub(find_audit("list"))
    refused = {row["key"]: row["reason"] for row in tallies.refused_files(hub, 100)}
    for _, _, key, reason in listed:
        if reason:
            assert reason in refused[key], (key, refused[key])
    assert len(refused) == sum(bool(reason) for *_, reason in listed)
    assert {run.kind for run in hub.runs} == {"embed", "train", "score", "evaluate", "project"}
