"""A table that describes images: which column is what, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from shlex import quote
from typing import Any

import pyarrow as pa

from ..errors import BadInput, TwoReadings
from .model import IngestOptions, Understood
from .tables.usual_names import (
    FIELD_LABEL,
    ID_AS_IMAGE_NAMES,
    ID_NAMES,
    IMAGE_NAMES,
    LABEL_NAMES,
    SPLIT_NAMES,
    TRUE_LABEL_NAMES,
    label_names,
    listed,
    normal,
    pixel_columns,
    usual,
)


@dataclass(frozen=True)
class Columns:
    """Column names by role, "" where a table has none."""

    image: str
    label: str
    true_label: str
    split: str
    id: str

    def further(self, table: pa.Table) -> pa.Table:
        """The columns that have no role: the user's metadata."""
        return table.select([name for name in table.column_names if name not in astuple(self)])


def pick_columns(
    names: Sequence[str], options: IngestOptions, what: str, holding_images: Collection[str] = ()
) -> Columns:
    """Roles from the options, else from the usual names. Raises BadInput naming the columns there are.

    holding_images: columns known to hold images by their type, which go before columns of paths.
    """
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise BadInput(f"{what} has the column {min(twice)!r} twice.", "Rename one of them.")

    def pick(given: str, wanted: Sequence[str], option: str, taken: str = "") -> str:
        if given and given not in names:
            raise BadInput(f"{what} has no column {given!r}; it has {listed(names)}.", f"Pass one of them as {option}.")
        return given or usual([name for name in names if name != taken], wanted)

    image = _image_column(names, options, what, holding_images, pick)
    label = pick(options.label_key, label_names(names, image), "--label-key", image) or _field_label(names, what)
    return Columns(
        image=image,
        label=label,
        true_label=pick(options.true_label_key, TRUE_LABEL_NAMES, "--true-label-key", image),
        split=pick(options.split_key, SPLIT_NAMES, "--split-key", image),
        id=pick(options.id_key, ID_NAMES, "--id-key", image),
    )


def _image_column(
    names: Sequence[str], options: IngestOptions, what: str, holding_images: Collection[str], pick: Any
) -> str:
    if options.image_key:
        return str(pick(options.image_key, (), "--image-key"))
    image = usual(holding_images, IMAGE_NAMES) or (next(iter(holding_images)) if len(holding_images) == 1 else "")
    image = image or pick("", IMAGE_NAMES, "--image-key") or pick("", ID_AS_IMAGE_NAMES, "--image-key")
    if image:
        return str(image)
    if pixels := pixel_columns(names):
        raise BadInput(
            f"{what} is a table of pixels ({len(pixels):,} columns, {pixels[0]!r} first), not of images or paths.",
            "Save it as arrays: np.savez('images.npz', x=pixels.to_numpy(np.uint8).reshape(-1, H, W), y=labels).",
        )
    hint = "Name it with --image-key."
    if any("." in name and ("/" in name or name.casefold().endswith((".png", ".jpg", ".jpeg"))) for name in names):
        hint = "The first line looks like a row: write a header above it, such as path,label."
    raise BadInput(f"{what} has no column of images or paths; it has {listed(names)}.", hint)


def _field_label(names: Sequence[str], what: str) -> str:
    """The only column that FiftyOne calls the label of a field (`weather.label`), "" for none. Raises TwoReadings."""
    fields = [name for name in names if name.endswith(FIELD_LABEL)]
    if len(fields) > 1:
        raise TwoReadings(
            f"{what} has the labels of {len(fields)} fields, and which is the class is not certain.",
            [(f"the labels of {name.removesuffix(FIELD_LABEL)!r}", f"--label-key {quote(name)}") for name in fields],
        )
    return fields[0] if fields else ""


def column_lines(columns: Columns, names: Sequence[str], options: IngestOptions) -> Iterator[Understood]:
    """What each role was read from, and why; and that there are no labels, where no column has a usual name of them."""
    yield Understood("layout", f"images from column {columns.image!r}{_why(options.image_key)}", "--image-key COLUMN")
    if columns.label:
        usual_labels = set(map(normal, LABEL_NAMES)) - {"y"}
        rivals = [name for name in names if normal(name) in usual_labels and name not in astuple(columns)]
        beside = f"; {listed(rivals)} could be labels too" if rivals and not options.label_key else ""
        text = f"from column {columns.label!r}{_why(options.label_key)}{beside}"
        yield Understood("labels", text, "--label-key COLUMN")
    if columns.true_label:
        text = f"from column {columns.true_label!r}{_why(options.true_label_key)}"
        yield Understood("true labels", text, "--true-label-key COLUMN")
    if columns.split:
        yield Understood("splits", f"from column {columns.split!r}{_why(options.split_key)}", "--split-key COLUMN")
    if columns.id:
        yield Understood("ids", f"from column {columns.id!r}{_why(options.id_key)}", "--id-key COLUMN")


def unlabelled_line(names: Sequence[str], columns: Columns) -> Understood:
    """That a table has no labels, with the columns there are."""
    others = [name for name in names if name != columns.image]
    text = f"none, all images are unlabelled: no column has a usual name of labels ({', '.join(LABEL_NAMES[:5])} …)"
    return Understood("labels", f"{text}; the others are {listed(others)}", "--label-key COLUMN")


def _why(given: str) -> str:
    return ", as asked" if given else ", by its name"
