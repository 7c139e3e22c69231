"""The command as it is attacked: `hardlook`, whose demo audits the data set of the bench instead of the bundled one."""

from __future__ import annotations

import core.__main__  # isort: skip - how threads wait is settled before a numeric library loads

import os
from pathlib import Path

from core.pipeline import ingest
from tests.attacks.bench import SAMPLE_VARIABLE


def _sample() -> Path:
    return Path(os.environ[SAMPLE_VARIABLE])


ingest.sample_path = _sample  # here, for Ctrl-C within `main` before the command's own first line would be a traceback

main = core.__main__.main

if __name__ == "__main__":
    main()
