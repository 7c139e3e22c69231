"""JSON of others: read within limits, or one error with its reason; a file of it is a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.files.json_text import DEEPEST, MOST_DIGITS, json_in, json_of

BROKEN = {
    "nothing": "", "half": '{"a": [1', "deeper than Python goes": "[" * 100_000, "closed": "[" * 20_000 + "]" * 20_000,
    "deeper than is followed": "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
    "objects": '{"a":' * 200 + "1" + "}" * 200, "digits": "1" * 5_000, "digits inside": f'{{"a": [-{"1" * 41}]}}',
    "bytes": "\x00\x01", "half a character": '"\\ud800', "words": "later",
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_json_or_goes_beyond_a_limit_is_one_error(kind: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json_of(BROKEN[kind])


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert json_of('"abc"', 5) == "abc"
    with pytest.raises(ValueError, match="it has 5 characters, and 4 are the most"):
        json_of('"abc"', 4)


@pytest.mark.parametrize("value", [None, True, 0, -(10 ** (MOST_DIGITS - 2)), 0.5, "a", [], {"a": [{"b": None}]}])
def test_what_is_within_them_is_read(value: object) -> None:
    assert json_of(json.dumps(value)) == value


def test_as_deep_as_is_allowed_can_be_written_again() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert json.dumps(json_of(text)) == text


def test_a_file_is_read_and_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    with pytest.raises(FileNotFoundError):
        json_in(path, 100)
    path.write_text('{"a": "ä"}', encoding="utf-8")
    assert json_in(path, 100) == {"a": "ä"}
    with pytest.raises(ValueError, match="it has 11 bytes, and 10 are the most"):
        json_in(path, 10)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="it is no JSON"):
        json_in(path, 10)
    pipe, folder, circle = tmp_path / "pipe", tmp_path / "folder", tmp_path / "circle"
    os.mkfifo(pipe)
    folder.mkdir()
    circle.symlink_to(circle)
    for odd in (pipe, folder):
        with pytest.raises(ValueError, match="it is no file"):
            json_in(odd, 100)
    with pytest.raises(OSError, match="symbolic links"):
        json_in(circle, 100)
