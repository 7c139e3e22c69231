"""Whether a column of ids tells images apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from ...errors import BadInput
from ...images.filenames import to_text
from ..model import Candidate, IngestOptions, Label, Understood

FEW = 0.1
"""Share of rows up to which an id that was given before is a mistake; beyond it the column is no id of images."""


def ids_or_none(
    column: str, ids: Sequence[str], images: Sequence[Hashable], instead: str, options: IngestOptions
) -> Understood | None:
    """None if the ids tell images apart; else a line that says the column is left to the metadata.

    ids, images: one a row, "" for none. instead: what is the key then, in words. Where an id stands for a second image
    in a few rows only, these are mistakes, and refused one by one. Raises BadInput where the user named the column.
    """
    first: dict[str, Hashable] = {}
    again = [
        identity for identity, image in zip(ids, images, strict=True)
        if identity and first.setdefault(identity, image) != image
    ]  # fmt: skip
    if len(again) <= FEW * len(ids):
        return None
    identity = again[0]
    given = [identity for identity in ids if identity]
    text = f"{len(set(given)):,} ids stand for {len(given):,} images, {to_text(identity)!r} for more than one"
    if options.id_key:
        raise BadInput(
            f"The ids in {column!r} are not unique: {text}.",
            f"Name another with --id-key, or leave it out: the {instead} is the id then.",
        )
    return Understood("ids", f"each image's {instead}, for {column!r} is no id of images: {text}", "--id-key COLUMN")


def several_ids_lines(candidates: Sequence[Candidate]) -> tuple[Understood, ...]:
    """A line where an image is listed under several ids, as tables with a row for each box do; none otherwise."""
    paths = Counter(candidate.path for candidate in candidates)
    again = {path for path, n in paths.items() if n > 1}
    listings: dict[str, set[tuple[str, Label]]] = {path: set() for path in again}
    for candidate in candidates:
        if candidate.path in again:
            listings[candidate.path].add((candidate.key, candidate.label))
    several = {path: pairs for path, pairs in listings.items() if len({key for key, _ in pairs}) > 1}
    if not several:
        return ()
    differ = sum(len({label for _, label in pairs}) > 1 for pairs in several.values())
    text = f"{len(several):,} images are listed under several ids, {differ:,} of them with labels that differ"
    first = next(path for path in paths if path in several)
    return (Understood("ids", f"{text}: {first!r} first", "--id-key PATH_COLUMN"),)
