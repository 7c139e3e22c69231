"""FiftyOne's three forms of a data set of classifications as one table: samples.json, labels.json and labels.csv.

`FiftyOneDataset`, `FiftyOneImageClassificationDataset` and `CSVDataset` in its documentation. Each lies beside data/.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from ...errors import BadInput
from ...images.filenames import to_text
from ..splits import is_own_split, is_split_name
from .declared import declare_classes
from .json_lines import json_column, json_text
from .usual_names import FIELD_LABEL

FILES = ("samples.json", "labels.json", "labels.csv")
"""The one with most in it first: our own export has the first two."""

DATA, MANIFEST = "data", "data.json"
GROUND_TRUTH = "ground_truth"
_OWN_FIELDS = frozenset(("filepath", "tags", "metadata", "id", "created_at", "last_modified_at"))


def fiftyone_file(folder: Path, names: Sequence[str]) -> str:
    """The file of a directory that describes it as FiftyOne's, "" where none does."""
    for name in (name for name in FILES if name in names):
        file = folder / name
        if _is_csv_data_set(file) if file.suffix == ".csv" else read_fiftyone(file) is not None:
            return name
    return ""


def read_fiftyone(file: Path) -> pa.Table | None:
    """A samples.json or labels.json as a table of paths, labels and further columns; None where it is no such file.

    Raises BadInput on several labels or boxes an image.
    """
    if file.name not in FILES or file.suffix != ".json":
        return None
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None  # no JSON: its usual reader says what is wrong
    if not isinstance(value, dict):
        return None
    if file.name == "samples.json" and isinstance(value.get("samples"), list):
        return _of_samples(file, [each for each in value["samples"] if isinstance(each, dict)])
    if file.name == "labels.json" and isinstance(value.get("labels"), dict):
        return _of_labels(file, value["labels"], value.get("classes") or [])
    return None


def with_data_folder(file: Path, table: pa.Table) -> pa.Table:
    """A labels.csv whose paths start in data/, as the table of paths from where it lies; any other as it is."""
    if file.name != "labels.csv" or "filepath" not in table.column_names or not _is_csv_data_set(file):
        return table
    given = [value.decode("utf-8", "surrogateescape") for value in table["filepath"].cast(pa.binary()).to_pylist()]
    paths = [os.fsencode(_from_data(file.parent, path)) for path in given]
    at = table.column_names.index("filepath")
    return table.set_column(at, "filepath", pa.array(paths, pa.binary()))


def _is_csv_data_set(file: Path) -> bool:
    with open(file, encoding="utf-8", errors="replace") as opened:
        header = opened.readline()
    beside = (file.parent / DATA).is_dir() or (file.parent / MANIFEST).is_file()
    return beside and "filepath" in header.strip().replace('"', "").split(",")


def _of_samples(file: Path, samples: Sequence[Mapping[str, Any]]) -> pa.Table:
    """filepath, the classes of each field, the split that a tag says, and the fields that are plain values."""
    about = _about(file.parent)
    ours = about["info"].get("hardlook") or {}
    columns: dict[str, list[Any]] = {"filepath": [str(each.get("filepath") or "") for each in samples]}
    fields = dict.fromkeys(name for sample in samples for name in sample if not name.startswith("_"))
    for name in [GROUND_TRUTH] if ours else fields:
        values = [sample.get(name) for sample in samples]
        if any(isinstance(value, Mapping) and "_cls" in value for value in values):
            _add_labels(columns, file, name, values)
        elif name not in _OWN_FIELDS and all(map(_is_plain, values)):
            columns[name] = values
    splits = [_split(sample.get("tags") or [], ours.get("splits", ())) for sample in samples]
    if any(splits) and "split" not in columns:
        columns["split"] = splits
    if ours:
        columns["id"] = [sample.get("key") for sample in samples]
    table = _table(columns)
    for column in [name for name in columns if name.endswith(FIELD_LABEL)]:
        names = _classes(about, column.removesuffix(FIELD_LABEL))
        table = declare_classes(table, [column], names) if names else table
    return table


