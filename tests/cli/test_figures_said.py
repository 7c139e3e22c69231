"""Of every figure that any command prints its reader can tell whether it was counted, estimated or assumed.

What computes a run is held to it in `tests/kinds/test_repeat.py`, which runs all of that once; here are the others.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.attacks.bench import COMMAND, shared_bench
from tests.attacks.commands import WRITES
from tests.attacks.forked import Forge
from tests.kinds.test_repeat import COMMANDS
from tests.pages.figures_said import unsaid_in_text

COMPUTES = {shlex.split(line)[0] for line in COMMANDS}
HERE = [
    name
    for name, line in WRITES.items()  # those that only read list names, licences and sections of papers
    if shlex.split(line)[0] not in COMPUTES or "shards" in line or name == "train of seeds"
]


@pytest.mark.slow
def test_every_figure_that_any_other_command_prints_says_what_it_is(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of the commands of the table, on an audit in which each finds what it works on."""
    bench = shared_bench(tmp_path_factory)
    one, said = bench.copied(tmp_path / "copy"), tmp_path / "said.txt"
    missing = {}
    with Forge(COMMAND, one.environment()) as forge:
        for name in HERE:
            shutil.rmtree(one.folder)
            bench.copied(one.folder)
            forge.start(one.words(name), one.work, said)
            assert forge.code() == 0, said.read_text("utf-8")
            missing[name] = unsaid_in_text(said.read_text("utf-8"))
    assert not {name: lines for name, lines in missing.items() if lines}


def test_a_line_that_says_nothing_of_its_figure_is_found() -> None:
    assert unsaid_in_text("done\n\nright on 84 % [82, 86] of 1,000 images") == [
        "right on 84 % [82, 86] of 1,000 images"
    ]
    assert not unsaid_in_text("right on 84 % [82, 86] of 1,000 images, counted\n\nwritten: out.html (1.2 MB)")
