"""Overview: what this data set is, what was found in it, and what to do next."""

from __future__ import annotations

from html import escape

import streamlit as st

from core import wording
from core.answers.image.glimpses import Glimpse, hardest_of_classes, strongest_suspects
from core.answers.labels.suspecting import suspecting_scores
from core.answers.overview.dataset import (
    ClassTable,
    class_split_counts,
    class_table,
    dataset_facts,
    lens_caution,
    refused_files,
)
from core.answers.overview.headlines import OverviewHeadline, overview_headlines
from core.answers.overview.standings import label_noise, model_lines, score_lines
from core.answers.provenance import AS_NOTED, BY_SCORE, TALLIED, metric_sources
from core.answers.runs.next_steps import next_steps
from core.answers.view.choices import ScoreChoice
from core.answers.view.journal import journal_version, reviewed_by_class
from core.errors import command
from core.plots.balance import class_balance
from core.types import Estimate
from pages.components.figures.classes import show_classes
from pages.components.layout import links
from pages.components.layout.empty import say_command
from pages.components.layout.header import View, header
from pages.components.layout.layout import facts, heading, lines, say_provenance
from pages.components.layout.loading import answer
from pages.components.widgets.download import show_figure
from pages.components.widgets.estimates import estimate_cells, n_cell
from pages.components.widgets.strip import StripImage, strip
from pages.components.widgets.table import Column, TableCell, TableRow, table

PICTURES = 6  # in each of the two strips
TABLE_HEIGHT = 420
DEBIASED = (
    "Root mean square of accuracy less confidence, what few images add taken off. An interval from 0 on says that no "
    "miscalibration can be shown."
)


def main() -> None:
    """Pick, load, draw; each part says itself what it lacks."""
    view = header("overview")
    scores = answer(suspecting_scores, view.reader, view.scores)
    suspecting = scores[0] if scores else None
    split = view.selection.split
    classes = answer(
        class_table, view.reader, view.score, view.model_id, split, suspecting.address if suspecting else ""
    )
    if caution := answer(lens_caution, view.reader):
        lines([caution], "caution")
        say_provenance({"what it is made of": AS_NOTED})
    found(view, classes, suspecting)
    glimpses(view, classes, suspecting)
    left, right = st.columns([7, 4], gap="large")
    with left:
        reviewed = answer(reviewed_by_class, view.reader, journal_version(view.audit))
        show_classes(view, classes, suspecting, reviewed, height=TABLE_HEIGHT)
        models(view)
        balance(view)
    with right:
        next_up(view)
        dataset(view)
    scores_found(view)


def found(view: View, classes: ClassTable, suspecting: ScoreChoice | None) -> None:
    """Five figures, each with its interval, what it is of, and the way to more."""
    at = journal_version(view.audit)
    cards = answer(overview_headlines, view.reader, classes.rows, suspecting, view.model_id or "", at)
    with st.container(key="findings"):
        for column, card in zip(st.columns(len(cards), gap="medium"), cards, strict=True):
            with column:
                st.html(card_html(view, card))


def card_html(view: View, card: OverviewHeadline) -> str:
    """A figure as HTML, its texts escaped."""
    figure = escape(card.figure or wording.MISSING)
    finds = str(command(view.audit.name, *card.missing.split())) if card.missing else ""
    return (
        f'<div class="hardlook-headline"><h2>{escape(card.title)}</h2><p class="figure">{figure} '
        f"<small>{escape(card.interval)}</small></p><p><bdi>{escape(card.said_of)}</bdi></p>"
        + (f"<p><code>{escape(finds)}</code></p>" if finds else "")
        + "</div>"
    )


def glimpses(view: View, classes: ClassTable, suspecting: ScoreChoice | None) -> None:
    """The strongest suspects, and the hardest image of each of the hardest classes."""
    split = view.selection.split
    left, right = st.columns(2, gap="large")
    with left:
        heading("Strongest suspects", f"given → suggested by {suspecting.name}" if suspecting else "")
        suspects = answer(strongest_suspects, view.reader, suspecting, split, PICTURES) if suspecting else []
        if suspecting and suspects:
            strip(
                [picture(one, one.suggested, f"{suspecting.name} {one.value}") for one in suspects], key="suspects",
                on_open=lambda key: links.remember("suspects", score=suspecting.address, image=key),
            )  # fmt: skip
        else:
            lines(["No label is doubted." if suspecting else "The labels most likely to be wrong will stand here."])
    with right:
        heading(
            "Hardest image of the hardest classes",
            f"by {view.score.name}; errors of the class counted" if view.score else "",
        )
        labels = [row.label for row in classes.rows if row.total][:PICTURES]
        hardest = answer(hardest_of_classes, view.reader, view.score, split, labels) if view.score else []
        errors = {row.name: row.error for row in classes.rows}
        if hardest:
            strip([picture(one, "", class_line(one, errors)) for one in hardest], key="hardest", on_open=open_class)
        else:
            lines(["The hardest images will stand here, once there is a score."])


def picture(one: Glimpse, arrow: str, second: str) -> StripImage:
    """A glimpse as the strip draws it; its link is the class for the hardest, the image for a suspect."""
    return StripImage(
        one.source, one.width, one.height, one.given or "no label", arrow, second, one.key if arrow else one.given
    )


