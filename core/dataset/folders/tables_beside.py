"""A table that lies in a folder of images and names them: recognised, and answered with the command that reads it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa

from ...errors import BadInput
from ...images.filenames import to_text
from ..manifest import read_table
from ..model import IngestOptions
from ..repeats import repeated
from ..tables.cells import texts
from ..tables.usual_names import IMAGE_NAMES, LABEL_NAMES
from .walk import is_image_name

_ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet", ".pq")
_SAMPLE = 1000  # rows looked at, from the first
_DEEPEST = 2  # folders down, for tables lie at the top


@dataclass(frozen=True)
class TableBeside:
    """A table whose column `image` names `matched` of a folder's images, and the command that ingests it."""

    name: str
    image: str
    label: str
    matched: int
    command: str


def table_of_images(folder: Path, names: Sequence[str], options: IngestOptions) -> TableBeside | None:
    """The table that names most of the images, None where none names a half of its rows' images.

    Names are compared as whole paths, as paths below a folder, as file names and without their endings.
    """
    images = [name for name in names if is_image_name(name)]
    forms = _forms(images)
    tables = [name for name in names if name.casefold().endswith(_ENDINGS) and name.count("/") <= _DEEPEST]
    best: TableBeside | None = None
    for name in tables:
        try:
            table = read_table(folder / name, options)
        except BadInput:
            continue  # passed over as a table that was not read, and counted as such
        matched, column, root = _naming_column(table, forms)
        if 2 * matched > min(table.num_rows, _SAMPLE) and (best is None or matched > best.matched):
            label = _label_column(table, column)
            best = TableBeside(name, column, label, matched, _command(folder, name, column, label, root))
    return best


def _forms(images: Sequence[str]) -> dict[str, str]:
    """Every way a table may name an image, and the folder below which that way is a path; the longest path first."""
    forms: dict[str, str] = {}
    for name in images:
        parts = PurePosixPath(name).parts
        for start in range(len(parts)):
            path = "/".join(parts[start:])
            root = "/".join(parts[:start])
            forms.setdefault(path, root)
            forms.setdefault(path.removesuffix(PurePosixPath(path).suffix), root)
    return forms


def _naming_column(table: pa.Table, forms: dict[str, str]) -> tuple[int, str, str]:
    """(rows that name an image, the column, the folder its paths start at) of the column that names most."""
    best = (0, "", "")
    twice, sample = set(repeated(table.column_names)), table.slice(0, _SAMPLE)
    for column in table.column_names:
        if column in twice or pa.types.is_nested(table.schema.field(column).type):
            continue
        values = texts(sample, column)
        roots = [forms[value] for value in values if value in forms]
        if len(roots) > best[0]:
            best = (len(roots), column, max(set(roots), key=roots.count))
    return best


def _label_column(table: pa.Table, image: str) -> str:
    """The column of labels: one of the usual names, else the only one whose values occur again and again."""
    usual: list[str] = [name for name in table.column_names if name.casefold() in LABEL_NAMES and name != image]
    if usual:
        return usual[0]
    again: list[str] = []
    sample = table.slice(0, _SAMPLE)
    for name in table.column_names:
        values = [value for value in texts(sample, name) if value]
        if name != image and values and 2 * len(set(values)) <= len(values):
            again.append(name)
    return again[0] if len(again) == 1 else ""


def _command(folder: Path, name: str, image: str, label: str, root: str) -> str:
    parts = ["hardlook", "ingest", to_text(str(folder / name))]
    parts += [] if image in IMAGE_NAMES else ["--image-key", image]
    parts += [] if label in LABEL_NAMES else ["--label-key", label or "COLUMN"]
    where = folder / root
    parts += [] if where == (folder / name).parent else ["--root", to_text(str(where))]
    return " ".join(map(shlex.quote, parts))
