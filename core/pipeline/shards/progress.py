"""How far the stages of a folder of shards are, from what lies in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...engines.ledger import Ledger, Standing
from ...remote.place import listed
from .begun import UnreadStage, begun_in
from .folder import ShardFolder
from .stage import StageSpec, ledger_of
from .stages import STAGES

LATELY = 50  # shards that the rate is told by


@dataclass(frozen=True)
class StageProgress:
    """A stage as it stands. total: shards of the folder. rate: shards a second lately, 0 where it cannot be told."""

    spec: StageSpec
    standing: Standing
    total: int
    rate: float

    @property
    def left(self) -> int:
        """Shards that are neither done nor quarantined."""
        return self.total - len(self.standing.done) - len(self.standing.quarantined)

    @property
    def seconds_left(self) -> float | None:
        """At the rate of lately; None where nobody works on it, or nothing is left."""
        return self.left / self.rate if self.left and self.rate and self.standing.claimed else None


@dataclass(frozen=True)
class StagesProgress:
    """All stages that were begun, in the order in which they are computed, and those that are passed over."""

    stages: list[StageProgress]
    passed_over: list[UnreadStage]


def progress_of(folder: ShardFolder) -> StagesProgress:
    """How far everything is. Raises Unreachable where the folder itself is out of reach."""
    order, begun = list(STAGES), begun_in(folder)
    found = []
    for spec in sorted(begun.read, key=lambda spec: order.index(spec.kind)):
        ledger = ledger_of(folder, spec)
        found.append(StageProgress(spec, ledger.standing(), folder.count, _rate(ledger)))
    return StagesProgress(found, begun.passed_over)


def _rate(ledger: Ledger) -> float:
    """Shards a second, of the last that appeared."""
    found = listed(ledger.folder).items()
    times = sorted(time for name, time in found if re.fullmatch(r"part-\d+\.\w+", name))[-LATELY:]
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0
