"""What tells the images of a page from the others: asked of the worker in the background, and kept in the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ...files.broken import BROKEN
from ...store.cache import write_whole
from ...store.provenance import PERMUTED
from ...store.writer import fingerprint
from ...types import Estimate, Floats, Ints, Run, Unit
from ...words.ends import SHARE, Sides, both_ends, in_words
from ...words.kept import words_of
from ...words.telling import MOST, Tells, Told, tell
from ...words.word_list import word_list_of
from ...worker.background import BackgroundJob, Say, shared_jobs
from ...worker.client import ask_worker
from .choices import ScoreChoice
from .ranking import Selection, mask_of
from .reader import Reader
from .searches import text_run
from .similar import embedding_run

SOURCES = {"margin": PERMUTED}
"""What the figures are."""

Answer = dict[str, Told]
"""Selection -> what tells it, in the order of the question."""


@dataclass(frozen=True)
class Question:
    """Images by selection, each with those it is told from, and the embedding they are compared in.

    reads: whether the embedding's encoder reads text, or texts were imported with it. path: of the kept answer.
    """

    sides: Mapping[str, Sides]
    run: Run
    reads: bool
    path: Path


def of_ends(reader: Reader, score: ScoreChoice, order: Ints) -> Question | None:
    """The two ends of an order, ids lowest score first; None where there is no embedding."""
    sides = both_ends(order, score.direction)
    return _question(reader, {in_words(end, SHARE): side for end, side in sides.items()}, score)


def of_images(reader: Reader, ids: Ints, selection: Selection) -> Question | None:
    """Some images, told from the others of the split and filter that a page shows, whatever subset of it."""
    mask = mask_of(reader, Selection(split=selection.split, where=selection.where))
    inside = np.ones(reader.n_images, bool) if mask is None else mask.copy()
    inside[ids] = False
    return _question(reader, {"these images": (np.sort(ids), np.flatnonzero(inside))}, None)


def _question(reader: Reader, sides: Mapping[str, Sides], score: ScoreChoice | None) -> Question | None:
    """None without an embedding. One that reads text comes before the one that the score was made from."""
    run, reads = text_run(reader), True
    if run is None:
        run, reads = embedding_run(reader, score), False
    if run is None:
        return None
    audit = reader.hub.audit
    images = [(name, *map(_digest, one)) for name, one in sides.items()]
    words = word_list_of(audit).fingerprint if reads else ""
    asked = fingerprint(reader.key[1], run.run_id, images, words, MOST)
    return Question(sides, run, reads, audit.cache / "words" / f"{asked}.json")


def _digest(ids: Ints) -> str:
    return blake2b(np.asarray(ids, np.int32).tobytes(), digest_size=8).hexdigest()


def kept_answer(question: Question) -> Answer | None:
    """The answer, if it was found before; what cannot be read is found again."""
    try:
        read = json.loads(question.path.read_text(encoding="utf-8"))
        return {name: _told(read[name]) for name in question.sides}
    except BROKEN:
        return None


def start_telling(reader: Reader, question: Question) -> BackgroundJob[Answer]:
    """Find the answer in the background and keep it. The job's error is a HardlookError."""

    def work(say: Say) -> Answer:
        words = cache(lambda: _words(reader, question, say)) if question.reads else None
        found: Answer = {}
        for name, sides in question.sides.items():
            say("Comparing with selections by chance", len(found), len(question.sides))
            found[name] = tell(reader.hub, question.run, sides, reader.labels, words)
        kept = {name: asdict(told) for name, told in found.items()}
        write_whole(question.path, json.dumps(kept).encode())
        return found

    return shared_jobs().start(str(question.path), work)


def _words(reader: Reader, question: Question, say: Say) -> tuple[tuple[str, ...], Floats]:
    audit, run = reader.hub.audit, question.run

    def encode(texts: list[str]) -> Floats:
        asked = ask_worker("encode_texts", say=say, audit=str(audit.path), run=run.run_id, texts=texts)
        vectors: Floats = asked.arrays["vectors"]
        return vectors

    return words_of(audit, run, word_list_of(audit), encode, lambda done, total: say("Encoding the words", done, total))


def _told(read: Mapping[str, Any]) -> Told:
    """What was kept, each value in its type, so that a page is given no other. Raises what `BROKEN` lists."""
    return Told(str(read["about"]), tuple(map(_tells, read["tells"])))


def _tells(one: Mapping[str, Any]) -> Tells:
    margin = one["margin"]
    value, low, high = (float(margin[name]) for name in ("value", "low", "high"))
    if margin["unit"] not in get_args(Unit):
        raise ValueError(f"the unit {margin['unit']!r}")
    estimate = Estimate(value, low, high, int(margin["n"]), margin["unit"])
    return Tells(str(one["kind"]), str(one["name"]), estimate, float(one["p"]), int(one["of"]))
