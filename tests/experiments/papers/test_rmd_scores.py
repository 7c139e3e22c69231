"""RMD by itself: along corruptions and labels, beside MD and K-means, of several embeddings; planted both ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.experiments.papers.rmd.difficulty_checks import labels, severity
from core.experiments.papers.rmd.groups import groups
from core.experiments.papers.rmd.rivals import embeddings, rivals
from core.experiments.papers.section import FAILS, HOLDS, UNTOLD, Findings, Verdict
from core.kinds.evaluate import FITTED_ANEW
from core.maths.class_order import classes_by_distance
from core.maths.folds import how_drawn
from core.maths.gaussians import fit_gaussians, own_class_distance
from core.store.metrics import ERROR_AUROC, ERROR_AUROC_DIFFERENCE, ERROR_BY_GROUP, LESS, Metric
from core.types import Run
from tests.experiments.papers.planted import findings, metric, run

EMBED = run("embed", "lite", 1)
WAYS = [(0.4, HOLDS), (-0.4, FAILS), (0.0, UNTOLD)]


def around(name: str, subject: str, value: float, part: str, by: str = "") -> Metric:
    return metric(name, subject, value, value - 0.1, value + 0.1, part=part, by=by)


def checks(trends: dict[str, float]) -> Findings:
    rows = [around("rmd_corruption_trend", EMBED.run_id, value, kind) for kind, value in trends.items()]
    rows += [around("rmd_by_corruption", EMBED.run_id, -2, "none 0")]
    rows += [around("rmd_by_corruption", EMBED.run_id, i, f"{kind} {i}") for kind in trends for i in range(1, 6)]
    return findings(rows, EMBED)


@pytest.mark.parametrize(("value", "verdict"), WAYS)
def test_rmd_along_severity(value: float, verdict: Verdict) -> None:
    outcome = severity(checks({"fog": value, "jpeg": value, "snow": 0.0}))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert f"for {2 if value > 0 else 0} of 3 kinds" in outcome.because
    assert [one.name for one in outcome.plots[1].series] == ["fog", "jpeg"]
    assert len(outcome.plots[1].series[0].points) == 6
    assert len(outcome.tables[0].rows) == 3


@pytest.mark.parametrize(("value", "verdict"), WAYS)
def test_rmd_along_labels(value: float, verdict: Verdict) -> None:
    rows = [around("rmd_altered_labels_trend", EMBED.run_id, 0.7, "all"),
            around("rmd_label_distance_trend", EMBED.run_id, value, "all")]  # fmt: skip
    rows += [around("rmd_by_label_distance", EMBED.run_id, i, f"rank {i}") for i in range(4)]
    outcome = labels(findings(rows, EMBED))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert outcome.plots[0].names == ("0", "1", "2", "3")


def test_checks_of_before_leave_the_claim_on_labels_untold() -> None:
    outcome = labels(findings([around("rmd_altered_labels_trend", EMBED.run_id, 0.7, "all")], EMBED))
    assert outcome is not None
    assert outcome.verdict == UNTOLD
    assert "earlier version" in outcome.notes[-1]


def test_at_the_means_of_classes_the_rank_correlation_is_one_whatever_the_data() -> None:
    generator = np.random.default_rng(0)
    drawn, of = generator.normal(size=(200, 6)), np.repeat(np.arange(5), 40)
    gaussians = fit_gaussians(drawn, of, 5, pca=None)  # noise: labels tell nothing of where an image lies
    means = np.stack([drawn[of == label].mean(axis=0) for label in range(5)])
    order = classes_by_distance(gaussians)
    rmd = np.stack([own_class_distance(gaussians, means, order[:, rank], relative=True) for rank in range(1, 5)])
    assert (np.diff(rmd, axis=0) > 0).all()
    outcome = labels(findings([around("rmd_altered_labels_trend", EMBED.run_id, 0.7, "all")], EMBED))
    assert outcome is not None
    assert "correlation is exactly 1" in outcome.notes[1]


MODEL = run("train", "resnet8", 2)
SCORES = {name: run("score", name, 3 + i) for i, name in enumerate(("rmd", "md", "kmeans"))}
ADDRESS = {name: f"{one.run_id}:{name}" for name, one in SCORES.items()}


def beside(**ahead: float) -> Findings:
    rows = [
        around(ERROR_AUROC_DIFFERENCE, ADDRESS["rmd"], value, f"{LESS}{ADDRESS.get(name, f'of:{name}')}", MODEL.run_id)
        for name, value in ahead.items()
    ]
    for address in ADDRESS.values():
        rows += [around(ERROR_BY_GROUP, address, 0.5 / i, f"group {i}", by=MODEL.run_id) for i in (1, 2, 3)]
    return findings(rows, MODEL, *SCORES.values())


@pytest.mark.parametrize(("value", "verdict"), WAYS)
def test_rmd_beside_md_and_k_means(value: float, verdict: Verdict) -> None:
    outcome = rivals(beside(md=value, kmeans=0.4, md_pca=0.05))
    assert outcome is not None
    assert outcome.verdict == verdict
    assert [one.name for one in outcome.plots[0].series] == ["rmd", "md", "kmeans"]
    assert [len(one.points) for one in outcome.plots[0].series] == [3, 3, 3]
    assert "After the same PCA as RMD, less md's" in outcome.notes[0]


def test_of_two_scores_of_one_name_the_one_compared_last_counts() -> None:
    found = beside(md=0.4, kmeans=0.4)
    runs = [run("evaluate", "resnet8", 20 + i) for i in range(2)]
    old = around(ERROR_AUROC_DIFFERENCE, ADDRESS["rmd"], -0.4, f"{LESS}score-a:md", MODEL.run_id)
    for order, verdict in ((runs, HOLDS), (runs[::-1], FAILS)):
        rows = [replace(old, run=order[0].run_id), *(replace(row, run=order[1].run_id) for row in found.rows)]
        outcome = rivals(findings(rows, *found.runs, *runs))
        assert outcome is not None
        assert outcome.verdict == verdict


def test_without_k_means_the_comparison_is_untold() -> None:
    outcome = rivals(beside(md=0.4))
    assert outcome is not None
    assert outcome.verdict == UNTOLD
    assert "K-means is not scored" in outcome.notes[-1]


@pytest.mark.parametrize(("second", "verdict"), [(0.7, HOLDS), (0.3, FAILS), (0.5, UNTOLD)])
def test_rmd_of_two_embeddings(second: float, verdict: Verdict) -> None:
    others = [replace(run("score", "rmd", i), inputs={"embed": f"embed-{i}"}) for i in (10, 11)]
    again = replace(run("score", "rmd", 12, pca=32), inputs={"embed": "embed-11"})  # a setting, and no other embedding
    rows = [
        around(ERROR_AUROC, f"{one.run_id}:rmd", value, "all", by=MODEL.run_id)
        for one, value in zip(others, (0.7, second), strict=True)
    ]
    rows.append(around(ERROR_AUROC, f"{again.run_id}:rmd", 0.3, "all", by=MODEL.run_id))
    others.append(again)
    outcome = embeddings(findings(rows, MODEL, *others))
    assert outcome is not None
    assert outcome.verdict == verdict
    alone = embeddings(findings(rows[:1], MODEL, *others))
    assert alone is not None
    assert alone.verdict == UNTOLD
    assert "--encoder open_clip:ViT-B-32/openai" in alone.notes[0]  # without it, the same embedding is made again


DRAWN = replace(MODEL, parameters={"held_out": how_drawn(0)})
OF_SPLIT = replace(MODEL, parameters={"held_out": "the splits test"})
WITHOUT_SPLIT = [
    (OF_SPLIT, None, HOLDS, ""),
    (DRAWN, None, UNTOLD, "hardlook evaluate"),  # an evaluation of before, on what the scores were fitted to
    (DRAWN, ("rmd", "md", "kmeans"), HOLDS, "fitted anew to the model's own training images alone"),
    (DRAWN, (), UNTOLD, "cannot be fitted to the model's own training images here"),
    (MODEL, (), UNTOLD, "cannot be fitted"),  # a model from elsewhere
    (DRAWN, ("rmd", "kmeans"), UNTOLD, "MD was fitted to the images that errors are counted on"),
]


@pytest.mark.parametrize(("model", "anew", "verdict", "note"), WITHOUT_SPLIT)
def test_a_score_fitted_to_what_it_is_measured_on_tells_nothing(
    model: Run, anew: tuple[str, ...] | None, verdict: Verdict, note: str
) -> None:
    said = {} if anew is None else {FITTED_ANEW: [ADDRESS[name] for name in anew]}
    evaluation = run("evaluate", "resnet8", 30, **said)
    rows = [
        around(ERROR_AUROC_DIFFERENCE, ADDRESS["rmd"], 0.4, f"{LESS}{ADDRESS[name]}", model.run_id)
        for name in ("md", "kmeans")
    ] + [around(ERROR_AUROC, ADDRESS["rmd"], 0.8, "all", model.run_id)]
    found = findings([replace(row, run=evaluation.run_id) for row in rows], model, *SCORES.values(), evaluation)
    beside_others, alone = rivals(found), groups(found)
    assert beside_others is not None
    assert alone is not None
    assert beside_others.verdict == verdict
    assert note in " ".join(beside_others.notes)
    assert alone.verdict == (HOLDS if anew and "rmd" in anew else verdict)
    assert "RMD was fitted" not in " ".join(alone.notes) or alone.verdict == UNTOLD


def test_of_two_embeddings_one_fitted_to_what_it_is_measured_on_leaves_the_claim_untold() -> None:
    others = [replace(run("score", "rmd", i), inputs={"embed": f"embed-{i}"}) for i in (10, 11)]
    for anew, verdict in ((others, HOLDS), (others[:1], UNTOLD)):
        evaluation = run("evaluate", "resnet8", 30, **{FITTED_ANEW: [f"{one.run_id}:rmd" for one in anew]})
        rows = [
            replace(around(ERROR_AUROC, f"{one.run_id}:rmd", 0.7, "all", by=DRAWN.run_id), run=evaluation.run_id)
            for one in others
        ]
        outcome = embeddings(findings(rows, DRAWN, *others, evaluation))
        assert outcome is not None
        assert outcome.verdict == verdict
        assert ("RMD 2 of" in outcome.notes[-1]) is (verdict == UNTOLD)
