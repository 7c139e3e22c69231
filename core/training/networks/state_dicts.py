"""Weights files of other people's training loops: found in order, read without running code, matched by name."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Collection, Mapping
from glob import glob
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ...errors import BadInput

WRAPPERS = ("module.", "model.", "_orig_mod.", "net.")
"""What DataParallel, a LightningModule or a wrapper class, and torch.compile put before a weight's name."""

CONTAINERS = ("state_dict", "model_state_dict", "model", "net", "weights")
"""Where a checkpoint that also holds an optimiser keeps the network."""


def find_checkpoints(pattern: str) -> list[Path]:
    """Files that match, in natural order: epoch-9 before epoch-10. Raises BadInput if there is none."""
    found = [Path(name) for name in glob(pattern, recursive=True)]
    files = [path for path in found if path.is_file()]
    for path in files:
        try:
            with open(path, "rb") as opened:
                opened.read(1)
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.", "Leave it out of the pattern.") from error
    if not files:
        raise BadInput(f"No file matches {pattern!r}.", "Quote the pattern, so that the shell leaves it as it is.")
    return sorted(files, key=lambda path: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", str(path))])


def read_weights(path: Path) -> dict[str, Tensor]:
    """The network's tensors in a `.safetensors` file, or in one that torch.save wrote; no code of the file is run.

    Raises BadInput on a file that is damaged, holds Python objects, or holds no tensors by name.
    """
    return _network_part(_loaded(path), path)


def _loaded(path: Path) -> Any:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals([Namespace]):  # plain values by name: timm keeps its arguments so
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise BadInput(
            f"{path} holds Python objects besides tensors, and loading those could run code.",
            "Save the weights alone: torch.save(model.state_dict(), path).",
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # of bytes that are no pickle, reading raises whatever the bytes ask for
        said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise BadInput(f"{path} cannot be read: {said}.", "Save it again, or leave it out of the pattern.") from error


def _network_part(loaded: Any, path: Path) -> dict[str, Tensor]:
    if isinstance(loaded, Mapping):
        if loaded and all(isinstance(value, Tensor) for value in loaded.values()):
            return dict(loaded)
        for name in CONTAINERS:
            if isinstance(loaded.get(name), Mapping):
                return _network_part(loaded[name], path)
    raise BadInput(
        f"{path} holds no weights by name (looked for: {', '.join(CONTAINERS)}).",
        "Save the weights alone: torch.save(model.state_dict(), path).",
    )


def class_names_in(path: Path) -> tuple[str, ...]:
    """Class names that a checkpoint keeps beside its weights, in the order of the outputs; () where it keeps none.

    Read: `classes` or `class_names`, a list, and `class_to_idx`, torchvision's mapping. Raises as `read_weights`.
    """
    loaded = {} if path.suffix == ".safetensors" else _loaded(path)
    if not isinstance(loaded, Mapping):
        return ()
    if isinstance(numbers := loaded.get("class_to_idx"), Mapping):
        return tuple(str(name) for name, _ in sorted(numbers.items(), key=lambda item: item[1]))
    names = loaded.get("classes", loaded.get("class_names"))
    return tuple(map(str, names)) if isinstance(names, list | tuple) else ()


def load_weights(model: nn.Module, weights: Mapping[str, Tensor], path: Path) -> None:
    """Load all weights, and nothing but weights, whatever wrapper names stand before them on either side.

    Raises BadInput, with the names and shapes, where the network and the file differ.
    """
    expected = model.state_dict()
    ours, theirs = _by_bare_name(expected), _by_bare_name(weights)
    missing = [name for name in ours if name not in theirs and not name.endswith("num_batches_tracked")]
    extra = [name for name in theirs if name not in ours]
    if missing or extra:
        lacks = f"lacks {_some(missing)}" if missing else ""
        more = f"has {_some(extra)} that the model has not" if extra else ""
        raise BadInput(
            f"{path} does not fit the model: it {' and '.join(filter(None, (lacks, more)))}.",
            "Check that the function builds the model the weights were saved from.",
        )
    for name, own in ours.items():
        if name in theirs and weights[theirs[name]].shape != expected[own].shape:
            raise BadInput(
                f"{path} does not fit the model: {name} is {tuple(weights[theirs[name]].shape)} in the file and "
                f"{tuple(expected[own].shape)} in the model.",
                "Check the number of classes and the sizes the function builds with.",
            )
    renamed = {own: weights[theirs[name]] for name, own in ours.items() if name in theirs}
    model.load_state_dict(renamed, strict=False)  # only counters of batches, which nothing reads, can be missing


def _by_bare_name(names: Collection[str]) -> dict[str, str]:
    """Names without wrappers -> names; unchanged where two would become one."""
    bare = {_bare(name): name for name in names}
    return bare if len(bare) == len(names) else {name: name for name in names}


def _bare(name: str) -> str:
    """The name without wrappers."""
    for wrapper in WRAPPERS:
        if name.startswith(wrapper):
            return _bare(name.removeprefix(wrapper))
    return name


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
