"""What figures of the pages and of the report are. A metric that evaluating keeps goes by its name; the rest is here.

Whoever draws figures passes them on as `Sources`, which stand below the figure or table: a reader of the page alone can
tell what was counted, what was estimated, by what, and what was assumed.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..store.provenance import BY_SEED, COUNTED, PLUG_IN, RANKED, RESAMPLED, provenance_of
from ..types import Provenance, Sources

__all__ = [
    "BY_SEED", "COUNTED", "PLUG_IN", "RANKED", "RESAMPLED", "Provenance", "Sources", "metric_sources", "provenance_of",
]  # fmt: skip

TALLIED = Provenance("counted")
"""Images, labels, groups: a number that is what it is."""
OF_THESE = Provenance("counted", "of these images alone")
"""A share, a median, a rank correlation that describes these images and says nothing of others."""
OF_EACH = Provenance("counted", "of the labelled images of each that are not excluded, without an interval")
OF_BOTH = Provenance("counted", "over the images that are in both and have a value in each, without an interval")
"""Of two audits that are compared."""
BY_SUSPICION = Provenance(
    "estimated", "by suspicion's probabilities, without an interval: what it assumes may not hold"
)
BY_SAMPLE = Provenance("estimated", "by the reviewed random sample, interval over other samples of these images")
RANK_CORRELATION = Provenance("estimated", "Spearman, interval over other images (Bonett and Wright)")
PAIRED = Provenance("estimated", "paired difference on the same images, jackknife over images")
UNRELATED = Provenance("assumed", "of scores that have nothing to do with one another")
RESAMPLED_WEIGHTS = "interval of resampled weights, along curves the further ends of that and of Wilson's"
BY_SAMPLED_CURVES = Provenance("estimated", f"by the reviewed random sample; {RESAMPLED_WEIGHTS}")
BY_CHOSEN = Provenance(
    "estimated", f"among the reviewed images alone, which a score chose: not of the whole set; {RESAMPLED_WEIGHTS}"
)
OVER_KINDS = Provenance("counted", "over the kinds of corruption, without an interval")
BY_SCORE = Provenance("counted", "of the labels that the score doubts: to look at, not errors")
OF_MODELS = Provenance("counted", "over the models that were trained, without an interval")
AS_PRINTED = Provenance("assumed", "as the paper prints it")
AS_NOTED = Provenance("assumed", "as the data set says of itself")
FOR_COMPARISON = Provenance("assumed", "for comparison")

ERROR: Sources = {"error": COUNTED}


def metric_sources(titles: Mapping[str, str]) -> dict[str, Provenance]:
    """Sources of stored metrics. titles: name of each -> what it is called here."""
    return {title: known for name, title in titles.items() if (known := provenance_of(name))}
