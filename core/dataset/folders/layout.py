"""What the folders above an image are: its split, its class, or nothing; as given, or found out by `infer`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import BadInput
from ...images.filenames import to_text
from ..splits import UNLABELLED_FOLDER, is_own_split, is_split_name, split_word

SPLIT, CLASS, ANY, MAYBE_SPLIT = "split", "class", "*", "[split]"
FLAT = "flat"
NAMES = "names"
METADATA, SHARDS = "metadata", "shards"
LAYOUTS = (
    "'split', 'class' or '*' (a folder that is neither) for each level of folders with '/' between, such as "
    "split/class, class/split or */class; [split] for a level that only some images have; names, last, for splits in "
    "the names of files; flat, for no labels and no splits; metadata or shards, for what these files say"
)

PICTURE_WORDS = frozenset({"images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "jpg", "jpeg", "png"})
"""Folders, in lower case, that say no more than that images lie in them."""

Places = Mapping[tuple[str, ...], int]
"""Folders above images, from the input's own downwards, and how many images lie directly in each."""

_PARTITION_KEYS = ("label", "labels", "class", "target", "category", "split")


@dataclass(frozen=True)
class Layout:
    """The role of each level of folders: split, class, * or [split], from the top; deeper folders mean nothing.

    in_names: whether the split is a word of the file's name. why: what it was found out from.
    """

    roles: tuple[str, ...]
    in_names: bool = False
    why: str = ""

    def __str__(self) -> str:
        return "/".join((*self.roles, *((NAMES,) if self.in_names else ()))) or FLAT

    @property
    def has_splits(self) -> bool:
        """Whether a folder or a name says the split."""
        return self.in_names or not {SPLIT, MAYBE_SPLIT}.isdisjoint(self.roles)

    def place(self, folders: tuple[str, ...]) -> tuple[str, str | None]:
        """(split, class) of images in `folders`: "" and None for none."""
        split, label, rest = "", None, list(folders)
        for role in self.roles:
            if not rest:
                break
            if role == MAYBE_SPLIT and not (is_split_name(rest[0]) or is_own_split(rest[0])):
                continue
            name = rest.pop(0)
            if role in (SPLIT, MAYBE_SPLIT):
                split = split_of(name)
            elif role == CLASS and name != UNLABELLED_FOLDER:
                label = to_text(unpartitioned(name))
        return split, label


def split_of(folder: str) -> str:
    """The split that a folder in a split's place is: the usual name of one where it has a word of it, else its own."""
    name = unpartitioned(folder)
    return ("" if is_own_split(name) else split_word(name)) or to_text(name.strip())


def unpartitioned(folder: str) -> str:
    """The value of a Hive partition's folder: "cat" of "label=cat". Other names are returned as they are."""
    key, equals, value = folder.partition("=")
    return value if equals and value and key.casefold() in _PARTITION_KEYS else folder


def partition_key(folder: str) -> str:
    """ "label" of "label=cat", in lower case; "" of a folder that is no such partition."""
    return folder.partition("=")[0].casefold() if unpartitioned(folder) != folder else ""


def parse_layout(given: str) -> Layout:
    """The layout of a `--layout`. Raises BadInput naming the ones there are."""
    if given == FLAT:
        return Layout((), why="given")
    roles = tuple(given.split("/"))
    in_names = roles[-1] == NAMES
    roles = roles[:-1] if in_names else roles
    twice = any(roles.count(role) > 1 for role in (CLASS,)) or sum(map(roles.count, (SPLIT, MAYBE_SPLIT))) > 1
    if twice or not set(roles) <= {SPLIT, CLASS, ANY, MAYBE_SPLIT}:
        raise BadInput(f"--layout is {given!r}, which is no layout.", f"Give {LAYOUTS}.")
    return Layout(roles, in_names, "given")


def as_option(roles: tuple[str, ...]) -> str:
    """How a layout is typed on the command line."""
    text = "/".join(roles) or FLAT
    return f"--layout {shlex.quote(text)}"


def collapsed(places: Places) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Each of the places without folders that add nothing, where they are alone in the one they lie in.

    train/train/cat is train/cat: archives that unpack into a folder of their own name leave such pairs. val/images is
    val: that images lie in it is nothing that a folder need say. One with something beside it stays.
    """
    below: dict[tuple[str, ...], set[str]] = {}
    for place in places:
        for depth, name in enumerate(place):
            below.setdefault(place[:depth], set()).add(name)

    def adds_nothing(place: tuple[str, ...], i: int) -> bool:
        name, above = place[i], place[:i]
        says_nothing = name.casefold() in PICTURE_WORDS or (i > 0 and name == place[i - 1])
        return says_nothing and below[above] == {name} and not places.get(above)

    return {place: tuple(name for i, name in enumerate(place) if not adds_nothing(place, i)) for place in places}
