"""Import embeddings: a file of vectors that an encoder elsewhere made of the images becomes an embedding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset.aligned.rows import RowMatch
from ..dataset.aligned.whose_rows import match_rows
from ..dataset.vectors.classes_apart import ClassesApart
from ..dataset.vectors.files import read_vectors
from ..dataset.vectors.rows import RowFaults, VectorRows, in_image_order
from ..dataset.vectors.texts import class_vectors, read_texts
from ..files.hashes import file_hash
from ..files.leftovers import part_of_file, remove_where_allowed
from ..files.names import checked_name
from ..files.space import needing_space
from ..images.filenames import to_text
from ..kinds.embed import FILE
from ..progress import Advance, Reporter
from ..store import tallies, views
from ..store.audit import Audit
from ..store.paths import file_to_read
from ..types import Floats, Ints, RunSpec
from ..wording import some_of
from .given import GivenVectors, keep_vectors
from .steps import Done


def import_embeddings(
    audit: Audit,
    path: Path,
    reporter: Reporter,
    *,
    name: str = "",
    key: str = "",
    id_key: str = "",
    by_order: bool = False,
    text_features: Path | None = None,
) -> Done:
    """Check a file of vectors, say how it was understood, and keep it as an embedding that every score can read.

    name: what it is called; the file's name if "". key, id_key: see `read_vectors`. by_order: row i is image i.
    text_features: a file of vectors of texts in the same space, see `read_texts`. Images that the file leaves out have
    no vector, which every score says. Raises BadInput before anything is kept.
    """
    called = checked_name(name or to_text(path.stem), "an embedding")
    hub = views.open_hub(audit, ())
    keys, classes = views.column(hub, "key").tolist(), views.classes(hub)
    set_aside = tallies.refused_total(hub)
    what = to_text(path.name)
    if text_features is not None:
        file_to_read(text_features, "--text-features")
    rows = read_vectors(file_to_read(path), key=key, id_key=id_key)
    match, ids_from = match_rows(rows.names, keys, by_order, what, set_aside)
    _tell(rows, match, ids_from, what, keys, set_aside, reporter)
    files: list[Path] = [path]
    texts: dict[str, Floats] = {}
    parameters: dict[str, Any] = {
        "source": FILE, "file": what, "images": match.how, "dimension": rows.shape[1],
    }  # fmt: skip
    if text_features is not None:
        texts, how = read_texts(text_features, classes, rows.shape[1])
        files.append(text_features)
        parameters |= {"text_features": to_text(text_features.name)}
        _tell_texts(texts, how, classes, reporter)
    asked = {"key": key, "id_key": id_key, "by_order": by_order}
    parameters |= {"asked": given} if (given := {option: value for option, value in asked.items() if value}) else {}
    spec = RunSpec("embed", called, {"items": audit.items_fingerprint}, parameters, weights=file_hash(*files))
    return keep_vectors(
        audit, spec, _FromFile(audit, path, rows, match.rows, views.labels(hub), texts, reporter), reporter
    )


class _FromFile(GivenVectors):
    """A file's vectors in the order of the images."""

    def __init__(
        self, audit: Audit, path: Path, rows: VectorRows, row_of_image: Ints, labels: Ints, texts: dict[str, Floats],
        reporter: Reporter,
    ) -> None:  # fmt: skip
        super().__init__((len(row_of_image), rows.shape[1]), texts)
        self._audit, self._path, self._rows, self._row_of_image = audit, path, rows, row_of_image
        self._labels, self._reporter = labels, reporter

    def check(self, advance: Advance) -> None:
        """Look at every row once, those of no image too."""
        faults, what = RowFaults(), to_text(self._path.name)
        for block in self._rows.blocks():
            faults.add(block)
            advance(faults.n, self._rows.shape[0])
        faults.refuse(what)
        if faults.all_the_same:
            self._reporter.warn(f"all vectors in {what} are the same, so nothing can be told from them")

    def blocks(self) -> Iterator[tuple[Ints, Floats]]:
        """By way of a file in the audit's cache where this one can be read in its own order alone."""
        apart = ClassesApart(int(self._labels.max(initial=0)) + 1, self._rows.shape[1])
        scratch = part_of_file(self._audit.cache / "vectors")
        try:
            with needing_space(scratch, 4 * self._rows.shape[0] * self._rows.shape[1]):
                for ids, vectors in in_image_order(self._rows, self._row_of_image, lambda: scratch):
                    apart.add(vectors, self._labels[ids])
                    yield ids, vectors
        finally:
            remove_where_allowed(scratch)
        if apart.no_better_than_chance():
            self._reporter.warn(
                "the vectors tell the classes of the given labels apart no better than rows in a random order would: "
                "check the order of the rows, or their ids"
            )


def _tell(
    rows: VectorRows, match: RowMatch, ids_from: str, what: str, keys: list[str], set_aside: int, reporter: Reporter
) -> None:
    """Say how the file was understood, and what of it or of the audit is left over."""
    has = int((match.rows >= 0).sum())
    stored = "" if rows.kind == "float32" else ", kept as float32"
    reporter.say(f"import {what}: {has:,} of {len(keys):,} images have a vector")
    reporter.say(f"  vectors: {rows.where}, {rows.shape[1]:,} numbers an image of type {rows.kind}{stored}")
    reporter.say(f"  ids: {ids_from}")
    if match.by_order:
        reporter.say(f"  the first row is taken for {keys[0]!r} and the last for {keys[-1]!r}")
    if match.by_order and set_aside:
        reporter.say(f"  {set_aside:,} images that could not be read when they were ingested have no row")
    missing = [keys[image] for image in np.flatnonzero(match.rows < 0)]
    for left, words in (
        (missing, "images have no vector"),
        (match.unknown, "ids are no image of the audit and are left out"),
        (rows.ignored, "columns or arrays are no vectors and are left out"),
    ):
        if left:
            reporter.warn(f"{len(left):,} {words}: {some_of(list(left), 3)}")


def _tell_texts(texts: dict[str, Floats], how: str, classes: list[str], reporter: Reporter) -> None:
    reporter.say(f"  {len(texts):,} texts have vectors, names: {how}")
    found = class_vectors(texts, classes)
    missing = [name for name in classes if name not in found]
    reporter.say(f"  {len(found):,} of {len(classes):,} classes are among them")
    if missing:
        reporter.warn(f"score zero_shot needs a text for every class; there is none for {some_of(missing, 3)}")