def _classes(about: Mapping[str, Any], field: str) -> Sequence[str]:
    """The classes that a data set's description lists for a field, () for none."""
    of_fields = about.get("classes") or {}
    return of_fields.get(field) or about.get("default_classes") or about["info"].get("default_classes") or ()


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | None)


def _add_labels(columns: dict[str, list[Any]], file: Path, name: str, values: Sequence[Any]) -> None:
    kinds = {value["_cls"] for value in values if isinstance(value, Mapping) and "_cls" in value}
    if kinds != {"Classification"}:
        if name != GROUND_TRUTH:
            return  # boxes or masks of a further field: no label of the image
        raise BadInput(
            f"The field {name!r} of {to_text(str(file))} holds {', '.join(sorted(kinds))}: several labels an image.",
            "Hardlook is for one label an image: write a Classification to a field, and name it with --label-key.",
        )
    columns[name + FIELD_LABEL] = [value.get("label") if isinstance(value, Mapping) else None for value in values]


def _of_labels(file: Path, labels: Mapping[str, Any], classes: Sequence[str]) -> pa.Table:
    """filepath, ground_truth.label and the attributes that are plain values. An image without a label has none."""
    odd = next((each for each in labels.values() if isinstance(each, list)), None)
    if odd is not None:
        raise BadInput(
            f"{to_text(str(file))} gives an image several labels or boxes: {str(odd)[:60]}.",
            "Hardlook is for one label an image: export one field of Classification.",
        )
    targets = [each if isinstance(each, Mapping) else {"label": each} for each in labels.values()]
    attributes = [each.get("attributes") or {} for each in targets]
    columns: dict[str, list[Any]] = {"filepath": _paths(file.parent, list(labels))}
    given = [each.get("label") for each in targets]
    names = [classes[at] if isinstance(at, int) and 0 <= at < len(classes) else at for at in given]
    columns[GROUND_TRUTH + FIELD_LABEL] = [None if name is None else str(name) for name in names]
    for name in dict.fromkeys(name for each in attributes for name in each):
        values = [each.get(name) for each in attributes]
        if name not in columns and all(map(_is_plain, values)):
            columns["id" if name == "key" and len(set(values)) == len(values) else name] = values
    table = _table(columns)
    return declare_classes(table, [GROUND_TRUTH + FIELD_LABEL], classes) if classes else table


def _paths(folder: Path, names: Sequence[str]) -> list[str]:
    """What labels.json calls images, paths in data/ without their endings, as paths from the folder."""
    manifest = _json(folder / MANIFEST) if (folder / MANIFEST).is_file() else {}
    found = {**_stems(folder / DATA), **{str(PurePosixPath(name).with_suffix("")): at for name, at in manifest.items()}}
    return [str(manifest.get(name) or found.get(name) or name) for name in names]


def _from_data(folder: Path, path: str) -> str:
    manifest = _json(folder / MANIFEST) if (folder / MANIFEST).is_file() else {}
    if os.path.isabs(path) or path in manifest:
        return str(manifest.get(path, path))
    return f"{DATA}/{path}" if (folder / DATA / path).exists() else path


def _stems(data: Path) -> dict[str, str]:
    files = (Path(top, name).relative_to(data) for top, _, names in os.walk(data) for name in names)
    return {to_text(str(file.with_suffix(""))): f"{DATA}/{to_text(str(file))}" for file in sorted(files)}


def _about(folder: Path) -> dict[str, Any]:
    about = _json(folder / "metadata.json") if (folder / "metadata.json").is_file() else {}
    return {**about, "info": about.get("info") if isinstance(about.get("info"), dict) else {}}


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{to_text(str(file))} could not be read: {str(error)[:200]}.", "Export it again.") from error
    return value if isinstance(value, dict) else {}


def _split(tags: Sequence[Any], own: Sequence[str]) -> str:
    """The split among a sample's tags, "" for none, or for several."""
    said = [tag for tag in tags if isinstance(tag, str) and (tag in own or is_split_name(tag) or is_own_split(tag))]
    return said[0] if len(said) == 1 else ""


def _table(columns: Mapping[str, list[Any]]) -> pa.Table:
    return pa.table({json_text(name): json_column(values) for name, values in columns.items()})
