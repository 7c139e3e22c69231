"""Array files: an `.npz` with images and labels under keys, or an `.npy` of images with its labels beside it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import BadInput
from ..files.arrays import MEMBER, named_arrays, stated_array
from ..files.broken import BROKEN, reason_of
from ..images.containers import address
from ..images.filenames import to_text
from .model import Candidate, IngestOptions, Label, Listing, Understood
from .splits import known_split
from .tables.array_keys import (
    IMAGE_KEYS,
    LABEL_KEYS,
    NAME_KEYS,
    Roles,
    array_lines,
    arrays_listed,
    split_of,
    split_roles,
    unlabelled_line,
)
from .tables.cells import as_label
from .tables.further_columns import as_arrow, as_metadata
from .tables.ids import ids_or_none
from .tables.usual_names import listed, usual

SMALL = 8  # pixels a side from which (H, W, 3) looks like one RGB image

Shape = tuple[int, ...]
Arrays = Mapping[str, NDArray[Any]]


def list_npz(file: Path, options: IngestOptions) -> Listing:
    """Images and labels of an npz file; its other arrays of one value per image become metadata.

    One array of each a split is read too (`train_images`, `train_labels`, `x_test`), as MedMNIST and Keras save them.
    """
    shapes = _shapes(file)
    what = to_text(file.name)
    roles = _roles(shapes, options, what)
    if roles.image:
        split = "" if roles.split else split_of(roles.image)
        return _list_whole(file, shapes, roles, replace(options, split=split or options.split))
    splits = split_roles(shapes)
    if not splits:
        raise BadInput(f"{what} has no array of images; it has {arrays_listed(shapes)}.", "Use --image-key.")
    if roles.names():
        raise BadInput(
            f"{what} has images for each split, {listed([one.image for one in splits.values()])}, and "
            f"{roles.names()[0]!r} cannot go with all of them.",
            "Leave the options out to read every split, or name the images of one with --image-key.",
        )
    listings = [
        _list_whole(file, shapes, one, replace(options, split=split), f"{split}/") for split, one in splits.items()
    ]
    used = {name for one in splits.values() for name in (one.image, one.label) if name}
    lines = [line for listing in listings for line in listing.understood]
    lines += [
        Understood("columns", f"left out array {name!r} of shape {shape}")
        for name, shape in shapes.items() if name not in used
    ]  # fmt: skip
    return Listing(
        "npz arrays", tuple(one for listing in listings for one in listing.candidates), (str(file),),
        _names(file, shapes, splits[next(iter(splits))]), understood=tuple(dict.fromkeys(lines)),
    )  # fmt: skip


def _list_whole(
    file: Path, shapes: Mapping[str, Shape], roles: Roles, options: IngestOptions, prefix: str = ""
) -> Listing:
    """One array of images with the arrays that go with it. prefix: of the keys, for one split of several."""
    rows = shapes[roles.image][0] if shapes[roles.image] else 0
    for role, name in roles.of_rows().items():
        _refuse_length(shapes[name], rows, role)  # before it is loaded
    given = {role: _member(file, name) for role, name in roles.of_rows().items()}
    further, left_out = {}, []
    classes = _names(file, shapes, roles)
    for name, shape in shapes.items():
        if prefix or name in roles.names():
            continue
        column = as_arrow(_member(file, name)) if shape == (rows,) else None
        if column is not None:
            further[name] = column
        else:
            left_out.append(Understood("columns", f"left out array {name!r} of shape {shape}"))
    metadata, notes = as_metadata(pa.table(further))
    place = address(str(file), roles.image)
    listing = _listing("npz arrays", [file], place, shapes[roles.image], given, options, prefix)
    lines = (*array_lines(roles), *listing.understood, *left_out, *notes)
    if not roles.label:
        lines = (*lines, unlabelled_line(shapes, roles))
    return replace(listing, classes=classes, metadata=metadata, understood=lines)


def list_npy(file: Path, options: IngestOptions) -> Listing:
    """Images of an npy file. Labels: the npy file that label_key names, else `labels.npy` in the same folder."""
    beside = {"label": options.label_key, "true_label": options.true_label_key, "split": options.split_key}
    if not options.label_key and (file.parent / "labels.npy").is_file() and file.name != "labels.npy":
        beside["label"] = "labels.npy"
    found = {role: file.parent / name for role, name in beside.items() if name}
    shape = _load(file).shape
    given = {role: _load(path) for role, path in found.items()}
    listing = _listing("npy array", [file, *found.values()], str(file), shape, given, options)
    lines = [
        Understood(about, f"from {to_text(found[role].name)!r} beside it", f"{option} FILE.npy")
        for role, about, option in (
            ("label", "labels", "--label-key"), ("true_label", "true labels", "--true-label-key"),
            ("split", "splits", "--split-key"),
        ) if role in found
    ]  # fmt: skip
    if "label" not in found:
        text = "none, all images are unlabelled: no labels.npy lies beside the file"
        lines.append(Understood("labels", text, "--label-key FILE.npy"))
    return replace(listing, understood=(*lines, *listing.understood))


def _listing(
    kind: str, files: Sequence[Path], place: str, shape: Shape, given: Arrays, options: IngestOptions, prefix: str = ""
) -> Listing:
    _refuse_shape(place, shape, given)
    rows, digits = shape[0], len(str(max(shape[0] - 1, 0)))
    columns: dict[str, list[Any]] = {role: [None] * rows for role in ("label", "true_label", "split", "id")}
    for role, values in given.items():
        columns[role] = _values(values, rows, role, to_text(place))
    ids = ["" if one is None else str(one) for one in columns["id"]]
    ids_or_none(options.id_key, ids, range(rows), "row", options)
    candidates = tuple(
        Candidate(
            key=prefix + (identity or f"{row:0{digits}d}"),
            path=to_text(place),
            row=row,
            label=label,
            true_label=true_label,
            split=known_split(str(split)) if split is not None else options.split,
            order=None if prefix else row,
        )
        for row, (label, true_label, split, identity) in enumerate(
            zip(columns["label"], columns["true_label"], columns["split"], ids, strict=True)
        )
    )
    return Listing(
        kind, candidates, tuple(map(str, files)), understood=tuple(_renamed(columns["split"]))
    )  # fmt: skip


def _refuse_shape(place: str, shape: Shape, given: Arrays) -> None:
    if len(shape) not in (3, 4):
        raise BadInput(
            f"{to_text(place)} has shape {shape}, which is not images.", "Give (n, H, W), (n, H, W, C) or (n, C, H, W)."
        )
    if len(shape) == 3 and shape[2] == 3 and min(shape[:2]) >= SMALL and not _fits(given, shape[0]):
        raise BadInput(
            f"{to_text(place)} has shape {shape}, which is one RGB image rather than {shape[0]} grey ones.",
            "Give (n, H, W, C): x[None] makes a set of one image.",
        )


def _fits(given: Arrays, rows: int) -> bool:
    """Whether an array beside the images has one value for each."""
    return any(values.shape[:1] == (rows,) for values in given.values())


def _renamed(splits: Iterable[Any]) -> Iterator[Understood]:
    names = sorted({str(split) for split in splits if split is not None})
    renamed = [f"{name!r} as {known_split(name)!r}" for name in names if known_split(name) != name]
    if renamed:
        yield Understood("splits", f"read {', '.join(renamed[:8])}")


def _values(values: NDArray[Any], rows: int, role: str, place: str) -> list[Label]:
    """One value per image, (n,) or (n, 1). Raises BadInput on another shape, and on values that are no label."""
    _refuse_length(values.shape, rows, role)
    if values.dtype.kind in "cV":
        raise BadInput(
            f"The array of {role}s in {place} is {values.dtype}, which is no {role}.",
            f"Name an array of numbers or text with --{role.replace('_', '-')}-key.",
        )
    return [as_label(value) for value in values.ravel().tolist()]


def _refuse_length(shape: Shape, rows: int, role: str) -> None:
    if shape in ((rows,), (rows, 1)):
        return
    several = len(shape) == 2 and shape[0] == rows and role in ("label", "true_label")
    name_one = f"Name an array of {rows} values with --{role.replace('_', '-')}-key."
    argmax = "Rows of several values are one-hot or several labels: save y.argmax(axis=1), if each row has one 1."
    raise BadInput(
        f"The array of {role}s has shape {shape}, and there are {rows} images.", argmax if several else name_one
    )


def _roles(shapes: Mapping[str, Shape], options: IngestOptions, what: str) -> Roles:
    def pick(given: str, usual_ones: Sequence[str], option: str) -> str:
        if given and given not in shapes:
            raise BadInput(f"{what} has no array {given!r}; it has {arrays_listed(shapes)}.", f"Use {option}.")
        return given or usual(shapes, usual_ones)

    return Roles(
        image=pick(options.image_key, IMAGE_KEYS, "--image-key"),
        label=pick(options.label_key, LABEL_KEYS, "--label-key"),
        true_label=pick(options.true_label_key, ("true_label",), "--true-label-key"),
        split=pick(options.split_key, ("split",), "--split-key"),
        id=pick(options.id_key, (), "--id-key"),
    )


def _names(file: Path, shapes: Mapping[str, Shape], roles: Roles) -> tuple[str, ...]:
    """Class names that an array of text beside whole-number labels gives, () without one."""
    name = usual([one for one in shapes if one not in roles.names()], NAME_KEYS)
    rows = shapes[roles.image][:1]
    if not name or not roles.label or len(shapes[name]) != 1 or shapes[name] == rows:
        return ()
    names = _member(file, name)
    labels = _member(file, roles.label)
    if names.dtype.kind not in "US" or labels.dtype.kind not in "iub":
        return ()
    return tuple(str(as_label(one)) for one in names.tolist())


def _shapes(file: Path) -> dict[str, Shape]:
    """Shapes of all arrays of an npz file, read from their headers."""
    found = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    found[info.filename.removesuffix(MEMBER)], _ = stated_array(member, info)
    except BROKEN as error:
        raise _unreadable(file, error) from error
    return found


def _member(file: Path, name: str) -> NDArray[Any]:
    try:
        with open(file, "rb") as opened:
            return named_arrays(opened, [name])[name]
    except BROKEN as error:
        raise _unreadable(file, error) from error


def _load(file: Path) -> NDArray[Any]:
    try:
        loaded: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except BROKEN as error:
        raise _unreadable(file, error) from error
    return loaded


def _unreadable(file: Path, error: Exception) -> BadInput:
    return BadInput(
        f"{to_text(str(file))} could not be read: {reason_of(error)}.",
        "It has to be a whole NumPy file without Python objects; save it again with np.savez or np.save.",
    )
