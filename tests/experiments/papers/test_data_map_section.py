"""Wrong labels on the data map: planted where the claim holds, fails, and cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.experiments.papers.further.data_map import data_map
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.maths.data_map import HARD, REGIONS
from core.store.metrics import DATA_MAP, ITEMS, Metric
from tests.experiments.papers.planted import findings, metric

Ends = tuple[float, float, float]


NEARLY_ALL, MOST, HALF = (0.9, 0.85, 0.95), (0.6, 0.55, 0.65), (0.52, 0.45, 0.59)
THIRD, FEW = (0.3, 0.25, 0.35), (0.1, 0.08, 0.12)


def rows(altered: Ends, kept: Ends) -> list[Metric]:
    """altered, kept: share of such labels that is hard to learn."""
    hard = {"altered": altered, "kept": kept}
    made = [
        metric(DATA_MAP["share"], ITEMS, *(hard[side] if name == HARD else (0.2, 0.1, 0.3)), 200, f"{name}, {side}")
        for name in REGIONS for side in hard
    ]  # fmt: skip
    made += [metric(DATA_MAP["altered"], ITEMS, 0.3, 0.25, 0.35, 300, name) for name in REGIONS]
    made.append(metric(DATA_MAP["altered"], ITEMS, 0.2, 0.18, 0.22))
    made.append(metric(DATA_MAP["auroc"], ITEMS, 0.1, 0.05, 0.15, part="p_label_mean"))
    return [replace(row, note="resnet8, 200 of 1,000 labels altered") for row in made]


@pytest.mark.parametrize(
    ("altered", "kept", "verdict"),
    [
        (NEARLY_ALL, THIRD, HOLDS),
        (THIRD, FEW, FAILS),  # more than of the kept, but most are ambiguous or easy
        (THIRD, THIRD, FAILS),  # labels that the map tells nothing of
        (HALF, FEW, UNTOLD),
        ((0.55, 0.52, 0.58), (0.33, 0.3, 0.36), UNTOLD),  # most, and perhaps by less than the margin
        (MOST, (0.47, 0.46, 0.48), FAILS),  # most, and by less than it
        (NEARLY_ALL, HALF, UNTOLD),  # a model that has not learned most kept labels
        ((0.66, 0.64, 0.68), (0.66, 0.64, 0.68), UNTOLD),  # one that has learned none
    ],
)
def test_altered_labels_have_to_be_hard_and_kept_ones_have_to_be_learned(
    altered: Ends, kept: Ends, verdict: str
) -> None:
    found = data_map(findings(rows(altered, kept)))
    assert found is not None
    assert found.verdict == verdict
    assert ("has not trained enough" in found.because) == (kept[2] >= 0.5)
    assert [row[0] for row in found.tables[0].rows] == list(REGIONS)
    assert found.tables[1].rows == (("mean p", "0.100 [0.0500, 0.150]"),)
    assert found.notes[0] == "Resnet8, 200 of 1,000 labels altered."
    assert "wrong before count as kept" in found.notes[1]


def test_without_the_region_nothing_is_said() -> None:
    assert data_map(findings([row for row in rows(NEARLY_ALL, THIRD) if not row.slice.startswith(HARD)])) is None
