"""What a model forgets of the images it has learned once it is trained on others: the wrong before the rare."""

from __future__ import annotations

from ....metrics.clustered_auroc import FEWEST_GROUPS
from ....store.metrics import ITEMS, MEMORISED, OVER_CLASSES, SECOND_SPLIT, Metric
from ....store.provenance import provenance_of
from ....types import Estimate, Sources
from ....wording import MISSING, capitalised, counted, with_interval
from ...text_table import TextTable
from ..planted_labels import KEPT_LABELS
from ..registry import register
from ..rules import above, every
from ..section import UNTOLD, Findings, Plot, Reproduced, Series

EVEN = 0.5
BEFORE_KEPT, BEFORE_RARE = "forgetting, altered before kept", "forgetting, altered before rare"
RARE_OVER_CLASSES = f"{BEFORE_RARE}, {OVER_CLASSES}"
WHOLE_CLASSES = (
    "The paper's rare images are rare groups within larger classes. Here whole classes are reduced to a few images, "
    "another thing: the few of them on the half that a model goes on with may not hold the class, and then all of it "
    "is forgotten at once. So they count as classes, not as images. Which classes are reduced, which labels are "
    "altered and the initial weights are those of one seed, and no interval here holds how others would differ."
)
GROUPS = ("altered", "rare", "kept")


@register(
    "second-split-forgetting",
    paper="further",
    place="Maini et al. 2022",
    title="What a model forgets when it goes on with other images",
    claim="Images whose labels were altered are forgotten before those whose labels were kept, and before correctly "
    "labelled images of whole classes that were reduced to a few.",
    rule="Holds where the chance that an image with an altered label is forgotten before one with a kept label lies "
    "above one half by its whole interval over images, and the chance that it is forgotten before one of a class "
    "reduced to a few images by its whole interval over those classes; does not where either lies at or below it by "
    f"all of its interval. With fewer than {FEWEST_GROUPS} reduced classes the second cannot be told; where a half was "
    "not learned to near zero error, nothing can.",
    steps=("second-split",),
)
def second_split(findings: Findings) -> Reproduced | None:
    """From the rows of the experiment on a copy of the labels."""
    aurocs = findings.of(SECOND_SPLIT["auroc"], ITEMS)
    if BEFORE_KEPT not in aurocs:
        return None
    errors = findings.of(SECOND_SPLIT["error"], ITEMS).values()
    learned = all(row.estimate.value <= MEMORISED for row in errors)
    asked = (BEFORE_KEPT, RARE_OVER_CLASSES)
    verdicts = [above(aurocs[part].estimate, EVEN) if part in aurocs else UNTOLD for part in asked]
    notes = (
        f"{capitalised(aurocs[BEFORE_KEPT].note)}.",
        WHOLE_CLASSES,
        KEPT_LABELS,
        "Epochs are whole, so many images share one; each pair that does counts one half. An image that is never "
        "forgotten, or never learned, has one more than the epochs there are.",
    )
    return Reproduced(
        every(verdicts) if learned else UNTOLD, _because(aurocs, learned), (_table(findings),), _plots(findings), notes
    )


def _because(aurocs: dict[str, Metric], learned: bool) -> str:
    kept = with_interval(aurocs[BEFORE_KEPT].estimate)
    said = f"Chance that an altered label is forgotten before a kept one {kept}"
    over_classes = aurocs.get(RARE_OVER_CLASSES)
    if over_classes is not None:
        classes = counted(over_classes.estimate.n, "reduced class", "reduced classes")
        said += f", before a rare image's {with_interval(over_classes.estimate)}, over {classes}"
        said += "" if over_classes.estimate.has_interval else f", too few to tell: it takes {FEWEST_GROUPS}"
    elif BEFORE_RARE in aurocs:
        said += "; that before a rare image's was kept by an earlier version, without an interval over classes"
    else:
        said += "; too few classes or images to plant rare ones"
    return f"{said}{'' if learned else '; the model has not learned its half, so this is of another state'}."


def _table(findings: Findings) -> TextTable:
    """A row for each of both epochs: by group its mean, and how the groups lie to each other."""
    means, aurocs, precisions = (
        findings.of(SECOND_SPLIT[name], ITEMS) for name in ("mean", "auroc", "average_precision")
    )
    rows = []
    for by, order in (("forgetting", "before"), ("learning", "after")):
        cells = [means.get(f"{by}, {group}") for group in GROUPS]
        cells += [aurocs.get(f"{by}, altered {order} {other}") for other in ("kept", "rare", f"rare, {OVER_CLASSES}")]
        cells += [precisions.get(f"{by}, altered")]
        rows.append((f"{by} epoch", *map(_cell, cells)))
    columns = (
        "by", "mean, altered", "mean, rare", "mean, kept", "AUROC, altered against kept",
        "AUROC, altered against rare", "over classes", "AP, altered among those and kept",
    )  # fmt: skip
    sources = _sources({"mean": "mean", "AUROC": "auroc", "AP": "average_precision"})
    return TextTable("Epochs of the planted images", columns, tuple(rows), sources=sources)


def _cell(row: Metric | None) -> str:
    return MISSING if row is None else with_interval(row.estimate)


def _plots(findings: Findings) -> tuple[Plot, ...]:
    right = findings.of(SECOND_SPLIT["right"], ITEMS)
    by_group = {group: {part: row for part, row in right.items() if part.startswith(group)} for group in GROUPS}
    series = tuple(Series(group, _along(rows)) for group, rows in by_group.items() if rows)
    if not series:
        return ()
    says = "images of the half that was learned; one is forgotten where it begins to be predicted wrongly to the end"
    sources = _sources({"share right": "right"})
    return (Plot("Still predicted rightly", says, "epochs on the other half", "share right", series, sources),)


def _along(rows: dict[str, Metric]) -> tuple[tuple[float, Estimate], ...]:
    points = [(float(part.rpartition(" ")[2]), row.estimate) for part, row in rows.items()]
    return tuple(sorted(points, key=lambda point: point[0]))


def _sources(names: dict[str, str]) -> Sources:
    return {title: known for title, name in names.items() if (known := provenance_of(SECOND_SPLIT[name]))}
