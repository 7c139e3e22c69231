"""The shapes of ingest: what the user said, what a format lists, what comes out checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from ..types import TRAIN_SPLIT

Label = str | int | None
"""A label as the input has it: a name, a number, or none."""

IMAGES = pa.schema(
    {
        "image_id": pa.int32(), "key": pa.string(), "path": pa.string(), "row": pa.int32(), "label": pa.int32(),
        "true_label": pa.int32(), "split": pa.string(), "width": pa.int32(), "height": pa.int32(),
        "mode": pa.string(), "format": pa.string(), "bytes": pa.int64(), "content_hash": pa.string(),
    }
)  # fmt: skip
"""The columns of the store's `images` table; the user's own follow them there, under other names."""


@dataclass(frozen=True)
class IngestOptions:
    """How to read an input. An empty key means: the usual names of that format.

    image_key, label_key, true_label_key, split_key, id_key: a manifest's columns or an array file's keys.
    classes: class names in label order. roots: folders, and prefixes of URLs, beside the input's own that images may
    lie in.
    layout: what the folders above an image are, as `layout.LAYOUTS` says; "" to find out.
    split: of images whose input names none. root, download: where torchvision keeps its data, and whether it may fetch.
    labels_are: "names", "positions" or "positions-from-1" of classes, for labels that could be either. no_label: labels
    that mean none, ("",) for no other than blanks. merge_names: one class of names that differ in blanks, case or
    Unicode form only.
    pixel_range: the stored values shown black and white, or "each" for every image by its own; None: judged by the set.
    """

    image_key: str = ""
    label_key: str = ""
    true_label_key: str = ""
    split_key: str = ""
    id_key: str = ""
    classes: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    layout: str = ""
    split: str = TRAIN_SPLIT
    root: str = "data"
    download: bool = False
    labels_are: str = ""
    no_label: tuple[str, ...] = ()
    merge_names: bool = False
    pixel_range: tuple[float, float] | Literal["each"] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that the input names, not opened yet. order: its row in the listing's metadata, if there is one."""

    key: str
    path: str
    row: int | None = None
    label: Label = None
    true_label: Label = None
    split: str = TRAIN_SPLIT
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An image that was left out. key, path: as text that every store can hold."""

    key: str
    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Understood:
    """One thing that was understood of an input, said in one line.

    about: "layout", "labels", "class order", "splits", "ids", "true labels", "pixels", "passed over" or "columns".
    text: what was read, and why. option: what changes that reading, as typed on the command line, or nothing.
    """

    about: str
    text: str
    option: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Things of an input that are no images of it. reason: in words; example: the first of them."""

    reason: str
    count: int
    example: str


@dataclass(frozen=True)
class Listing:
    """What a format found in an input, without decoding an image.

    files: the manifests and containers read, whose change means a changed input. classes: where the input itself
    says them, in label order. metadata: the user's further columns, one row per `Candidate.order`.
    understood, passed_over: what is said of the reading, and the rest of what was found, by kind.
    found: rows of the tables read, and files that are none of their images. None: every one is a candidate or refused.
    """

    kind: str
    candidates: tuple[Candidate, ...]
    files: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    metadata: pa.Table | None = None
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()
    understood: tuple[Understood, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    found: int | None = None


@dataclass(frozen=True)
class Dataset:
    """A read input. images: the columns of the store's `images` table, image_id dense in key order.

    metadata: image_id and the user's further columns. refused: one by one, with the reason. notes: what was
    understood and may surprise. found: images kept, refused and passed over, together.
    """

    kind: str
    classes: tuple[str, ...]
    images: pa.Table
    metadata: pa.Table | None
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]
    understood: tuple[Understood, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    found: int = 0


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that puts "class 2" before "class 10"."""
    parts = re.split(r"(\d+)", name)
    return tuple((1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts)
