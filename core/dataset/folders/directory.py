"""Which format a directory is: images in folders, images and a metadata table, or Parquet files that hold them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import BadInput, TwoReadings, command
from ...files.arrow import BROKEN_TABLE, readable
from ...images.archives import ARCHIVES
from ...images.filenames import to_text
from ..folder import NOT_UNPACKED, list_folder
from ..manifest import list_manifest
from ..model import IngestOptions, Listing, Understood
from ..parquet import list_parquet
from ..tables.fiftyone import fiftyone_file
from .layout import METADATA, SHARDS, as_option
from .metadata_files import choose_metadata, metadata_names
from .tables_beside import table_of_images
from .walk import Contents, is_image_name, walk

PARQUET = (".parquet", ".pq")


def list_directory(folder: Path, options: IngestOptions) -> Listing:
    """What a directory names. Raises TwoReadings where two formats in it could be meant, with the option for each."""
    contents = walk(folder)
    if not options.layout and (name := fiftyone_file(folder, contents.names)):
        return _by_fiftyone(folder, name, contents, options)
    if options.layout == METADATA or (not options.layout and metadata_names(contents.names)):
        listing = _by_metadata(folder, contents, options)
        if listing:
            return listing
    shards = [name for name in contents.names if name.casefold().endswith(PARQUET)]
    if options.layout == SHARDS or (not options.layout and shards):
        listing = _by_shards(folder, contents, shards, options)
        if listing:
            return listing
    listing = list_folder(folder, contents, options)
    if not options.layout:
        _refuse_labels_elsewhere(folder, contents, listing, options)
    return listing


def _by_fiftyone(folder: Path, name: str, contents: Contents, options: IngestOptions) -> Listing:
    """The samples that a file of FiftyOne's names."""
    listing = replace(list_manifest(folder / name, options), kind="FiftyOne data set")
    named = {candidate.path for candidate in listing.candidates} | {one.path for one in listing.refused}
    for other in contents.names:
        if other != name and to_text(str(folder / other)) not in named:
            what = "an image" if is_image_name(other) else "a file"
            contents.pass_over(f"{what} that {name} does not name", other)
    line = Understood("layout", f"a data set of FiftyOne, by {name!r}", "--layout class")
    return _with_rest(replace(listing, understood=(line, *listing.understood)), contents)


def _by_metadata(folder: Path, contents: Contents, options: IngestOptions) -> Listing | None:
    """The rows of the metadata; None where it is of something else, and nobody asked for it."""
    chosen = choose_metadata(folder, contents.names, options)
    for name, reason in chosen.unread:
        contents.pass_over(reason, name)
    if not chosen.listing:
        if options.layout == METADATA:
            raise BadInput(f"{to_text(str(folder))!r} holds no metadata of its images.", "Leave --layout out.")
        contents.names = [name for name in contents.names if name not in dict(chosen.unread)]
        return None
    listing = chosen.listing
    named = {candidate.path for candidate in listing.candidates} | {one.path for one in listing.refused}
    images = [name for name in contents.names if is_image_name(name)]
    unnamed = [name for name in images if to_text(str(folder / name)) not in named]
    if len(unnamed) > len(images) - len(unnamed) and not options.layout:
        raise TwoReadings(
            f"The metadata names {len(images) - len(unnamed):,} of {len(images):,} images, "
            f"{to_text(unnamed[0])!r} for one not.",
            [("those alone", as_option((METADATA,))), ("all images, by their folders", "--layout split/class")],
        )
    for name in unnamed:
        contents.pass_over("an image that the metadata does not name", name)
    for name in contents.names:
        if not is_image_name(name) and str(folder / name) not in listing.files and name not in dict(chosen.unread):
            contents.pass_over("a file that is neither an image nor its metadata", name)
    return _with_rest(listing, contents)


def _by_shards(folder: Path, contents: Contents, shards: Sequence[str], options: IngestOptions) -> Listing | None:
    """The rows of the Parquet files; None where the directory is one of images in folders."""
    holding = [name for name in shards if _holds_images(folder / name)]
    images = [name for name in contents.names if is_image_name(name)]
    if not options.layout and images:
        if not holding:
            return None
        classes = {PurePosixPath(name).parts[:-1] for name in images}
        if len(classes) > 1 or len(images) > _rows(folder, holding):
            raise TwoReadings(
                f"There are {len(images):,} images ({to_text(images[0])!r} first) beside Parquet files that hold "
                f"images ({to_text(holding[0])!r} first).",
                [("the Parquet files", as_option((SHARDS,))), ("the images, by their folders", "--layout class")],
            )
    files = holding if holding else list(shards)
    if not files:
        raise BadInput(f"{to_text(str(folder))!r} holds no Parquet file.", "Leave --layout out.")
    listing = list_parquet(sorted(folder / name for name in files), folder, options)
    for name in contents.names:
        if name not in files:
            what = "an image beside" if is_image_name(name) else "a file beside"
            contents.pass_over(f"{what} the Parquet files", name)
    return _with_rest(listing, contents)


def _with_rest(listing: Listing, contents: Contents) -> Listing:
    """A listing of rows with what else lies in the directory. Files found are those that no row stands for."""
    rows = listing.found if listing.found is not None else _entries(listing)
    refused = (*listing.refused, *contents.refused)
    passed_over = (*listing.passed_over, *contents.passed_over)
    left = sum(one.count for one in contents.passed_over) + len(contents.refused)
    return replace(listing, refused=refused, passed_over=passed_over, found=rows + left)


def _entries(listing: Listing) -> int:
    return len(listing.candidates) + len(listing.refused) + sum(one.count for one in listing.passed_over)


def _refuse_labels_elsewhere(folder: Path, contents: Contents, listing: Listing, options: IngestOptions) -> None:
    """Raise TwoReadings where folders tell no classes apart, and a table or an archive beside may hold the labels."""
    labels = {candidate.label for candidate in listing.candidates} - {None}
    if len(labels) > 1:
        return
    without = "the images by their folders alone", as_option((listing_layout(listing),))
    table = table_of_images(folder, contents.names, options)
    if table:
        raise TwoReadings(
            f"No folders tell classes apart, and {to_text(table.name)!r} names {table.matched:,} of the "
            f"{len(listing.candidates):,} images in its column {table.image!r}.",
            [(f"the labels of its column {table.label!r}" if table.label else "its rows", table.command), without],
        )
    archives = next((one for one in listing.passed_over if one.reason == NOT_UNPACKED), None)
    if archives:
        path = to_text(str(folder / archives.example))
        in_place = archives.example.casefold().endswith(ARCHIVES)
        raise TwoReadings(
            f"No folders tell classes apart, and {archives.example!r} is an archive that was not unpacked.",
            [("what is in it", command(None, "ingest", path) if in_place else f"unpack {shlex.quote(path)}"), without],
        )


def listing_layout(listing: Listing) -> str:
    """The layout that a listing of folders was read with, as typed."""
    layout_line = next((one.text for one in listing.understood if one.about == "layout"), "")
    return layout_line.partition(":")[0]


def _holds_images(file: Path) -> bool:
    """Whether a Parquet file has a column of bytes; a file that cannot be read is left to its reader to refuse."""
    try:
        schema = pq.read_schema(readable(file))
    except BROKEN_TABLE:
        return True
    return any(_is_bytes(field.type) for field in schema)


def _is_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return bool(kind.get_field_index("bytes") >= 0)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or str(kind) == "binary_view")


def _rows(folder: Path, names: Sequence[str]) -> int:
    """Rows of some Parquet files, from their footers."""
    return sum(pq.ParquetFile(readable(folder / name)).metadata.num_rows for name in names)
