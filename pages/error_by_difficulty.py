"""Error against difficulty: do the images that a score calls hard hold the errors of a model?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from core.answers.models.class_correlation import class_correlation
from core.answers.models.error_by_difficulty import (
    ErrorOrder,
    class_orders,
    concentration,
    contrast,
    direction_in_words,
    ends_in_words,
    half_of_errors,
    rising_classes,
    worst_classes,
)
from core.answers.models.error_slices import ErrorSlice
from core.answers.models.predictions import EVERY, HELD_OUT, IMAGES
from core.answers.models.rivals import ERROR_AUROC_DIFFERENCE, rivals_of
from core.answers.models.vog_stages import StagePair, flip_in_words, stage_pairs
from core.answers.provenance import metric_sources
from core.answers.view.cautions import of_another_model, of_its_own_model, of_other_splits
from core.answers.view.choices import ScoreChoice, evaluating_model, model_choices
from core.answers.view.ranking import Selection
from core.errors import command
from core.plots.errors.error_order import (
    error_by_class,
    error_by_groups,
    error_by_slices,
    error_of_ends,
    error_of_stages,
)
from core.plots.style import plain
from core.types import HARDER_LOW, Run
from core.wording import count, percent, percent_interval
from pages.components.figures.class_scatter import show_class_scatter
from pages.components.figures.confusion import read_elsewhere, show_confusion
from pages.components.figures.curves import ChosenCurve, choose_curves, curve_key, score_styles
from pages.components.figures.error_figures import Line, by_curve, common_ends, draw, opened_images
from pages.components.layout import address
from pages.components.layout.class_choice import choose_classes, choose_predicted, named_classes
from pages.components.layout.empty import WIDER, advised, say_empty, say_unlabelled
from pages.components.layout.evaluated_images import choose_evaluated, evaluated
from pages.components.layout.header import View, header
from pages.components.layout.layout import heading, lines, say_provenance
from pages.components.layout.loading import answer, load_error_order, load_scored

WITHIN, BESIDE = "", "beside"
SHOWN = {WITHIN: "errors within each class", BESIDE: "classes beside each other"}
# How classes are shown, one way at a time: a thousand of them beside each other take a browser as long as a page.
WORST = 20  # classes that are drawn unless others are asked for
WOULD_SHOW = "Here you would see how often the model is wrong from the easiest to the hardest decile of the images."


@dataclass(frozen=True)
class Chosen:
    """What this page's controls say. images: which labelled images are judged. words: of both, for titles."""

    curves: list[ChosenCurve]
    selection: Selection
    images: str
    words: str
    dark: bool

    def target(self, curve: ChosenCurve) -> ErrorSlice:
        """What the slices of a curve are of."""
        return ErrorSlice("", curve.score.address, curve.model.run_id, self.images, self.selection)

    @property
    def subject(self) -> str:
        """Whose error it is by what order, for titles."""
        first = self.curves[0]
        model = plain(first.model.name)
        return f"{first.score.name}, {model}, {self.words}" if len(self.curves) == 1 else f"each score, {self.words}"


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("difficulty")
    if view.score is None or view.model is None:
        nothing_yet(view)
        return
    # A model that nobody chose is not the one the score is made of, where there is another.
    model = view.model if address.read("model") else evaluating_model(view.reader, view.score) or view.model
    chosen = controls(view, view.score, model)
    orders = [load_order_of(view, chosen, curve) for curve in chosen.curves]
    lines(cautions(view, chosen), "caution")
    if not len(orders[0].ids):
        no_image(view, chosen)
        return
    lines(said(chosen, orders))
    say_provenance(metric_sources({"error_by_decile": "share wrong", "error_auroc": "AUROC"}))
    pairs = [(curve, order) for curve, order in zip(chosen.curves, orders, strict=True) if order.deciles() is not None]
    if not pairs:
        say_empty(f"Deciles need ten images, and {count(len(orders[0].ids))} are in view.", WOULD_SHOW, advice=WIDER)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        deciles(view, chosen, pairs)
    with right:
        ends(view, chosen, pairs)
    opened_images(view, "deciles")
    opened_images(view, "ends")
    left, right = st.columns([1, 1], gap="large")
    with left:
        groups(view, chosen, pairs)
        rivals(view, chosen)
    with right:
        stages(view, chosen, model)
    opened_images(view, "groups")
    opened_images(view, "stages")
    if view.reader.class_names and chosen.selection.label is None:
        classes(view, chosen, *pairs[0])
        opened_images(view, "classes")
    curve = chosen.curves[0]
    show_confusion(
        view, curve.score, curve.model, chosen.selection, chosen.images, IMAGES[chosen.images], read_elsewhere()
    )


