"""Values of parameters as the command line takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..files.json_text import json_of


def option_text(value: Any) -> str:
    """A text as it is, anything else as JSON writes it; a text that would be read as JSON is quoted as JSON has it."""
    return value if isinstance(value, str) and not _is_json(value) else json.dumps(value)


def names_text(names: Sequence[str]) -> str:
    """Names with commas between them; as JSON where a comma or a blank at an end is part of a name."""
    text = ",".join(names)
    plain = all(name and name == name.strip() and "," not in name for name in names) and not text.startswith("[")
    return text if plain else json.dumps(list(names), ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json_of(text)
    except ValueError:
        return False
    return True


def numbers_text(values: Sequence[float]) -> str:
    """Numbers with commas between them."""
    return ",".join(json.dumps(value) for value in values)
