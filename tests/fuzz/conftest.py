"""Files of decisions and what is thrown at them; whatever is in a file, it is read or refused in words, and soon."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import HardlookError
from core.export.decision_tables import read_answers
from core.export.decisions_in import import_answers
from core.export.rows import collect
from core.reviews import open_journal
from tests.audits import build_audit

LONGEST_S = 10.0
CLASSES = ("cat", "dog", "eel")
KEYS = tuple(f"{name}/{i}.png" for name in CLASSES for i in range(4))
HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, -(2**70), 1e308, float("nan"), float("inf"), "", " ", "\x00", "\ud800", "x" * 200_000,
    [], {}, [None], [[[]]], {"choices": None}, {"choices": [1]}, {"choices": ["dog"] * 1000}, "http://[", "../..",
    "data:image/png,", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "=cmd|' /C calc'!A0", "🐈" * 50,
    "٣", "-1", "²", "2999-01-01T00:00:00Z", "yesterday", -0.5, 2**63 - 1, "9" * 5000,
)  # fmt: skip


def choices(label: str) -> dict[str, Any]:
    return {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [label]}}


TASKS = [
    {"id": i, "data": {"image": f"/data/upload/1/{key}", "key": key, "content_hash": "", "seen": 0},
     "annotations": [{"completed_by": {"id": 1, "email": "a@b.c"}, "created_at": "2024-05-01T12:00:00Z",
                      "result": [choices("dog")]}], "drafts": [], "predictions": []}
    for i, key in enumerate(KEYS[:4])
]  # fmt: skip
ROWS = [
    {"image": "x", "id": i, "key": key, "label": "dog", "annotator": 1, "annotation_id": i, "lead_time": 3.2}
    for i, key in enumerate(KEYS[:4])
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every node of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, inner in items for each in places(inner, (*path, key)))]


def read_or_refused(work: Callable[[], object], what: str) -> bool:
    """Whether a file was read. Fails on any other error than a refusal in words, on warnings, and on a long wait."""
    started = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            work()
        read = True
    except HardlookError as error:
        assert 0 < len(error.message) < 4000, what  # noqa: PT017  # the message is what is tested, of many files
        read = False
    assert time.perf_counter() - started < LONGEST_S, what
    return read


@pytest.fixture
def take_in(tmp_path: Path) -> Iterator[Callable[[Path], object]]:
    """What the command does with a file, for an audit that is opened once."""
    audit = build_audit(tmp_path / "audits", n=12, runs=False, classes=CLASSES, files=KEYS).audit
    rows, journal = collect(audit), open_journal(audit)
    yield lambda file: import_answers(journal, rows, file, read_answers(file, CLASSES), reviewer="somebody")
    journal.close()
