"""Compare scorers: two against each other, difficulty against suspicion, the data map, how far all agree, what each
finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.answers.provenance import BY_SUSPICION, OF_THESE, RANK_CORRELATION, UNRELATED
from core.answers.scores import pair
from core.answers.scores.agreement import (
    KENDALL,
    SPEARMAN,
    ScoreAgreement,
    agreement,
    in_words,
    main_scores,
    overlap_in_words,
    pair_correlation,
    strongest_pairs,
)
from core.answers.scores.cloud import hover_texts
from core.answers.scores.quadrants import CUTS, Quadrant, Quadrants, quadrant_scores, quadrants
from core.answers.view.choices import ScoreChoice
from core.answers.view.ranking import Selection
from core.errors import command
from core.plots.agreement import ROOMY, agreement_figure, overlap_figure
from core.plots.pair import quadrant_figure, score_pair
from core.wording import count, percent, three, with_interval
from pages.components.figures.chosen import chosen_images, draw_pair, drawn_pair, opening_button
from pages.components.figures.curves import score_styles
from pages.components.figures.data_map_figure import show_data_map
from pages.components.figures.detection_figures import show_finding
from pages.components.figures.drawing import SELECTION, drawable, read_drawn
from pages.components.figures.self_test_figures import show_self_test
from pages.components.layout import address, links
from pages.components.layout.class_choice import choose_class, chosen_class
from pages.components.layout.empty import advised, say_empty
from pages.components.layout.header import View, header
from pages.components.layout.layout import as_text, heading, lines, say_provenance
from pages.components.layout.loading import answer, load_pair, load_predictions, load_top_overlaps
from pages.components.widgets.download import show_figure

TWO, QUADRANTS, DYNAMICS, ALL, TRUTH, PLANTED = "two", "quadrants", "dynamics", "all", "truth", "planted"
PANELS = {
    TWO: "Two scores", QUADRANTS: "Difficulty and suspicion", DYNAMICS: "Data map", ALL: "All scores",
    TRUTH: "Detection of wrong labels", PLANTED: "Self-test on planted noise",
}  # fmt: skip
MOST_CURVES = 5  # in one figure: more lie on each other and say less


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("compare")
    if view.score is None or len(view.scores) < 2:
        say_empty(
            "There is " + ("only one score" if view.scores else "no score yet") + ", so nothing can be compared.",
            "Here you would see where two scores disagree, and open the images that one finds hard and the other easy.",
            run=advised(view.reader, "embed", "score") or [command(view.audit.name, "score", "all")],
        )
        return
    panel = address.read_one("show", PANELS, TWO)
    selection = controls(view, panel)
    if panel == PLANTED:
        show_self_test(view)
        return
    if panel == TRUTH:
        show_finding(view, view.score, MOST_CURVES)
        return
    if panel == DYNAMICS:
        show_data_map(view, selection)
        return
    {TWO: two_scores, QUADRANTS: difficulty_and_suspicion, ALL: all_scores}[panel](view, view.score, selection)


def controls(view: View, panel: str) -> Selection:
    """What to compare, and among which images."""
    st.session_state["choose_show"] = panel
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        st.segmented_control(
            "what to compare", list(PANELS), key="choose_show", required=True, format_func=PANELS.__getitem__,
            label_visibility="collapsed", on_change=lambda: address.write({"show": st.session_state["choose_show"]}),
        )  # fmt: skip
        if panel not in (TRUTH, PLANTED):  # what is evaluated there is the whole set
            choose_class(view)
    return replace(view.selection, label=chosen_class(view))


def two_scores(view: View, a: ScoreChoice, selection: Selection) -> None:
    """The score of the header against another: the plane of both, its corners, and how much of the tops they share."""
    others = [one for one in view.scores if one.address != a.address]
    named = address.read_one("against", [one.address for one in view.scores])
    b = next((one for one in others if one.address == named), None)
    b = b or pair.counterpart(main_scores(view.scores), a) or others[0]
    scale = address.read_one("scale", pair.SCALES, pair.RANKS)
    labels = {one.address: one.label for one in others}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pair_controls"):
        st.html(f'<span class="hardlook-fact">{a.name} against</span>', width="content")
        address.choose(
            "against", list(labels), b.address, lambda one: {"against": one, SELECTION: ""}, key="against",
            text=labels.__getitem__, width=330,
        )  # fmt: skip
        address.choose(
            "scale", pair.SCALES, scale, lambda one: {"scale": one, SELECTION: ""}, key="scale",
            text={pair.RANKS: "as percentiles", pair.VALUES: "as stored"}.__getitem__, width=150,
        )  # fmt: skip
    cloud = load_pair(view.reader, a.address, b.address, scale, selection)
    if not len(cloud.ids):
        lines([f"No image in view has both {a.name} and {b.name}."], "caution")
        return
    drawn = drawn_pair(view, a, b, scale)
    correlation = answer(pair_correlation, view.reader, a, b, selection)
    agree = f"Spearman {with_interval(correlation)}: {in_words(correlation)}"
    left, right = st.columns([6, 5], gap="large")
    with left:
        texts = answer(hover_texts, view.reader, tuple(cloud.ids.tolist())) if cloud.as_points else []
        model = load_predictions(view.reader, view.model_id) if view.model_id else None
        wrong = (model.known & ~model.correct)[cloud.ids] if model else None
        figure = score_pair(a, b, scale, cloud, texts, wrong, drawn, agree, dark=view.dark)
        drawable(
            figure, name=f"{view.audit.name} {a.name} against {b.name}", key="pair", drawn=read_drawn(view.reader),
            on_draw=lambda shape: draw_pair(a, b, scale, shape), sources={"correlation": RANK_CORRELATION},
        )  # fmt: skip
    with right:
        corner_buttons(view, a, b, selection)
        top_shares(view, a, b, [b], selection, key="top_of_two", height=330)
    chosen_images(view, selection, "Draw a box or a lasso on the figure, or press a corner: its images open here.")


def corner_buttons(view: View, a: ScoreChoice, b: ScoreChoice, selection: Selection) -> None:
    """The four corners by name with what they hold, and what each would hold if the scores had nothing in common."""
    points = load_pair(view.reader, a.address, b.address, pair.RANKS, selection)
    found, by_chance = pair.corner_counts(points, a, b), pair.corner_chances(points, a, b)
    heading("Corners", "a fifth of the set at either end; beside each what it would hold if unrelated")
    with st.container(key="corners", gap="xsmall"):
        for corner, held, chance in zip(pair.corners(a, b), found, by_chance, strict=True):
            only = pair.encode_pair(a.address, b.address, pair.RANKS, corner.box)
            st.button(
                f"{as_text(corner.words)} · {count(held)}, {count(round(chance))} if unrelated",
                key=f"corner_{corner.high_a}_{corner.high_b}", on_click=address.write, args=({SELECTION: only},),
                disabled=not held, width="stretch",
                type="primary" if read_drawn(view.reader) == only else "secondary",
            )  # fmt: skip


def top_shares(
    view: View, a: ScoreChoice, b: ScoreChoice | None, others: Sequence[ScoreChoice], selection: Selection, *,
    key: str, height: int,
) -> None:  # fmt: skip
    """How much of the top of one score others have on top."""
    found = load_top_overlaps(view.reader, a, others, selection)
    if found is None:
        lines(["Fewer than ten images in view have this score: their tops say nothing."])
        return
    said = overlap_in_words(found, a, others)
    bold = b.address if b else ""
    figure = overlap_figure(found, a, others, score_styles(view), bold, said, height=height, dark=view.dark)
    rows = [(int(k), *found.shares[:, i].tolist()) for i, k in enumerate(found.ks)]
    name = f"{view.audit.name} top overlap {a.name}"
    show_figure(figure, name=name, key=key, columns=("k", *(one.name for one in others)), rows=rows,
                sources={"shares": OF_THESE, "chance": UNRELATED})  # fmt: skip


def difficulty_and_suspicion(view: View, a: ScoreChoice, selection: Selection) -> None:
    """Four quadrants: a hard image is not a mislabelled one."""
    difficulty, suspicion = quadrant_scores(view.scores, a)
    if difficulty is None or suspicion is None:
        say_empty(
            "The quadrants need a difficulty and a suspicion, and this audit has no suspicion yet.",
            "Here you would see which hard images are right and which are probably wrong.",
            run=[command(view.audit.name, "score", "suspicion" if suspicion is None else "rmd")],
        )
        return
    cut = address.read_one("cut", list(CUTS), "hardest fifth")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="quadrant_controls"):
        st.html(f'<span class="hardlook-fact">hard by {difficulty.name} is</span>', width="content")
        address.choose(
            "hard is", list(CUTS), cut, lambda one: {"cut": one, SELECTION: ""}, key="cut",
            text=lambda one: f"the {one}" if one != "median" else "above the median", width=190,
        )  # fmt: skip
    found = answer(quadrants, view.reader, difficulty, suspicion, cut, selection)
    if found is None:
        lines(["No image in view has both scores."], "caution")
        return
    wrong = {one.high: one for one in found.quadrants}[(True, True)]
    hard = wrong.n + {one.high: one for one in found.quadrants}[(True, False)].n
    said = f"of {count(hard)} hard images, {count(wrong.n)} ({percent(wrong.n / max(hard, 1))}) are probably wrong"
    said += "; the others are hard but right"
    left, right = st.columns([6, 5], gap="large")
    with left:
        cloud = load_pair(view.reader, difficulty.address, suspicion.address, pair.VALUES, selection)
        texts = answer(hover_texts, view.reader, tuple(cloud.ids.tolist())) if cloud.as_points else []
        drawn = drawn_pair(view, difficulty, suspicion, pair.VALUES)
        drawable(
            quadrant_figure(found, cloud, texts, drawn, said, dark=view.dark), name=f"{view.audit.name} quadrants",
            key="quadrants", drawn=read_drawn(view.reader),
            on_draw=lambda shape: draw_pair(difficulty, suspicion, pair.VALUES, shape),
            sources={"images of a quadrant": OF_THESE},
        )  # fmt: skip
    with right:
        quadrant_list(view, found)
    chosen_images(view, selection, "Press a quadrant, or draw on the figure: its images open here.")


def quadrant_list(view: View, found: Quadrants) -> None:
    """Each quadrant with its share, how many wrong labels are expected in it, and a button that opens it."""
    heading("Quadrants", f"of {count(found.n)} images with both scores")
    for one in found.quadrants:
        place = f"{one.high[0]}_{one.high[1]}"
        with st.container(key=f"quadrant_{place}"):
            opening_button(view, one.name, one.n, place, one.only, meaning(one, found.n))
    say_provenance({"shares": OF_THESE, "wrong labels": BY_SUSPICION})


def meaning(one: Quadrant, n: int) -> str:
    """What a quadrant is, and what its suspicion adds up to."""
    text = f"{percent(one.n / n)} of the images; {one.meaning}"
    return f"{text}. Its suspicion adds up to {three(one.expected)} wrong labels." if one.n else f"{text}."


def all_scores(view: View, a: ScoreChoice, selection: Selection) -> None:
    """The correlation of every score with every other, and what they share of the top of the one in view."""
    statistic = address.read_one("by_rank", (SPEARMAN, KENDALL), SPEARMAN)
    few = main_scores(view.scores)
    every = address.read_one("every", ["yes"]) == "yes" or len(few) < 2
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="all_controls"):
        address.choose(
            "statistic", (SPEARMAN, KENDALL), statistic, lambda one: {"by_rank": one}, key="by_rank",
            text={SPEARMAN: "Spearman's rho", KENDALL: "Kendall's tau-b"}.__getitem__, width=170,
        )  # fmt: skip
        address.choose(
            "which scores", ("", "yes"), "yes" if every else "", lambda one: {"every": one}, key="every",
            text={"": f"{len(few)} scores", "yes": f"all {len(view.scores)} with variants"}.__getitem__, width=210,
        )  # fmt: skip
    chosen = tuple(view.scores if every else few)
    wide = len(chosen) > ROOMY  # beside another figure its numbers could not be read
    left, right = (st.container(), st.container()) if wide else st.columns([6, 5], gap="large")
    with left:
        with st.spinner(f"Comparing {len(chosen)} scores two by two"):
            found = answer(agreement, view.reader, chosen, statistic, selection)
        matrix(view, found, chosen, a)
    with right:
        shown = [one for one in main_scores(view.scores) if one.address != a.address][: MOST_CURVES + 1]
        top_shares(view, a, None, shown, selection, key="tops", height=460)
        if view.model:
            laid_over = ",".join(f"{one.address}@{view.model.run_id}" for one in shown[:MOST_CURVES])
            links.link("difficulty", "Error by decile of these scores, over each other", curves=laid_over)


def matrix(view: View, found: ScoreAgreement, choices: Sequence[ScoreChoice], a: ScoreChoice) -> None:
    """The figure with what it says, and what it left out."""
    names = [choices[i].name for i in found.order]
    near, far = strongest_pairs(found, names)
    said = f"closest: {near}; farthest: {far}" if near else "no two scores can be compared"
    figure = agreement_figure(found, choices, [a.name], said, dark=view.dark)
    rows = [(name, *row.tolist()) for name, row in zip(names, found.matrix, strict=True)]
    name = f"{view.audit.name} {found.statistic} of scores"
    show_figure(figure, name=name, key="matrix", columns=("score", *names), rows=rows,
                sources={"correlations": OF_THESE})  # fmt: skip
    notes = ["Every score is turned so that higher is harder; one whose direction is not known stays as stored."]
    if found.sampled:
        notes.append(f"Computed on {count(found.rows)} of the {count(found.n)} images, drawn at random from seed 0.")
    lines(notes)


main()
