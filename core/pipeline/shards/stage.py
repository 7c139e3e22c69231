"""What a stage is: a function of one shard that makes one file, and where its files lie.

A stage is called after what it is made of, so that a change of anything makes another stage and never half of one. Its
folder holds `stage.json`, a file for each shard, and files of what all shards add up to, each called after the shards
that went in.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...engines.ledger import Ledger
from ...errors import BadInput, Unreadable
from ...files.arrow import BROKEN_TABLE
from ...files.broken import reason_of
from ...files.space import needing_space
from ...files.temporary import temporary_folder
from ...remote.place import APlace, Place, UrlPath, whole_at
from ...store.writer import fingerprint
from .folder import ShardFolder, refuse_out_of_reach
from .stored.arrays import read_arrays, write_arrays
from .stored.records import RecordFile, open_records, write_records
from .stored.tables import read_table, write_table

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

        return self.name_in(form_of(self.kind))

    def name_in(self, form: int) -> str:
        """The same where its files are of that form."""
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
    needs: ClassVar[tuple[str, ...]] = ()

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
    return ledger_named(folder, spec.name)


def ledger_named(folder: ShardFolder, name: str) -> Ledger:
    """Of the stage of that name, begun or not. Its stage.json is not read: no file of a shard waits for it.

    Raises BadInput where no stage is called so.
    """
    from .stages import STAGES

    if (kind := kind_of_stage(name)) not in STAGES:
        raise BadInput(f"{folder.name} has no stage {name!r} that this Hardlook knows.", "Name another.")
    return Ledger(place_of_stage(folder, name), STAGES[kind].ending)


def kind_of_stage(name: str) -> str:
    """The kind of stage that a folder is called after; "" where it is called after none."""
    match = _STAGE.fullmatch(name)
    return match[1] if match else ""


def merged_file(folder: ShardFolder, spec: StageSpec, numbers: Sequence[int]) -> APlace:
    """Where lies what these shards of a stage add up to."""
    return place_of_stage(folder, spec.name) / f"merged-{fingerprint(list(numbers))}{ARRAYS}"


def write_part(path: Place, value: pa.Table | Arrays | NDArray[Any]) -> None:
    """Write a file whole, to stay, or not at all; with checksums of every byte. Raises DiskFull."""
    needed = sum(np.asarray(one).nbytes for one in value.values()) if isinstance(value, Mapping) else value.nbytes
    with whole_at(path, needed) as part:
        if isinstance(value, pa.Table):
            write_table(value, part, _place(path))
        elif isinstance(value, Mapping):
            write_arrays(value, part, _place(path))
        else:
            write_records(value, part, _place(path))


def read_part(path: Place) -> Any:
    """What `write_part` was given; of records a `RecordFile`, which reads what it is asked for.

    Raises BadInput, Unreadable where a byte is not as it was written or another file lies there, Unreachable, and
    DiskFull where there is no room for records that are fetched. Files without checksums, which an earlier version
    wrote, are read as far as they can.
    """
    advice = "Run the command of its stage again: it makes the file anew."
    try:
        if path.suffix == RECORDS:
            return _fetched_records(path) if isinstance(path, UrlPath) else _records(path, path)
        with _opened(path) as file:
            return (read_table if path.suffix == TABLE else read_arrays)(file, _place(path))
    except MemoryError:
        raise
    except BROKEN_TABLE as error:
        refuse_out_of_reach(error, path, path.parent.parent)
        if isinstance(error, FileNotFoundError):
            raise BadInput(f"{path} is not there.", advice) from error
        raise _damaged(path, reason_of(error)) from error


def _place(path: Place) -> str:
    return f"{path.parent.name}/{path.name}"


def _damaged(path: Place, what: str) -> Unreadable:
    return Unreadable(path, what, "Remove it, and run the command of its stage again.")


def _opened(path: Place) -> BinaryIO:
    return BytesIO(path.read_bytes()) if isinstance(path, UrlPath) else path.open("rb")


def _records(file: Path, called: Place) -> RecordFile:
    def refuse(what: str) -> NoReturn:
        raise _damaged(called, what)

    return open_records(file, _place(called), refuse)


def _fetched_records(path: UrlPath) -> RecordFile:
    """From a file that has lost its name, and is gone with the array: many of them at once are more than memory."""
    content = path.read_bytes()
    with temporary_folder("hardlook-records-") as folder, needing_space(folder, len(content)):
        file = folder / path.name
        file.write_bytes(content)
        return _records(file, path)
