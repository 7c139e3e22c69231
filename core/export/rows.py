"""What is exported: every image with its label as reviewed, and what the reviewers said of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import BadInput, MissingRun, command
from ..remote.address import is_url
from ..reviews import ReviewState, current, current_labels, has_journal, open_journal
from ..reviews.labels import GIVEN, ReviewedLabels, as_given
from ..store import views
from ..store.audit import Audit
from ..store.items import current_source
from ..store.suggestions import doubted, suggested_labels
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints

REVIEWED = "reviewed"
LABELS_ARE = {False: "as reviewed", True: "as the data has them"}
"""Which labels a file holds, by whether the data's own were asked for."""


@dataclass(frozen=True)
class ExportRow:
    """One image. path, row: where it lies (`images.path`). given, label: class names, None for none.

    true: the class that is known to be true, None where the data say none. state: what reviewers decided, None where
    they did not. score: its suspicion, None without one. suggested: the likeliest class but the given one by the score;
    doubted: whether it takes the given one for wrong. format: what is in the file, by Pillow's name, "" for pixels.
    """

    image_id: int
    key: str
    path: str
    row: int | None
    split: str
    content_hash: str
    given: str | None
    label: str | None
    excluded: bool
    state: ReviewState | None = None
    score: float | None = None
    suggested: str | None = None
    doubted: bool = False
    format: str = ""
    true: str | None = None

    @property
    def likeliest(self) -> str | None:
        """The class that the score takes the image for: the suggested one in place of a doubted label, or of none."""
        if self.doubted or self.given is None:
            return self.suggested
        return None if self.score is None else self.given

    @property
    def contained(self) -> bool:
        """Whether the image lies inside a file of many, so that it has no path of its own."""
        return self.row is not None

    @property
    def no_file(self) -> bool:
        """Whether it is no file of this machine: it lies in a larger one, or at a URL."""
        return self.contained or is_url(self.path)


@dataclass(frozen=True)
class ExportScore:
    """A score of every image. direction: 1 where higher is harder, -1 where lower is, None where it is not known.

    values: (n,) float32 in the order of the rows, NaN where an image has none.
    """

    name: str
    address: str
    direction: int | None
    values: Floats


@dataclass(frozen=True)
class Export:
    """Everything a format may write. seen: the journal's last entry at that moment, 0 for none.

    score: address of the score in the rows, "" for none. source: what the data was ingested from. labels_are: in words,
    for whoever reads the file. class_of: (K,) each of the data's classes as a place in class_names. scores: of each
    name the newest, none unless they were asked for.
    """

    audit: str
    rows: tuple[ExportRow, ...]
    class_names: tuple[str, ...]
    seen: int
    score: str
    source: str
    stale: tuple[str, ...]
    labels_are: str
    class_of: Ints
    scores: tuple[ExportScore, ...] = ()

    @property
    def has_true(self) -> bool:
        """Whether the data say the true class of any image."""
        return any(row.true is not None for row in self.rows)

    @property
    def kept(self) -> tuple[ExportRow, ...]:
        """The images that were not excluded."""
        return tuple(row for row in self.rows if not row.excluded)


def positions(export: Export, *columns: Iterable[str | None]) -> dict[str, int]:
    """Class -> its position: the audit's classes in order, then names in `columns` that were theirs before."""
    before = (name for column in columns for name in column if name is not None)
    return {name: index for index, name in enumerate(dict.fromkeys((*export.class_names, *before)))}


