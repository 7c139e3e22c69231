"""Names of files as text, and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.images.filenames import from_text, to_text


@pytest.mark.parametrize("name", ["a.jpg", "caf\u00e9 \U0001f600.jpg", "a\nb'\"<b>.jpg", r"back\slash \x41.jpg"])
def test_names_that_are_text_are_kept(name: str) -> None:
    assert to_text(name) == name == from_text(name)


def test_undecodable_names_are_escaped_and_found_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    assert to_text(name) == r"caf\xe9.png"
    assert from_text(to_text(name)) == name
    (tmp_path / r"caf\xe9.png").touch()
    literal = str(tmp_path / r"caf\xe9.png")
    assert from_text(literal) == literal
