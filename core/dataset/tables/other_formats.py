"""Formats that are known by name and not read: each with what to save instead."""

from __future__ import annotations

from pathlib import Path

from ...errors import BadInput
from ...images.filenames import to_text

_WORKBOOK = "Save the sheet as CSV (UTF-8) and ingest that."
_ARRAYS = "Save its arrays: np.savez('images.npz', x=images, y=labels)."
_HUGGING_FACE = "Write Parquet: datasets.load_from_disk(FOLDER)['train'].to_parquet('train.parquet')."
_TENSORS = "Save its arrays: np.savez('images.npz', x=images.numpy(), y=labels.numpy())."
_FORMATS = {
    ".xlsx": ("an Excel workbook", _WORKBOOK),
    ".xls": ("an Excel workbook", _WORKBOOK),
    ".ods": ("a spreadsheet", _WORKBOOK),
    ".arrow": ("an Arrow file, as Hugging Face's save_to_disk writes", _HUGGING_FACE),
    ".feather": ("an Arrow file", "Write Parquet: pandas.read_feather(FILE).to_parquet('data.parquet')."),
    ".h5": ("an HDF5 file", _ARRAYS),
    ".hdf5": ("an HDF5 file", _ARRAYS),
    ".mat": ("a MATLAB file", _ARRAYS),
    ".pkl": ("a pickle, which runs code when it is opened", _ARRAYS),
    ".pickle": ("a pickle, which runs code when it is opened", _ARRAYS),
    ".pt": ("a file of PyTorch", _TENSORS),
    ".pth": ("a file of PyTorch", _TENSORS),
    ".tfrecord": ("a TFRecord file", "Write Parquet with image bytes, or image files and a manifest."),
    ".txt": ("a text file", "If it is a table of paths and labels, name it .csv or .tsv and give it a header."),
    ".xml": ("an XML file", "Write a manifest: path,label."),
    ".yaml": ("a YAML file, such as YOLO's data.yaml", "Ingest the folder of images or a manifest: path,label."),
    ".yml": ("a YAML file, such as YOLO's data.yaml", "Ingest the folder of images or a manifest: path,label."),
}


def not_read(file: Path, understood: str) -> BadInput:
    """The error for a file of another format. understood: the formats that are read."""
    name = to_text(str(file))
    what, instead = _FORMATS.get(file.suffix.lower(), ("", ""))
    if what:
        return BadInput(f"{name!r} is {what}, which is not an input that is understood.", f"{instead} {understood}")
    return BadInput(f"{name!r} is not an input that is understood.", understood)
