"""A folder of shards: a small header, and a file of items for each shard, which never changes once it is divided."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...dataset.model import IMAGES, Understood
from ...errors import BadInput, Command, Unreachable, Unreadable, command
from ...files.reading import OUT_OF_REACH, READ_ERRORS
from ...images.filenames import to_text
from ...remote.place import APlace, Place
from ...store.paths import kind_of
from .stored.header import DIVIDE_AGAIN, read_header

HEADER, REFUSED, ITEMS = "shards.json", "refused.parquet", "items"
ADVICE = "Mount it, or give this machine the right to read it; the same command then goes on."
ITEM = pa.schema([field for field in IMAGES if field.name != "image_id"])
"""The columns of an item, which the user's own follow. What only an opened image tells is null until it is opened."""


@dataclass(frozen=True)
class ShardFolder:
    """A folder that `hardlook shard` made."""

    path: APlace

    @cached_property
    def header(self) -> Mapping[str, Any]:
        """What was divided, how it was understood, and the fingerprint of each file of items.

        Raises Unreadable where it is damaged, Unreachable where it is out of reach of this machine.
        """
        file = self.path / HEADER
        try:
            return read_header(file, self.name)
        except OSError as error:
            refuse_out_of_reach(error, file, self.path)
            what = error.strerror or str(error)
            raise Unreadable(file, what, DIVIDE_AGAIN, command(None, "shard", "PATH", "--to", self.name)) from error

    @property
    def name(self) -> str:
        """How it is called in messages, and kept."""
        return to_text(str(self.path))

    @property
    def count(self) -> int:
        """How many shards there are."""
        return len(self.header["items"])

    @property
    def classes(self) -> list[str]:
        """Their names in label order."""
        return list(self.header["classes"])

    @property
    def fingerprint(self) -> str:
        """Of all items, and of how their images are to be read."""
        return str(self.header["fingerprint"])

    @cached_property
    def labelled(self) -> Mapping[str, int]:
        """Images with a label by split, as they were divided: those that cannot be opened are among them."""
        if "labelled" in self.header:
            return dict(self.header["labelled"])
        counted = Counter[str]()  # divided before it was written down
        for number in range(self.count):
            counted.update(labelled_by_split(self.items(number)))
        return counted

    @property
    def roots(self) -> list[str]:
        """Folders and prefixes in which the images lie, as they were allowed when they were divided."""
        return list(self.header.get("roots", ()))

    @property
    def understood(self) -> tuple[Understood, ...]:
        """What was understood of the input."""
        return tuple(Understood(*line) for line in self.header["understood"])

    def item_file(self, number: int) -> APlace:
        """The file of a shard's items."""
        return self.path / ITEMS / f"part-{number:05d}.parquet"

    def items(self, number: int) -> pa.Table:
        """The items of a shard. Raises BadInput where the file is gone, or is not the one that was divided, and
        Unreachable where the folder is out of reach of this machine."""
        file = self.item_file(number)
        try:
            content = file.read_bytes()
        except OSError as error:
            refuse_out_of_reach(error, file, self.path)
            raise BadInput(
                f"The items {file} cannot be read: {error.strerror}.",
                "Put it back, or divide the input anew",
                again(self),
            ) from error
        if fingerprint_of(content) != self.header["items"][number]:
            raise BadInput(
                f"The items {file} are not those that were divided: they were changed afterwards.",
                "Put the file back as it was, or divide the input anew, to another folder",
                again(self),
            )
        return pq.read_table(pa.BufferReader(content))


def refuse_unlabelled(folder: ShardFolder) -> None:
    """Raise BadInput where no image has a label, which every score over shards learns from."""
    if not folder.classes:
        raise nothing_labelled(folder)


def nothing_labelled(folder: ShardFolder) -> BadInput:
    """What scores are refused with that have no label to learn from."""
    return BadInput(
        f"No image to fit on is labelled in {folder.name}, and scores over shards learn from labels of the split train "
        "(of all splits where none is called so). What is embedded stays.",
        "Divide the input anew with its labels, to another folder",
        again(folder),
    )


def again(folder: ShardFolder) -> Command:
    """The command that divides an input."""
    return command(None, "shard", "PATH", "--to", f"{folder.path}-anew")


def labelled_by_split(items: pa.Table) -> dict[str, int]:
    """Split -> how many of its items have a label."""
    return dict(Counter(items.filter(items["label"].is_valid())["split"].to_pylist()))


def fingerprint_of(content: bytes) -> str:
    """16 hexadecimal digits of a file."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def is_sharded(path: Place) -> bool:
    """Whether a folder was made by `hardlook shard`."""
    header = path / HEADER
    if isinstance(header, Path):  # a link that leads nowhere is a header that cannot be read
        return header.is_symlink() or bool(kind_of(header))
    return header.exists()


def refuse_out_of_reach(error: Exception, file: Place, folder: Place) -> None:
    """Raise Unreachable where a file of a folder of shards could not be read because of the machine that asked for it,
    and not because it is gone or damaged: its shard is tried again elsewhere."""
    if not isinstance(error, OSError):
        return
    lost = isinstance(error, FileNotFoundError) and not _is_in_sight(folder)
    if lost or isinstance(error, PermissionError) or error.errno in OUT_OF_REACH | READ_ERRORS:
        raise Unreachable(f"{file} is out of reach of this machine: {error.strerror}.", ADVICE) from error


def _is_in_sight(folder: Place) -> bool:
    try:
        return is_sharded(folder)
    except (BadInput, OSError):  # a mount that is gone, a place that may not be looked into
        return False


def open_shards(path: Place) -> ShardFolder:
    """The folder of shards at a path or URL. Raises BadInput where it is none, Unreadable where its header is damaged,
    and Unreachable."""
    if not is_sharded(path):
        raise BadInput(
            f"{str(path)!r} is no folder of shards: it holds no {HEADER}.", "Make one",
            command(None, "shard", "PATH", "--to", "FOLDER"),
        )  # fmt: skip
    folder = ShardFolder(path.resolve())
    folder.header.keys()  # what is damaged, or of a newer format, is refused here
    return folder
