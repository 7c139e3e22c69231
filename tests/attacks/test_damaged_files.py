"""A short run of what `python -m tests.attacks.damaged_files` does at length."""

from __future__ import annotations

import random
from pathlib import Path

from core.cli.app import PANELS
from tests.attacks.damage import DAMAGES, UNDAMAGED, folders_of_shards, originals
from tests.attacks.damaged_files import Case, attack, every_case
from tests.attacks.readers_of_audits import COMMANDS, OVER_SHARDS, READ_NO_AUDIT

READ_STOPPED = ("hardlook runs", "hardlook report", "page runs", "page overview")
QUICK = ("hardlook runs", "hardlook reviews", "hardlook export", "hardlook report", "page overview", "page runs")


def test_every_command_is_attacked() -> None:
    names = {example.split()[0] for commands in PANELS.values() for example in commands.values()}
    assert names == {*COMMANDS, *READ_NO_AUDIT}
    assert {name for name, why in READ_NO_AUDIT.items() if "OVER_SHARDS" in why} <= set(OVER_SHARDS) <= names


def test_a_damaged_file_is_named_or_does_not_matter(tmp_path: Path) -> None:
    whole, other = originals(tmp_path)
    rng = random.Random(1)
    of_manifest = [Case("audit.json", damage, rng.choice(QUICK)) for damage in DAMAGES]
    others = [case for case in every_case(whole) if case.reader in QUICK and case.file != "audit.json"]
    undamaged = [Case("audit.json", UNDAMAGED, reader) for reader in QUICK]
    result = attack([*undamaged, *of_manifest, *rng.sample(others, 16)], tmp_path / "cases", whole, other)
    assert result.faults == []
    assert result.outcomes["works"] > 5
    assert result.outcomes["says what is wrong"] > 5


def test_a_damaged_file_of_a_stopped_run_stops_nothing(tmp_path: Path) -> None:
    """Its command goes on from what is whole, and everything else does as if it was not there."""
    whole, other = originals(tmp_path)
    rng = random.Random(2)
    files = [str(path.relative_to(whole)) for path in sorted((whole / "runs").glob("*.p*"))]
    assert [file.rpartition(".")[2] for file in files] == ["partial", "progress"]
    damages = [(file, damage) for file in files for damage in DAMAGES]
    cases = [Case(*each, "hardlook project") for each in damages]
    cases += [Case(*each, rng.choice(READ_STOPPED)) for each in rng.sample(damages, 6)]
    result = attack(cases, tmp_path / "cases", whole, other)
    assert result.faults == []
    assert result.outcomes == {"works": len(cases)}


def test_a_damaged_file_of_shards_is_named_or_does_not_matter(tmp_path: Path) -> None:
    whole, other = folders_of_shards(tmp_path)
    rng, quick = random.Random(1), ("shards runs", "shards lens")
    said = [Case(file, damage, quick[0]) for damage in DAMAGES for file in ("shards.json", a_stage(whole))]
    others = [case for case in every_case(whole, quick) if not case.file.endswith(".json")]
    of_all = [Case("shards.json", UNDAMAGED, f"shards {name}") for name in OVER_SHARDS]
    result = attack([*of_all, *said, *rng.sample(others, 16)], tmp_path / "cases", whole, other)
    assert result.faults == []
    assert result.outcomes["works"] > 10
    assert result.outcomes["says what is wrong"] > 5


def a_stage(shards: Path) -> str:
    """The stage.json of the embedding."""
    (file,) = shards.glob("embed-*/stage.json")
    return str(file.relative_to(shards))
