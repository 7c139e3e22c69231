"""Planted wrong labels: rows where suspicion is ahead of the next, where another is, and where nothing is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.experiments.papers.further.self_test import self_test
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD
from core.experiments.self_test import FORM, in_slice, read_self_test
from core.store.metrics import PLANTED_AUROC, PLANTED_AVERAGE_PRECISION, PLANTED_LEAD, Metric
from core.types import Estimate, Run
from tests.experiments.papers.planted import findings, metric, run

KINDS, RATES = ("symmetric", "pair"), (10.0, 20.0)
TESTED = replace(
    run("evaluate", "self-test", 1, planted=list(KINDS), rates=list(RATES), seeds=2, form=FORM),
    inputs={"embed": "embed-x-1", "labels": "given"},
)


def rows(first: str, other: str, lead: tuple[float, float], auroc: float = 0.9) -> list[Metric]:
    """The same at every kind and rate. lead: ends of the first's lead."""
    made = []
    for part in (in_slice(kind, rate) for kind in KINDS for rate in RATES):
        for name, value in ((first, 0.7), (other, 0.6)):
            subject = f"{TESTED.run_id}:{name}"
            made.append(metric(PLANTED_AUROC, subject, auroc, auroc - 0.01, auroc + 0.01, part=part))
            made.append(metric(PLANTED_AVERAGE_PRECISION, subject, value, value - 0.1, value + 0.1, part=part))
        made.append(metric(PLANTED_LEAD, f"{TESTED.run_id}:{first} - {other}", 0.1, *lead, part=part))
    return made


@pytest.mark.parametrize(
    ("first", "other", "lead", "auroc", "verdict"),
    [
        ("suspicion", "knn", (0.02, 0.2), 0.9, HOLDS), ("knn", "suspicion", (0.02, 0.2), 0.9, FAILS),
        ("suspicion", "knn", (-0.1, 0.2), 0.9, UNTOLD), ("knn", "suspicion", (-0.1, 0.2), 0.9, UNTOLD),
        ("suspicion", "knn", (0.02, 0.2), 0.5, UNTOLD), ("knn", "rmd_margin", (0.02, 0.2), 0.9, UNTOLD),
    ],
)  # fmt: skip
def test_the_verdict_goes_by_the_paired_difference(
    first: str, other: str, lead: tuple[float, float], auroc: float, verdict: str
) -> None:
    outcome = self_test(findings(rows(first, other, lead, auroc), TESTED))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert "Of 4 kinds and rates" in outcome.because
    assert [plot.series[0].name for plot in outcome.plots] == [first, first]
    assert any("not people's" in note for note in outcome.notes)


def test_a_double_of_the_highest_is_named_with_it_and_is_not_the_next() -> None:
    made = rows("suspicion", "knn", (0.02, 0.2))
    for row in list(made):
        if row.subject.endswith(":suspicion"):
            made.append(replace(row, subject=f"{TESTED.run_id}:double"))
        elif row.name == PLANTED_LEAD:
            double = Metric(PLANTED_LEAD, f"{TESTED.run_id}:suspicion - double", row.slice, Estimate(0.0, n=1000))
            made.append(double)
    tested = read_self_test(TESTED, made)
    for noise in tested.noises:
        assert noise.apart
        assert "highest average precision of 3: suspicion and double, 0.700" in noise.verdict
        assert "ahead of knn by 0.100" in noise.verdict


def with_a_third(lead: tuple[float, float] | None) -> list[Metric]:
    """Suspicion surely ahead of the next, and by this of a third that is further behind. lead: None for no interval."""
    made = rows("suspicion", "knn", (0.016, 0.064))
    for row in list(made):
        if row.subject.endswith(":knn"):
            made.append(replace(row, subject=f"{TESTED.run_id}:md", estimate=replace(row.estimate, value=0.55)))
        elif row.name == PLANTED_LEAD:
            ends = Estimate(0.15, *lead, 1000) if lead else Estimate(0.15, n=1000)
            made.append(Metric(PLANTED_LEAD, f"{TESTED.run_id}:suspicion - md", row.slice, ends))
    return made


@pytest.mark.parametrize(("lead", "verdict"), [((0.01, 0.1), HOLDS), ((-0.014, 0.104), UNTOLD), (None, UNTOLD)])
def test_ahead_of_the_next_is_not_ahead_of_every_other(lead: tuple[float, float] | None, verdict: str) -> None:
    outcome = self_test(findings(with_a_third(lead), TESTED))
    assert outcome is not None
    assert outcome.verdict == verdict
    for noise in read_self_test(TESTED, with_a_third(lead)).noises:
        assert noise.verdict.endswith("paired" if verdict == HOLDS else "not told apart from md")


@pytest.mark.parametrize(("others", "verdict"), [(1, FAILS), (12, UNTOLD)])
def test_behind_one_that_was_picked_from_many_takes_a_wider_interval(others: int, verdict: str) -> None:
    made = rows("knn", "suspicion", (0.02, 0.18))
    for row in list(made):
        if row.subject.endswith(":suspicion"):
            made += [replace(row, subject=f"{TESTED.run_id}:rival {i}") for i in range(others - 1)]
    outcome = self_test(findings(made, TESTED))
    assert outcome is not None
    assert outcome.verdict == verdict


def test_suspicion_that_orders_as_the_highest_does_is_the_highest() -> None:
    made = rows("double", "knn", (0.02, 0.2))
    for row in list(made):
        if row.subject.endswith(":double"):
            made.append(replace(row, subject=f"{TESTED.run_id}:suspicion"))
        elif row.name == PLANTED_LEAD:
            made.append(Metric(PLANTED_LEAD, f"{TESTED.run_id}:double - suspicion", row.slice, Estimate(0.0, n=1000)))
    outcome = self_test(findings(made, TESTED))
    assert outcome is not None
    assert outcome.verdict == HOLDS


def test_rows_of_an_earlier_self_test_do_not_mix() -> None:
    newer: Run = replace(TESTED, run_id="evaluate-self-test-later", created="2026-02-01T000000")
    later = [
        Metric(row.name, row.subject.replace(TESTED.run_id, newer.run_id), row.slice, row.estimate)
        for row in rows("knn", "suspicion", (0.02, 0.2))
    ]
    outcome = self_test(findings([*rows("suspicion", "knn", (0.02, 0.2)), *later], TESTED, newer))
    assert outcome is not None
    assert outcome.verdict == FAILS
