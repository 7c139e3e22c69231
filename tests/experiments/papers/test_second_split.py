"""Second-split forgetting: rows for which the claim holds, does not, and cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import nan

import pytest

from core.experiments.papers.further.second_split import second_split
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.store.metrics import ITEMS, MEMORISED, SECOND_SPLIT, Metric
from tests.experiments.papers.planted import findings, metric

LOW, AMID, HIGH = (0.3, 0.25, 0.35), (0.5, 0.45, 0.55), (0.8, 0.75, 0.85)
BEFORE_RARE = "forgetting, altered before rare"
Ends = tuple[float, float, float]


def rows(kept: Ends, rare: Ends | None, error: float = 0.0, classes: int = 5) -> Iterator[Metric]:
    """rare: over images and over classes alike; classes: how many were reduced."""
    note = "resnet8, 200 labels altered"
    for half, share in (("half A", 0.0), ("half B", error)):
        yield metric(SECOND_SPLIT["error"], ITEMS, share, share, share, part=half)
    pairs = {"forgetting, altered before kept": kept, **({BEFORE_RARE: rare} if rare else {})}
    for part, ends in pairs.items():
        yield replace(metric(SECOND_SPLIT["auroc"], ITEMS, *ends, part=part), note=note)
    if rare:
        ends = rare if classes >= 5 else (rare[0], nan, nan)
        yield metric(SECOND_SPLIT["auroc"], ITEMS, *ends, classes, f"{BEFORE_RARE}, over classes")
    for group, epoch in {"altered": 3.0, "kept": 18.0, **({"rare": 12.0} if rare else {})}.items():
        yield metric(SECOND_SPLIT["mean"], ITEMS, epoch, epoch - 1, epoch + 1, part=f"forgetting, {group}")
        for after in (10, 2):
            share = epoch / 20 - after / 100
            yield metric(SECOND_SPLIT["right"], ITEMS, share, share - 0.1, share + 0.1, part=f"{group}, epoch {after}")


@pytest.mark.parametrize(
    ("kept", "rare", "error", "verdict"),
    [
        (HIGH, HIGH, 0.001, HOLDS), (LOW, HIGH, 0.001, FAILS), (HIGH, LOW, 0.001, FAILS),
        (AMID, HIGH, 0.001, UNTOLD), (HIGH, AMID, 0.001, UNTOLD), (HIGH, None, 0.001, UNTOLD),
        (LOW, None, 0.001, FAILS), (HIGH, HIGH, 0.02, UNTOLD),
        (LOW, LOW, 0.02, UNTOLD),
    ],
)  # fmt: skip
def test_the_verdict_goes_by_both_chances(kept: Ends, rare: Ends | None, error: float, verdict: str) -> None:
    outcome = second_split(findings(rows(kept, rare, error)))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert ("has not learned" in outcome.because) == (error > MEMORISED)
    assert ("too few classes" in outcome.because) == (rare is None)
    assert "Resnet8, 200 labels altered" in outcome.notes[0]
    assert any("wrong before count as kept" in note for note in outcome.notes)


@pytest.mark.parametrize(("kept", "rare", "verdict"), [(HIGH, HIGH, UNTOLD), (HIGH, LOW, UNTOLD), (LOW, HIGH, FAILS)])
def test_images_of_two_classes_are_two_and_not_as_many_as_they_are(kept: Ends, rare: Ends, verdict: str) -> None:
    outcome = second_split(findings(rows(kept, rare, classes=2)))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert "over 2 reduced classes, too few to tell: it takes 5" in outcome.because
    assert any("rare groups within larger classes" in note for note in outcome.notes)


def test_rows_of_an_earlier_version_have_no_interval_over_classes() -> None:
    earlier = [row for row in rows(HIGH, HIGH) if "over classes" not in row.slice]
    outcome = second_split(findings(earlier))
    assert outcome is not None
    assert outcome.verdict == UNTOLD
    assert "earlier version" in outcome.because


def test_the_figure_follows_the_groups_along_the_epochs_and_the_table_has_what_there_is() -> None:
    outcome = second_split(findings(rows(HIGH, HIGH)))
    assert outcome is not None
    (plot,) = outcome.plots
    assert [series.name for series in plot.series] == ["altered", "rare", "kept"]
    assert [at for at, _ in plot.series[0].points] == [2.0, 10.0]
    forgetting, learning = outcome.tables[0].rows
    assert forgetting[1].startswith("3.00")
    assert forgetting[4].startswith("0.800")
    assert set(learning[1:]) == {"–"}
    assert outcome.all_sources.keys() == {"share right", "mean", "AUROC", "AP"}


def test_without_the_experiment_nothing_is_said() -> None:
    assert second_split(findings([])) is None
