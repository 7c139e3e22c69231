"""The list of suspects as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator

from ...store import lookups
from ...types import Ints
from ..view.reader import Reader
from .suspects import Suspects

COLUMNS = ("key", "split", "given", "suggested", "score", "agreeing", "of", "who")
AT_ONCE = 1000  # rows looked up in one question


def suspect_rows(reader: Reader, found: Suspects, ids: Ints) -> Iterator[tuple[object, ...]]:
    """One row a suspect in the order given: key, split, both labels, the score's value, who agrees."""
    for start in range(0, len(ids), AT_ONCE):
        for row in lookups.image_rows(reader.hub, ids[start : start + AT_ONCE]):
            image_id = row["image_id"]
            who = found.agreeing(image_id)
            yield (
                row["key"], row["split"], reader.class_name(row["label"]),
                reader.class_name(int(found.suggested[image_id])), float(found.values[image_id]), len(who),
                len(found.voters), "; ".join(who),
            )  # fmt: skip
