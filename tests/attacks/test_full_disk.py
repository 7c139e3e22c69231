"""A few of the attacks of `full_disk.py`; the long form takes a hundred: `python -m tests.attacks.full_disk`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.bench import shared_bench
from tests.attacks.commands import WRITES
from tests.attacks.full_disk import DISK, Arena, attack_all, faults_of
from tests.disks import small_disk

SHORT = ("ingest", "embed", "train", "export as imagefolder", "report", "reviews --add-class")
"""Commands of the quick form: each way of writing once. The list of them all is `WRITES`."""


def test_the_quick_form_is_a_part_of_the_long_one() -> None:
    assert set(SHORT) <= WRITES.keys()


def test_a_traceback_or_an_error_without_the_disk_is_a_fault() -> None:
    assert faults_of(0, "done") == []
    assert faults_of(1, "error: The disk /x has 0 bytes free.") == []
    assert faults_of(1, "Traceback (most recent call last): OSError")
    assert faults_of(1, "error: It could not be written.")
    assert faults_of(-7, "")


@pytest.mark.slow
def test_commands_on_a_full_disk_say_so_and_finish_when_there_is_space(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with small_disk(tmp_path / "disk", DISK) as disk:
        assert attack_all(Arena(disk, shared_bench(tmp_path_factory)), SHORT, 9, 0, tmp_path) == {}
