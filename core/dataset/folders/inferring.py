"""Finding out what folders mean. What cannot be told from their names is an error that shows both readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...errors import TwoReadings
from ...images.filenames import to_text
from ...wording import some_of
from ..splits import is_own_split, is_split_name, rest_of, split_word
from .folder_tree import Folder, grown, merged
from .layout import ANY, CLASS, MAYBE_SPLIT, PICTURE_WORDS, SPLIT, Layout, Places, as_option, partition_key

AROUND_WORDS = frozenset({"data", "dataset", "datasets", "archive"})
"""Folders, in lower case, that say no more than that a data set lies in them."""

MASK_WORDS = frozenset({
    "annotation", "annotations", "gt", "gts", "groundtruth", "ground_truth", "label", "labels", "lbl", "lbls", "mask",
    "masks",
    "segmentation", "segmentationclass", "segmentationobject", "segmentations", "semantic", "target", "targets",
})  # fmt: skip
"""Folders, in lower case, of pictures that are labels themselves, as a segmentation set has them."""

SHOWN = 4

Roles = tuple[str, ...]
Reason = tuple[Roles, str]


def infer(places: Places) -> Layout:
    """The layout of the folders that images lie in. Raises TwoReadings where names leave more than one.

    One reading is taken where no other would train on other images, merge classes or leave images out.
    """
    roles, why = _roles(grown(places), ())
    return Layout(roles, why=why)


def infer_splits(places: Places) -> Layout:
    """The same without classes, for images whose labels stand in a table: folders that say splits, or none."""
    try:
        layout = infer(places)
    except TwoReadings:
        return Layout((), why="no folder is certain to say a split")
    last = max((i + 1 for i, role in enumerate(layout.roles) if role == SPLIT), default=0)
    return Layout(tuple(ANY if role == CLASS else role for role in layout.roles[:last]), why=layout.why)


def _roles(folder: Folder, above: Roles) -> Reason:
    """What the levels below `folder` are. above: what those down to it are."""
    names = folder.names
    if not names:
        return above, "no folder lies below" if above else "the images lie in no folder of it"
    keys = {partition_key(name) for name in names}
    if len(keys) == 1 and "" not in keys:
        why = f"the folders are called {next(iter(keys))}=…"
        return _below_splits(folder, above, why) if keys == {"split"} else ((*above, CLASS), why)
    words = [name for name in names if split_word(name) or is_own_split(name)]
    return _with_split_words(folder, above, words) if words else _without_split_words(folder, above)


def _with_split_words(folder: Folder, above: Roles, words: list[str]) -> Reason:
    """A level that has names of splits: whether all of it is splits, or one class happens to be called so."""
    others = [name for name in folder.names if name not in words]
    plain = [word for word in words if is_split_name(word) or is_own_split(word)]
    usual = {split_word(word) for word in words} - {""}
    rests = [rest_of(word) for word in words if split_word(word)]
    alike = len(usual) > 1 and len(set(rests)) == 1
    shared = _share_a_folder(folder)
    flat = not any(folder.folders[word].folders for word in words)
    if not others and (len(plain) == len(words) or alike or shared):
        return _below_splits(folder, above, f"{_listed(words)} {_say(words)}")
    several = len({split_word(word) or word for word in plain}) > 1
    if others and (alike or (several and usual) or (shared and plain)):
        if any(is_split_name(below) for name in others for below in folder.folders[name].folders):
            raise _two_levels(folder, above)
        own = "is taken as a split of its own" if len(others) == 1 else "are taken as splits of their own"
        return _below_splits(folder, above, f"{_listed(words)} {_say(words)}, and {_listed(others)} beside {own}")
    if flat and others and (not plain or {split_word(word) for word in words} == {"train"}):
        # Trains are photographed too; a split of training images alone would have no class below it.
        return _without_split_words(folder, above, f", {_listed(words)} among them")
    if flat and not plain and len(words) > 1 and len(usual) == 1 and len(set(rests)) == len(rests):
        return (*above, CLASS), f"{_listed(words)} say more than a split"
    what = ("a split", "a class") if len(words) == 1 else ("splits", "classes")
    beside = f", beside {_listed(others)}" if others else ""
    first = (MAYBE_SPLIT, CLASS) if others else (SPLIT, CLASS)
    raise TwoReadings(
        f"{_listed(words)} may be {what[0]} or {what[1]}{beside}.",
        [_reading(folder, above, first), _reading(folder, above, (CLASS,))],
    )


def _below_splits(folder: Folder, above: Roles, why: str) -> Reason:
    """The levels below folders of splits, seen together: the classes, perhaps in one folder more."""
    roles = (*above, SPLIT)
    splits = [one for one in folder.folders.values() if one.folders]
    below = merged(folder.folders.values())
    if not below.folders:
        return roles, why
    inner = [within for one in splits for within in one.folders.values()]
    alone = len(below.folders) == 1 and not any(one.own for one in splits)
    if alone and all(within.folders and not within.own for within in inner):
        more, _ = _classes(merged(below.folders.values()), (*roles, ANY))
        return more, f"{why}; {_listed(below.names)} is the only folder in it"
    if any(is_split_name(name) for _, name in below.levels()):
        raise _two_levels(folder, above)
    more, _ = _classes(below, roles)
    return more, why


def _without_split_words(folder: Folder, above: Roles, among: str = "") -> Reason:
    """A level without names of splits: a folder around everything, classes, or classes above splits."""
    names = folder.names
    if len(names) == 1:
        only = folder.folders[names[0]]
        if only.folders and not only.own:
            roles, why = _roles(only, (*above, ANY))
            if CLASS not in roles and names[0].casefold() not in PICTURE_WORDS | AROUND_WORDS:
                raise TwoReadings(
                    f"{_listed(names)} holds splits without classes, and may be the only class or a folder around all.",
                    [_reading(folder, above, (CLASS, SPLIT)), _reading(folder, above, (ANY, SPLIT))],
                )
            return roles, f"everything lies in {_listed(names)}; {why}"
        if names[0].casefold() in PICTURE_WORDS:
            return (*above, ANY), f"{_listed(names)} says only that images lie in it"
    if any(level and is_split_name(name) for level, name in folder.levels()):
        second = merged(folder.folders.values())
        above_splits = all(map(_holds_only_splits, folder.folders.values()))
        if not above_splits or merged(second.folders.values()).folders:
            raise _two_levels(folder, above)
        return (*above, CLASS, SPLIT), f"{_listed(second.names)} in each of {_listed(names)} {_say(second.names)}"
    return _classes(folder, above, among)


def _classes(folder: Folder, above: Roles, among: str = "") -> Reason:
    """A level of classes. Raises TwoReadings where the level below may be the classes as well."""
    names = folder.names
    folded = {name.casefold().rstrip("_-0123456789") for name in names}  # image_2, label_2
    if len(folded) > 1 and folded <= PICTURE_WORDS | MASK_WORDS and folded & PICTURE_WORDS:
        raise TwoReadings(
            f"{_listed(names)} look like images and masks, as a segmentation set has them: no class an image.",
            [_reading(folder, above, (CLASS,)), ("images without labels", as_option((*above, ANY)))],
        )
    for name in names:
        again = sorted(set(folder.folders[name].folders) & set(names) - {name})
        if again and not folder.folders[name].own:
            raise TwoReadings(
                f"{_listed([name])} lies beside {_listed(again)} and holds folders of these names again, as an archive "
                "does that holds a copy of itself; ingest one of them alone, or say what they are.",
                [_reading(folder, above, (CLASS,)), _reading(folder, above, (ANY, CLASS))],
            )
    nested = all(one.folders and not one.own for one in folder.folders.values())
    if nested and any(len(one.folders) > 1 for one in folder.folders.values()):
        raise TwoReadings(
            f"{_listed(names)} hold folders of images and no image of their own: either level may be the classes.",
            [_reading(folder, above, (CLASS,)), _reading(folder, above, (ANY, CLASS))],
        )
    are = "is a folder" if len(names) == 1 else "are folders"
    return (*above, CLASS), f"{_listed(names)} {are} of images{among}"


def _two_levels(folder: Folder, above: Roles) -> TwoReadings:
    """Names of splits at a level where other folders lie beside them, or at two levels."""
    level, name = min((level, name) for level, name in folder.levels() if level and is_split_name(name))
    deeper = max(map(len, folder.places())) > level + 1
    readings: list[Roles] = [(SPLIT, CLASS)] if any(map(split_word, folder.folders)) else []
    readings += [(*(ANY,) * i, CLASS, *(ANY,) * (level - i - 1), SPLIT) for i in range(level)]
    readings += [(*(ANY,) * level, SPLIT, CLASS)] if deeper else [(CLASS,)]
    return TwoReadings(
        f"{name!r} below {_listed(folder.names)} says a split, but there are splits at two levels, or folders beside.",
        [_reading(folder, above, roles) for roles in readings],
    )


def _reading(folder: Folder, above: Roles, roles: Roles) -> tuple[str, str]:
    """What some roles would make of the folders below `above`, and the option that chooses them."""
    placed = [Layout(roles).place(place) for place in folder.places()]
    labels = {label for _, label in placed if label is not None}
    splits = {split for split, _ in placed if split}
    parts = [f"the {'class' if len(labels) == 1 else 'classes'} {_listed(labels)}"] if labels else ["no classes"]
    parts += [f"the {'split' if len(splits) == 1 else 'splits'} {_listed(splits)}"] if splits else []
    return " and ".join(parts), as_option((*above, *roles))


def _holds_only_splits(folder: Folder) -> bool:
    return bool(folder.folders) and all(is_split_name(name) or is_own_split(name) for name in folder.folders)


def _share_a_folder(folder: Folder) -> bool:
    """Whether two of the folders in it have a folder of one name, other than one that says nothing."""
    below = [name for one in folder.folders.values() for name in one.folders if name.casefold() not in PICTURE_WORDS]
    return len(set(below)) < len(below)


def _say(words: Sequence[str]) -> str:
    return "says a split" if len(words) == 1 else "say splits"


def _listed(names: Iterable[str]) -> str:
    return some_of([to_text(name) for name in sorted(names)], SHOWN)
