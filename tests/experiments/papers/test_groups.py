"""Error in groups along RMD: planted where RMD goes with the errors, and where it does not."""

from __future__ import annotations

import pytest

from core.experiments.papers.rmd.groups import groups
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.store.metrics import ERROR_AUROC, ERROR_BY_GROUP
from tests.experiments.papers.planted import findings, metric, run

MODEL, SCORE = run("train", "resnet8", 1), run("score", "rmd", 2)
ADDRESS = f"{SCORE.run_id}:rmd"


@pytest.mark.parametrize(
    ("ends", "verdict"), [((0.7, 0.66, 0.74), HOLDS), ((0.4, 0.35, 0.45), FAILS), ((0.5, 0.45, 0.55), UNTOLD)]
)
def test_the_verdict_goes_by_the_interval(ends: tuple[float, float, float], verdict: str) -> None:
    shares = (0.5, 0.3, 0.1)
    rows = [metric(ERROR_AUROC, ADDRESS, *ends, by=MODEL.run_id)]
    rows += [
        metric(ERROR_BY_GROUP, ADDRESS, share, share - 0.05, share + 0.05, 100, f"group {i}", MODEL.run_id)
        for i, share in enumerate(shares, 1)
    ]
    outcome = groups(findings(rows, MODEL, SCORE))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert "50 % wrong in the hardest group, 10 % in the easiest" in outcome.because
    assert [estimate.value for _, estimate in outcome.plots[0].series[0].points] == list(shares)
    assert "resnet8" in outcome.plots[0].title


def test_without_groups_the_figure_is_said_alone() -> None:
    outcome = groups(findings([metric(ERROR_AUROC, ADDRESS, 0.7, 0.6, 0.8, 40, by=MODEL.run_id)], MODEL, SCORE))
    assert outcome is not None
    assert (outcome.verdict, outcome.plots) == (HOLDS, ())
