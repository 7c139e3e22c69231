"""What a name says of a split: the words that the Hugging Face Hub uses, wherever in a name they stand."""

from __future__ import annotations

import re

SPLITS = {
    "train": "train", "training": "train", "trainval": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip
"""Split words, in lower case, that mean the same everywhere. Source: `SPLIT_KEYWORDS` of
Hugging Face's datasets; trainval is Pascal VOC's."""

OWN_WORDS = frozenset({"fold", "unlabeled", "unlabelled", "unsupervised", "holdout", "heldout"})
"""Words of splits that have no usual name: they keep the name they have."""

UNLABELLED_FOLDER = "_unlabeled"
"""Where FiftyOne's directory tree puts images without a label: no class, and no split."""

_FILLERS = frozenset({"set", "data", "dataset", "split", "image", "images", "img", "imgs", "folder", "of"})
_WORD = re.compile(r"[^\W\d_]+")  # letters; whatever else is there delimits, digits too: train2017
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MAYBE = re.compile("train|val|dev|test", re.IGNORECASE)


def split_word(name: str) -> str:
    """The split that a word of `name` says: "val" for "mnist_dev.parquet"; "" for none, or for two different ones."""
    if not _MAYBE.search(name):  # of 20,000 names of files, most stop here
        return ""
    splits = {SPLITS[word] for word in _words(name) if word in SPLITS}
    return splits.pop() if len(splits) == 1 else ""


def is_split_name(name: str) -> bool:
    """Whether `name` says a split and nothing else: "training_set" and "train2017" do, "train_station" does not."""
    return bool(split_word(name)) and not rest_of(name)


def is_own_split(name: str) -> bool:
    """Whether `name` says a split of its own: "fold_3", "unlabeled"."""
    return name != UNLABELLED_FOLDER and not OWN_WORDS.isdisjoint(_words(name))


def rest_of(name: str) -> tuple[str, ...]:
    """The words of a name that say nothing of a split: ("mnist",) of "mnist_train"."""
    return tuple(word for word in _words(name) if word not in SPLITS and word not in _FILLERS)


def known_split(name: str) -> str:
    """`name` under its usual name: "valid" is "val", "Training set" is "train". Others are returned as they are.

    A number is no part of a usual name: "test1" and "test2" of a column stay two splits.
    """
    plain = name.strip()
    return split_word(plain) if is_split_name(plain) and not any(map(str.isdigit, plain)) else plain


def _words(name: str) -> list[str]:
    words = _WORD.findall(_CAMEL.sub(" ", name).casefold())
    return [word[:-3] if word.endswith("set") and word[:-3] in SPLITS else word for word in words]
