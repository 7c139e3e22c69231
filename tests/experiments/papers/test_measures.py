"""Equal confidence, refinement and usable information: planted where each claim holds, fails, and cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.experiments.papers.further.equal_confidence import equal_confidence
from core.experiments.papers.further.refinement import refinement
from core.experiments.papers.further.usable_information import usable_information
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.store.metrics import (
    ACCURACY_AT_CONFIDENCE,
    BY_CHANCE,
    CALIBRATION_NLL,
    ECE_WITHIN_FIFTHS,
    EQUAL_CONFIDENCE_GAP,
    LABEL_ENTROPY,
    NLL,
    REFINEMENT,
    USABLE_INFORMATION,
)
from tests.experiments.papers.planted import findings, metric, run, value

MODEL, EMBEDDING, OTHER = run("train", "resnet8", 1), run("embed", "embedded", 0), run("embed", "clip", 3)
EVALUATED = run("evaluate", "resnet8", 4, fifths_of="s:rmd")
Ends = tuple[float, float, float]


@pytest.mark.parametrize(
    ("whole", "after", "verdict"),
    [
        ((0.1, 0.05, 0.15), (0.1, 0.02, 0.18), HOLDS),
        ((0.1, 0.05, 0.15), (-0.1, -0.2, -0.01), FAILS),
        ((0.1, 0.05, 0.15), (0.05, -0.02, 0.12), UNTOLD),
    ],
)
def test_the_gap_has_to_stay_after_scaling(whole: Ends, after: Ends, verdict: str) -> None:
    rows = [
        metric(EQUAL_CONFIDENCE_GAP, MODEL.run_id, *ends, part=part, run=EVALUATED.run_id)
        for part, ends in (("all", whole), ("before scaling", whole), ("after scaling", after))
    ]
    rows += [value(ECE_WITHIN_FIFTHS, MODEL.run_id, 0.08), value(ECE_WITHIN_FIFTHS + BY_CHANCE, MODEL.run_id, 0.0312)]
    rows += [
        metric(ACCURACY_AT_CONFIDENCE, MODEL.run_id, 0.5 + i / 10, 0.4, 0.9, 30, f"{group} fifth {i} at 0.{5 + i}000")
        for group in ("easiest", "hardest") for i in range(3)
    ]  # fmt: skip
    found = equal_confidence(findings(rows, MODEL, EVALUATED))
    assert found is not None
    assert found.verdict == verdict
    assert found.tables[0].rows[0] == ("all", "10 % [5, 15]", "8.0 %", "3.1 %")
    assert [at for at, _ in found.plots[0].series[1].points] == pytest.approx([50, 60, 70])
    assert "by rmd" in found.because


@pytest.mark.parametrize(
    ("change", "spread", "verdict"), [(-0.05, 0.001, HOLDS), (0.05, 0.001, FAILS), (-0.05, 0.2, UNTOLD)]
)
def test_only_refinement_counts(change: float, spread: float, verdict: str) -> None:
    runs, rows = [], []
    for i, (method, by) in enumerate((("CE", 0.0), ("difficulty-aware", change))):
        for seed in range(3):
            one = replace(run("train", "net", 10 * i + seed, grid="g", method=method), seed=seed)
            runs.append(one)
            knows = 0.5 + by + spread * (seed - 1) * i
            volume = 0.1 - 0.08 * i  # better said in any case
            for name, nats in ((REFINEMENT, knows), (CALIBRATION_NLL, volume), (NLL, knows + volume)):
                rows.append(metric(name, one.run_id, nats, nats - 0.01, nats + 0.01))
    found = refinement(findings(rows, *runs))
    assert found is not None
    assert found.verdict == verdict
    assert [row[0] for row in found.tables[0].rows] == ["CE", "difficulty-aware"]
    assert found.plots[0].names == ("CE", "difficulty-aware")
    assert all(found.all_sources)


def test_without_both_methods_refinement_cannot_be_told() -> None:
    one = run("train", "net", 1, grid="g", method="difficulty-aware", difficulty={"score": "rmd"})
    rows = [metric(name, one.run_id, 0.5, 0.4, 0.6) for name in (NLL, REFINEMENT, CALIBRATION_NLL)]
    found = refinement(findings(rows, one))
    assert found is not None
    assert (found.verdict, "not both trained" in found.because) == (UNTOLD, True)


@pytest.mark.parametrize(
    ("bits", "verdict"), [((2.0, 1.9, 2.1), HOLDS), ((0.5, 0.4, 0.6), FAILS), ((1.5, 1.4, 1.7), UNTOLD)]
)
def test_information_is_held_to_half_of_the_entropy(bits: Ends, verdict: str) -> None:
    rows = [
        metric(USABLE_INFORMATION, EMBEDDING.run_id, *bits), value(LABEL_ENTROPY, EMBEDDING.run_id, 3.0),
        metric(USABLE_INFORMATION, EMBEDDING.run_id, 0.1, 0.0, 0.2, 40, "class shirt"),
        metric(USABLE_INFORMATION, EMBEDDING.run_id, 2.5, 2.4, 2.6, 60, "class bag"),
        metric(USABLE_INFORMATION, OTHER.run_id, 0.1, 0.0, 0.2), value(LABEL_ENTROPY, OTHER.run_id, 3.0),
    ]  # fmt: skip
    found = usable_information(findings(rows, EMBEDDING, MODEL, OTHER))
    assert found is not None
    assert found.verdict == verdict
    assert found.tables[0].rows[0][3] == "shirt"
    assert "the most of 2 embeddings" in found.because
