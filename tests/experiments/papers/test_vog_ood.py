"""VoG beside its rivals, beside MSP and by decile: planted where VoG is ahead, where it is behind, where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.experiments.papers.section import FAILS, HOLDS, UNTOLD, Findings
from core.experiments.papers.vog.ood import against_msp, by_decile, rivals
from core.store.metrics import Metric
from tests.experiments.papers.planted import findings, metric, run

SETS = ("corrupted images", "Gaussian noise")
RIVALS = ("MSP", "energy", "kNN")


def planted(ahead: float, seeds: int = 4, noise: float = 0.01) -> Findings:
    """Models of several seeds by which VoG's AUROC is so far ahead of every rival's."""
    draw = np.random.default_rng(0)
    models = [replace(run("train", "resnet8", seed, epochs=8), seed=seed) for seed in range(seeds)]
    rows: list[Metric] = []
    for model in models:
        for others in SETS:
            for score in ("VoG", *RIVALS, "VoG reversed"):
                value = 0.6 + ahead * (score == "VoG") + noise * draw.normal()
                rows.append(
                    metric(
                        "ood_auroc", model.run_id, value, value - 0.05, value + 0.05, 400, f"{score} against {others}"
                    )
                )
            for i in range(1, 11):
                share = 0.5 + np.sign(ahead) * (i - 5.5) / 20
                rows.append(metric("ood_share_by_vog", model.run_id, share, share - 0.1, share + 0.1, 40,
                                   f"decile {i} against {others}"))  # fmt: skip
    return findings(rows, *models)


@pytest.mark.parametrize(("ahead", "verdict"), [(0.2, HOLDS), (-0.2, FAILS), (0.0, UNTOLD)])
def test_the_verdict_goes_by_the_difference_paired_by_seed(ahead: float, verdict: str) -> None:
    made = planted(ahead)
    of_rivals, of_msp = rivals(made), against_msp(made)
    assert of_rivals is not None
    assert of_msp is not None
    assert (of_rivals.verdict, of_msp.verdict) == (verdict, verdict)
    pairs = len(SETS) * len(RIVALS)
    ahead_in, behind_in = (pairs * (verdict == which) for which in (HOLDS, FAILS))
    if verdict != UNTOLD:
        assert f"Of {pairs} pairs of a set and a rival VoG is ahead in {ahead_in} and behind in {behind_in}," in (
            of_rivals.because
        )
    assert [len(one.points) for one in of_rivals.plots[0].series] == [3, 3]
    assert of_rivals.plots[0].names == RIVALS
    assert [table.title.partition(":")[0] for table in of_rivals.tables] == [f"resnet8 against {one}" for one in SETS]
    assert [line[1] for line in of_msp.tables[0].rows] == ["VoG", "MSP", "VoG reversed"] * 2
    assert "4 seeds" in of_rivals.notes[0]


@pytest.mark.parametrize(("ahead", "verdict"), [(0.2, HOLDS), (-0.2, FAILS), (-0.09, UNTOLD)])
def test_the_deciles_verdict_goes_by_the_trend_over_images(ahead: float, verdict: str) -> None:
    outcome = by_decile(planted(ahead))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert [one.name for one in outcome.plots[0].series] == list(SETS)
    assert [at for at, _ in outcome.plots[0].series[0].points] == list(range(1, 11))
    rising = np.sign(ahead) * np.diff([one.value for _, one in outcome.plots[0].series[0].points])
    assert (rising > 0).all()


def test_one_seed_shows_no_difference_between_ways_of_telling() -> None:
    assert rivals(planted(0.2, seeds=1)) is None
    assert against_msp(planted(0.2, seeds=1)) is None
    assert by_decile(planted(0.2, seeds=1)) is not None  # which goes by images
