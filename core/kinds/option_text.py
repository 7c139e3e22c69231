"""Values of parameters as the command line takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def option_text(value: Any) -> str:
    """A text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def numbers_text(values: Sequence[float]) -> str:
    """Numbers with commas between them."""
    return ",".join(json.dumps(value) for value in values)
