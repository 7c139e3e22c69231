"""Vectors of texts in the space of the images': one per class for zero-shot scores, any further ones to search by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...errors import BadInput
from ...files.arrow import BROKEN_TABLE
from ...images.filenames import to_text
from ...types import Floats
from ...wording import some_of
from ..aligned.named_columns import ID_KEYS
from ..repeats import repeated
from .arrays import headers_of, read_member
from .files import VECTOR_KEYS, read_vectors
from .rows import VectorRows, as_stored, checked

TEXT_KEYS = ("text", "texts", "prompt", "prompts", "class", "classes", "class_name", "class_names", "name", "names",
             "label", "labels", *ID_KEYS)  # fmt: skip
"""What an array or column of the texts is called."""

TEXT_VECTOR_KEYS = ("text_features", "text_embeds", "text_embeddings", "text_vectors", "weights", *VECTOR_KEYS)
MOST_TEXTS = 100_000
PROMPT = "a photo of a {}"


def read_texts(path: Path, classes: Sequence[str], d: int) -> tuple[dict[str, Floats], str]:
    """Text -> (d,) float32, in the file's order, and how the texts were found, in words.

    A file has one vector a text: an array or a column of texts beside them, an `.npz` with an array for each text, or
    as many rows as there are classes, in their order. d: numbers of an image's vector.
    Raises BadInput on vectors of another length, a text that is there twice, and rows that cannot be used.
    """
    name = to_text(path.name)
    found = _array_for_each(path)
    if found is not None:
        texts, matrix, how = tuple(found), np.stack(list(found.values())), "an array for each text"
    else:
        rows = read_vectors(path, value_names=TEXT_VECTOR_KEYS, id_names=TEXT_KEYS)
        texts, how = _texts_of(rows, classes, name)
        matrix = np.concatenate([as_stored(block) for block in rows.blocks()])
    if matrix.shape[1] != d:
        raise BadInput(
            f"The texts' vectors in {name} have {matrix.shape[1]:,} numbers, and the images' {d:,}.",
            "Give both from one encoder, whose texts and images share a space.",
        )
    checked([matrix], name)
    if twice := repeated(texts):
        raise BadInput(
            f"{name} has {some_of(twice)} more than once.", "Give one vector a text: the mean of several prompts'."
        )
    return dict(zip(texts, as_stored(matrix), strict=True)), how


def class_vectors(texts: Mapping[str, Floats], classes: Sequence[str]) -> dict[str, Floats]:
    """Class -> its text's vector, for each class that has one: by its name, or a prompt of it in CLIP's words.

    The name as it is comes first; else case, underscores and the words of the prompt make no difference, where that
    leaves one text and one class.
    """
    plain: dict[str, list[str]] = {}
    for text in texts:
        plain.setdefault(_plain(text), []).append(text)
    keys = [_plain(name) for name in classes]
    unclear = set(repeated(keys))
    found = {}
    for name, key in zip(classes, keys, strict=True):
        fitting = [name] if name in texts else [] if key in unclear else plain.get(key, [])
        if len(fitting) == 1:
            found[name] = texts[fitting[0]]
    return found


def _plain(text: str) -> str:
    words = " ".join(text.casefold().replace("_", " ").split()).rstrip(".")
    for start in (PROMPT.format(""), "a photo of an ", "a photo of the "):
        words = words.removeprefix(start)
    return words


def _array_for_each(path: Path) -> dict[str, Floats] | None:
    """The arrays of an `.npz` whose every array is one vector, None for any other file."""
    try:
        with open(path, "rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return None
        headers = headers_of(path)
        single = {name for name, each in headers.items() if each.shape[:-1] in ((), (1,)) and each.kind.kind in "fiu"}
        if len(headers) < 2 or single != set(headers) or len(headers) > MOST_TEXTS:
            return None
        found = {to_text(name): as_stored(read_member(path, name)).ravel() for name in headers}
    except BROKEN_TABLE:
        return None  # which reading it as any other file says in words
    widths = {len(vector) for vector in found.values()}
    if len(widths) > 1:
        shown = ", ".join(map(str, sorted(widths)[:5]))
        raise BadInput(f"The vectors in {to_text(path.name)} differ in length: {shown}.", "Give those of one encoder.")
    return found


def _texts_of(rows: VectorRows, classes: Sequence[str], name: str) -> tuple[tuple[str, ...], str]:
    """The text of each row."""
    m = rows.shape[0]
    if m > MOST_TEXTS:
        raise BadInput(f"{name} has {m:,} texts; at most {MOST_TEXTS:,} are taken.", "Give those of the classes.")
    if rows.names.ids is not None:
        return rows.names.ids, f"from {rows.names.id_name!r}"
    for column, texts in rows.names.texts.items():
        return texts, f"from {column!r}"
    if m == len(classes):
        return tuple(classes), f"none, rows are in the classes' order: {classes[0]!r} first and {classes[-1]!r} last"
    raise BadInput(
        f"{name} does not say which text each of its {m:,} rows is, and the audit has {len(classes):,} classes.",
        "Name them: np.savez('texts.npz', texts=names, features=vectors).",
    )
