"""Images in whatever people hold them, as a file that ingest reads: it is written once, into the audit's own folder."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from ...dataset.tables.usual_names import IMAGE_NAMES, usual
from ...errors import BadInput, TooFewRows
from ...files.arrow import write_parquet_parts
from ...files.whole import whole_file
from ...images.rgb import deep_grey, from_array, to_rgb
from ...wording import some_of
from .arrays import as_array, describe, refusal

WANTED = (
    "a folder or file that an audit is made of, paths, arrays (n, H, W) or (n, H, W, C) of uint8, a list of arrays "
    "or of PIL images, a frame with a column of paths, a Hugging Face Dataset, or a torch Dataset"
)
PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
AT_ONCE = 500  # images encoded before they are written
EXACT = 1e-3  # of a level of 255: what torchvision's ToTensor leaves of it


@dataclass(frozen=True)
class Images:
    """Images as they were given, n of them, not written yet.

    paths: where each lies, where each is a file. pictures: the others. table: further columns of a frame.
    """

    n: int
    paths: list[str] | None = None
    pictures: Sequence[Any] | NDArray[Any] | None = None
    table: pa.Table | None = None

    def __len__(self) -> int:
        return self.n

    @property
    def root(self) -> str:
        """The folder below which all files lie. Raises BadInput where that is the whole disk."""
        folder = os.path.commonpath([os.path.dirname(path) for path in self.paths or []])
        if folder == os.path.dirname(folder):
            raise BadInput(f"images has paths that have no folder in common but {folder!r}.", "Put them below one.")
        return folder

    def write(self, file: Path, columns: dict[str, list[Any]]) -> None:
        """Write images and columns, (n,) each, as a Parquet file that appears under its name when it is whole."""
        new = file.with_suffix(".new")
        parts = (slice(start, min(start + AT_ONCE, self.n)) for start in range(0, self.n, AT_ONCE))
        with whole_file(new) as part:
            write_parquet_parts((self._rows(rows, columns) for rows in parts), self._schema(columns), part)
        if file.exists() and filecmp.cmp(file, new, shallow=False):
            new.unlink()  # nothing changed: neither has the file, and so nothing is ingested again
        else:
            os.replace(new, file)

    def _schema(self, columns: dict[str, list[Any]]) -> pa.Schema:
        return self._rows(slice(0, 0), columns).schema

    def _rows(self, rows: slice, columns: dict[str, list[Any]]) -> pa.Table:
        if self.paths is not None:
            image = pa.array(self.paths[rows], pa.string())
        else:
            pictures = [] if self.pictures is None else self.pictures[rows]
            made = [as_png(picture, rows.start + at) for at, picture in enumerate(pictures)]
            image = pa.array(made, pa.binary())
        table = {"image": image, **{name: pa.array(values[rows], pa.string()) for name, values in columns.items()}}
        if self.table is not None:
            further = self.table.slice(rows.start, rows.stop - rows.start)
            table |= {name: further[name] for name in further.column_names if name not in table}
        return pa.table(table)


def read_images(images: Any) -> Images:
    """Arrays, lists, paths and frames. Raises BadInput on what is none of them."""
    if images is None or isinstance(images, bytes | dict | set) or np.isscalar(images):
        raise refusal("images", images, WANTED)
    table = as_table("images", images, WANTED)
    if table is not None:
        column = usual(table.column_names, IMAGE_NAMES)
        if not column:
            raise BadInput(f"images has the columns {some_of(table.column_names, 20)}, and none of paths.",
                           f"Call it one of: {', '.join(IMAGE_NAMES[:8])}.")  # fmt: skip
        paths = _paths(table[column].to_pylist())
        return Images(len(paths), paths, table=table.drop_columns([column]))
    if isinstance(images, list | tuple) and images and all(isinstance(one, str | os.PathLike) for one in images):
        paths = _paths(images)
        return Images(len(paths), paths)
    if isinstance(images, list | tuple):
        return _some(images)
    array = as_array("images", images, WANTED)
    if array.ndim not in (3, 4):
        raise refusal("images", array, WANTED)
    return _some(array)


def of_torch(dataset: Any) -> tuple[Images, list[Any], tuple[str, ...]]:
    """A torch Dataset of (image, label) pairs: its images, labels, and class names where it has `classes`."""
    if not hasattr(dataset, "__len__"):
        raise refusal("images", dataset, "a Dataset with a length, or a list of images with their labels")
    pictures, labels = [], []
    for at in range(len(dataset)):
        item = dataset[at]
        if not isinstance(item, list | tuple) or len(item) < 2:
            raise BadInput(f"images[{at}] is {describe(item)}.", "Give a Dataset whose items are (image, label).")
        pictures.append(item[0])
        labels.append(_alone(item[1]))
    return _some(pictures), labels, tuple(map(str, getattr(dataset, "classes", ()) or ()))


def _alone(label: Any) -> Any:
    """A label that lies in an array of one entry, as those of some Datasets do, without it; any other as it is."""
    return label.item() if hasattr(label, "item") and getattr(label, "shape", None) in ((), (1,)) else label


def as_png(picture: Any, at: int) -> bytes:
    """One image, without loss. at: which it is, for the error. Raises BadInput where it is no image of 8 bits."""
    if not isinstance(picture, Image.Image):
        picture = _from_array(as_array(f"images[{at}]", picture, WANTED), at)
    elif picture.mode not in PNG_MODES:
        picture = _in_rgb(picture, at)
    held = BytesIO()
    picture.save(held, "PNG", compress_level=1)
    return held.getvalue()


def _in_rgb(picture: Image.Image, at: int) -> Image.Image:
    """An image of a mode that PNG has not, such as CMYK, as one of a file is read."""
    if deep_grey(picture) is not None:
        raise refusal(f"images[{at}]", picture, WANTED, "which is not of 8 bits")
    return to_rgb(picture)


def _from_array(array: NDArray[Any], at: int) -> Image.Image:
    """(H, W), (H, W, C) or (C, H, W), uint8 or 255ths, as an image."""
    if array.dtype.kind == "f":
        levels = array.astype(np.float64) * 255
        near = np.rint(levels).clip(0, 255)
        if not (np.abs(levels - near) < EXACT).all():
            raise refusal(f"images[{at}]", array, WANTED, "and its numbers are no 255ths: leave the normalisation out")
        array = near.astype(np.uint8)
    if array.dtype != np.uint8:
        raise refusal(f"images[{at}]", array, WANTED, "which is not of 8 bits")
    try:
        image = from_array(array)
    except BadInput as error:  # which knows neither the argument nor what else could be given
        raise refusal(f"images[{at}]", array, WANTED) from error
    assert isinstance(image, Image.Image), "from_array makes an image of uint8"
    return image


def _some(pictures: Sequence[Any] | NDArray[Any]) -> Images:
    if len(pictures) == 0:
        raise TooFewRows("images is empty.", f"Give {WANTED}.")
    return Images(len(pictures), pictures=pictures)


def as_table(name: str, value: Any, wanted: str) -> pa.Table | None:
    """A pandas, polars or Arrow frame as an Arrow table, None for anything else. Raises BadInput on strange columns."""
    if isinstance(value, pa.Table):
        return value
    library = type(value).__module__.partition(".")[0]
    if type(value).__name__ != "DataFrame" or library not in ("pandas", "polars"):
        return None
    try:
        return pa.Table.from_pandas(value, preserve_index=False) if library == "pandas" else value.to_arrow()
    except (pa.ArrowException, TypeError, ValueError) as error:  # the last of two columns of one name
        raise refusal(name, value, wanted, f"which Arrow cannot hold ({error})") from error


def _paths(values: Sequence[Any]) -> list[str]:
    return list(_each_path(values))


def _each_path(values: Sequence[Any]) -> Iterator[str]:
    if len(values) == 0:
        raise TooFewRows("images is empty.", f"Give {WANTED}.")
    for at, value in enumerate(values):
        if not isinstance(value, str | os.PathLike):
            raise BadInput(f"images has {describe(value)} in row {at}, which is no path.", f"Give {WANTED}.")
        yield os.path.abspath(os.path.expanduser(os.fspath(value)))
