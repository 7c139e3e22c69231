"""The vectors of a list's words, by one encoder: made once, some hundred at a time, and kept in the audit's cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..kinds.embed import has_texts
from ..maths.vectors import unit_rows
from ..progress import Advance
from ..store.audit import Audit
from ..store.cache import read_arrays, write_arrays
from ..store.vectors import text_vectors
from ..store.writer import fingerprint
from ..types import Floats, Run
from .word_list import WordList

AT_ONCE = 256
"""Texts that are encoded, and kept, at once: what was stopped goes on with the next ones."""

Encode = Callable[[list[str]], Floats]
"""Texts -> (t, d), in the space of an embedding's vectors."""

Directions = tuple[tuple[str, ...], Floats]
"""Names (w,) and their directions (w, d) of unit length, in that space."""


def words_of(audit: Audit, run: Run, words: WordList, encode: Encode, advance: Advance) -> Directions:
    """The words with their vectors; of an embedding that texts were imported with, those texts in their place."""
    if has_texts(run):
        found = text_vectors(audit, run.run_id)
        return tuple(found), unit_rows(np.stack(list(found.values())))
    parts: list[Floats] = []
    for start in range(0, len(words.texts), AT_ONCE):
        texts = list(words.texts[start : start + AT_ONCE])
        path = audit.cache / "words" / f"{fingerprint(run.weights, dict(run.parameters), texts)}.npz"
        kept = read_arrays(path, ["vectors"])
        if kept is None:
            kept = {"vectors": unit_rows(encode(texts))}
            write_arrays(path, kept)
        parts.append(kept["vectors"])
        advance(start + len(texts), len(words.texts))
    return words.words, np.concatenate(parts)
