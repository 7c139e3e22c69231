"""Every file and folder that a command writes has the rights that the user's umask leaves, the journal's too."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path

import pytest

from tests.cli.as_process import run_command
from tests.pictures import write_images

COMMANDS = (
    "ingest {photos} --audit a", "embed --audit a --encoder embedded", "project --audit a --method pca",
    "score duplicates --audit a", "import-decisions {place}/decisions.csv --audit a", "reviews --audit a",
    "export --audit a --format manifest --to {place}/out/manifest.csv", "report --audit a --to {place}/out/report.html",
    "export --audit a --format imagefolder --to {place}/out/folder",
    "export --audit a --format journal --to {place}/out/j.csv",
)  # fmt: skip


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o002])
def test_every_file_has_what_the_umask_leaves(umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos, place = tmp_path / "photos", tmp_path / "place"
    write_images(photos, 6)
    (place / "out").mkdir(parents=True)
    first = sorted(path.relative_to(photos) for path in photos.rglob("*.png"))[0]
    (place / "decisions.csv").write_text(f"id,verdict,reviewer\n{first},excluded,ann\n")
    monkeypatch.setenv("HARDLOOK_AUDITS", str(place / "audits"))
    before = {place, place / "out", place / "decisions.csv"}
    for command in COMMANDS:
        ended = run_command(command.format(photos=photos, place=place).split(), partial(os.umask, umask))
        assert ended.code == 0, ended.err
    written = [path for path in place.rglob("*") if path not in before]
    assert any(path.name == "reviews.sqlite" for path in written)
    wrong = {
        str(path.relative_to(place)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in written
        if stat.S_IMODE(path.stat().st_mode) != (0o777 if path.is_dir() else 0o666) & ~umask
    }
    assert wrong == {}
