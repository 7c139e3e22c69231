"""Which row of a table is which image: by its id, written as the audit writes it or otherwise, or by order."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import BadInput, TwoReadings
from ...types import Ints
from ...wording import some_of
from .path_tails import PathTails, plain_path

_WHOLE = re.compile(r"([0-9]+)(?:\.0+)?")


@dataclass(frozen=True)
class RowMatch:
    """Which row each image has. rows: (n,) int, -1 for an image without one. how: in words.

    unknown: ids of rows that belong to no image. by_order: whether rows go by their place alone.
    """

    rows: Ints
    how: str
    unknown: tuple[str, ...]
    by_order: bool = False


def match_by_id(ids: Sequence[str], keys: Sequence[str], what: str) -> RowMatch:
    """Rows by the images' keys.

    The same id written otherwise ("0" for "000", "./a.png", "a\\b.png") is the same. Only where no id is a key, whole
    paths, file names alone, and both without the files' endings are tried.
    Raises BadInput on an id that stands twice, on one that fits several images, and where no id fits any.
    """
    if not ids:
        raise BadInput(f"{what} has no rows.", "Give one row an image.")
    twice = sorted(identity for identity, rows in _grouped(ids).items() if len(rows) > 1)
    if twice:
        raise BadInput(f"{what} has {len(twice):,} ids more than once: {some_of(twice)}.", "Keep one row per image.")
    _refuse_another_start(ids, keys, what)
    exact = {key: [image] for image, key in enumerate(keys)}
    fitting = [exact.get(identity, []) for identity in ids]
    how = "by id"
    if not all(fitting):
        written = _grouped(list(map(_plain, keys)))
        again = [images or written.get(_plain(identity), []) for identity, images in zip(ids, fitting, strict=True)]
        if again != fitting:
            fitting, how = again, "by id, zeros before a number, blanks and kinds of slash aside"
    for words, of_key in _LOOSE:
        if not any(fitting):
            tails, how = PathTails(list(map(of_key, keys))), words
            fitting = [tails.fitting(identity) for identity in ids]
    return RowMatch(
        _one_row_each(ids, keys, fitting, what),
        how,
        tuple(identity for identity, images in zip(ids, fitting, strict=True) if not images),
    )


def match_by_order(m: int, keys: Sequence[str], what: str, set_aside: int = 0) -> RowMatch:
    """Row i is image i. Raises BadInput unless there are as many rows as images.

    set_aside: images of the audit's input that could not be read: a file that has rows of them is never shifted.
    """
    if m != len(keys):
        beside = f" ({set_aside:,} more could not be read when they were ingested)" if set_aside else ""
        raise BadInput(
            f"{what} has {m:,} rows and the audit {len(keys):,} images{beside}, so they cannot be matched by order.",
            "Add a column of the images' keys (hardlook.open_audit().scores()['key'] lists them) and name it with "
            "--id-key.",
        )
    return RowMatch(np.arange(m), "by order", (), True)


def _one_row_each(ids: Sequence[str], keys: Sequence[str], fitting: Sequence[Sequence[int]], what: str) -> Ints:
    """(n,) int, the row of each image. fitting: the images that each row's id fits. Raises BadInput as above."""
    if not any(fitting):
        raise BadInput(
            f"None of the {len(ids):,} ids in {what} is an image of the audit: ids are like {some_of(ids[:2])}, the "
            f"images' keys like {some_of(keys[:2])}.",
            "Name the column of keys with --id-key, or pass --by-order if the rows are in the audit's order.",
        )
    rows = np.full(len(keys), -1)
    for row, images in enumerate(fitting):
        if len(images) > 1:
            raise BadInput(
                f"The id {ids[row]!r} in {what} fits {len(images):,} images: {some_of([keys[i] for i in images])}.",
                "Write the images' keys as the audit has them (hardlook.open_audit().scores()['key'] lists them), or "
                "pass --by-order if the rows are in the audit's order.",
            )
        for image in images:
            if rows[image] >= 0:
                raise BadInput(
                    f"{what} has two ids of one image: {ids[rows[image]]!r} and {ids[row]!r} are both {keys[image]!r}.",
                    "Keep one row per image.",
                )
            rows[image] = row
    return rows


def _refuse_another_start(ids: Sequence[str], keys: Sequence[str], what: str) -> None:
    """Raise TwoReadings where ids and keys are the same count from another number: 0..n-1 beside 1..n."""
    starts = [_start(names) for names in (ids, keys)]
    if len(ids) == len(keys) and None not in starts and starts[0] != starts[1]:
        raise TwoReadings(
            f"The ids in {what} count from {starts[0]} and the images' keys from {starts[1]}, as many of each.",
            [("the rows in the audit's order", "--by-order"), ("the ids as they are", "leave the odd row out")],
        )


def _start(names: Sequence[str]) -> int | None:
    """Where a count without gaps starts, None if the names are none."""
    if not all(name.isdecimal() and len(name) < 19 for name in names):
        return None
    numbers = {int(name) for name in names}
    return min(numbers) if numbers and max(numbers) - min(numbers) == len(names) - 1 == len(numbers) - 1 else None


def _plain(name: str) -> str:
    """An id without what writing it another way changes."""
    number = _WHOLE.fullmatch(name.strip())
    return number[1].lstrip("0") or "0" if number else plain_path(name)


def _without_ending(key: str) -> str:
    return posixpath.splitext(plain_path(key))[0]


_LOOSE: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("by the end of the path", plain_path),
    ("by the end of the path, without the file's ending", _without_ending),
)


def _grouped(names: Sequence[str]) -> dict[str, list[int]]:
    """Each name with the places it stands at."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        places[name].append(place)
    return places
