"""Names that people give to columns and arrays, by what they hold, and finding them however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...wording import some_of

IMAGE_NAMES = (
    "path", "file_name", "image", "filename", "file", "image_path", "img", "filepath", "file_path", "img_path",
    "image_file", "image_filename", "image_name", "img_name", "pixel_values", "picture", "photo", "jpg", "jpeg", "png",
    "webp", "url", "image_url", "uri",
)  # fmt: skip
"""Columns of paths or images, the first that is there."""

ID_AS_IMAGE_NAMES = ("image_id", "img_id", "id", "name")
"""Columns that are paths where no other is: file names, often without their endings."""

LABEL_NAMES = (
    "label", "labels", "class", "target", "y", "category", "class_name", "class_label", "label_name", "category_name",
    "fine_label", "categories", "targets", "label_id", "class_id", "category_id", "class_idx", "label_idx",
    "ground_truth.label", "ground_truth",
)  # fmt: skip
FIELD_LABEL = ".label"
"""How FiftyOne ends the name of a column that holds a field's class: `ground_truth.label`."""

TRUE_LABEL_NAMES = ("true_label",)
ID_NAMES = ("id",)
SPLIT_NAMES = ("split", "splits", "data_split", "dataset_split")
MAYBE_SPLIT_NAMES = ("subset", "dataset", "data_set", "set", "phase", "fold", "partition", "usage", "stage")
"""Names that splits have, and other things too: they are splits where their values say so."""

_BESIDE_Y = re.compile(r"(box|bbox)?x(c|min|max|center|centre|left|right|0|1|2)?")
_PIXEL = re.compile(r"(pixel|px|p|x|f|feature|col|v)?\d+(x\d+)?")
_LISTED = 12
FEWEST_PIXELS = 16


def normal(name: str) -> str:
    """A name without case, blanks and delimiters: "Image Path" is image_path."""
    return re.sub(r"[\W_]+", "", name).casefold()


def usual(names: Iterable[str], wanted: Sequence[str]) -> str:
    """The name among `names` that comes first in `wanted`, as written there if it is, else however it is; or ""."""
    names = [name for name in names if name]
    by_normal: dict[str, str] = {}
    for name in names:
        by_normal.setdefault(normal(name), name)
    for one in wanted:
        if one in names:
            return one
        if normal(one) in by_normal:
            return by_normal[normal(one)]
    return ""


def label_names(names: Sequence[str], image: str) -> tuple[str, ...]:
    """The usual names of labels; `y` is none beside another coordinate."""
    has_x = any(_BESIDE_Y.fullmatch(normal(name)) for name in names if name != image)
    return tuple(name for name in LABEL_NAMES if not (name == "y" and has_x))


def pixel_columns(names: Sequence[str]) -> list[str]:
    """The columns of a table of pixels (pixel0, 1x1, 17), none unless there are as many as a small image has."""
    pixels = [name for name in names if _PIXEL.fullmatch(normal(name))]
    return pixels if len(pixels) >= FEWEST_PIXELS else []


def listed(names: Sequence[str]) -> str:
    """Names for a message, a dozen at most."""
    return some_of([name[:60] for name in names], _LISTED) or "none"
