"""What CONTRIBUTING tells a newcomer: each of its five changes is made where it says, and nowhere else, and works.

In a copy of what git tracks: the changes themselves, then the tests of ours that find such things by themselves.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.newcomer.changes import CHANGES, Change

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMES = ("class_mean", "key_list", "mean_colour", "wide_images", "length")

pytestmark = pytest.mark.slow


def section(heading: str) -> str:
    """What CONTRIBUTING says under a heading of the third rank."""
    return CONTRIBUTING.split(f"\n### {heading}\n")[1].split("\n#")[0]


def places(heading: str) -> list[str]:
    """The files it names there, one a line of a numbered list, in that order."""
    return re.findall(r"^\d\. `([^`]+)`", section(heading), re.MULTILINE)


def as_named(path: str) -> str:
    """A newcomer's path with NAME, and the room of an answer with ROOM, where it chose its own."""
    for name in NAMES:
        path = re.sub(rf"(?<=[/_]){name}(?=\.py)", "NAME", path)
    return path.replace("answers/overview/", "answers/ROOM/")


@pytest.mark.parametrize("heading", CHANGES)
def test_a_newcomer_s_change_touches_the_places_that_are_named_and_no_others(heading: str) -> None:
    assert sorted(map(as_named, CHANGES[heading])) == sorted(places(heading))


def write(checkout: Path, change: Change) -> None:
    for path, what in change.items():
        target = checkout / path
        if isinstance(what, str):
            assert not target.exists(), path
            target.write_text(what, encoding="utf-8")
            continue
        lines = target.read_text(encoding="utf-8").splitlines()
        for anchor, added in what.pairs:
            (at,) = (i for i, line in enumerate(lines) if line.startswith(anchor))
            lines.insert(at + 1, added)
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, with all five changes."""
    made = tmp_path_factory.mktemp("newcomer") / "checkout"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, tracked):
        original, copy = ROOT / name.decode(), made / name.decode()
        if original.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(original.read_bytes())
    for change in CHANGES.values():
        write(made, change)
    return made


def run(checkout: Path, *words: str, audits: Path | None = None) -> None:
    """A Python of ours in that checkout; it has to succeed."""
    environment = {**os.environ, "HARDLOOK_AUDITS": str(audits or checkout / "audits")}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_each_of_them_works_as_its_user_would_use_it(checkout: Path, tmp_path: Path) -> None:
    run(checkout, "-m", "tests.newcomer.walk", str(tmp_path), audits=tmp_path)


def test_the_newcomer_s_code_is_in_the_house_s_style(checkout: Path) -> None:
    run(checkout, "-m", "ruff", "check", ".")


def test_tests_that_find_such_things_by_themselves_hold(checkout: Path) -> None:
    run(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", "tests/kinds",
        "tests/pages/test_wide_images.py", "tests/pages/test_listing.py", "tests/export/test_registry.py",
        "tests/test_structure.py::test_no_folder_holds_more_files_than_one_can_take_in",
        *(f"tests/encoders/test_registry.py::test_{name}" for name in (
            "listing_loads_neither_torch_nor_a_model_library", "weights_that_are_not_here_need_a_download",
            "a_family_is_registered_once_under_its_own_prefix")),
        "tests/pages/test_runs.py::test_every_page_of_figures_says_what_it_is_computed_from",
    )  # fmt: skip
    run(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "tests/scorers/test_conformance.py", "tests/pages/test_every_page.py", "tests/export/test_round_trips.py",
        "tests/test_docs.py", "-k", "class_mean or wide_images or keys or test_docs",
    )  # fmt: skip
