"""Overview: what this data set is, what was found, from which runs, and what to do next."""

from __future__ import annotations

import streamlit as st

from core.answers import wording
from core.answers.found import Figure, label_noise, model_lines, score_lines
from core.answers.history import next_steps, run_lines
from core.answers.overview import ClassRow, class_split_counts, class_table, dataset_facts, refused_files
from core.plots.balance import class_balance
from pages.components import address
from pages.components.frame import facts, heading, lines
from pages.components.header import View, header
from pages.components.loading import answer
from pages.components.table import Cell, Column, Row, table

TABLE_HEIGHT = 520
OPEN = "open"  # what a row asked to open, as parts of the address


def main() -> None:
    """Pick, load, draw; each part says itself what it lacks."""
    view = header("Overview")
    left, right = st.columns([5, 4], gap="large")
    with left:
        classes(view)
        balance(view)
    with right:
        dataset(view)
        models(view)
        next_up(view)
    scores(view)
    runs(view)


def classes(view: View) -> None:
    """Counts per class and split, hardest class first; a row opens the class's images."""
    split = view.selection.split
    found = answer(class_table, view.reader, view.score, view.model_id, split)
    heading("Classes", f"{'hardest first' if view.model or view.score else 'in label order'}; a row opens its images")
    columns = [Column("class", wide=True), *(Column(name, number=True) for name in view.reader.splits)]
    if len(view.reader.splits) > 1:
        columns.append(Column("all", number=True))
    if view.model:
        seen = "held-out error, %" if found.held_out else "fitted error, %"
        where = f"that it {'was not' if found.held_out else 'was'} trained on, {split or 'all splits'}"
        tip = f"Share of images that {view.model.name} gets wrong among those {where}."
        columns += [Column(seen, number=True, tip=tip), Column("95 %", tip="Wilson interval of the error.")]
    if view.score:
        tip = f"Median of {view.score.label} over the class, {split or 'all splits'}."
        columns.append(Column(f"median {view.score.name}", number=True, tip=tip))
    table(columns, [class_row(view, row) for row in found.rows], key="classes", height=TABLE_HEIGHT, on_open=open_class)


def class_row(view: View, row: ClassRow) -> Row:
    """A class as the table draws it."""
    cells = [Cell(row.name), *(Cell(wording.count(n), "" if n else "quiet", n) for n in row.counts)]
    if len(row.counts) > 1:
        cells.append(Cell(wording.count(row.total), "", row.total))
    if view.model:
        share = None if row.error is None else 100 * row.error
        span = f"[{wording.three(100 * row.low)}, {wording.three(100 * row.high)}]" if row.n_judged else ""
        cells += [Cell(wording.three(share), "", -1 if share is None else share), Cell(span, "quiet", row.low)]
    if view.score:
        cells.append(Cell(wording.three(row.median), "", -1e30 if row.median is None else row.median))
    return Row(cells, row.name)


def open_class(name: str) -> None:
    """Remember which class to open; a callback may not switch pages itself."""
    st.session_state[OPEN] = {"class": name, "by": ""}


def balance(view: View) -> None:
    """The counts as bars."""
    names, splits = view.reader.class_names, view.reader.splits
    if names:
        dark = st.context.theme.type == "dark"
        figure = class_balance(names, splits, answer(class_split_counts, view.reader), dark=dark)
        st.plotly_chart(figure, key="balance", theme=None, config={"displayModeBar": False})


def dataset(view: View) -> None:
    """Counts, sizes and origin; files that were refused, with the reason."""
    heading("Data set")
    data = answer(dataset_facts, view.reader)
    if data.note:
        lines([data.note], "caution")
    facts(data.facts)
    if data.refused:
        total = sum(n for _, n in data.refused)
        with st.expander(f"{wording.count(total)} refused files"):
            columns = (Column("file", wide=True), Column("reason"), Column("detail", wide=True))
            rows = [Row([Cell(text) for text in line]) for line in refused_files(view.reader)]
            table(columns, rows, key="refused", height=300)


