"""Images that are there more than once, from their vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..maths.duplicates import THRESHOLD, DuplicateGroup, duplicate_groups
from ..scorers.duplicates import nearest_other, similar_pairs
from .arguments.arrays import Rows, real, texts
from .arguments.features import read_features
from .arguments.labels import GivenLabels, read_labels, without_labels
from .frames import text_column

if TYPE_CHECKING:
    import pandas as pd

HASHES = "the images' content hashes, (n,) text, equal for equal images"
SPLITS = "the images' splits, (n,) text"


def find_duplicates(
    features: Any,
    *,
    labels: Any = None,
    splits: Any = None,
    content_hashes: Any = None,
    threshold: float = THRESHOLD,
) -> pd.DataFrame:
    """Groups of images that are the same picture: those whose labels disagree first, then those across splits.

    features: (n, d). labels: (n,) text or whole numbers, None or -1 for none. splits, content_hashes: (n,) text.
    threshold: cosine from which two images are near duplicates, -1..1; images of equal hash are duplicates whatever it
    is. Returns one row a member: group (int64 from 0), row (int64, which image), label and split as they came (where
    given), exact (all of the group have one hash), lowest_similarity (float64, least cosine of a member to its nearest
    in the group), labels_differ, crosses_splits. No rows where there are none. Raises BadInput.
    """
    vectors = read_features(features)
    like = Rows(len(vectors), "features")
    given = without_labels(like.n) if labels is None else read_labels("labels", labels, like)
    parts = np.full(like.n, "") if splits is None else texts("splits", splits, SPLITS, like)
    each_its_own = np.arange(like.n).astype(np.str_)
    hashes = each_its_own if content_hashes is None else texts("content_hashes", content_hashes, HASHES, like)
    least = real("threshold", threshold, -1.0, 1.0)
    pairs = similar_pairs(*nearest_other(vectors, hashes), at_least=least)
    groups = duplicate_groups(pairs, hashes, given.codes, parts.tolist(), least)
    frame = _frame(groups, given)
    if labels is None:
        frame = frame.drop(columns="label")
    if splits is not None:
        frame.insert(3 if labels is not None else 2, "split", text_column(parts[frame["row"].to_numpy()].tolist()))
    return frame


def _frame(groups: list[DuplicateGroup], labels: GivenLabels) -> pd.DataFrame:
    import pandas as pd

    sizes = [len(group.rows) for group in groups]
    rows = np.array([row for group in groups for row in group.rows], np.int64)
    named = labels.named(labels.codes[rows])

    def of_groups(values: list[Any], dtype: type) -> Any:
        return np.repeat(np.array(values, dtype), sizes)

    return pd.DataFrame({
        "group": of_groups(list(range(len(groups))), np.int64),
        "row": rows,
        "label": text_column(named.tolist()) if labels.text else named,
        "exact": of_groups([group.exact for group in groups], np.bool_),
        "lowest_similarity": of_groups([group.lowest_similarity for group in groups], np.float64),
        "labels_differ": of_groups([group.labels_differ for group in groups], np.bool_),
        "crosses_splits": of_groups([group.crosses_splits for group in groups], np.bool_),
    })  # fmt: skip
