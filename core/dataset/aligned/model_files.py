"""What a file of a model is that holds no predictions, by what is in it and by its ending."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ...errors import command
from ...files.broken import BROKEN

ONNX, KERAS, HDF5, TORCHSCRIPT = "an ONNX model", "a Keras model", "a Keras or HDF5 file", "a TorchScript model"
TORCH, WEIGHTS, PICKLE = "a PyTorch checkpoint", "a file of weights", "a pickle, which could run code when it is loaded"

_ENDINGS = {
    ".onnx": ONNX, ".keras": KERAS, ".h5": HDF5, ".hdf5": HDF5, ".tflite": "a TensorFlow Lite model",
    ".pb": "a TensorFlow graph", ".mlmodel": "a Core ML model", ".mlpackage": "a Core ML model",
    ".torchscript": TORCHSCRIPT, ".pt": TORCH, ".pth": TORCH, ".ckpt": TORCH, ".safetensors": WEIGHTS, ".pkl": PICKLE,
    ".pickle": PICKLE, ".joblib": PICKLE,
}  # fmt: skip
_MARKS = {"constants.pkl": TORCHSCRIPT, "data.pkl": TORCH, "model.weights.h5": KERAS}
"""Members of a zip archive, by their last part, that tell what it is."""

READ_AS_CHECKPOINTS = (TORCH, WEIGHTS)
RUN_IT = (
    "Run the model on the images yourself, write one row per image and one column per class, and read that with",
    command(None, "import-predictions", "FILE.csv"),
)
"""What is advised where predictions were expected: the advice of an error, and its command."""


def model_file(path: Path) -> str:
    """What kind of model a file is, in words, "" for none that is known. Reads the file's start and a zip's list.

    Raises OSError where it cannot be read.
    """
    if not path.is_file():
        return _ENDINGS.get(path.suffix.lower(), "")
    with open(path, "rb") as opened:
        start = opened.read(8)
    if start == b"\x89HDF\r\n\x1a\n":
        return HDF5
    if start[4:] == b"TFL3":
        return _ENDINGS[".tflite"]
    members = {name.rpartition("/")[2] for name in _members(path)} if start[:4] == b"PK\x03\x04" else set()
    inside = next((kind for mark, kind in _MARKS.items() if mark in members), "")
    return inside or _ENDINGS.get(path.suffix.lower(), "")


def _members(path: Path) -> list[str]:
    """The names in a zip, none where its list is damaged: what reads the file says so, and here its ending counts."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except BROKEN:
        return []
