"""What a reproduction left out: kept whatever lies in its place and however much it is, and read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import Unreadable
from core.experiments.papers.tried import FILE, LARGEST, LONGEST, MOST, keep_tried, steps_tried
from core.store.audit import Audit, create_audit
from tests.store.tearing import NO_FILES, put_in_place_of


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return create_audit("a", tmp_path)


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_said_and_set_aside_when_it_is_written(audit: Audit, kind: str) -> None:
    path, said = audit.path / FILE, list[str]()
    put_in_place_of(path, kind)
    with pytest.raises(Unreadable, match=r"left-out\.json cannot be read"):
        steps_tried(audit)
    keep_tried(audit, "grid", ["left out: too few images"], said.append)
    assert steps_tried(audit) == {"grid": ("left out: too few images",)}
    assert [f"set aside as {FILE}.unreadable-1" in line for line in said] == [True]
    assert os.path.lexists(path.with_name(f"{FILE}.unreadable-1"))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, '{"steps": {"grid": 3}}', "1" * 5_000, " " * (LARGEST + 1)]
)
def test_what_no_hardlook_wrote_is_written_over(audit: Audit, text: str) -> None:
    (audit.path / FILE).write_text(text)
    with pytest.raises(Unreadable, match=r"left-out\.json cannot be read"):
        steps_tried(audit)
    keep_tried(audit, "grid", [])
    assert steps_tried(audit) == {"grid": ()}


@pytest.mark.parametrize("letter", ["x", "\0", "\N{GRINNING FACE}", "\udcff", '"', "y\n"])
def test_however_much_is_left_out_what_is_kept_can_be_read(audit: Audit, letter: str) -> None:
    reasons = [f"{number}: {letter * 200_000}" for number in range(MOST + 5)]
    steps = [f"step {number}" for number in range(14)]
    for step in steps:
        keep_tried(audit, step, reasons)
    kept = steps_tried(audit)
    assert list(kept) == steps
    assert (audit.path / FILE).stat().st_size <= LARGEST
    for lines in kept.values():
        assert [line.partition(":")[0] for line in lines] == [*map(str, range(MOST)), "and 5 more"]
        assert all(len(line) <= LONGEST for line in lines)


def test_a_reason_that_is_short_is_kept_as_it_was_said(audit: Audit) -> None:
    keep_tried(audit, "grid", ["left out: a: b. Run: hardlook embed"])
    assert steps_tried(audit) == {"grid": ("left out: a: b. Run: hardlook embed",)}
