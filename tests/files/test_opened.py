"""What cannot be read is not kept open: not by the error, and not by what is remembered of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import HardlookError, Unreadable
from core.reviews import open_journal
from core.store import views
from core.store.audit import Audit
from core.store.thumbnails import ThumbnailWriter, path_of
from core.store.vectors import StoredVectors
from tests.audits import Made, build_audit

DESCRIPTORS = Path("/proc/self/fd")
pytestmark = pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="Linux alone lists the open files of a process")


def open_below(folder: Path) -> list[str]:
    """Names of the files in a folder that this process has open."""
    found = []
    for descriptor in os.listdir(DESCRIPTORS):
        try:
            found.append(Path(os.readlink(DESCRIPTORS / descriptor)))
        except FileNotFoundError:  # the one that listed them
            continue
    return [path.name for path in found if folder in path.parents]


def spoil(path: Path) -> None:
    """Leave nothing of a file that its library would know."""
    path.write_bytes(b"x" * max(path.stat().st_size, 9000))


def journal(made: Made) -> tuple[Path, Callable[[], object]]:
    open_journal(made.audit).close()
    return made.audit.path / "reviews.sqlite", lambda: open_journal(made.audit)


def images(made: Made) -> tuple[Path, Callable[[], object]]:
    return made.audit.items_path, lambda: views.open_hub(made.audit, ())


def run_of_a_hub(made: Made) -> tuple[Path, Callable[[], object]]:
    run = made.audit.latest("embed")
    return made.audit.run_path(run.run_id), lambda: views.open_hub(made.audit, [run])


def vectors(made: Made) -> tuple[Path, Callable[[], object]]:
    run = made.audit.latest("embed")
    return made.audit.run_path(run.run_id), lambda: StoredVectors(made.audit, run.run_id)


@pytest.mark.parametrize("kind", [journal, images, run_of_a_hub, vectors])
def test_a_file_that_cannot_be_read_is_let_go_while_its_error_is_kept(
    kind: Callable[[Made], tuple[Path, Callable[[], object]]], tmp_path: Path
) -> None:
    path, use = kind(build_audit(tmp_path, n=12))
    spoil(path)
    with pytest.raises(HardlookError) as kept:
        use()
    assert path.name in kept.value.message
    assert open_below(tmp_path) == []


def test_a_run_that_is_passed_over_keeps_no_other_file_open(tmp_path: Path) -> None:
    """It is found to be damaged while a hub is made, which has the images and other runs open by then."""
    audit = build_audit(tmp_path, n=12).audit
    spoil(audit.run_path(audit.latest("embed").run_id))
    hub = views.open_hub(audit)
    assert open_below(tmp_path)
    hub.connection.close()
    del hub
    assert [damaged.path.name for damaged in Audit(audit.path).unreadable_runs()]
    assert open_below(tmp_path) == []


def test_thumbnails_that_cannot_be_begun_are_let_go(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=12).audit
    path_of(audit).parent.mkdir(exist_ok=True)
    path_of(audit).unlink(missing_ok=True)
    path_of(audit).with_name(f"{path_of(audit).name}-wal").mkdir()
    with pytest.raises(Unreadable, match=r"thumbnails\.sqlite cannot be read"):
        ThumbnailWriter(audit)
    assert open_below(tmp_path) == []
