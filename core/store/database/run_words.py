"""What a run says of itself, held to what everybody who reads it relies on: types, limits, the words of its kind.

DuckDB's checksums tell that a row is as it was written, and not by whom: another Hardlook may mean other things.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...kinds.json_types import SECONDS, TABLE, TABLE_OF_TEXTS, TEXT, WHOLE, JsonType
from ...kinds.registry import find_kind
from .damage import ANOTHER_HARDLOOK

LARGEST = 4_000_000
"""Characters of a run's inputs or parameters, which names of many thousand classes need; a hundred are usual."""

OF_SPEC = {"kind": TEXT, "name": TEXT, "inputs": TABLE_OF_TEXTS, "parameters": TABLE, "seed": WHOLE, "weights": TEXT}
OF_RUN = {**OF_SPEC, "seconds": SECONDS, "created": TEXT, "versions": TABLE_OF_TEXTS, "revision": TEXT}
"""Field -> what it has to be, of a `RunSpec` and of a `Run`."""


def lacking_in(value: Any, wanted: Mapping[str, JsonType]) -> str:
    """Why a value has not these fields, as a part of a sentence; "" where it has. Others may stand beside them."""
    if not isinstance(value, dict):
        return f"it says {shown(value)} of itself"
    for name, kind in wanted.items():
        if name not in value:
            return f"it does not say its {name}"
        if not kind.holds(value[name]):
            return f"its {name} is {shown(value[name])}, and not {kind.says}"
    return ""


def wrong_with(value: Any, run_id: str, wanted: Mapping[str, JsonType]) -> str:
    """Why this is not what the run of that id says of itself; "" where it is. wanted: OF_SPEC or OF_RUN."""
    if lacking := lacking_in(value, wanted):
        return f"{lacking}: {ANOTHER_HARDLOOK}"
    if not run_id.startswith(f"{value['kind']}-"):
        return f"it says that it is of the kind {shown(value['kind'])}"
    known = find_kind(value["kind"])
    for name, kind in known.reads.items() if known else ():
        if name in value["parameters"] and not kind.holds(given := value["parameters"][name]):
            return f"its parameter {name} is {shown(given)}, and not {kind.says}: {ANOTHER_HARDLOOK}"
    return ""


def shown(value: Any) -> str:
    """The beginning of a value, for a message."""
    return json.dumps(value, default=str)[:60]
