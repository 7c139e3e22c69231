"""Does RMD rise where it should? Corrupted images, and labels that are not theirs; one image to look at."""

from __future__ import annotations

import streamlit as st

from core.answers.provenance import metric_sources
from core.answers.scores.difficulty_checks import (
    CorruptedImages,
    DifficultyChecks,
    MeanSteps,
    corrupted_images,
    difficulty_checks,
    rising,
    worse_image,
)
from core.errors import command
from core.plots.errors.difficulty_checks import along_steps, by_severity
from core.plots.style import plain
from core.wording import count, three, with_interval
from pages.components.image.dialog import show_image
from pages.components.layout import address
from pages.components.layout.empty import say_command, say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import answer
from pages.components.widgets.download import show_figure
from pages.components.widgets.strip import StripImage, strip

CSV = ("figure", "step", "mean_rmd", "low", "high", "n")
WOULD_SHOW = (
    "Here you would see whether RMD rises with the severity of sixteen corruptions, and as labels are altered or "
    "replaced by ever more distant classes."
)


def difficulty_section(view: View) -> None:
    """The embedding's checks: corruptions, one image, labels."""
    found = answer(difficulty_checks, view.reader)
    if not found:
        say_empty(
            "It is not checked whether RMD rises where it should.", WOULD_SHOW,
            run=[command(view.audit.name, "evaluate", "--difficulty-checks")],
        )  # fmt: skip
        return
    subjects = [one.subject for one in found]
    chosen = address.read_one("run", subjects, subjects[-1])
    if len(found) > 1:
        address.choose("embedding", subjects, chosen, lambda one: {"run": one}, key="checks", width=320)
    checks = next(one for one in found if one.subject == chosen)
    if checks.corruptions:
        corruptions(view, checks)
        one_image(view, checks)
    labels(view, checks)


def corruptions(view: View, checks: DifficultyChecks) -> None:
    """A panel for each kind."""
    rises, of = rising(checks.corruptions)
    n = checks.corruptions[0].means[0].n
    said = (
        f"rises within an image for {rises} of {of} kinds; {with_interval(checks.corruptions[0].means[0])} when clean"
    )
    rows = [row for one in checks.corruptions for row in csv_rows(one.title, one)]
    show_figure(
        by_severity(
            [(one.title, one.names, one.means) for one in checks.corruptions],
            f"Mean RMD of {count(n)} images by severity of each corruption", said, dark=view.dark,
        ), name=f"{view.audit.name} RMD by corruption", key="figure_checks", columns=CSV, rows=rows,
        sources=metric_sources({"rmd_by_corruption": "mean RMD", "rmd_corruption_trend": "rise within an image"}),
    )  # fmt: skip


def one_image(view: View, checks: DifficultyChecks) -> None:
    """One image at every severity, made on the spot, with its RMD under each."""
    heading("One image corrupted", "its RMD under each; press a picture for the image")
    kept = answer(corrupted_images, view.reader, checks.subject)
    again = command(view.audit.name, "evaluate", "--difficulty-checks", "--encoder-run", checks.subject)
    if kept is None:
        say_command("These checks kept no image's own RMD. Checks that do:", [str(again)])
        return
    kinds = [one.title for one in checks.corruptions if one.title in kept.run.parameters["levels"]]
    kind = address.read_one("kind", kinds, kinds[0])
    key = address.read_one("example", kept.keys, kept.keys[len(kept.keys) // 2])
    with st.container(horizontal=True, gap="small"):
        address.choose(
            "corruption", kinds, kind, lambda one: {"kind": one}, key="kind", text=lambda one: one.replace("_", " "),
            width=200,
        )  # fmt: skip
        address.choose("image, easiest first", kept.keys, key, lambda one: {"example": one}, key="example", width=320)
    draw_strip(view, kept, key, kind)


def draw_strip(view: View, kept: CorruptedImages, key: str, kind: str) -> None:
    """The pictures side by side."""
    found = answer(worse_image, view.reader, kept.run.run_id, key, kind)
    if found.refusal:
        lines([found.refusal], "caution")
        return
    pictures = [
        StripImage(
            one.source, *one.size, f"severity {one.severity}" if one.severity else f"clean, {found.given}", "",
            f"RMD {three(one.rmd)}", key,
        )
        for one in found.pictures
    ]  # fmt: skip
    strip(pictures, key="worse", on_open=lambda key: address.write({"image": key}, same_view=True))
    if image := address.read("image"):
        show_image(view, image)


def labels(view: View, checks: DifficultyChecks) -> None:
    """Mean RMD as more labels are altered, and as one label is replaced by ever more distant classes."""
    left, right = st.columns([1, 1], gap="large")
    if checks.shares:
        with left:
            label_figure(
                view, checks.shares, "rmd_by_altered_labels", "rmd_altered_labels_trend",
                "Mean RMD as more labels are altered", "share of labels altered, each to another class by chance",
            )  # fmt: skip
    with right:
        if checks.distances:
            label_figure(
                view, checks.distances, "rmd_by_label_distance", "rmd_label_distance_trend",
                "Mean RMD under ever more distant classes", "rank of the class by distance from the own, which is 0",
            )  # fmt: skip
            return
        again = command(view.audit.name, "evaluate", "--difficulty-checks", "--encoder-run", checks.subject)
        say_command("Labels replaced by ever more distant classes are measured by:", [str(again)])


def label_figure(view: View, steps: MeanSteps, name: str, trend: str, title: str, axis: str) -> None:
    """One of the two."""
    first, last = steps.means[0], steps.means[-1]
    said = f"from {three(first.value)} to {three(last.value)}, {count(first.n)} images"
    if steps.trend is not None:
        said += f"; rank correlation within an image {with_interval(steps.trend)}"
    show_figure(
        along_steps(steps.names, steps.means, title, plain(said, 200), axis=axis, dark=view.dark),
        name=f"{view.audit.name} {title}", key=f"figure_{name}", columns=CSV, rows=list(csv_rows(name, steps)),
        sources=metric_sources({name: "mean RMD", trend: "rise within an image"}),
    )  # fmt: skip


def csv_rows(figure: str, steps: MeanSteps) -> list[tuple[object, ...]]:
    """The numbers of a figure."""
    return [(figure, name, *one.numbers, one.n) for name, one in zip(steps.names, steps.means, strict=True)]
