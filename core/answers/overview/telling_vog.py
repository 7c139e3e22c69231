"""Which of VoG's two dozen forms says most of the errors of the model it was computed from, as one line."""

from __future__ import annotations

from collections.abc import Mapping

from ...metrics.auroc import allowing_for_choice, furthest_from_chance
from ...store.metrics import DIRECTION, ERROR_AUROC, WHOLE
from ...types import Estimate
from ...wording import count, with_interval
from ..models.vog_stages import VogForm, vog_form
from ..view.reader import Reader


def telling_vog(reader: Reader, found: Mapping[tuple[str, str, str], Estimate]) -> str:
    """The form of the newest run of VoG whose AUROC is furthest from chance, and its direction; "" where none is known.

    found: (metric, subject, slice) -> estimate. The interval allows for the form having been picked, and a direction is
    named only where it leaves 0.5 out and evaluating found enough errors of the model that VoG was computed from.
    """
    infos = [info for info in reader.scores if info.scorer == "vog" and vog_form(info.name)]
    newest = [info for info in infos if info.run_id == infos[-1].run_id]
    # Of a form there is a direction, 0 for none, where its own model was evaluated; another's errors do not tell it.
    measured = [
        (info, at, found[DIRECTION, info.address, WHOLE].value)
        for info in newest
        if (at := found.get((ERROR_AUROC, info.address, WHOLE))) and (DIRECTION, info.address, WHOLE) in found
    ]
    wide = [allowing_for_choice(auroc, len(measured)) for _, auroc, _ in measured]
    best = furthest_from_chance(wide)
    if best is None:
        return ""
    (info, _, direction), auroc = measured[best], wide[best]
    form, told = vog_form(info.name), direction and not auroc.low <= 0.5 <= auroc.high
    says = ("higher is harder" if auroc.low > 0.5 else "lower is harder") if told else ""
    figure = f"AUROC for errors, estimated: {with_interval(auroc)}"
    name = f"VoG ({form_in_words(form)})" if form else info.name
    if len(measured) == 1:
        return f"{name}: {says or 'no direction that this data can show'} here; {figure}"
    among = f"of {count(len(measured))} forms"
    if not says:
        return f"{name}, the most telling {among}: no direction that this data can show, as with all others; {figure}"
    return f"{name}, the most telling {among}: {says} here; {figure}, which allows for the choice"


def form_in_words(form: VogForm) -> str:
    """Such as "probability, late, predicted label, normalised by class"."""
    words = [form.target, form.stage, "predicted label" if form.predicted else "given label"]
    return ", ".join([*words, *(["normalised by class"] if form.normalised else [])])
