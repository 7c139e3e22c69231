"""The stages that were begun in a folder of shards, each by its stage.json: written, read, and passed over by name.

What a file of it says is known by the name of its folder, which is a hash of it. So damage is told from what another
version of Hardlook wrote, and whoever computes a stage, and knows what it is, writes a damaged one anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...engines.ledger import Ledger
from ...errors import BadInput, HardlookError, Unreachable, Unreadable
from ...files.leftovers import set_aside
from ...progress import warning
from ...remote.place import modified, names, whole_at
from .folder import ShardFolder, refuse_out_of_reach
from .stage import StageSpec, kind_of_stage, ledger_of, place_of_stage
from .stored.spec import read_spec, spec_text

SPEC = "stage.json"
BEGUN_BY = "The command that began it, with the same options, writes the file anew and keeps all that it has made."
FORMS = range(1, 30)
"""Forms that a stage of another version may be of."""


class OtherVersion(HardlookError):
    """A stage is of another Hardlook: nothing is wrong with it, and it is not what is computed now."""


@dataclass(frozen=True)
class UnreadStage:
    """The folder of a stage that is passed over. error: Unreadable, Unreachable or OtherVersion."""

    name: str
    error: HardlookError


@dataclass(frozen=True)
class BegunStages:
    """The stages of a folder, the oldest first, and those that are passed over, by name."""

    read: list[StageSpec]
    passed_over: list[UnreadStage]


def begin(folder: ShardFolder, spec: StageSpec) -> Ledger:
    """Make a stage's folder and say in it what it is. Raises DiskFull, Unreachable."""
    ledger = ledger_of(folder, spec)
    ledger.begin()
    keep_spec(folder, spec)
    return ledger


def keep_spec(folder: ShardFolder, spec: StageSpec) -> None:
    """Have the folder of a stage say what it is: what is damaged there is written anew, and said.

    Raises DiskFull, Unreachable.
    """
    file = place_of_stage(folder, spec.name) / SPEC
    try:
        _read(folder, spec.name)
        return  # its name says that it is the same
    except FileNotFoundError:
        pass
    except Unreadable as error:
        warning(f"{error.message} It is written anew; all that the stage has made stays.")
    if isinstance(file, Path) and file.is_dir() and not file.is_symlink():  # no file takes the name of a folder
        set_aside(file, "it is a folder")
    with whole_at(file) as part:
        part.write_text(spec_text(spec.kind, spec.inputs, spec.parameters), encoding="utf-8")


def stages_of(folder: ShardFolder, kind: str | None = None) -> list[StageSpec]:
    """The stages that were begun, of all kinds or one, the oldest first. What is damaged is said and passed over.

    Raises Unreachable where one is out of reach of this machine: without it another would be begun in its place.
    """
    found = begun_in(folder, kind)
    for one in found.passed_over:
        if isinstance(one.error, Unreachable):
            raise one.error
        if not isinstance(one.error, OtherVersion):
            _say_once(f"{one.name} is passed over. {one.error}")
    return found.read


def begun_in(folder: ShardFolder, kind: str | None = None) -> BegunStages:
    """The stages that were begun, of all kinds or one, and those that are passed over, with why."""
    found, passed_over = [], []
    for name in sorted(_called_after(folder, kind)):
        try:
            spec = _known(name, _read(folder, name))
            found.append((modified(folder.path / name / SPEC), name, spec))
        except (Unreadable, Unreachable, OtherVersion) as error:
            passed_over.append(UnreadStage(name, error))
        except FileNotFoundError:  # a folder that is no stage's, or one that is just begun
            if any(one.startswith("part-") for one in names(folder.path / name)):
                gone = Unreadable(folder.path / name / SPEC, "it is not there", BEGUN_BY)
                passed_over.append(UnreadStage(name, gone))
    return BegunStages([spec for *_, spec in sorted(found, key=lambda one: one[:2])], passed_over)


def spec_named(folder: ShardFolder, name: str) -> StageSpec:
    """The stage of that name. Raises BadInput with those there are, Unreadable, Unreachable and OtherVersion."""
    try:
        if kind_of_stage(name):
            return _known(name, _read(folder, name))
    except FileNotFoundError:
        pass
    there = ", ".join(spec.name for spec in stages_of(folder)) or "none"
    raise BadInput(f"{folder.name} has no stage {name!r}; there is: {there}.", "Name one.")


def _called_after(folder: ShardFolder, kind: str | None) -> Iterator[str]:
    """The names of stages of a kind, or of all."""
    return (name for name in names(folder.path) if (of := kind_of_stage(name)) and kind in (None, of))


def _read(folder: ShardFolder, name: str) -> StageSpec:
    """What a stage's folder says of it. Raises FileNotFoundError, Unreadable, Unreachable, and OtherVersion where it is
    of another form."""
    file = folder.path / name / SPEC
    try:
        spec = StageSpec(**read_spec(file))
    except (OSError, ValueError) as error:
        refuse_out_of_reach(error, file, folder.path)
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise FileNotFoundError(error.errno, error.strerror, str(file)) from error
        raise Unreadable(file, getattr(error, "strerror", None) or str(error), BEGUN_BY) from error
    if spec.name == name:
        return spec
    if name in map(spec.name_in, FORMS):
        raise OtherVersion(f"{name} is of another version of Hardlook: what it holds is computed anew.")
    raise Unreadable(file, "what it says is not what its folder is called after", BEGUN_BY)


def _known(name: str, spec: StageSpec) -> StageSpec:
    """The same, where it is of a kind that is known, and says what others ask of it. Raises OtherVersion."""
    from .stages import STAGES

    if spec.kind not in STAGES:
        raise OtherVersion(f"{name} is of another version of Hardlook: this one knows no stage {spec.kind!r}.")
    for need in STAGES[spec.kind].needs:
        if need not in spec.inputs and need not in spec.parameters:
            raise OtherVersion(f"{name} is of another version of Hardlook: it says no {need!r}.")
    return spec


@cache
def _say_once(text: str) -> None:
    warning(text)
