"""Wrong labels planted on a copy of the data's, and which score finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..self_test.self_test import seconds_left, self_test
from .steps import Task, step

QUICK: Mapping[str, Any] = {"rates": (10.0, 20.0), "draws": 2, "images": 1000}
"""With --quick: two rates and draws, and fewer images."""


def asked(task: Task) -> Mapping[str, Any]:
    """What is planted; the command's own defaults in full."""
    return QUICK if task.scale.few else {}


def seconds(task: Task) -> float:
    """Of the draws, by a trial. Raises as `self_test`."""
    return seconds_left(task.audit, **asked(task))


@step(
    "self-test", "plant wrong labels on a copy of the labels, and see which score finds them", place=50, seconds=seconds
)
def planted(task: Task) -> None:
    """On the newest embedding. Raises as `self_test`."""
    self_test(task.audit, task.reporter, **asked(task))
