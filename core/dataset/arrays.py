"""Array files: an `.npz` with images and labels under keys, or an `.npy` of images with its labels beside it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import BadInput
from ..images.containers import address
from ..images.filenames import to_text
from .columns import as_label, as_metadata
from .model import Candidate, IngestOptions, Label, Listing, known_split, split_notes

IMAGE_KEYS = ("x", "images", "X", "data", "image")
LABEL_KEYS = ("y", "label", "labels", "Y", "targets")
_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)

Shape = tuple[int, ...]
Arrays = Mapping[str, NDArray[Any]]


def list_npz(file: Path, options: IngestOptions) -> Listing:
    """Images and labels of an npz file; its other arrays of one value per image become metadata."""
    try:
        shapes = _shapes(file)
        image = _pick(shapes, options.image_key, IMAGE_KEYS, "--image-key", file)
        if not image:
            raise BadInput(
                f"{to_text(file.name)} has no array of images; it has {_listed(shapes)}.", "Use --image-key."
            )
        roles = {
            "label": _pick(shapes, options.label_key, LABEL_KEYS, "--label-key", file),
            "true_label": _pick(shapes, options.true_label_key, ("true_label",), "--true-label-key", file),
            "split": _pick(shapes, options.split_key, ("split",), "--split-key", file),
            "id": _pick(shapes, options.id_key, (), "--id-key", file),
        }
        rows = shapes[image][0] if shapes[image] else 0
        with np.load(file, allow_pickle=False) as loaded:
            given = {role: loaded[name] for role, name in roles.items() if name}
            further = {
                name: pa.array(loaded[name])
                for name, shape in shapes.items()
                if shape == (rows,) and name not in {image, *roles.values()}
            }
    except _BROKEN as error:
        raise _unreadable(file, error) from error
    metadata, notes = as_metadata(pa.table(further))
    listing = _listing("npz arrays", [file], address(str(file), image), shapes[image], given, options)
    return Listing(
        listing.kind, listing.candidates, listing.files, metadata=metadata, notes=(*listing.notes, *notes)
    )  # fmt: skip


def list_npy(file: Path, options: IngestOptions) -> Listing:
    """Images of an npy file. Labels: the npy file that label_key names, else `labels.npy` in the same folder."""
    beside = {"label": options.label_key, "true_label": options.true_label_key, "split": options.split_key}
    if not options.label_key and (file.parent / "labels.npy").is_file() and file.name != "labels.npy":
        beside["label"] = "labels.npy"
    found = {role: file.parent / name for role, name in beside.items() if name}
    shape = _load(file).shape
    given = {role: _load(path) for role, path in found.items()}
    return _listing("npy array", [file, *found.values()], str(file), shape, given, options)


def _listing(
    kind: str, files: Sequence[Path], place: str, shape: Shape, given: Arrays, options: IngestOptions
) -> Listing:
    if len(shape) not in (3, 4):
        raise BadInput(
            f"{to_text(place)} has shape {shape}, which is not images.", "Give (n, H, W), (n, H, W, C) or (n, C, H, W)."
        )
    rows, digits = shape[0], len(str(max(shape[0] - 1, 0)))
    columns: dict[str, list[Any]] = {role: [None] * rows for role in ("label", "true_label", "split", "id")}
    for role, values in given.items():
        columns[role] = _values(values, rows, role)
    candidates = tuple(
        Candidate(
            key=str(identity) if identity is not None else f"{row:0{digits}d}",
            path=to_text(place),
            row=row,
            label=label,
            true_label=true_label,
            split=known_split(str(split)) if split is not None else options.split,
            order=row,
        )
        for row, (label, true_label, split, identity) in enumerate(zip(*columns.values(), strict=True))
    )
    splits = (str(split) for split in columns["split"] if split is not None)
    return Listing(kind, candidates, tuple(map(str, files)), notes=split_notes(splits))


def _values(values: NDArray[Any], rows: int, role: str) -> list[Label]:
    """One value per image, (n,) or (n, 1). Raises BadInput on another shape."""
    if values.shape not in ((rows,), (rows, 1)):
        raise BadInput(
            f"The array of {role}s has shape {values.shape}, and there are {rows} images.",
            f"Name an array of {rows} values with --{role.replace('_', '-')}-key.",
        )
    return [as_label(value) for value in values.ravel().tolist()]


def _shapes(file: Path) -> dict[str, Shape]:
    """Shapes of all arrays of an npz file, read from their headers."""
    found = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                major, _ = np.lib.format.read_magic(member)
                read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
                found[name.removesuffix(".npy")] = read(member)[0]
    return found


def _pick(names: Mapping[str, Shape], given: str, usual: Iterable[str], option: str, file: Path) -> str:
    if given and given not in names:
        raise BadInput(f"{to_text(file.name)} has no array {given!r}; it has {_listed(names)}.", f"Use {option}.")
    return given or next((name for name in usual if name in names), "")


def _listed(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name!r} {shape}" for name, shape in shapes.items()) or "no arrays"


def _load(file: Path) -> NDArray[Any]:
    try:
        loaded: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except _BROKEN as error:
        raise _unreadable(file, error) from error
    return loaded


def _unreadable(file: Path, error: Exception) -> BadInput:
    return BadInput(
        f"{to_text(str(file))} could not be read: {error}.",
        "It has to be a whole NumPy file without Python objects; save it again with np.savez or np.save.",
    )
