"""Any input as a Dataset: find its format, list it, check every image, report what was refused."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from ..errors import BadInput
from ..images.containers import TORCHVISION, file_of
from ..images.filenames import from_text, to_text
from ..images.regular_files import file_kind
from ..remote.address import is_url
from ..types import OTHER_LABELS, TRAIN_SPLIT
from ..wording import some_of
from .arrays import list_npy, list_npz
from .at_url import list_at_url, was_fetched
from .checking import Opened, Thumbnails, check_images
from .classes.listed_twice import Listings
from .folders.archives import COMPRESSED, list_archive, refuse_compressed
from .folders.directory import list_directory
from .labels import Classes, UnknownLabel, read_classes
from .manifest import list_manifest
from .model import IMAGES, Candidate, Dataset, IngestOptions, Listing, Refused, Understood
from .parquet import list_parquet
from .tables.other_formats import not_read
from .torchvision_named import list_torchvision

UNDERSTOOD = (
    "Understood are: a folder of class folders (with or without train/val/test above), a CSV, TSV, JSON-lines or "
    "Parquet manifest (path,label[,split,id]), Parquet files with images, a folder of them, a Hugging Face image "
    "folder with metadata.csv, .npz and .npy arrays, a .zip or .tar of folders, the URL of a manifest, and "
    "torchvision:NAME."
)
_READERS: dict[str, Callable[[Path, IngestOptions], Listing]] = {
    ".csv": list_manifest, ".tsv": list_manifest,
    ".jsonl": list_manifest, ".ndjson": list_manifest, ".json": list_manifest,
    ".npz": list_npz, ".npy": list_npy,
    ".zip": list_archive, ".tar": list_archive,
    ".parquet": lambda file, options: list_parquet([file], file.parent, options),
    ".pq": lambda file, options: list_parquet([file], file.parent, options),
}  # fmt: skip
Labelled = tuple[Candidate, int | None, int | None]
"""An image that an input names, with its label and its true label as positions of classes."""
_TEXT = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")


def list_source(source: str, options: IngestOptions) -> Listing:
    """What an input names, no image opened. Raises BadInput if it is none of the formats, or names no image."""
    if source.startswith(TORCHVISION):
        return list_torchvision(source.removeprefix(TORCHVISION), options)
    if not source.strip():  # of a variable of the shell that is not set; the current folder has a name, '.'
        raise BadInput(f"The path is {source!r}, which names nothing.", UNDERSTOOD)
    if is_url(source):
        return list_at_url(source, options)
    path = Path(os.path.abspath(os.path.expanduser(source)))
    if not os.path.exists(path):  # also false for what no system takes for a path, as one of 300 characters
        raise BadInput(f"There is nothing at {to_text(source)!r}.", UNDERSTOOD)
    if kind := file_kind(path.stat().st_mode):
        raise BadInput(f"{to_text(source)!r} is {kind}, which is not opened.", UNDERSTOOD)
    if path.is_dir():
        listing = list_directory(path, options)
    elif path.name.casefold().endswith(COMPRESSED):
        raise refuse_compressed(path)
    elif path.suffix.lower() in _READERS:
        listing = _READERS[path.suffix.lower()](path, options)
    else:
        raise not_read(path, UNDERSTOOD)
    outside = outside_root(listing.refused)
    if outside and listing.candidates:
        note = f"images outside the input lie below one folder; allow them with --root {shlex.quote(outside)}"
        listing = replace(listing, notes=(*listing.notes, note))
    if not listing.candidates and not listing.refused:
        raise BadInput(f"{to_text(source)!r} holds no images{_beside(listing)}.", UNDERSTOOD)
    return listing


def outside_root(refused: Sequence[Refused]) -> str:
    """The folder that all images outside the roots lie below, links resolved; "" for none, one, or the whole disk."""
    outside = [one.path for one in refused if "pass --root" in one.detail and not is_url(one.path)]
    real = {os.path.realpath(from_text(path)) for path in outside}
    folder = os.path.commonpath([os.path.dirname(path) for path in real]) if len(real) > 1 else os.sep
    return "" if folder == os.sep else to_text(folder)


def _beside(listing: Listing) -> str:
    """What an input without images holds instead, for the error that says so."""
    rest = [f"{one.example!r} is {one.reason}" for one in listing.passed_over]
    return f" ({'; '.join(rest)})" if rest else ""


def source_fingerprint(source: str, options: IngestOptions) -> str:
    """16 hexadecimal digits that change with the input: names, labels, sizes and times of its files.

    No image is opened. Manifests count by their content, so touching one changes nothing; of images at URLs only the
    names count, for what lies there is not asked for.
    """
    listing = list_source(source, options)
    digest = hashlib.blake2b(digest_size=8)
    digest.update(json.dumps([asdict(options), listing.kind, listing.classes]).encode())
    for candidate in listing.candidates:
        digest.update(repr(astuple(candidate)).encode())
    for refused in listing.refused:
        digest.update(repr(astuple(refused)).encode())
    for file in listing.files:
        whole = file.endswith(_TEXT) or was_fetched(file)
        digest.update(Path(file).read_bytes() if whole else _stamp(file).encode())
    for candidate in listing.candidates:
        if candidate.row is None and not is_url(candidate.path):
            digest.update(_stamp(file_of(candidate.path)).encode())
    return digest.hexdigest()


def _stamp(file: str) -> str:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return "none;"
    return f"{status.st_size},{status.st_mtime_ns};"


def read_dataset(
    source: str,
    options: IngestOptions,
    *,
    on_thumbnails: Callable[[Thumbnails], None],
    known_thumbnails: set[str],
    progress: Callable[[int, int], None],
    workers: int | None = None,
) -> Dataset:
    """Read an input and open each image once, in parallel; the result does not depend on `workers`.

    on_thumbnails: called with (content hash, WebP) pairs of images not in known_thumbnails, which grows.
    progress: called with images done and images in all. Both run in the calling thread.
    Raises BadInput if the input is not understood or no image of it can be used, TwoReadings if it can be read in ways
    that differ.
    """
    named = named_images(source, options)
    listing, refused = named.listing, list(named.refused)
    outcomes, pixels = check_images(
        [candidate for candidate, _, _ in named.sound], options.pixel_range,
        on_thumbnails=on_thumbnails, known_thumbnails=known_thumbnails, progress=progress, workers=workers,
    )  # fmt: skip
    whole = []
    for (candidate, label, true_label), outcome in zip(named.sound, outcomes, strict=True):
        if isinstance(outcome, Opened):
            whole.append((candidate, label, true_label, outcome))
        else:
            refused.append(Refused(candidate.key, candidate.path, outcome.reason, outcome.detail))
    if not whole:
        counts = ", ".join(f"{reason}: {n}" for reason, n in Counter(each.reason for each in refused).most_common())
        outside = outside_root(refused)
        raise BadInput(
            f"None of the {len(refused)} images of {to_text(source)!r} can be used ({counts}).",
            f"The first: {refused[0].key!r}, {refused[0].reason}: {refused[0].detail}."
            + (f" All of those outside lie below one folder: --root {shlex.quote(outside)}" if outside else ""),
        )
    whole.sort(key=lambda each: each[0].key)
    return Dataset(
        kind=listing.kind,
        classes=named.classes.names,
        images=images_table(whole),
        metadata=named.metadata([candidate for candidate, *_ in whole]),
        refused=tuple(sorted(refused, key=astuple)),
        notes=(*listing.notes, *notes_of([candidate for candidate, *_ in whole])),
        understood=(*understood(listing, named.classes), *pixels),
        passed_over=listing.passed_over,
        found=found(listing),
    )


@dataclass(frozen=True)
class Named:
    """What an input names, its labels read and no image opened.

    sound: what may be opened. refused: all that is left out before that. listings: what is named more than once.
    """

    listing: Listing
    classes: Classes
    sound: list[Labelled]
    refused: list[Refused]
    listings: Listings

    def metadata(self, kept: list[Candidate]) -> pa.Table | None:
        """The user's columns of these images, in their order, with image_id 0 for the first; None without any."""
        return _metadata(self.listing, kept, self.listings)


