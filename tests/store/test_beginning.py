"""Whoever reads something into an audit finds it without what ended processes have left in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from core.files.leftovers import part_of_file
from core.store.beginning import begun_audit

_ENDED = """
import sys
from pathlib import Path
from core.files.leftovers import part_of_file
part = part_of_file(Path(sys.argv[1]))
part.touch()
Path(f"{part}.wal").touch()
"""


def test_an_audit_begun_again_has_no_parts_of_files_that_a_killed_process_was_writing(tmp_path: Path) -> None:
    with begun_audit("a", tmp_path) as audit:
        file = audit.items_file("0" * 32)
    subprocess.run([sys.executable, "-c", _ENDED, file], check=True)
    assert len(list(audit.path.glob(".*.part*"))) == 2
    ours = part_of_file(file)
    ours.touch()
    with begun_audit("a", tmp_path):
        assert list(audit.path.glob(".*.part*")) == [ours]
