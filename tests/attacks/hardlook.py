"""The command as it is attacked: `hardlook`, whose demo audits the data set of the bench instead of the bundled one."""

from __future__ import annotations

import core.__main__  # isort: skip - how threads wait is settled before a numeric library loads

import os
from pathlib import Path

from tests.attacks.bench import SAMPLE_VARIABLE


def main() -> None:
    """Run the command line."""
    from core.pipeline import ingest

    sample = Path(os.environ[SAMPLE_VARIABLE])
    ingest.sample_path = lambda: sample
    core.__main__.main()


if __name__ == "__main__":
    main()