def nothing_yet(view: View) -> None:
    """What is missing, and the commands that make it."""
    missing = "score" if view.score is None else "model"
    kinds = ("embed", "score") if view.score is None else ("train",)
    without = "its images have no order" if view.score is None else "no error is known"
    message = f"Audit {view.audit.name!r} has no {missing} yet, so {without}."
    say_empty(message, WOULD_SHOW, run=advised(view.reader, *kinds))


def no_image(view: View, chosen: Chosen) -> None:
    """Why nothing is judged, and what would change that."""
    curve = chosen.curves[0]
    if say_unlabelled(view.reader, "no prediction can be called wrong", WOULD_SHOW):
        return
    say_empty(
        f"No image in view is among the {IMAGES[chosen.images]} of {curve.model.name} and has a value of "
        f"{curve.score.name}.",
        WOULD_SHOW, advice=curve.score.reason or WIDER,
    )  # fmt: skip


def controls(view: View, score: ScoreChoice, model: Run) -> Chosen:
    """Further curves, which images are judged, a class, a filter."""
    judged = evaluated(view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        curves = choose_curves(view, score, model)
        choose_evaluated(view, judged)
        choose_predicted(view, curves[0].model.run_id)
    return Chosen(curves, judged.selection, judged.images, judged.words, view.dark)


def cautions(view: View, chosen: Chosen) -> list[str]:
    """What would be misread without a word."""
    found = []
    if chosen.images != HELD_OUT:
        found.append(
            "These are errors on images that the model was trained on: they say less about new "
            "images, and a score made from its training says more than it could of them."
        )
    models = model_choices(view.reader)
    for curve in chosen.curves:
        said_of_model = (of_its_own_model(curve.score, curve.model, models, view.audit.name),
                         of_another_model(curve.score, curve.model) if chosen.images == HELD_OUT else "")  # fmt: skip
        found += filter(None, said_of_model)
    for score in {curve.score.address: curve.score for curve in chosen.curves}.values():
        if chosen.images == EVERY:
            found += filter(None, [of_other_splits(score, view.scores, "Take held-out images alone")])
        if score.direction is None:
            found.append(
                f"Whether high or low {score.name} means hard is not known on this data, so its deciles are called "
                "lowest and highest."
            )
    return found


def said(chosen: Chosen, orders: Sequence[ErrorOrder]) -> list[str]:
    """How many are wrong, and where each order has them, measured on the images in view."""
    models = {curve.model.run_id: (curve.model, order) for curve, order in zip(chosen.curves, orders, strict=True)}
    wrong = [
        f"{model.name} gets {count(order.n_wrong)} of {count(len(order.ids))} {IMAGES[chosen.images]} in view wrong "
        f"({percent_interval(order.error)})."
        for model, order in models.values()
    ]
    return [*wrong, *(told(chosen, curve, order) for curve, order in zip(chosen.curves, orders, strict=True))]


def told(chosen: Chosen, curve: ChosenCurve, order: ErrorOrder) -> str:
    """Which way one score points, by whose errors where that could be more than one model's."""
    text = direction_in_words(curve.score, order)
    several = len({one.model.run_id for one in chosen.curves}) > 1
    return f"Errors of {curve.model.name}: {text}" if several else text


def load_order_of(view: View, chosen: Chosen, curve: ChosenCurve) -> ErrorOrder:
    """The order of one curve in view."""
    return load_error_order(view.reader, curve.score, curve.model.run_id, chosen.selection, chosen.images)


def deciles(view: View, chosen: Chosen, pairs: Sequence[tuple[ChosenCurve, ErrorOrder]]) -> None:
    """Error by decile of every order."""
    subtitle = summed_up(pairs, concentration)
    made = by_curve(pairs, chosen.target, ErrorOrder.deciles, partial(numbered, "decile"))
    draw(view, made, lambda curves: error_by_slices(
        curves, f"Error by decile of {chosen.subject}", subtitle, ends=common_ends(chosen.curves), dark=chosen.dark,
    ), at="deciles")  # fmt: skip


def ends(view: View, chosen: Chosen, pairs: Sequence[tuple[ChosenCurve, ErrorOrder]]) -> None:
    """The two ends beside everything."""
    made = by_curve(pairs, chosen.target, ErrorOrder.ends, lambda n: ("decile 1", "all", "decile 10"))
    draw(view, made, lambda curves: error_of_ends(
        curves, "Error of both ends and of all", summed_up(pairs, contrast), ends=common_ends(chosen.curves),
        dark=chosen.dark,
    ), at="ends")  # fmt: skip


def groups(view: View, chosen: Chosen, pairs: Sequence[tuple[ChosenCurve, ErrorOrder]]) -> None:
    """Groups of images, hardest first."""
    made = by_curve(pairs, chosen.target, ErrorOrder.groups, partial(numbered, "group"))
    sizes = sorted({order.group_size for _, order in pairs})
    title = f"Error in groups of {' or '.join(count(size) for size in sizes)}, {common_ends(chosen.curves)[1]} first"
    draw(view, made, lambda curves: error_by_groups(
        curves, title, summed_up(pairs, half_of_errors), ends=common_ends(chosen.curves), dark=chosen.dark,
    ), at="groups")  # fmt: skip


def rivals(view: View, chosen: Chosen) -> None:
    """RMD beside MD and K-means: a way to lay them over it, and how far apart they were measured."""
    curve = chosen.curves[0]
    found = answer(rivals_of, view.reader, curve.score.address)
    if found is None:
        return
    keys = [curve_key(one, curve.model.run_id) for one in found.addresses]
    if not {one.key for one in chosen.curves}.issuperset(keys):
        st.button(
            "Lay MD and K-means over it", key="rivals", type="tertiary", icon=":material/stacked_line_chart:",
            help="RMD without its background term, and the distance to the nearest of as many clusters as classes.",
            on_click=address.write, args=({"curves": ",".join(keys)},),
        )  # fmt: skip
    if found.differences:
        lines([found.in_words])
        say_provenance(metric_sources({ERROR_AUROC_DIFFERENCE: "difference"}))


def stages(view: View, chosen: Chosen, model: Run) -> None:
    """VoG over the first and over the last checkpoints, side by side."""
    pairs = stage_pairs(view.scores)
    if not pairs:
        heading("VoG early and late")
        say_empty(
            "No variance of gradients is scored yet.",
            "Here you would see whether its order turns over between early and late training.",
            run=[command(view.audit.name, "score", "vog")],
        )  # fmt: skip
        return
    names = [pair.name for pair in pairs]
    wanted = address.read_one("vog", names)
    at_first = next((i for i, pair in enumerate(pairs) if view.score in (pair.early, pair.late)), 0)
    pair = pairs[names.index(wanted) if wanted in names else at_first]
    if not address.read("model"):
        model = evaluating_model(view.reader, pair.early) or model
    draw_stages(view, chosen, pair, model)
    address.choose(
        "which variance of gradients", names, pair.name, lambda name: {"vog": name}, key="vog", width=420
    )  # fmt: skip


def draw_stages(view: View, chosen: Chosen, pair: StagePair, model: Run) -> None:
    """Two panels, lowest values first: which end is hard is what they are to show."""
    styles = score_styles(view)
    made, orders = [], []
    for score in (pair.early, pair.late):
        order = load_error_order(view.reader, score, model.run_id, chosen.selection, chosen.images)
        names = numbered("decile", 10)
        slices = order.deciles()
        if slices is None:
            lines([f"Deciles of {score.name} need ten images, and {count(len(order.ids))} are in view."])
            return
        if score.direction == HARDER_LOW:  # its easiest decile is the one of the highest values
            slices, names = slices.take(range(9, -1, -1)), names[::-1]
        target = ErrorSlice("", score.address, model.run_id, chosen.images, chosen.selection)
        made.append(Line(score.name, styles[score.address], target, slices, names))
        orders.append(order)
    draw(view, made, lambda curves: error_of_stages(
        curves[0], curves[1], f"Error by decile of {pair.name}", flip_in_words(orders[0], orders[1]), dark=chosen.dark,
    ), at="stages", sources=metric_sources({"error_by_decile": "error", "error_auroc": "AUROC"}))  # fmt: skip


def classes(view: View, chosen: Chosen, curve: ChosenCurve, order: ErrorOrder) -> None:
    """Every class by itself: the worst of them, or those that are asked for."""
    names = view.reader.class_names
    wanted = named_classes(view)[:WORST]
    values = load_scored(view.reader, curve.score.address).values
    way = address.read_one("show", SHOWN, WITHIN)
    if correlation := answer(class_correlation, view.reader, curve.score.address):
        lines([correlation])
        say_provenance(metric_sources({"false_negative_correlation": "correlation"}))
    address.choose(
        "how classes are shown", list(SHOWN), way, lambda kind: {"show": kind}, key="show", text=SHOWN.__getitem__,
        width=300,
    )  # fmt: skip
    if way == BESIDE:
        show_class_scatter(view, curve, order, values, chosen.words, chosen.target(curve))
        return
    heading("Within each class", f"the order of {curve.score.name} inside a class; a dotted line is the class's error")
    prompt = f"find classes; the {min(WORST, len(names))} worst are shown"
    choose_classes(view, prompt, range(len(names)), wanted, most=WORST, width=520)
    shown = wanted or worst_classes(view.reader, order, WORST)
    found = [one for one in class_orders(view.reader, order, values, shown) if one.slices is not None]
    if not found:
        lines([f"{'None of the classes chosen' if wanted else 'No class'} has five evaluated images in view."])
        return
    made, overall = [], []
    for one in found:
        target = replace(chosen.target(curve), selection=replace(chosen.selection, label=one.label))
        error, slices = one.order.error.value, one.slices
        if slices is None:
            continue
        title = f"{plain(names[one.label], 18)} · {percent(error)} of {count(len(one.order.ids))}"
        kind = "decile" if len(slices) == 10 else "fifth"
        made.append(Line(title, curve.style, target, slices, numbered(kind, len(slices))))
        overall.append(error)
    rising, cut = rising_classes(found)
    low, high = ends_in_words(curve.score)
    which = "classes chosen" if wanted else f"worst {count(len(made))} of {count(len(names))} classes"
    title = f"Error by {made[0].names[0].split(' ')[0]} of {curve.score.name} within a class, {which}, {chosen.words}"
    subtitle = f"the {high} part has more error than the {low} in {count(rising)} of {count(cut)} classes"
    draw(view, made, lambda curves: error_by_class(
        curves, overall, title, subtitle, ends=(low, high), dark=chosen.dark
    ), at="classes")  # fmt: skip


def numbered(kind: str, n: int) -> list[str]:
    """Names of slices as an address has them."""
    return [f"{kind} {i}" for i in range(1, n + 1)]


def summed_up(pairs: Sequence[tuple[ChosenCurve, ErrorOrder]], words: Callable[..., str]) -> str:
    """What follows from one order; of several, from the first, which the line above the page chooses."""
    curve, order = pairs[0]
    text = words(curve.score, order)
    return text if len(pairs) == 1 else f"{curve.name}: {text}"


main()
