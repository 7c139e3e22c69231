"""Which `metadata.*` files describe a directory's images: one a folder, and only those that name images there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ...errors import BadInput, TwoReadings, command
from ...images.filenames import to_text
from ..columns import pick_columns
from ..manifest import METADATA_FILES, list_metadata, read_table
from ..model import IngestOptions, Listing, Understood
from ..splits import split_word
from .inferring import infer_splits
from .layout import ANY, SPLIT, Layout
from .walk import is_image_name

_BEST_FIRST = (".parquet", ".jsonl", ".csv")  # the more of a column's type a format keeps, the better


@dataclass(frozen=True)
class Metadata:
    """A listing by metadata, None where none describes the images. unread: files left out, with the reason."""

    listing: Listing | None
    unread: tuple[tuple[str, str], ...]


def metadata_names(names: Sequence[str]) -> list[str]:
    """The files that are metadata by their name, whatever the case of its letters."""
    return [name for name in names if PurePosixPath(name).name.casefold() in METADATA_FILES]


def choose_metadata(folder: Path, names: Sequence[str], options: IngestOptions) -> Metadata:
    """The directory's images as its metadata lists them. names: of all files in it.

    Raises TwoReadings where two files beside each other say different things.
    """
    images = [name for name in names if is_image_name(name)]
    counts = Counter(PurePosixPath(name).parts[:-1] for name in images)
    layout = _folders_of_splits(metadata_names(names)) or infer_splits(counts)
    unread: list[tuple[str, str]] = []
    fitting: dict[str, list[str]] = {}
    for name in metadata_names(names):
        reason = _is_of_something_else(folder / name, options)
        if reason:
            unread.append((name, f"metadata that was not read: {reason}"))
        else:
            fitting.setdefault(str(PurePosixPath(name).parent), []).append(name)
    chosen: list[str] = []
    for beside in fitting.values():
        beside.sort(key=lambda name: _BEST_FIRST.index(PurePosixPath(name).suffix.casefold()))
        chosen.append(beside[0])
        unread += [
            (other, f"metadata that says the same as {PurePosixPath(beside[0]).name}")
            for other in beside[1:] if _same(folder, beside[0], other, layout, options)
        ]  # fmt: skip
    if not chosen:
        return Metadata(None, tuple(unread))
    listing = list_metadata(folder, chosen, options, layout)
    paths = {to_text(str(folder / name)) for name in images}
    if images and not any(candidate.path in paths for candidate in listing.candidates):
        reason = "metadata that was not read: none of the images it names is there"
        return Metadata(None, (*unread, *((name, reason) for name in chosen)))
    return Metadata(replace(listing, understood=(*_said(chosen, layout), *listing.understood)), tuple(unread))


def _folders_of_splits(names: Sequence[str]) -> Layout | None:
    """The layout of metadata files that lie in folders of splits: where one of them says a split, all are splits."""
    folders = {PurePosixPath(name).parts[:-1] for name in names}
    depths = {len(folder) for folder in folders}
    if len(depths) != 1 or not any(folder and split_word(folder[-1]) for folder in folders):
        return None
    named = ", ".join(sorted(repr(to_text(folder[-1])) for folder in folders))
    return Layout((*(ANY,) * (depths.pop() - 1), SPLIT), why=f"metadata lies in each of {named}")


def _said(chosen: Sequence[str], layout: Layout) -> tuple[Understood, ...]:
    more = f" and {len(chosen) - 1:,} more" if len(chosen) > 1 else ""
    lines = [Understood("layout", f"images named by {to_text(chosen[0])!r}{more}", "--layout split/class")]
    if layout.has_splits:
        text = f"where no column says one, from the folders, as {layout}: {layout.why}"
        lines.append(Understood("splits", text, "--split-key COLUMN"))
    return tuple(lines)


def _is_of_something_else(file: Path, options: IngestOptions) -> str:
    """Why a metadata file is none of images, "" for one that is. One that cannot be read is an error."""
    table = read_table(file, options)
    try:
        pick_columns(table.column_names, replace(options, label_key="", split_key="", id_key=""), to_text(file.name))
    except BadInput as error:
        if options.image_key:
            raise
        return error.message.rstrip(".")
    return ""


def _same(folder: Path, first: str, second: str, layout: Layout, options: IngestOptions) -> bool:
    """True. Raises TwoReadings where two files name other images, or name the same ones with other labels."""
    one, other = (
        {
            (candidate.key, candidate.path, str(candidate.label), str(candidate.true_label), candidate.split)
            for candidate in list_metadata(folder, [name], options, layout).candidates
        }
        for name in (first, second)
    )
    if one == other:
        return True
    raise TwoReadings(
        f"{to_text(first)!r} and {to_text(second)!r} differ in {len(one ^ other):,} rows.",
        [
            (f"the rows of {PurePosixPath(name).name}", command(None, "ingest", to_text(str(folder / name))))
            for name in (first, second)
        ],
    )
