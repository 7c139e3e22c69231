"""Whether a score was fitted to the images that a model's errors are counted on: no claim is told by such a one."""

from __future__ import annotations

from collections.abc import Iterable

from ....errors import command
from ....kinds.evaluate import FITTED_ANEW
from ....maths.folds import how_drawn
from ....store.metrics import Metric
from ..section import UNTOLD, Findings, Verdict

RULE = "A score that was fitted to the images that errors are counted on leaves it untold."


def fitted_to_them(findings: Findings, row: Metric, address: str = "") -> bool:
    """Whether a score was fitted to images that its row counts errors on. address: of it; "" for the row's own.

    An evaluation says which scores it fitted anew. Of an older one it is so wherever the model's held-out images were
    drawn from the training split, because the data has no other.
    """
    evaluation, model = findings.run(row.run), findings.run(row.by)
    if evaluation and FITTED_ANEW in evaluation.parameters:
        return (address or row.subject) not in evaluation.parameters[FITTED_ANEW]
    if model is None:
        return False
    drawn = how_drawn(model.parameters.get("held_out_seed", model.seed))
    return str(model.parameters.get("held_out", "")).startswith(drawn)


def told(verdict: Verdict, in_sample: bool) -> Verdict:
    """A verdict on a score, untold where it was fitted to the images that it was measured on."""
    return UNTOLD if in_sample else verdict


def notes_on_fits(findings: Findings, rows: Iterable[Metric], in_sample: Iterable[str]) -> tuple[str, ...]:
    """What has to be known of the fits behind some rows. in_sample: titles of scores fitted to what they are measured
    on."""
    titles = list(in_sample)
    names, verb = " and ".join(titles), "was" if len(titles) == 1 else "were"
    runs = [run for row in rows if (run := findings.run(row.run))]
    told_apart = any(FITTED_ANEW in run.parameters for run in runs)
    if not names:
        anew = "There is no split: what is measured here is fitted anew to the model's own training images alone."
        return (anew,) if told_apart else ()
    untold = (
        f"There is no split, and {names} {verb} fitted to the images that errors are counted on, of which a fit knows "
        "more than of new ones"
    )
    if told_apart:
        return (f"{untold}; that cannot be fitted to the model's own training images here.",)
    return (f"{untold}. What fits them to the model's own training images: {command(findings.audit, 'evaluate')}.",)
