"""What the name of a Parquet file and its folders say: the split of its rows, and the columns of Hive partitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

from .folders.layout import partition_key
from .splits import is_own_split, split_word

_SHARDED = re.compile(r"(?P<split>.+)-\d{5}-of-\d{5}")  # as Hugging Face's datasets names shards, below data/
_NULL = "__HIVE_DEFAULT_PARTITION__"


def splits_of_shards(names: Sequence[str]) -> dict[str, str]:
    """The split that each file's name says, else the folder nearest to it that says one; "" where none does.

    names: relative POSIX paths. Beside shards that say usual splits, data/NAME-00000-of-00001.parquet says NAME.
    """
    splits = {name: _split_of(name) for name in names}
    if any(splits.values()):
        for name in names:
            splits[name] = splits[name] or _sharded(name)
    return splits


def partitions(name: str) -> dict[str, str | None]:
    """Hive's columns of a file: {"label": "cat"} for "label=cat/part-0.parquet". None is Hive's null."""
    pairs = (folder.partition("=") for folder in PurePosixPath(name).parts[:-1] if "=" in folder.strip("="))
    return {key: None if value == _NULL else unquote(value) for key, _, value in pairs if key}


def _split_of(name: str) -> str:
    path = PurePosixPath(name)
    for part in (path.stem, *reversed(path.parts[:-1])):
        if partition_key(part):
            continue
        if is_own_split(part):
            return part
        if word := split_word(part):
            return word
    return ""


def _sharded(name: str) -> str:
    path = PurePosixPath(name)
    match = _SHARDED.fullmatch(path.stem)
    return match["split"] if match and path.parent.name == "data" else ""