def models(view: View) -> None:
    """Accuracy and calibration of every model, on images it was not trained on."""
    found = model_lines(view.reader)
    heading("Models", "on held-out images" if found else "")
    if not found:
        lines(["None yet: a model's accuracy, its calibration and its errors will stand here."])
        return
    columns = (
        Column("model"), Column("accuracy, %", number=True), Column("95 %"),
        Column("ECE, %", number=True, tip="Expected calibration error, 15 bins of equal mass; lower is better."),
        Column("95 %"), Column("n", number=True, tip="Labelled images the model was not trained on."),
    )  # fmt: skip
    rows = [
        Row(
            [
                Cell(line.run.name),
                *figure_cells(line.accuracy, 100),
                *figure_cells(line.ece, 100),
                n_cell(line.accuracy),
            ]
        )
        for line in found
    ]
    table(columns, rows, key="models")
    if not any(line.accuracy for line in found):
        lines(["Not evaluated yet: run hardlook evaluate."])


def scores(view: View) -> None:
    """What each score is worth on this data; a row opens its images."""
    found = answer(score_lines, view.reader, view.scores)
    heading("Scores", "a row opens its hardest and easiest images" if found else "")
    if not found:
        lines(["None yet: what each score finds, and how many labels it doubts, will stand here."])
        return
    noise = label_noise(view.reader)
    columns = [
        Column("score"),
        Column(
            "goes with error", number=True, tip="Chance that a misclassified held-out image scores higher; 0.5 is none."
        ),
        Column("95 %"),
        Column(
            "suspects", number=True, tip="Labelled images that the score would label otherwise: to look at, not errors."
        ),
        Column("of", number=True),
    ]
    if noise:
        tip = f"Average precision of finding wrong labels; by chance it is their share, {wording.percent(noise.value)}."
        columns += [Column("finds wrong labels", number=True, tip=tip), Column("95 %")]
    rows = []
    for line in found:
        cells = [Cell(line.score.label), *figure_cells(line.error_auroc)]
        cells += [
            Cell(wording.count(line.suspects) if line.n else "", "suspect", line.suspects if line.n else -1),
            Cell(wording.count(line.n) if line.n else "", "quiet", line.n),
        ]
        rows.append(Row([*cells, *(figure_cells(line.label_ap) if noise else ())], line.score.address))
    table(columns, rows, key="scores", height=TABLE_HEIGHT, on_open=open_score)


def open_score(chosen: str) -> None:
    """Remember which score to open."""
    st.session_state[OPEN] = {"score": chosen}


def figure_cells(figure: Figure | None, scale: float = 1.0) -> list[Cell]:
    """A value and its interval; dashes for none."""
    if figure is None:
        return [Cell(wording.MISSING, "quiet", -1), Cell("")]
    low, high = (None if end is None else scale * end for end in (figure.low, figure.high))
    return [Cell(wording.three(scale * figure.value), "", figure.value), Cell(wording.span(low, high), "quiet", low)]


def n_cell(figure: Figure | None) -> Cell:
    """How many images a value is from."""
    return Cell(wording.count(figure.n) if figure else "", "quiet", figure.n if figure else 0)


def runs(view: View) -> None:
    """Finished runs with their parameters, and those in progress."""
    done = run_lines(view.reader)
    heading("Runs", "newest first")
    unfinished = view.audit.unfinished()
    if unfinished:
        lines([f"In progress, or stopped and able to go on: {', '.join(unfinished)}."], "caution")
    if not done:
        lines(["None yet."])
        return
    titles = ("kind", "name", "parameters", "took", "size", "finished", "id")
    columns = [Column(title, wide=title == "parameters") for title in titles]
    rows = [
        Row([
            Cell(one.kind), Cell(one.name), Cell(one.parameters, "quiet"), Cell(one.took, "", one.seconds),
            Cell(wording.size(one.bytes), "", one.bytes), Cell(one.finished), Cell(one.run_id, "quiet"),
        ])
        for one in done
    ]  # fmt: skip
    table(columns, rows, key="runs", height=TABLE_HEIGHT)


def next_up(view: View) -> None:
    """Commands that would add most."""
    heading("Next")
    for step in next_steps(view.audit, view.reader):
        lines([step.why])
        st.code(step.command, language=None)
    if view.score:
        label = "Look at the hardest and easiest images"
        st.page_link("pages/hardest_easiest.py", label=label, query_params=address.shared())


main()
if OPEN in st.session_state:
    st.switch_page("pages/hardest_easiest.py", query_params=address.shared(**st.session_state.pop(OPEN)))
