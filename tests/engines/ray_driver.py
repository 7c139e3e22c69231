"""A driver of Ray to be ended: twelve slow shards, and what it says of Ray's usage reports first.

Run: python -m tests.engines.ray_driver FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from core.engines.ledger import Ledger
from core.engines.ray_actors import ShardActors
from core.engines.ray_session import FOLDER, RaySession
from core.files.temporary import OWNER
from core.processes.identity import own_mark
from core.progress import Quiet
from tests.engines.on_ray import drive


class Watch:
    """Notes what the variable of the usage reports says when Ray is first imported."""

    seen: str | None = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "ray" and self.seen is None:
            self.seen = os.environ.get("RAY_USAGE_STATS_ENABLED")


def folder_of_this_process() -> Path:
    """Where Ray keeps the files of what this process has started."""
    (owner,) = [path for path in Path("/tmp").glob(f"{FOLDER}*/{OWNER}") if path.read_text() == own_mark()]
    return owner.parent


def main(place: Path) -> None:
    assert "ray" not in sys.modules
    watch = Watch()
    sys.meta_path.insert(0, watch)
    session = RaySession(None)
    session.begin(2)
    from ray._common.usage.usage_lib import usage_stats_enabled

    folder = folder_of_this_process()
    reports = [str(path) for path in folder.rglob("usage_stats.json")]
    said = {"seen": watch.seen, "on": usage_stats_enabled(), "reports": reports, "folder": str(folder)}
    print(json.dumps(said), flush=True)
    with ShardActors(session, 2, 1000, 0.0, Quiet()) as actors:
        drive(Ledger(place, ".txt"), 12, actors, 0.2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