def collect(audit: Audit, *, score: str | None = None, labels: str = REVIEWED, all_scores: bool = False) -> Export:
    """Read the audit's items and journal once.

    score: address or name of a score to go along; the newest `suspicion` if None and there is one.
    labels: "reviewed", or "given" for the data's own. all_scores: whether every score goes along too.
    """
    hub = views.open_hub(audit)
    names, given, true = views.classes(hub), views.labels(hub), views.true_labels(hub)
    columns = {name: views.column(hub, name).tolist() for name in ("key", "path", "split", "content_hash")}
    formats = [str(each or "") for each in views.column(hub, "format").tolist()]
    rows = [None if row != row else int(row) for row in views.column(hub, "row").tolist()]
    reviewed, states, seen = _reviewed(audit, columns, given, names, labels)
    address = _address(hub, score)
    values, suggested, doubtful = _scores(hub, address, given)
    stale = set(reviewed.stale)
    made = [
        ExportRow(
            i, key, path, rows[i], split, digest, _name(names, int(given[i])),
            _name(reviewed.class_names, int(reviewed.labels[i])), bool(reviewed.excluded[i]),
            None if key in stale else states.get(key),
            None if values is None or values[i] != values[i] else float(values[i]),
            _name(names, int(suggested[i])), bool(doubtful[i]), formats[i],
            None if true is None else _name(names, int(true[i])),
        )
        for i, (key, path, split, digest) in enumerate(zip(*columns.values(), strict=True))
    ]  # fmt: skip
    return Export(
        audit.name, tuple(made), reviewed.class_names, seen, address, current_source(audit) or "", reviewed.stale,
        LABELS_ARE[labels == GIVEN], reviewed.class_of, newest_scores(hub) if all_scores else (),
    )  # fmt: skip


def newest_scores(hub: views.Hub) -> tuple[ExportScore, ...]:
    """Every score, of one name the newest, in the order in which their names came up."""
    infos = {info.name: info for info in views.score_infos(hub)}
    return tuple(
        ExportScore(name, info.address, info.direction, views.score(hub, info.address)) for name, info in infos.items()
    )


def source_folders(export: Export) -> list[str]:
    """Folders that hold the user's own images: nothing is written there."""
    loose = {os.path.dirname(os.path.realpath(row.path)) for row in export.rows if not row.no_file}
    return folders_of_images(export.source, loose)


def folders_of_images(source: str, folders: Iterable[str]) -> list[str]:
    """The same from what the images were read from, and the folders in which those lie that are files."""
    whole = {os.path.realpath(source)} if os.path.isdir(source) else set()
    loose = {os.path.realpath(folder) for folder in folders}
    return sorted(whole | ({os.path.commonpath(loose)} if loose else set()))


def _reviewed(
    audit: Audit, columns: Mapping[str, list[Any]], given: Ints, names: list[str], labels: str
) -> tuple[ReviewedLabels, dict[str, ReviewState], int]:
    if labels == GIVEN or not has_journal(audit):
        return as_given(given, names), {}, 0
    reviewed = current_labels(audit, columns["key"], given, names, content_hashes=columns["content_hash"])
    journal = open_journal(audit)
    try:
        return reviewed, current(journal), journal.last
    finally:
        journal.close()


def _address(hub: views.Hub, score: str | None) -> str:
    infos = views.score_infos(hub)
    wanted = score or "suspicion"
    found = [info.address for info in infos if wanted in (info.address, info.name)]
    if not found and score:
        known = ", ".join(sorted({info.name for info in infos})) or "none yet"
        raise MissingRun(
            f"There is no score {score!r}; there is: {known}.", "Run", command(hub.audit.name, "score", "SCORER")
        )
    return found[-1] if found else ""


def _scores(hub: views.Hub, address: str, given: Ints) -> tuple[Floats | None, Ints, Bools]:
    """(n,) each: the values, None without a score, the other labels it suggests, and whether it doubts the given."""
    if not address:
        return None, np.full(len(given), UNLABELLED), np.zeros(len(given), bool)
    (info,) = (info for info in views.score_infos(hub) if info.address == address)
    if info.direction not in (None, HARDER_HIGH):
        raise BadInput(f"The score {address} is low for suspected images.", "Choose one that is high for them.")
    suggested = suggested_labels(hub, address)
    other = np.where(suggested == given, UNLABELLED, suggested)
    return views.score(hub, address), other, doubted(hub, address)


def _name(names: tuple[str, ...] | list[str], label: int) -> str | None:
    return None if label == UNLABELLED else names[label]
