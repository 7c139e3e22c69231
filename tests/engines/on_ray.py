"""What the tests over Ray share: when they run, a session that lasts, and waiting for what other processes do."""

from __future__ import annotations

import importlib.util
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.engines.driving import run_shards
from core.engines.ledger import Ledger
from core.engines.ray_actors import ShardActors
from core.engines.ray_session import RaySession
from tests.engines.toy import begun, toy

ROOT = Path(__file__).parents[2]
HERE = importlib.util.find_spec("ray") is not None
OVER_RAY = [
    pytest.mark.slow,
    # Elsewhere whoever has not installed the extra tests the rest; in CI a missing Ray fails.
    pytest.mark.skipif(not HERE and "CI" not in os.environ, reason="pip install 'hardlook[ray]' for Ray itself"),
]
ENDS_WITHIN = 30.0  # seconds in which Ray's processes notice that their driver is gone


class Lasting(RaySession):
    """Begun once for all tests of a file: a start takes longer than any of them."""

    def end(self) -> None:
        """When all are through."""


def drive(ledger: Ledger, count: int, actors: ShardActors, seconds: float = 0.0) -> Counter[str]:
    """Have the shards done; how often each was begun."""
    run_shards(ledger, range(count), toy(ledger, seconds), actors, lambda standing: None)
    return begun(ledger)


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)  # looks again: nothing tells
