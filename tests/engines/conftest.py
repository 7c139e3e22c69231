"""A ledger of toy shards, and actors of a session of Ray that a file's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engines.ledger import Ledger
from core.engines.ray_actors import ShardActors
from core.engines.ray_session import RaySession
from core.progress import Quiet
from tests.engines.on_ray import Lasting


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "stage", ".txt")
    made.begin()
    return made


@pytest.fixture(scope="module")
def session() -> Iterator[RaySession]:
    lasting = Lasting(None)
    lasting.begin(2)
    yield lasting
    RaySession.end(lasting)


@pytest.fixture
def actors(session: RaySession) -> Iterator[ShardActors]:
    with ShardActors(session, 2, 1000, 0.0, Quiet()) as two:
        yield two