def class_line(one: Glimpse, errors: dict[str, Estimate | None]) -> str:
    """What stands under the hardest image of a class."""
    error = errors.get(one.given)
    return f"error {wording.percent(error.value)}" if error else one.value


def open_class(name: str) -> None:
    """Go to the images of a class."""
    links.remember("hardest", **{"class": name, "by": ""})


def balance(view: View) -> None:
    """The counts as bars."""
    names, splits = view.reader.class_names, view.reader.splits
    if names:
        counts = answer(class_split_counts, view.reader)
        figure = class_balance(names, splits, counts, dark=view.dark)
        rows = [(name, *(int(n) for n in line)) for name, line in zip(names, counts, strict=True)]
        show_figure(figure, name=f"{view.audit.name} classes", key="balance", columns=("class", *splits), rows=rows,
                    sources={"images": TALLIED})  # fmt: skip


def dataset(view: View) -> None:
    """Counts, sizes and origin; how the input was read; files that were refused, with the reason."""
    heading("Data set")
    data = answer(dataset_facts, view.reader)
    if data.note:
        lines([data.note], "caution")
        say_provenance({"what the note says": AS_NOTED})
    facts(data.facts)
    if data.reading:
        with st.expander("How it was read"):
            columns = (Column("about"), Column("understood", wide=True), Column("change it with"))
            rows = [TableRow([TableCell(text) for text in line]) for line in data.reading]
            table(columns, rows, key="reading", height=300)
    if data.refused:
        total = sum(n for _, n in data.refused)
        with st.expander(f"{wording.count(total)} refused files"):
            columns = (Column("file", wide=True), Column("reason"), Column("detail", wide=True))
            rows = [TableRow([TableCell(text) for text in line]) for line in refused_files(view.reader)]
            table(columns, rows, key="refused", height=300)


def models(view: View) -> None:
    """Accuracy and calibration of every model, on images it was not trained on."""
    lines_found = model_lines(view.reader)
    heading("Models", "on held-out images" if lines_found else "")
    if not lines_found:
        lines(["None yet: a model's accuracy, its calibration and its errors will stand here."])
        return
    columns = (
        Column("model"), Column("accuracy, %", number=True), Column("95 %"),
        Column("ECE, %", number=True, tip="Expected calibration error, 15 bins of equal mass; lower is better."),
        Column("calibration error, %", number=True, tip=DEBIASED), Column("95 %"),
        Column("n", number=True, tip="Labelled images the model was not trained on."),
    )  # fmt: skip
    rows = [
        TableRow(
            [
                TableCell(line.run.name),
                *estimate_cells(line.accuracy),
                *estimate_cells(line.ece)[:1],
                *estimate_cells(line.calibration_error),
                n_cell(line.accuracy),
            ]
        )
        for line in lines_found
    ]
    titles = {"accuracy": "accuracy", "ece": "ECE", "calibration_error": "calibration error"}
    table(columns, rows, key="models", height=TABLE_HEIGHT, sources=metric_sources(titles))
    if not any(line.accuracy for line in lines_found):
        lines([f"Not evaluated yet. Run: {command(view.audit.name, 'evaluate')}"])


def scores_found(view: View) -> None:
    """What each score is worth on this data; a row opens its images."""
    found = answer(score_lines, view.reader, view.scores)
    heading("Scores", "a row opens its hardest and easiest images" if found else "")
    if not found:
        lines(["None yet: what each score finds, and how many labels it doubts, will stand here."])
        return
    noise = label_noise(view.reader)
    tip = "Chance that a misclassified held-out image scores higher; 0.5 is none."
    columns = [Column("score"), Column("goes with error", number=True, tip=tip), Column("95 %")]
    tip = "Whose errors. A score made from the same model foretells that model's own errors, not how hard an image is."
    columns.append(Column("errors of", tip=tip))
    tip = "Images whose label the score doubts: to look at, not errors."
    columns += [Column("suspects", number=True, tip=tip), Column("of", number=True)]
    if noise:
        tip = (
            f"Average precision of detecting wrong labels; by chance it is their share, {wording.percent(noise.value)}."
        )
        columns += [Column("finds wrong labels", number=True, tip=tip), Column("95 %")]
    rows = []
    for line in found:
        cells = [TableCell(line.score.label), *estimate_cells(line.error_auroc)]
        cells.append(TableCell(f"{line.errors_of}, the same model" if line.own else line.errors_of, "quiet"))
        cells += [
            TableCell(wording.count(line.suspects) if line.n else "", "suspect", line.suspects if line.n else -1),
            TableCell(wording.count(line.n) if line.n else "", "quiet", line.n),
        ]
        rows.append(TableRow([*cells, *(estimate_cells(line.label_ap) if noise else ())], line.score.address))
    titles = {"error_auroc": "goes with error"} | ({"label_average_precision": "finds wrong labels"} if noise else {})
    table(
        columns, rows, key="scores", height=TABLE_HEIGHT, on_open=lambda one: links.remember("hardest", score=one),
        sources={**metric_sources(titles), "suspects": BY_SCORE},
    )  # fmt: skip


def next_up(view: View) -> None:
    """What to do now: look, then the commands that would add most."""
    heading("Next")
    if view.scores:
        links.link("suspects", "Look at the suspected labels")
    if view.score:
        links.link("hardest", "Look at the hardest and easiest images")
    for step in next_steps(view.audit, view.reader):
        say_command(step.why, [step.command])


main()
links.go()
