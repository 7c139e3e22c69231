"""stage.json: what a stage computes. It is written and read here alone, and checked whole.

Its folder is called after a hash of it, so that whoever reads it knows whether it is still what was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ....remote.place import Place
from .json_files import by_name, is_object, parsed, wrong_with

LARGEST = 1 << 24  # bytes; a model says all its classes and checkpoints
_KIND = re.compile(r"\w[\w-]{0,60}", re.ASCII)
_INPUT = re.compile(r"\w[\w.+-]{0,199}", re.ASCII)  # it is joined to a path


def spec_text(kind: str, inputs: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
    """The file."""
    return json.dumps({"kind": kind, "inputs": dict(inputs), "parameters": dict(parameters)}, indent=1) + "\n"


def read_spec(file: Place) -> dict[str, Any]:
    """kind, inputs and parameters. Raises OSError, Unreachable, and ValueError with what is wrong as a part of a
    sentence."""
    said = parsed(file, LARGEST)
    if what := wrong_with(said, _NEEDED, {}):
        raise ValueError(what)
    return {name: said[name] for name in _NEEDED}


_NEEDED = {
    "kind": lambda value: isinstance(value, str) and bool(_KIND.fullmatch(value)),
    "inputs": by_name(lambda value: isinstance(value, str) and bool(_INPUT.fullmatch(value))),
    "parameters": is_object,
}
