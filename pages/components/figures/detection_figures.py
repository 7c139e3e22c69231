"""How well the scores find wrong labels: by true labels where a data set has them, by what people decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from core.answers.labels.detection import DetectionCurve, Finder, finders, highest, lead, prevalence
from core.answers.labels.detection_from_reviews import ByReviews, finding_by_reviews
from core.answers.labels.suspecting import suspecting_scores
from core.answers.provenance import BY_CHOSEN, BY_SAMPLED_CURVES, PAIRED, Sources, metric_sources
from core.answers.review.reviewed_sample import FEWEST
from core.answers.scores.agreement import main_scores
from core.answers.view.choices import ScoreChoice
from core.answers.view.journal import journal_version
from core.errors import command
from core.plots.detection import precision_recall_figure, roc_figure
from core.wording import count, percent
from pages.components.figures.curves import score_styles
from pages.components.layout import address
from pages.components.layout.empty import say_command, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.links import link
from pages.components.layout.loading import answer, large_answer
from pages.components.widgets.download import csv_button, show_figure
from pages.components.widgets.estimates import as_numbers, estimate_cells, n_cell
from pages.components.widgets.table import Column, TableCell, TableRow, table

TRUE, REVIEWS = "labels", "reviews"
CURVES, AUROC, AP, LEAD = "curves", "AUROC", "average precision", "lead in average precision"
MEASURED = metric_sources({
    "label_precision_at_recall": CURVES, "label_auroc": AUROC, "label_average_precision": AP,
})  # fmt: skip
"""Of what is measured against true labels; what people decided has a source of its own for each of them."""
BY_TRUTH = {**MEASURED, LEAD: PAIRED}
JUDGES = {TRUE: "by true labels", REVIEWS: "by what people decided"}


def show_finding(view: View, a: ScoreChoice, most_curves: int) -> None:
    """Curves and a table of every score, or what would make them. most_curves: in one figure."""
    by_truth = answer(finders, view.reader, tuple(view.scores))
    at = journal_version(view.audit)
    judges = [TRUE] * bool(by_truth) + [REVIEWS] * bool(at)
    judge = address.read_one("judge", judges, next(iter(judges), ""))
    if len(judges) > 1:
        address.choose(
            "judged", judges, judge, lambda one: {"judge": one}, key="judge", text=JUDGES.__getitem__, width=220
        )
    if judge == TRUE:
        said, share = f"over the {count(by_truth[0].n)} images with true labels", answer(prevalence, view.reader)
        _draw(view, a, by_truth, share, said, most_curves, BY_TRUTH)
    elif judge == REVIEWS:
        _by_reviews(view, a, at, most_curves)
    else:
        _say_nothing_known(view, "Nobody has said which labels are wrong, by true labels or by reviewing.")


def _by_reviews(view: View, a: ScoreChoice, at: int, most_curves: int) -> None:
    with st.spinner("Weighing what people decided"):
        likely = tuple(one.address for one in (a, *answer(suspecting_scores, view.reader, view.scores)[:1]))
        found: ByReviews = large_answer(finding_by_reviews, view.reader, tuple(view.scores), likely, at)
    if not found.finders:
        _say_nothing_known(
            view,
            f"People have decided on {count(found.n)} labels and found {count(found.wrong)} of them wrong: curves need "
            f"at least {FEWEST} wrong and {FEWEST} right ones.",
        )
        return
    if found.caution:
        lines([found.caution], "caution")
        _to_the_sample(at)
    lines(list(found.notes))
    said = "over the whole set, estimated" if found.sampled else "among the reviewed images alone"
    by = BY_SAMPLED_CURVES if found.sampled else BY_CHOSEN
    _draw(view, a, found.finders, found.share, said, most_curves, dict.fromkeys(MEASURED, by))


def _draw(
    view: View, a: ScoreChoice, found: Sequence[Finder], share: float | None, among: str, most_curves: int,
    sources: Sources,
) -> None:  # fmt: skip
    main = {one.address for one in main_scores(view.scores)} | {a.address}
    picked_from = [one for one in found if one.score.address in main]
    shown = picked_from[:most_curves]
    if any(one.roc for one in shown):
        _curves(view, shown, picked_from, share, among, sources)
    else:
        text = "The curves are drawn from points that evaluating keeps; this evaluation is from before that."
        say_command(text, [command(view.audit.name, "evaluate")])
    heading("Every score", f"{among}; high values flag; highest average precision first; a row opens it in this page")
    columns = [
        Column("score", wide=True), Column("AUROC", number=True), Column("95 %"),
        Column("average precision", number=True), Column("95 %"), Column("n", number=True),
    ]  # fmt: skip
    rows = [
        TableRow([
            TableCell(one.score.label), *estimate_cells(one.auroc), *estimate_cells(one.average_precision),
            n_cell(one.auroc),
        ], one.score.address)
        for one in found
    ]  # fmt: skip
    table(
        columns, rows, key="finders", height=420, on_open=lambda one: address.write({"score": one}),
        sources=_only(sources, AUROC, AP),
    )  # fmt: skip
    csv_button(
        ("score", "auroc", "auroc_low", "auroc_high", "average_precision", "ap_low", "ap_high", "n"),
        [(one.score.address, *as_numbers(one.auroc), *as_numbers(one.average_precision), one.n) for one in found],
        name=f"{view.audit.name} detecting wrong labels", key="finders_table",
    )  # fmt: skip


def _curves(
    view: View, shown: Sequence[Finder], picked_from: Sequence[Finder], share: float | None, among: str,
    sources: Sources,
) -> None:  # fmt: skip
    """Both curves side by side. The leader is compared with the next where sources say how. shown: the first of those
    that it was picked from."""
    styles, dark = score_styles(view), view.dark
    leaders = [one.score.address for one in shown[:2]]
    ahead = answer(lead, view.reader, *leaders) if LEAD in sources and len(leaders) == 2 else None
    by_chance = f"at random {percent(share)} of flags are right, {among}" if share else ""
    left, right = st.columns(2, gap="large")
    with left:
        show_figure(
            roc_figure(shown, styles, highest(picked_from, ahead), dark=dark), name=f"{view.audit.name} ROC", key="roc",
            columns=("score", "false_positive_rate", "true_positive_rate", "low", "high"),
            rows=_points((one.score.address, one.roc) for one in shown), sources=_only(sources, CURVES, AUROC, LEAD),
        )  # fmt: skip
    with right:
        show_figure(
            precision_recall_figure(shown, styles, share, by_chance, dark=dark),
            name=f"{view.audit.name} precision and recall", key="precision_recall",
            columns=("score", "recall", "precision", "low", "high"),
            rows=_points((one.score.address, one.precision_recall) for one in shown),
            sources=_only(sources, CURVES, AP),
        )  # fmt: skip


def _only(sources: Sources, *names: str) -> Sources:
    """Of these figures alone; what people decided has no source for a lead."""
    return {name: sources[name] for name in names if name in sources}


def _points(curves: Iterable[tuple[str, DetectionCurve | None]]) -> list[tuple[object, ...]]:
    """A row for each point of each curve."""
    return [
        (score, *point)
        for score, curve in curves
        if curve
        for point in zip(*(each.tolist() for each in (curve.x, curve.y, curve.low, curve.high)), strict=True)
    ]


def _say_nothing_known(view: View, message: str) -> None:
    say_empty(
        message,
        "Here you would see how many wrong labels each score finds, and at the price of how many false alarms. "
        "Evaluating reads true labels, where the data set came with them; elsewhere review a random sample.",
        run=[command(view.audit.name, "evaluate")],
    )  # fmt: skip
    _to_the_sample(journal_version(view.audit))


def _to_the_sample(at: int) -> None:
    """The way to the next draw, with what is known at entry `at`."""
    link("suspects", "Review a random sample", mode="sample", drawn=str(at))
