"""What a stage is: a function of one shard that makes one file, and where its files lie.

A stage is called after what it is made of, so that a change of anything makes another stage and never half of one. Its
folder holds `stage.json`, a file for each shard, and files of what all shards add up to, each called after the shards
that went in.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...engines.ledger import Ledger
from ...errors import BadInput, Unreadable
from ...files.arrays import named_arrays
from ...files.arrow import BROKEN_TABLE, readable, write_parquet_file
from ...files.broken import reason_of
from ...files.space import needing_space
from ...files.temporary import temporary_folder
from ...remote.place import APlace, Place, UrlPath, modified, names, whole_at
from ...store.writer import fingerprint
from .folder import ShardFolder, refuse_out_of_reach

Arrays = Mapping[str, Any]
TABLE, ARRAYS, RECORDS = ".parquet", ".npz", ".npy"
"""Of a file that a pa.Table, arrays by name, or one array of records is written to."""
SPEC = "stage.json"
_STAGE = re.compile(r"([\w-]+)-[0-9a-f]{12}")


@dataclass(frozen=True)
class StageSpec:
    """What a stage computes. inputs: role -> what it is made of. parameters: JSON values."""

    kind: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its folder's: equal names mean equal files."""
        from .stages import form_of

        form = form_of(self.kind)
        parameters = {**self.parameters, **({"form": form} if form > 1 else {})}
        return f"{self.kind}-{fingerprint(self.kind, dict(self.inputs), parameters)}"


class Stage(ABC):
    """A stage of one folder of shards. Kept by the process that computes it: what it loads, it loads once.

    form: raised where its files come to hold something else, which makes another stage of it. That of a scorer, by
    which its stage is named, goes in as well.
    """

    kind: ClassVar[str]
    ending: ClassVar[str] = TABLE
    form: ClassVar[int] = 1

    def __init__(self, folder: ShardFolder, spec: StageSpec) -> None:
        self.folder, self.spec = folder, spec
        self.ledger = ledger_of(folder, spec)

    def ready(self) -> None:  # noqa: B027 - most stages need nothing
        """Load what every shard is computed with. What it raises is of this machine, and no shard is blamed for it."""

    @abstractmethod
    def shard(self, number: int) -> pa.Table | Arrays | NDArray[Any]:
        """What the file of a shard holds; a function of that shard and of what the stage is made of."""

    def read(self, number: int) -> Any:
        """The file of a shard. Raises BadInput where it is not there, Unreadable where it is damaged."""
        return read_part(self.ledger.part(number))


class SummedStage(Stage):
    """A stage whose files add up to one that later stages read."""

    @abstractmethod
    def merge(self, numbers: Sequence[int]) -> Arrays:
        """What the files of these shards add up to, added in their order."""


def place_of_stage(folder: ShardFolder, name: str) -> APlace:
    """The folder of a stage."""
    return folder.path / name


def ledger_of(folder: ShardFolder, spec: StageSpec) -> Ledger:
    """Of a stage, begun or not."""
    from .stages import STAGES

    return Ledger(place_of_stage(folder, spec.name), STAGES[spec.kind].ending)


def begin(folder: ShardFolder, spec: StageSpec) -> Ledger:
    """Make a stage's folder and say in it what it is. Raises DiskFull."""
    ledger = ledger_of(folder, spec)
    ledger.begin()
    file = ledger.folder / SPEC
    if not file.exists():
        said = {"kind": spec.kind, "inputs": dict(spec.inputs), "parameters": dict(spec.parameters)}
        with whole_at(file) as part:
            part.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return ledger


def stages_of(folder: ShardFolder, kind: str | None = None) -> list[StageSpec]:
    """The stages that were begun, of all kinds or one, the oldest first."""
    begun = [match for name in names(folder.path) if (match := _STAGE.fullmatch(name)) and kind in (None, match[1])]
    found = []
    for name in sorted(match[0] for match in begun):
        with suppress(FileNotFoundError):  # a folder that is no stage's, or one that is just begun
            found.append((modified(folder.path / name / SPEC), name, _spec_in(folder, name)))
    return [spec for _, name, spec in sorted(found, key=lambda one: one[:2]) if name == spec.name]


def spec_named(folder: ShardFolder, name: str) -> StageSpec:
    """The stage of that name. Raises BadInput with those there are."""
    with suppress(FileNotFoundError):
        if _STAGE.fullmatch(name) and (spec := _spec_in(folder, name)).name == name:
            return spec
    there = ", ".join(spec.name for spec in stages_of(folder)) or "none"
    raise BadInput(f"{folder.name} has no stage {name!r}; there is: {there}.", "Name one.")


def _spec_in(folder: ShardFolder, name: str) -> StageSpec:
    """What a stage's folder says of it. Raises FileNotFoundError, Unreadable and Unreachable."""
    file = folder.path / name / SPEC
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return StageSpec(said["kind"], said["inputs"], said["parameters"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        refuse_out_of_reach(error, file, folder.path)
        if isinstance(error, FileNotFoundError):
            raise
        raise Unreadable(file, f"{error}", "Remove its folder: the same command makes the stage again.") from error


def merged_file(folder: ShardFolder, spec: StageSpec, numbers: Sequence[int]) -> APlace:
    """Where lies what these shards of a stage add up to."""
    return place_of_stage(folder, spec.name) / f"merged-{fingerprint(list(numbers))}{ARRAYS}"


def write_part(path: Place, value: pa.Table | Arrays | NDArray[Any]) -> None:
    """Write a file whole, to stay, or not at all. Raises DiskFull."""
    needed = sum(np.asarray(one).nbytes for one in value.values()) if isinstance(value, Mapping) else value.nbytes
    with whole_at(path, needed) as part:
        if isinstance(value, pa.Table):
            write_parquet_file(value, part)
        else:
            with part.open("wb") as file:
                np.savez(file, **value) if isinstance(value, Mapping) else np.save(file, value)


def read_part(path: Place) -> Any:
    """What `write_part` was given; records stay in a file of this machine until they are looked at.

    Raises BadInput, Unreadable, Unreachable, and DiskFull where there is no room for records that are fetched.
    """
    advice = "Run the command of its stage again: it makes the file anew."
    try:
        if path.suffix == RECORDS:
            return _fetched_records(path) if isinstance(path, UrlPath) else _records(path)
        if path.suffix == TABLE:
            return pq.read_table(BytesIO(path.read_bytes()) if isinstance(path, UrlPath) else readable(path))
        with BytesIO(path.read_bytes()) if isinstance(path, UrlPath) else path.open("rb") as opened:
            return named_arrays(opened)
    except MemoryError:
        raise
    except BROKEN_TABLE as error:
        refuse_out_of_reach(error, path, path.parent.parent)
        if isinstance(error, FileNotFoundError):
            raise BadInput(f"{path} is not there.", advice) from error
        raise Unreadable(path, reason_of(error), "Remove it, and run the command of its stage again.") from error


def _records(file: Path) -> NDArray[Any]:
    return np.load(file, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def _fetched_records(path: UrlPath) -> NDArray[Any]:
    """From a file that has lost its name, and is gone with the array: many of them at once are more than memory."""
    content = path.read_bytes()
    with temporary_folder("hardlook-records-") as folder, needing_space(folder, len(content)):
        file = folder / path.name
        file.write_bytes(content)
        return _records(file)