def named_images(source: str, options: IngestOptions) -> Named:
    """What an input names. Raises as `list_source`, and TwoReadings where its labels can be read in two ways."""
    listing = list_source(source, options)
    classes = classes_of(listing, options)
    return Named(listing, classes, *split_candidates(listing, classes))


def classes_of(listing: Listing, options: IngestOptions) -> Classes:
    """The classes of a listing: those of the options, else its own, else the labels that occur."""
    return read_classes(
        (label for candidate in listing.candidates for label in (candidate.label, candidate.true_label)),
        listing.classes,
        options,
    )


def understood(listing: Listing, classes: Classes) -> tuple[Understood, ...]:
    """A line for everything that was understood of an input, its layout first."""
    layout = () if _about(listing, "layout") else (Understood("layout", listing.kind),)
    return (*layout, *listing.understood, *classes.understood)


def _about(listing: Listing, about: str) -> bool:
    return any(line.about == about for line in listing.understood)


def found(listing: Listing) -> int:
    """Everything an input holds: rows of its tables, and files that are none of their images."""
    if listing.found is not None:
        return listing.found
    return len(listing.candidates) + len(listing.refused) + sum(one.count for one in listing.passed_over)


def split_candidates(listing: Listing, classes: Classes) -> tuple[list[Labelled], list[Refused], Listings]:
    """Candidates that may be opened, each with its classes; all that is refused before that; what is listed again."""
    refused, listings = list(listing.refused), Listings()
    return list(_sound(listing.candidates, classes, refused, listings)), refused, listings


