"""What is loaded once and kept: readers by published files, orders by score. Streamlit's cache locks and evicts.

Arguments that begin with an underscore are not part of the key. A reader stands for one set of published files
(`Reader.key`), so a new run leaves old entries to be evicted; a hub is never closed while a page may be reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
import streamlit as st

from core.answers.differences.audit_difference import AuditDifference, difference
from core.answers.differences.states import two_states
from core.answers.models.error_by_difficulty import ErrorOrder, evaluated_order
from core.answers.models.predictions import ModelPredictions, model_predictions
from core.answers.scores.agreement import Overlaps, hard_places, top_overlaps
from core.answers.scores.cloud import Cloud
from core.answers.scores.pair import axis, pair_cloud
from core.answers.view.choices import ScoreChoice
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Scored, Selection, class_blocks, in_view, scored
from core.answers.view.reader import Audit, Reader, open_reader, reader_key
from core.types import Ints

Key = tuple[str, ...]
P = ParamSpec("P")
T = TypeVar("T")


def load_reader(audit: Audit) -> Reader:
    """The audit as it is published now. Raises MissingRun before the first ingest."""
    return _reader(reader_key(audit), audit)


def answer(question: Callable[Concatenate[Reader, P], T], reader: Reader, *arguments: P.args, **more: P.kwargs) -> T:
    """question(reader, *arguments), asked once: for answers that are small but take a while on a million images."""
    asked = (f"{question.__module__}.{question.__qualname__}", reader.key, in_full(arguments, more))
    return cast(T, _answer(*asked, lambda: question(reader, *arguments, **more)))


def large_answer(
    question: Callable[Concatenate[Reader, P], T], reader: Reader, *arguments: P.args, **more: P.kwargs
) -> T:
    """The same for answers of many megabytes at a million images: only the last few are kept."""
    asked = (f"{question.__module__}.{question.__qualname__}", reader.key, in_full(arguments, more))
    return cast(T, _large_answer(*asked, lambda: question(reader, *arguments, **more)))


def in_full(arguments: Sequence[object], more: Mapping[str, object]) -> str:
    """What was asked, as a key: an array by all of its values, of which its own text leaves out most."""

    def told(one: object) -> object:
        if not isinstance(one, np.ndarray):
            return one
        return one.dtype.str, one.shape, blake2b(np.ascontiguousarray(one).tobytes(), digest_size=16).hexdigest()

    return repr(([told(one) for one in arguments], {name: told(one) for name, one in more.items()}))


def load_scored(reader: Reader, address: str) -> Scored:
    """One score, sorted."""
    return _scored(reader.key, address, reader)


def load_order(reader: Reader, address: str, selection: Selection) -> Ints:
    """Ids in view, lowest score first."""
    return _order(reader.key, address, repr(selection), selection, reader)


def load_class_blocks(reader: Reader, address: str, selection: Selection) -> list[tuple[int, Ints]]:
    """Ids in view by class, lowest score first."""
    return _class_blocks(reader.key, address, repr(selection), selection, reader)


def load_predictions(reader: Reader, run_id: str) -> ModelPredictions:
    """What one model said of every image."""
    return _judged(reader.key, run_id, reader)


def load_error_order(reader: Reader, score: ScoreChoice, run_id: str, selection: Selection, images: str) -> ErrorOrder:
    """The judged images in view in the order of a score, and which of them the model gets wrong."""
    return _error_order(reader.key, score.address, run_id, repr((selection, images)), reader, score, selection, images)


def load_pair(reader: Reader, a: str, b: str, scale: str, selection: Selection) -> Cloud:
    """The images in view on the plane of two scores. a, b: score addresses."""
    return _pair(reader.key, a, b, scale, repr(selection), selection, reader)


def load_top_overlaps(
    reader: Reader, first: ScoreChoice, others: Sequence[ScoreChoice], selection: Selection
) -> Overlaps | None:
    """How much of the top of one score is on top of others, of the images in view."""

    def ask() -> Overlaps | None:
        placed = [_places(reader.key, one.address, one, reader) for one in (first, *others)]
        return top_overlaps(reader, placed[0], placed[1:], selection)

    asked = repr((first.address, [other.address for other in others], selection))
    return cast("Overlaps | None", _answer("top_overlaps", reader.key, asked, ask))


def load_difference(audit: Audit, other: Audit, before: str, labels: tuple[str, str]) -> AuditDifference:
    """What differs between two states: see `two_states`, whose errors it raises."""
    published = [part for one in (audit, other) for part in (*reader_key(one), str(journal_version(one)))]
    return _difference(tuple(published), before, labels, audit, other)


# 30 MB each where a million images differ.
@st.cache_resource(max_entries=4, show_spinner=False)
def _difference(key: Key, before: str, labels: tuple[str, str], _audit: Audit, _other: Audit) -> AuditDifference:
    return difference(*two_states(_audit, _other, before=before, labels=labels))


@st.cache_resource(max_entries=6, show_spinner=False)
def _reader(key: Key, _audit: Audit) -> Reader:
    return open_reader(_audit)


@st.cache_resource(max_entries=300, show_spinner=False)
def _answer(question: str, key: Key, arguments: str, _ask: Callable[[], Any]) -> Any:
    return _ask()


# 20 MB each at 1.28 million images.
@st.cache_resource(max_entries=8, show_spinner=False)
def _large_answer(question: str, key: Key, arguments: str, _ask: Callable[[], Any]) -> Any:
    return _ask()


# 15 MB each at 1.28 million images.
@st.cache_resource(max_entries=12, show_spinner=False)
def _scored(key: Key, address: str, _reader: Reader) -> Scored:
    return scored(_reader, address)


# 5 MB each at 1.28 million images.
@st.cache_resource(max_entries=24, show_spinner=False)
def _order(key: Key, address: str, selection: str, _selection: Selection, _reader: Reader) -> Ints:
    return in_view(_reader, load_scored(_reader, address), _selection)


@st.cache_resource(max_entries=6, show_spinner=False)
def _class_blocks(
    key: Key, address: str, selection: str, _selection: Selection, _reader: Reader
) -> list[tuple[int, Ints]]:
    return class_blocks(_reader, load_order(_reader, address, _selection))


# 20 MB each at 1.28 million images, beside the two axes of 5 MB.
@st.cache_resource(max_entries=4, show_spinner=False)
def _pair(key: Key, a: str, b: str, scale: str, selection: str, _selection: Selection, _reader: Reader) -> Cloud:
    x, y = (large_answer(axis, _reader, address, scale) for address in (a, b))
    return pair_cloud(_reader, x, y, _selection)


# 5 MB each at 1.28 million images.
@st.cache_resource(max_entries=12, show_spinner=False)
def _places(key: Key, address: str, _choice: ScoreChoice, _reader: Reader) -> Ints:
    return hard_places(_reader, _choice)


# 18 MB each at 1.28 million images.
@st.cache_resource(max_entries=8, show_spinner=False)
def _judged(key: Key, run_id: str, _reader: Reader) -> ModelPredictions:
    return model_predictions(_reader, run_id)


# 6 MB each where 1.28 million images are judged.
@st.cache_resource(max_entries=24, show_spinner=False)
def _error_order(
    key: Key, address: str, run_id: str, chosen: str, _reader: Reader, _score: ScoreChoice, _selection: Selection,
    _images: str,
) -> ErrorOrder:  # fmt: skip
    found = load_scored(_reader, address)
    model = load_predictions(_reader, run_id)
    return evaluated_order(_reader, found.order, found.values, _score, model, _selection, _images)
