"""A model of the user's own: which checkpoints, what its input has to look like, and which output each class is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ...dataset.aligned.model_files import READ_AS_CHECKPOINTS, RUN_IT, model_file
from ...device import pick_device
from ...errors import BadInput
from ...images.filenames import to_text
from ..checkpoints import TrainedNetwork
from ..pixels import Normalisation, Transform
from .imported import checked_networks
from .state_dicts import class_names_in, find_checkpoints


@dataclass(frozen=True)
class OwnModel:
    """What somebody said of a model, checked as far as it can be before it is loaded.

    factory: `package.module:function`, which builds the network. paths: its checkpoints in order of training.
    image_size, normalisation, transform: what its input has to look like; see `to_square`. outputs: the names of its
    outputs in order, () where nobody said; order: which of them each class is. n_classes: that are known. device: on
    which it is computed.
    """

    factory: str
    paths: tuple[Path, ...]
    image_size: int
    normalisation: Normalisation
    transform: Transform
    outputs: tuple[str, ...]
    order: tuple[int, ...]
    n_classes: int
    device: str

    @property
    def said(self) -> dict[str, Any]:
        """What it is, in JSON values; the checkpoints by their names."""
        return {
            "source": "checkpoints", "factory": self.factory,
            "checkpoints": [to_text(path.name) for path in self.paths], "image_size": self.image_size,
            "mean": list(self.normalisation.mean), "sd": list(self.normalisation.sd),
            "transform": self.transform, "classes": list(self.outputs),
        }  # fmt: skip

    def networks(self) -> Iterator[TrainedNetwork]:
        """Every checkpoint, ready to predict, in order of training; all are checked before the first. See there."""
        return checked_networks(
            self.factory, self.paths, self.n_classes, self.image_size, self.normalisation, self.device,
            class_names=self.outputs, order=self.order if self.order != tuple(range(len(self.outputs))) else (),
        )  # fmt: skip


def own_model(
    known: Sequence[str], *, factory: str, checkpoints: str, image_size: int, mean: Sequence[float],
    sd: Sequence[float], transform: Transform = "stretch", classes: Sequence[str] = (), device: str = "auto",
) -> OwnModel:  # fmt: skip
    """Read what somebody said of a model.

    known: the names of the classes. checkpoints: a pattern of files, taken in natural order. classes: names of its
    outputs in order, where they differ from those known; a checkpoint may name them itself. Raises BadInput with the
    reason on what does not fit.
    """
    normalisation, on = channel_normalisation(mean, sd), pick_device(device)
    if transform not in get_args(Transform):
        raise BadInput(f"There is no transform {transform!r}.", "Pass --transform stretch or crop.")
    paths = find_checkpoints(checkpoints)
    refuse_other_models(paths)
    outputs = tuple(classes) or class_names_in(paths[0])
    order = class_order(outputs, known) if outputs else ()
    return OwnModel(factory, tuple(paths), image_size, normalisation, transform, outputs, order, len(known), on.type)


def refuse_other_models(paths: Sequence[Path]) -> None:
    """Raise BadInput on a file of another framework, which Hardlook does not run."""
    for path in paths:
        kind = model_file(path)
        if kind and kind not in READ_AS_CHECKPOINTS:
            raise BadInput(f"{to_text(str(path))} is {kind}, and no checkpoint of PyTorch weights.", *RUN_IT)


def class_order(outputs: Sequence[str], classes: Sequence[str]) -> tuple[int, ...]:
    """Which of a network's outputs each class of the audit is. Raises BadInput on a class it does not know."""
    place = {name: i for i, name in enumerate(outputs)}
    missing = [name for name in classes if name not in place]
    if missing or len(place) != len(outputs):
        twice = [name for name in place if list(outputs).count(name) > 1]
        what = f"has no output for class {missing[0]!r}" if missing else f"names the class {twice[0]!r} twice"
        more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise BadInput(
            f"The model {what}{more}; its classes are {', '.join(map(repr, outputs[:10]))}.",
            "Name its outputs in their order, as the audit calls them, with --classes.",
        )
    return tuple(place[name] for name in classes)


def channel_normalisation(mean: Sequence[float], sd: Sequence[float]) -> Normalisation:
    """Mean and standard deviation of the three channels from three numbers or one each.

    Raises BadInput where they cannot be those of pixels in 0..1.
    """
    for name, values in (("mean", mean), ("std", sd)):
        if len(values) not in (1, 3) or not all(0 <= value <= 1 for value in values) or (name == "std" and 0 in values):
            raise BadInput(
                f"--{name} is {', '.join(map(str, values)) or 'empty'}.",
                "Give three numbers, or one, for pixels in 0..1: divide those for 0..255 by 255.",
            )
    red_green_blue = [tuple(values) * (3 // len(values)) for values in (mean, sd)]
    return Normalisation(red_green_blue[0], red_green_blue[1])
