"""Any input as a Dataset: find its format, list it, check every image, report what was refused."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, astuple
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from ..errors import BadInput
from ..images.containers import TORCHVISION, file_of
from ..images.filenames import to_text
from ..types import TRAIN_SPLIT
from .arrays import list_npy, list_npz
from .checking import Opened, Thumbnails, check_images
from .folder import is_image_name, list_folder, walk
from .labels import Classes, UnknownLabel
from .manifest import METADATA_FILES, list_manifest, list_metadata
from .model import IMAGES, Candidate, Dataset, IngestOptions, Listing, Refused
from .parquet import list_parquet
from .torchvision_named import list_torchvision

UNDERSTOOD = (
    "Understood are: a folder of class folders (with or without train/val/test above), a CSV, TSV, JSON-lines or "
    "Parquet manifest (path,label[,split,id]), Parquet files with images, a folder of them, a Hugging Face image "
    "folder with metadata.csv, .npz and .npy arrays, and torchvision:NAME."
)
_READERS: dict[str, Callable[[Path, IngestOptions], Listing]] = {
    ".csv": list_manifest, ".tsv": list_manifest, ".jsonl": list_manifest,
    ".npz": list_npz, ".npy": list_npy,
    ".parquet": lambda file, options: list_parquet([file], file.parent, options),
    ".pq": lambda file, options: list_parquet([file], file.parent, options),
}  # fmt: skip
_TEXT = (".csv", ".tsv", ".jsonl")


def list_source(source: str, options: IngestOptions) -> Listing:
    """What an input names, no image opened. Raises BadInput if it is none of the formats, or names no image."""
    if source.startswith(TORCHVISION):
        return list_torchvision(source.removeprefix(TORCHVISION), options)
    path = Path(os.path.abspath(os.path.expanduser(source)))
    if not path.exists():
        raise BadInput(f"There is nothing at {to_text(source)!r}.", UNDERSTOOD)
    if path.is_dir():
        listing = _list_directory(path, options)
    elif path.suffix.lower() in _READERS:
        listing = _READERS[path.suffix.lower()](path, options)
    else:
        raise BadInput(f"{to_text(source)!r} is not an input that is understood.", UNDERSTOOD)
    if not listing.candidates and not listing.refused:
        raise BadInput(f"{to_text(source)!r} holds no images.", UNDERSTOOD)
    return listing


def _list_directory(path: Path, options: IngestOptions) -> Listing:
    names = list(walk(path))
    if any(PurePosixPath(name).name in METADATA_FILES for name in names):
        return list_metadata(path, names, options)
    shards = [path / name for name in names if name.endswith((".parquet", ".pq"))]
    if shards and not any(map(is_image_name, names)):
        return list_parquet(sorted(shards), path, options)
    return list_folder(path, names, options)


def source_fingerprint(source: str, options: IngestOptions) -> str:
    """16 hexadecimal digits that change with the input: names, labels, sizes and times of its files.

    No image is opened. Manifests count by their content, so touching one changes nothing.
    """
    listing = list_source(source, options)
    digest = hashlib.blake2b(digest_size=8)
    digest.update(json.dumps([asdict(options), listing.kind, listing.classes]).encode())
    for candidate in listing.candidates:
        digest.update(repr(astuple(candidate)).encode())
    for refused in listing.refused:
        digest.update(repr(astuple(refused)).encode())
    for file in listing.files:
        digest.update(Path(file).read_bytes() if file.endswith(_TEXT) else _stamp(file).encode())
    for candidate in listing.candidates:
        if candidate.row is None:
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
    listing = list_source(source, options)
    candidates = listing.candidates
    classes = Classes(
        options.classes or listing.classes,
        (label for candidate in candidates for label in (candidate.label, candidate.true_label)),
    )
    refused = list(listing.refused)
    sound = list(_sound(candidates, classes, refused))
    outcomes, pixels = check_images(
        [candidate for candidate, _, _ in sound], options.pixel_range,
        on_thumbnails=on_thumbnails, known_thumbnails=known_thumbnails, progress=progress, workers=workers,
    )  # fmt: skip
    whole = []
    for (candidate, label, true_label), outcome in zip(sound, outcomes, strict=True):
        if isinstance(outcome, Opened):
            whole.append((candidate, label, true_label, outcome))
        else:
            refused.append(Refused(candidate.key, candidate.path, outcome.reason, outcome.detail))
    if not whole:
        counts = ", ".join(f"{reason}: {n}" for reason, n in Counter(each.reason for each in refused).most_common())
        raise BadInput(
            f"None of the {len(refused)} images of {to_text(source)!r} can be used ({counts}).",
            f"The first: {refused[0].key!r}, {refused[0].reason}: {refused[0].detail}.",
        )
    whole.sort(key=lambda each: each[0].key)
    return Dataset(
        kind=listing.kind,
        classes=classes.names,
        images=_images(whole),
        metadata=_metadata(listing, [candidate for candidate, *_ in whole]),
        refused=tuple(sorted(refused, key=astuple)),
        notes=(*listing.notes, *_notes([candidate for candidate, *_ in whole])),
        understood=(*listing.understood, *pixels),
    )


Labelled = tuple[Candidate, int | None, int | None]


def _sound(candidates: tuple[Candidate, ...], classes: Classes, refused: list[Refused]) -> Iterator[Labelled]:
    """Candidates with a key and classes of their own; the others join `refused`."""
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.key in seen:
            detail = "an earlier image has the same id"
            refused.append(Refused(candidate.key, candidate.path, "duplicate id", detail))
            continue
        seen.add(candidate.key)
        try:
            yield candidate, classes.index(candidate.label), classes.index(candidate.true_label)
        except UnknownLabel as error:
            refused.append(Refused(candidate.key, candidate.path, "unknown label", str(error)))


def _images(whole: list[tuple[Candidate, int | None, int | None, Opened]]) -> pa.Table:
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


def _metadata(listing: Listing, kept: list[Candidate]) -> pa.Table | None:
    if listing.metadata is None:
        return None
    rows = listing.metadata.take([candidate.order for candidate in kept])
    return rows.add_column(0, "image_id", pa.array(np.arange(len(kept), dtype=np.int32)))


def _notes(kept: list[Candidate]) -> Iterator[str]:
    splits = sorted({candidate.split for candidate in kept})
    if TRAIN_SPLIT not in splits:
        named = ", ".join(map(repr, splits))
        yield f"no image is in the split {TRAIN_SPLIT!r} that scorers are fitted on; there is {named}"
