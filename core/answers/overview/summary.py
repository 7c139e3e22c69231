"""What an audit found, in about a dozen lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...errors import command
from ...store import tallies
from ...store.audit import Audit
from ...store.metrics import (
    ACCURACY,
    CALIBRATION_ERROR,
    ECE,
    ERROR_BY_DECILE,
    ITEMS,
    LABEL_AUROC,
    LABEL_AVERAGE_PRECISION,
    LABEL_NOISE,
    WHOLE,
    read_metrics,
)
from ...types import UNLABELLED, Estimate
from ...wording import count, counted, percent, percent_interval, told_from_zero, with_interval
from ..estimates import measured
from ..labels.comparable import comparable
from ..labels.noise_rate import noise_estimates, nothing_to_go_by
from ..labels.suspecting import suspecting_scores
from ..view.choices import default_model, score_choices
from ..view.journal import journal_version
from ..view.reader import Reader, open_reader
from .dataset import class_table, lens_caution
from .headlines import OverviewHeadline, duplicates, suspects, wrong_labels
from .telling_vog import telling_vog

HARDEST_CLASSES = 3
JUDGED = ("rmd_oof", "rmd_margin", "knn")
"""Scores whose success at finding wrong labels is worth a line, where the truth is known."""

Found = dict[tuple[str, str, str], Estimate]
"""(metric, subject, slice) -> what was measured."""


def summary(audit: Audit) -> list[str]:
    """The data, the network, difficulty, VoG, hard classes, wrong labels, suspects, and the command that shows them."""
    reader = open_reader(audit)
    found: Found = {(row.name, row.subject, row.slice): row.estimate for row in read_metrics(reader.hub)}
    lines = [f"{audit.name}: {_data(reader)}", *filter(None, [lens_caution(reader)])]
    for part in PARTS:
        lines += part(reader, found)
    return [*lines, f"Look at them: {command(audit.name, 'dashboard')}"]


def _data(reader: Reader) -> str:
    per_split = np.bincount(reader.split_codes, minlength=len(reader.splits))
    splits = ", ".join(f"{count(int(n))} {name}" for name, n in zip(reader.splits, per_split, strict=True))
    unlabelled = int((reader.labels == UNLABELLED).sum())
    refused = sum(n for _, n in tallies.refused_counts(reader.hub))
    classes = len(reader.class_names)
    parts = [f"{count(reader.n_images)} image{'s' * (reader.n_images != 1)}"]
    parts += [counted(classes, "class", "classes"), splits]
    parts += [f"{count(unlabelled)} unlabelled"] if unlabelled else []
    return " · ".join([*parts, f"{count(refused)} refused"])


def _network(reader: Reader, found: Found) -> list[str]:
    run = default_model(reader)
    if run is None:
        return []
    accuracy, ece, error = (found.get((name, run.run_id, WHOLE)) for name in (ACCURACY, ECE, CALIBRATION_ERROR))
    if accuracy is None or ece is None:
        return []
    held_out = f"{count(accuracy.n)} images it was not trained on"
    gap = f"calibration error {' '.join(told_from_zero(error))}, debiased, and " if error else ""
    right = f"right on {percent_interval(accuracy)} of {held_out}, counted"
    return [f"Model {run.name}: {right}; {gap}ECE {percent(ece.value)}, estimated"]


def _difficulty(reader: Reader, found: Found) -> list[str]:
    stored = measured(reader, ERROR_BY_DECILE).get(_address(reader, "rmd_oof"), {})
    rows = [stored[part] for i in range(1, 11) if (part := f"decile {i}") in stored]
    if len(rows) < 10:
        return []
    # Not always the model of the line above: that one need not have been evaluated since the score was made.
    model, deciles = reader.run(rows[0].by), [row.estimate for row in rows]
    errors = f"the errors of {model.name}" if model else "the errors"
    wrong = [round(one.value * one.n) for one in deciles]
    held = f"its hardest decile holds {percent(wrong[-1] / sum(wrong))} of {errors}" if sum(wrong) else "no errors"
    ends = f"error {_of(deciles[-1])} there, {_of(deciles[0])} in the easiest decile"
    return [f"Difficulty (RMD, higher is harder): {held}; {ends}; all counted"]


def _vog(reader: Reader, found: Found) -> list[str]:
    line = telling_vog(reader, found)
    return [line] if line else []


def _hardest_classes(reader: Reader, found: Found) -> list[str]:
    model = default_model(reader)
    accuracy = {
        part.removeprefix("class "): estimate
        for (name, subject, part), estimate in found.items()
        if name == ACCURACY and part.startswith("class ") and model and subject == model.run_id
    }
    hardest = sorted(accuracy, key=lambda name: accuracy[name].value)[:HARDEST_CLASSES]
    if not hardest:
        return []
    errors = {name: accuracy[name].complement() for name in hardest}
    listed = ", ".join(f"{name!r} ({percent(error.value)} of {error.n} wrong)" for name, error in errors.items())
    return [f"Hardest classes: {listed}, counted"]


def _wrong_labels(reader: Reader, found: Found) -> list[str]:
    known = noise_estimates(reader, journal_version(reader.hub.audit))
    return _headline("Wrong labels", wrong_labels(known, comparable(reader), untold=nothing_to_go_by(reader)))


def _suspects(reader: Reader, found: Found) -> list[str]:
    chosen = next(iter(suspecting_scores(reader, score_choices(reader))), None)
    rows = class_table(reader, None, None, None, chosen.address if chosen else "").rows
    return _headline("Suspected wrong labels", suspects(rows, chosen, comparable(reader)))


def _duplicates(reader: Reader, found: Found) -> list[str]:
    return _headline("Duplicates", duplicates(reader))


def _headline(title: str, card: OverviewHeadline) -> list[str]:
    """A figure of the Overview as a line; none where the Overview names the command that makes it."""
    return [] if card.missing else [f"{title}: {' '.join(filter(None, (card.figure, card.interval, card.said_of)))}"]


def _truth(reader: Reader, found: Found) -> list[str]:
    noise = found.get((LABEL_NOISE, ITEMS, WHOLE))
    if noise is None:
        return []
    wrong = f"{percent_interval(noise)} of the given ones are wrong, counted"
    lines = [f"True labels are known, and {wrong}. How well scores find them, estimated with intervals over images:"]
    for name in ("suspicion", *JUDGED):
        address = _address(reader, name)
        auroc = found.get((LABEL_AUROC, address, WHOLE)) if address else None
        average = found.get((LABEL_AVERAGE_PRECISION, address, WHOLE)) if address else None
        if auroc and average:
            lines.append(f"  {name:<22} AUROC {with_interval(auroc)}   AP {with_interval(average)}")
    return lines


PARTS: tuple[Callable[[Reader, Found], list[str]], ...] = (
    _network, _difficulty, _vog, _hardest_classes, _wrong_labels, _suspects, _duplicates, _truth,
)  # fmt: skip


def _address(reader: Reader, name: str) -> str:
    """The newest score of that name, "" if there is none."""
    return next((info.address for info in reversed(reader.scores) if info.name == name), "")


def _of(error: Estimate) -> str:
    return f"{percent_interval(error)} of {error.n}"
