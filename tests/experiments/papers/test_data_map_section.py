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


def rows(there: Ends, among: Ends) -> list[Metric]:
    made = [
        metric(DATA_MAP["share"], ITEMS, *(there if (name, side) == (HARD, "altered") else (0.2, 0.1, 0.3)), 200,
               f"{name}, {side}")
        for name in REGIONS for side in ("altered", "kept")
    ]  # fmt: skip
    made += [
        metric(DATA_MAP["altered"], ITEMS, *(among if name == HARD else (0.1, 0.05, 0.15)), 300, name)
        for name in REGIONS
    ]
    made.append(metric(DATA_MAP["altered"], ITEMS, 0.2, 0.18, 0.22))
    made.append(metric(DATA_MAP["auroc"], ITEMS, 0.1, 0.05, 0.15, part="p_label_mean"))
    return [replace(row, note="resnet8, 200 of 1,000 labels altered") for row in made]


@pytest.mark.parametrize(
    ("there", "among", "verdict"),
    [
        ((0.9, 0.85, 0.95), (0.6, 0.5, 0.7), HOLDS),
        ((0.3, 0.25, 0.35), (0.6, 0.5, 0.7), FAILS),  # most are ambiguous or easy
        ((0.9, 0.85, 0.95), (0.15, 0.1, 0.19), FAILS),  # the region holds nearly everything
        ((0.52, 0.45, 0.59), (0.6, 0.5, 0.7), UNTOLD),
        ((0.9, 0.85, 0.95), (0.21, 0.15, 0.27), UNTOLD),
    ],
)
def test_most_altered_labels_have_to_be_hard_and_more_than_by_chance(there: Ends, among: Ends, verdict: str) -> None:
    found = data_map(findings(rows(there, among)))
    assert found is not None
    assert found.verdict == verdict
    assert [row[0] for row in found.tables[0].rows] == list(REGIONS)
    assert found.tables[1].rows == (("mean p", "0.100 [0.0500, 0.150]"),)
    assert "of all 20 %" in found.because
    assert found.notes[0] == "Resnet8, 200 of 1,000 labels altered."


def test_without_the_region_nothing_is_said() -> None:
    assert data_map(findings([row for row in rows((0.9, 0.8, 1.0), (0.6, 0.5, 0.7)) if row.slice != HARD])) is None
