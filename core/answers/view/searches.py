"""Searches as sets of images: `only=near:<key>`, `only=text:<words>`, `only=upload:<name>`, most similar first.

A result is kept in the audit's cache by what it was computed from, so that an address keeps meaning the same and is
answered at once. What is not kept is searched again: a text or an upload by the worker, an image's own vector here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import BadInput, Command, MissingRun, command
from ...kinds.embed import has_texts, made_elsewhere
from ...store import lookups
from ...store.cache import read_arrays, write_arrays
from ...store.vectors import text_vectors
from ...store.writer import fingerprint
from ...types import Floats, Ints, Run
from ...wording import some_of
from ...worker.background import BackgroundJob, Say, shared_jobs
from ...worker.client import ask_worker
from .reader import Reader
from .similar import Ranked, embedding_run, embeddings, nearest_of_all, vector_of
from .subsets import register_subset
from .uploads import existing, read_upload

__all__ = ["BackgroundJob", "Search", "kept_result", "search_of", "start_search", "text_run"]

NEAR, TEXT, UPLOAD = "near", "text", "upload"
MOST_FOUND = 240  # images a search finds: five sheets
LONGEST_TEXT = 200  # characters; encoders read some 70 words


@dataclass(frozen=True)
class Search:
    """What is searched by (a kind and its payload) and in which embedding."""

    kind: str
    payload: str
    run: Run


def text_run(reader: Reader, words: str | None = None) -> Run | None:
    """The newest embedding that these words, or any, have a vector in; None if there is none.

    That is one whose encoder reads text, or one that vectors of texts were imported with: then these words alone.
    """
    from ...encoders.registry import reads_text  # every family's file, for those who search by words

    for run in reversed(embeddings(reader)):
        if reads_text(run.parameters):
            return run
        if has_texts(run) and (words is None or _imported_text(reader, run, words) is not None):
            return run
    return None


def why_not_by_words(reader: Reader) -> tuple[str, Command]:
    """Why the vectors are not compared with texts, and the command that makes some that are."""
    from ...encoders.registry import why_no_text

    run = embedding_run(reader)
    why, words = why_no_text(run.name if run else "", run.parameters if run else {})
    return why if run else "There is no embedding yet", command(reader.hub.audit.name, *words)


def imported_texts(reader: Reader) -> list[str]:
    """The texts that images can be searched by where no encoder reads any others; none where one does, or none is."""
    run = text_run(reader)
    return list(text_vectors(reader.hub.audit, run.run_id)) if run and has_texts(run) else []


def _imported_text(reader: Reader, run: Run, words: str) -> Floats | None:
    """The vector of a text that was imported, in whatever case it is written."""
    found = text_vectors(reader.hub.audit, run.run_id)
    same = [text for text in found if text == words] or [text for text in found if text.casefold() == words.casefold()]
    return found[same[0]] if same else None


def _picture_run(reader: Reader) -> Run | None:
    """The newest embedding whose encoder can embed another picture; the newest of all where none can, which is said."""
    runs = embeddings(reader)
    return next((run for run in reversed(runs) if not made_elsewhere(run)), runs[-1] if runs else None)


def search_of(reader: Reader, only: str) -> Search | None:
    """The search that `only` describes, None where it is another kind of subset.

    Raises MissingRun without an embedding that can do it, BadInput on a payload that is not possible.
    """
    kind, _, payload = only.partition(":")
    if kind not in (NEAR, TEXT, UPLOAD):
        return None
    if kind == TEXT:
        run = text_run(reader, payload.strip())
    else:
        run = _picture_run(reader) if kind == UPLOAD else embedding_run(reader)
    if run is None:
        raise _missing(reader, kind)
    if not payload.strip() or (kind == TEXT and len(payload) > LONGEST_TEXT):
        raise BadInput(
            f"A search needs a text of 1 to {LONGEST_TEXT} characters, or an image.", "Shorten it and search again."
        )
    if kind == UPLOAD:
        existing(reader.hub.audit, payload)
    if kind == NEAR and lookups.image_id_of(reader.hub, payload) is None:
        raise BadInput(f"This audit has no image {payload!r}.", "Remove only= from the address.")
    return Search(kind, payload.strip() if kind == TEXT else payload, run)


def kept_result(reader: Reader, search: Search) -> Ranked | None:
    """The result, if it was computed before."""
    arrays = read_arrays(_path(reader, search), ("ids", "similarity"))
    return None if arrays is None else Ranked(arrays["ids"], arrays["similarity"])


def start_search(reader: Reader, search: Search) -> BackgroundJob[Ranked]:
    """Search in the background and keep the result. The job's error is a HardlookError."""
    path = _path(reader, search)

    def work(say: Say) -> Ranked:
        vector = _vector(reader, search, say)
        found = nearest_of_all(
            reader, search.run.run_id, vector, MOST_FOUND,
            advance=lambda done, total: say("Comparing with the images", done, total),
        )  # fmt: skip
        write_arrays(path, {"ids": found.ids, "similarity": found.similarity})
        return found

    return shared_jobs().start(str(path), work)


