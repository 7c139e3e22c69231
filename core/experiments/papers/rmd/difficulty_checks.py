"""Figure 1b: RMD of images that are made worse, and of images under labels that are not theirs."""

from __future__ import annotations

from collections.abc import Iterable

from ....store.metrics import Metric
from ....store.provenance import RESAMPLED
from ....types import Estimate
from ....wording import count, with_interval
from ...text_table import TextTable
from ..registry import register
from ..rules import above, every, most
from ..section import HOLDS, UNTOLD, Findings, Plot, Reproduced, Series
from ..subjects import embedding_of, numbers

FAMILIES = ("gaussian_noise", "defocus_blur", "fog", "jpeg")
"""Whose means are drawn, one of each family of corruption; a figure of all would hold sixteen lines."""


@register(
    "rmd-severity",
    paper="rmd",
    place="Figure 1b, corruptions",
    title="RMD as an image is corrupted",
    claim="The more an image is corrupted the higher its RMD.",
    rule="Of each kind the rank correlation of RMD with severity within an image counts. Holds where it lies above 0 "
    "by its whole interval for more than half of the kinds; does not where none of it does for more than half.",
    steps=("difficulty-checks",),
    page="calibration",
    show="checks",
)
def severity(findings: Findings) -> Reproduced | None:
    """From the rows of difficulty checks of the newest embedding that has them."""
    trends = findings.of("rmd_corruption_trend")
    if not trends:
        return None
    subject = findings.newest("rmd_corruption_trend")
    means = findings.of("rmd_by_corruption", subject)
    verdicts = [above(row.estimate) for row in trends.values()]
    rises = sum(one == HOLDS for one in verdicts)
    because = f"Rises within an image for {count(rises)} of {count(len(trends))} kinds of corruption"
    kinds = [kind for kind in FAMILIES if kind in trends] or list(trends)[:4]
    plots = [trend_plot(trends), *([mean_plot(means, kinds)] if means else [])]
    clean = means.get("none 0")
    of = images_of(findings, subject, (row.estimate for row in trends.values()))
    means_of = (
        (f"Mean RMD of {count(clean.estimate.n)} clean images: {with_interval(clean.estimate)}.",) if clean else ()
    )
    return Reproduced(most(verdicts), f"{because}.", (table_of(trends, means),), tuple(plots), (of, *means_of))


def images_of(findings: Findings, subject: str, estimates: Iterable[Estimate]) -> str:
    """Of which embedding and how many images estimates are, as a sentence."""
    return f"Embedding {embedding_of(findings, subject)}, {numbers(one.n for one in estimates)} held-out images."


def trend_plot(trends: dict[str, Metric]) -> Plot:
    """The rank correlation of every kind."""
    points = tuple((float(i), row.estimate) for i, row in enumerate(trends.values()))
    return Plot(
        "Rank correlation of RMD with severity, within an image", "1: it rises at every step in every image",
        "kind", "correlation", (Series("", points),), {"correlation": RESAMPLED},
        tuple(kind.replace("_", " ") for kind in trends), joined=False, zero=True,
    )  # fmt: skip


def mean_plot(means: dict[str, Metric], kinds: Iterable[str]) -> Plot:
    """Mean RMD by severity; 0 is the image as it is."""
    series = tuple(
        Series(
            kind.replace("_", " "),
            tuple(
                (float(step), means[part].estimate)
                for step, part in enumerate(("none 0", *(f"{kind} {i}" for i in range(1, 6))))
                if part in means
            ),
        )
        for kind in kinds
    )
    return Plot("Mean RMD by severity", "0 is the image as it is", "severity", "mean RMD", series,
                {"mean RMD": RESAMPLED})  # fmt: skip


def table_of(trends: dict[str, Metric], means: dict[str, Metric]) -> TextTable:
    """Every kind with its mean at severities 1, 3 and 5."""
    rows = tuple(
        (
            kind.replace("_", " "),
            *(_written(means.get(f"{kind} {step}")) for step in (1, 3, 5)), with_interval(row.estimate),
        )
        for kind, row in trends.items()
    )  # fmt: skip
    columns = ("corruption", "severity 1", "severity 3", "severity 5", "correlation within an image")
    return TextTable("Mean RMD by corruption", columns, rows, (), {"mean RMD, correlation": RESAMPLED})


def _written(row: Metric | None) -> str:
    return with_interval(row.estimate) if row else "–"


BUILT_IN = (
    "Counted among the illustrations, because most of it is built into RMD. Classes are ranked by the distance of "
    "their means in the metric of RMD itself: of an image at the mean of its class, RMD under another label is that "
    "squared distance less a constant, so that it rises at every rank, and the correlation is exactly 1. Over the "
    "images of a class that RMD was fitted to, mean RMD under another label lies above that under their own by the "
    "same distance, so that it rises with the share of labels altered. What the data decide is how far images scatter "
    "about the means of their classes, beside how far those lie apart."
)


@register(
    "rmd-labels",
    paper="rmd",
    place="Figure 1b, labels",
    title="RMD as labels are altered, and replaced by more distant classes",
    claim="The more labels are altered, and the more distant the class that stands in for the right one, the higher "
    "is RMD.",
    rule="Holds where the rank correlation of RMD within an image lies above 0 by its whole interval with the share of "
    "labels altered and, among wrong classes, with their rank by distance; does not where none of it does for one.",
    steps=("difficulty-checks",),
    page="calibration",
    show="checks",
    kind="illustration",  # the classes are ranked in the metric that RMD is measured in
)
def labels(findings: Findings) -> Reproduced | None:
    """From the rows of difficulty checks of the newest embedding that has them."""
    subject = findings.newest("rmd_altered_labels_trend")
    by_share = findings.one("rmd_altered_labels_trend", subject)
    by_rank = findings.one("rmd_label_distance_trend", subject)
    if by_share is None:
        return None
    trends = [f"with the share of labels altered {with_interval(by_share)}"]
    trends += [f"with the rank of the wrong class {with_interval(by_rank)}"] if by_rank else []
    verdict = every([above(by_share), above(by_rank) if by_rank else UNTOLD])
    plots = [
        steps_plot(findings.of("rmd_by_altered_labels", subject), "altered ", "share of labels altered"),
        steps_plot(
            findings.of("rmd_by_label_distance", subject), "rank ", "rank of the class by distance; 0 is the own"
        ),
    ]
    lacking = () if by_rank else ("There are fewer than three other classes, or the checks are of an earlier version.",)
    because = f"Rank correlation of RMD within an image {', '.join(trends)}."
    of = images_of(findings, subject, (by_share,))
    return Reproduced(verdict, because, (), tuple(plot for plot in plots if plot), (of, BUILT_IN, *lacking))


def steps_plot(rows: dict[str, Metric], prefix: str, across: str) -> Plot | None:
    """Mean RMD along steps that have names."""
    if not rows:
        return None
    points: tuple[tuple[float, Estimate], ...] = tuple((float(i), row.estimate) for i, row in enumerate(rows.values()))
    names = tuple(part.removeprefix(prefix) for part in rows)
    return Plot(f"Mean RMD by {across}", "", across, "mean RMD", (Series("", points),), {"mean RMD": RESAMPLED}, names)
