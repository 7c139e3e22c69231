"""Every place of a file of decisions holds every hostile value once: it is read, or refused by row, field and limit."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput
from tests.fuzz.conftest import HOSTILE, KEYS, ROWS, TASKS, places, read_or_refused

DEEP = 100_000


def with_value(task: Any, way: tuple[Any, ...], value: Any) -> Any:
    """A task with one node replaced."""
    changed = copy.deepcopy(task)
    if not way:
        return copy.deepcopy(value)
    parent = changed
    for key in way[:-1]:
        parent = parent[key]
    parent[way[-1]] = copy.deepcopy(value)
    return changed


@pytest.mark.parametrize("task", [TASKS[0], ROWS[0]], ids=["json", "json-min"])
def test_any_value_in_any_place_of_a_label_studio_export(
    task: Any, take_in: Callable[[Path], object], tmp_path: Path
) -> None:
    file, outcomes = tmp_path / "tasks.json", []
    for way in places([task]):
        for value in HOSTILE:
            file.write_text(json.dumps(with_value([task], way, value)))
            outcomes.append(read_or_refused(partial(take_in, file), f"{way} {value!r:.60}"))
    assert 50 < sum(outcomes) < len(outcomes) - 50


@pytest.mark.parametrize("way", [way for way in places(TASKS[:1]) if way], ids=str)
def test_what_is_nested_a_hundred_thousand_deep_is_refused_in_words(
    way: tuple[Any, ...], take_in: Callable[[Path], object], tmp_path: Path
) -> None:
    file = tmp_path / "tasks.json"
    written = json.dumps(with_value(TASKS[:1], way, "HERE"))
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        file.write_text(written.replace('"HERE"', opening * DEEP + "1" + closing * DEEP))
        with pytest.raises(BadInput, match="nested too deeply"):
            take_in(file)


HEAD = "id,new_label,reviewer,seen,time,reason\n"
LIMITS = {
    "-1": ("seen", "-1", "not a number"), "٣": ("seen", "٣", "not a number"), "３": ("seen", "３", "not a number"),
    "²": ("seen", "²", "not a number"), "1_0": ("seen", "1_0", "not a number"), "1.5": ("seen", "1.5", "not a number"),
    str(2**63): ("seen", str(2**63), str(2**63 - 1)), "9" * 5000: ("seen", "999", str(2**63 - 1)),
}  # fmt: skip
TIMES = {
    "2999-01-01T00:00:00Z": "still to come", "٢٠٢٤-05-01": "no time that can be read", "-1": "no time that can be read",
    "yesterday": "no time that can be read", "0001-01-01T00:00:00+23:59": "no time that can be read",
}  # fmt: skip


@pytest.mark.parametrize("written", LIMITS)
def test_a_number_is_refused_by_its_row_its_field_and_its_limit(
    written: str, take_in: Callable[[Path], object], tmp_path: Path
) -> None:
    file = tmp_path / "d.csv"
    file.write_text(f"{HEAD}{KEYS[0]},dog,ann,0,,\n{KEYS[1]},dog,ann,{written},,\n")
    with pytest.raises(BadInput) as refused:
        take_in(file)
    for part in ("Row 2 of d.csv", *LIMITS[written]):
        assert part in refused.value.message


@pytest.mark.parametrize("written", TIMES)
def test_a_time_that_is_none_or_still_to_come_is_refused(
    written: str, take_in: Callable[[Path], object], tmp_path: Path
) -> None:
    file = tmp_path / "d.csv"
    file.write_text(f"{HEAD}{KEYS[0]},dog,ann,0,{written},\n")
    with pytest.raises(BadInput, match=f"Row 1 of d.csv: 'time' is .*, .*{TIMES[written]}"):
        take_in(file)


@pytest.mark.parametrize("field", range(3))
@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_field_as_long_as_a_file_is_refused_by_its_length(
    field: int, letter: str, take_in: Callable[[Path], object], tmp_path: Path
) -> None:
    cells = [KEYS[0], "dog", "ann"]
    cells[field] = letter * 200_000
    file = tmp_path / "d.csv"
    file.write_text(f"{HEAD}{','.join(cells)},0,,\n")
    with pytest.raises(BadInput, match="has 200,000 characters, and 10,000 are the most"):
        take_in(file)
