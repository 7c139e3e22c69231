"""Keys of an npz file: which array is what, alone or once for each split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass

from ..model import Understood
from ..splits import SPLITS
from .usual_names import listed, normal

IMAGE_KEYS = ("x", "images", "X", "data", "image", "imgs", "img", "pixels")
LABEL_KEYS = ("y", "label", "labels", "Y", "targets", "target", "category", "categories", "fine_label", "class")
NAME_KEYS = ("class_names", "classes", "label_names", "names", "target_names", "categories")
"""Arrays of one text a class, in label order."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Roles:
    """Names of arrays by role, "" where a file has none."""

    image: str
    label: str
    true_label: str = ""
    split: str = ""
    id: str = ""

    def of_rows(self) -> dict[str, str]:
        """The arrays of one value per image, by role."""
        roles = {"label": self.label, "true_label": self.true_label, "split": self.split, "id": self.id}
        return {role: name for role, name in roles.items() if name}

    def names(self) -> tuple[str, ...]:
        """The arrays that have a role."""
        return tuple(name for name in astuple(self) if name)


def split_roles(shapes: Mapping[str, Shape]) -> dict[str, Roles]:
    """Arrays by split: `train_images`, `x_train`, `Y_val`; {} where no split has images."""
    images: dict[str, str] = {}
    labels: dict[str, str] = {}
    for name in shapes:
        split, rest = _split_and_rest(normal(name))
        if split and rest in set(map(normal, IMAGE_KEYS)):
            images.setdefault(split, name)
        elif split and rest in set(map(normal, LABEL_KEYS)):
            labels.setdefault(split, name)
    return {split: Roles(image, labels.get(split, "")) for split, image in images.items()}


def _split_and_rest(key: str) -> tuple[str, str]:
    """("train", "images") of "trainimages" and "imagestrain"; ("", key) without a word of a split."""
    for word in sorted(SPLITS, key=len, reverse=True):
        if key.startswith(word):
            return SPLITS[word], key.removeprefix(word)
        if key.endswith(word):
            return SPLITS[word], key.removesuffix(word)
    return "", key


def split_of(name: str) -> str:
    """The split that the name of an array of images says, "" for none."""
    split, rest = _split_and_rest(normal(name))
    return split if rest in set(map(normal, IMAGE_KEYS)) else ""


def array_lines(roles: Roles) -> Iterator[Understood]:
    """What each role was read from."""
    yield Understood("layout", f"images from array {roles.image!r}", "--image-key NAME")
    for role, about, given in (
        ("label", "labels", "--label-key"), ("true_label", "true labels", "--true-label-key"),
        ("split", "splits", "--split-key"), ("id", "ids", "--id-key"),
    ):  # fmt: skip
        if name := roles.of_rows().get(role):
            yield Understood(about, f"from array {name!r}", f"{given} NAME")
    split = split_of(roles.image)
    if split and not roles.split:
        yield Understood("splits", f"{split!r} from the name of array {roles.image!r}", "--image-key NAME")


def unlabelled_line(shapes: Mapping[str, Shape], roles: Roles) -> Understood:
    """That images have no labels, with the arrays there are."""
    others = listed([name for name in shapes if name != roles.image])
    usually = ", ".join(LABEL_KEYS[:3])
    text = f"none, images of {roles.image!r} are unlabelled: no array has a usual name of labels ({usually} …)"
    return Understood("labels", f"{text}; the others are {others}", "--label-key NAME")


def arrays_listed(shapes: Mapping[str, Shape]) -> str:
    """Names and shapes for a message, a dozen at most."""
    shown = ", ".join(f"{name!r} {shape}" for name, shape in list(shapes.items())[:12])
    return (f"{shown} and {len(shapes) - 12} more" if len(shapes) > 12 else shown) or "no arrays"