def _vector(reader: Reader, search: Search, say: Say) -> Floats:
    """(d,) what the images are compared with."""
    audit, run = str(reader.hub.audit.path), search.run.run_id
    if search.kind == TEXT and has_texts(search.run):
        imported = _imported_text(reader, search.run, search.payload)
        if imported is None:
            raise _missing(reader, TEXT)
        return imported
    if search.kind == TEXT:
        answer = ask_worker("encode_texts", say=say, audit=audit, run=run, texts=[search.payload])
        encoded: Floats = answer.arrays["vectors"][0]
        return encoded
    if search.kind == UPLOAD:
        arrays = {"rgb": read_upload(reader.hub.audit, search.payload)}
        return ask_worker("encode_image", say=say, audit=audit, run=run, arrays=arrays).arrays["vector"]
    image_id = lookups.image_id_of(reader.hub, search.payload)
    vector = None if image_id is None else vector_of(reader, search.run.run_id, image_id)
    if vector is None:
        raise BadInput(f"{search.payload!r} has no vector: it could not be read when the images were embedded.")
    return vector


def _path(reader: Reader, search: Search) -> Path:
    name = fingerprint(search.run.run_id, search.kind, search.payload, MOST_FOUND)
    return reader.hub.audit.cache / "searches" / f"{name}.npz"


def _missing(reader: Reader, kind: str) -> MissingRun:
    if kind == TEXT and (texts := imported_texts(reader)):
        return MissingRun(
            f"Images can be searched by the texts that were imported, and no other: {some_of(texts)}.",
            "Search by one of them, or embed with an encoder that reads text",
            command(reader.hub.audit.name, "embed", "--encoder", "open_clip:ViT-B-32/openai"),
        )
    if kind == TEXT:
        why, embed = why_not_by_words(reader)
        return MissingRun(f"{why}, so images cannot be searched by words.", "Run", embed)
    return MissingRun(
        "A search by similarity needs an embedding, and there is none.", "Run", command(reader.hub.audit.name, "embed")
    )


def _ids(reader: Reader, kind: str, payload: str) -> Ints:
    search = search_of(reader, f"{kind}:{payload}")
    if search is None:
        raise BadInput(f"{kind!r} is no kind of search.")
    kept = kept_result(reader, search)
    return (kept or start_search(reader, search).result()).ids


def _near(reader: Reader, payload: str) -> Ints:
    return _ids(reader, NEAR, payload)


def _like_text(reader: Reader, payload: str) -> Ints:
    return _ids(reader, TEXT, payload)


def _like_upload(reader: Reader, payload: str) -> Ints:
    return _ids(reader, UPLOAD, payload)


def _near_words(reader: Reader, payload: str) -> str:
    return f"the most similar to {payload}"


def _text_words(reader: Reader, payload: str) -> str:
    return f"the most like “{payload}”"


def _upload_words(reader: Reader, payload: str) -> str:
    existing(reader.hub.audit, payload)
    return "the most like the uploaded image"


register_subset(NEAR, _near, _near_words)
register_subset(TEXT, _like_text, _text_words)
register_subset(UPLOAD, _like_upload, _upload_words)