def _sound(
    candidates: tuple[Candidate, ...], classes: Classes, refused: list[Refused], listings: Listings
) -> Iterator[Labelled]:
    """Candidates with a key and classes of their own; the others join `refused`."""
    again = []
    for candidate in candidates:
        try:
            label, true_label = classes.index(candidate.label), classes.index(candidate.true_label)
        except UnknownLabel as error:
            refused.append(Refused(candidate.key, candidate.path, "unknown label", str(error)))
            continue
        if listings.add(candidate, "" if label is None else classes.names[label]):
            yield candidate, label, true_label
        else:
            again.append(candidate)
    refused += [listings.refusal(candidate) for candidate in again]


def images_table(whole: Sequence[tuple[Candidate, int | None, int | None, Opened]]) -> pa.Table:
    """The store's `images`, numbered in this order. whole: each image with its label and its true label."""
    rows = [
        (
            candidate.key, candidate.path, candidate.row, label, true_label, candidate.split, opened.facts.width,
            opened.facts.height, opened.facts.mode, opened.facts.format, opened.bytes, opened.content_hash,
        )
        for candidate, label, true_label, opened in whole
    ]  # fmt: skip
    return pa.Table.from_arrays(
        [pa.array(np.arange(len(rows), dtype=np.int32))]
        + [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), IMAGES.types[1:], strict=True)],
        schema=IMAGES,
    )


def _metadata(listing: Listing, kept: list[Candidate], listings: Listings) -> pa.Table | None:
    """The user's columns, and the other labels of images that are listed again with another one."""
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    if listing.metadata is not None:
        rows = listing.metadata.take([candidate.order for candidate in kept])
        columns = dict(zip(rows.column_names, rows.columns, strict=True))
    if listings.any_others(candidate.key for candidate in kept):
        columns[OTHER_LABELS] = pa.array([listings.others(candidate.key) for candidate in kept], pa.string())
    if not columns:
        return None
    return pa.table({"image_id": pa.array(np.arange(len(kept), dtype=np.int32)), **columns})


def notes_of(kept: list[Candidate]) -> Iterator[str]:
    """A note where no image is in the split that everything is fitted on."""
    splits = sorted({candidate.split for candidate in kept})
    if splits and TRAIN_SPLIT not in splits:
        yield f"no image is in the split {TRAIN_SPLIT!r} that scorers are fitted on; there is {some_of(splits, 20)}"
