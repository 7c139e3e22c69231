"""What an audit found, in about a dozen lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...store import tallies
from ...store.audit import Audit
from ...types import UNLABELLED
from ...wording import command, count, percent, percent_interval, span, three
from ..labels.suspecting import suspecting_scores
from ..view.choices import score_choices
from ..view.reader import Reader, open_reader
from .dataset import class_table
from .headlines import Finding, duplicates, suspects

HARDEST_CLASSES = 3
JUDGED = ("rmd_oof", "rmd_margin", "knn")
"""Scores whose success at finding wrong labels is worth a line, where the truth is known."""

Found = dict[tuple[str, str, str], dict[str, Any]]


def summary(audit: Audit) -> list[str]:
    """The data, the network, difficulty, VoG, the hardest classes, suspects, and the command that shows them."""
    reader = open_reader(audit)
    found: Found = {}
    for row in tallies.metric_rows(reader.hub):
        found[(row["name"], row["subject"], row["slice"])] = (
            row  # oldest first: a later measurement replaces an earlier
        )
    lines = [f"{audit.name}: {_data(reader)}"]
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
    parts += [f"{count(classes)} {'class' if classes == 1 else 'classes'}", splits]
    parts += [f"{count(unlabelled)} unlabelled"] if unlabelled else []
    return " · ".join([*parts, f"{count(refused)} refused"])


def _network(reader: Reader, found: Found) -> list[str]:
    lines = []
    for run in reader.hub.runs:
        accuracy, ece = found.get(("accuracy", run.run_id, "all")), found.get(("ece", run.run_id, "all"))
        if accuracy and ece:
            unseen = f"{count(accuracy['n'])} images it was not trained on"
            lines.append(
                f"Network {run.name}: right on {_share(accuracy)} of {unseen}; calibration error {_share(ece)}"
            )
    return lines[-1:]


def _difficulty(reader: Reader, found: Found) -> list[str]:
    address = _address(reader, "rmd_oof")
    tenths = [found.get(("error_by_decile", address, f"decile {i}")) for i in range(1, 11)] if address else []
    if not tenths or any(tenth is None for tenth in tenths):
        return []
    wrong = [round(tenth["value"] * tenth["n"]) for tenth in tenths if tenth]
    held = f"its hardest tenth holds {percent(wrong[-1] / sum(wrong))} of the errors" if sum(wrong) else "no errors"
    ends = f"error {_of(tenths[-1])} there, {_of(tenths[0])} in the easiest tenth"
    return [f"Difficulty (RMD, higher is harder): {held}; {ends}"]


def _vog(reader: Reader, found: Found) -> list[str]:
    address = _address(reader, "vog_probability_late")
    measured = found.get(("direction", address, "all")) if address else None
    auroc = found.get(("error_auroc", address, "all")) if address else None
    if measured is None or auroc is None:
        return []
    says = {1: "higher is harder", -1: "lower is harder", 0: "no direction that this data can show"}[
        int(measured["value"])
    ]
    return [f"VoG (probability, late): {says} here; AUROC for errors {_interval(auroc)}"]


def _hardest_classes(reader: Reader, found: Found) -> list[str]:
    rows = {
        key[2].removeprefix("class "): row
        for key, row in found.items()
        if key[0] == "accuracy" and key[2].startswith("class ")
    }
    hardest = sorted(rows, key=lambda name: rows[name]["value"])[:HARDEST_CLASSES]
    if not hardest:
        return []
    said = ", ".join(f"{name!r} ({percent(1 - rows[name]['value'])} of {rows[name]['n']} wrong)" for name in hardest)
    return [f"Hardest classes: {said}"]


def _suspects(reader: Reader, found: Found) -> list[str]:
    chosen = next(iter(suspecting_scores(reader, score_choices(reader))), None)
    rows = class_table(reader, None, None, None, chosen.address if chosen else "").rows
    return _headline("Suspected wrong labels", suspects(rows, chosen))


def _duplicates(reader: Reader, found: Found) -> list[str]:
    return _headline("Duplicates", duplicates(reader))


def _headline(title: str, card: Finding) -> list[str]:
    """A figure of the Overview as a line; none where the Overview names the command that makes it."""
    return [] if card.missing else [f"{title}: {' '.join(filter(None, (card.figure, card.interval, card.detail)))}"]


def _truth(reader: Reader, found: Found) -> list[str]:
    noise = found.get(("label_noise", "items", "all"))
    if noise is None:
        return []
    lines = [f"True labels are known, and {_share(noise)} of the given ones are wrong. How well scores find them:"]
    for name in ("suspicion", *JUDGED):
        address = _address(reader, name)
        auroc = found.get(("label_auroc", address, "all")) if address else None
        average = found.get(("label_average_precision", address, "all")) if address else None
        if auroc and average:
            lines.append(f"  {name:<22} AUROC {_interval(auroc)}   AP {_interval(average)}")
    return lines


PARTS: tuple[Callable[[Reader, Found], list[str]], ...] = (
    _network, _difficulty, _vog, _hardest_classes, _suspects, _duplicates, _truth,
)  # fmt: skip


def _address(reader: Reader, name: str) -> str:
    """The newest score of that name, "" if there is none."""
    return next((info.address for info in reversed(reader.scores) if info.name == name), "")


def _share(row: dict[str, Any]) -> str:
    return percent_interval(row["value"], row["low"], row["high"])


def _of(row: dict[str, Any] | None) -> str:
    return f"{_share(row)} of {row['n']}" if row else ""


def _interval(row: dict[str, Any]) -> str:
    return f"{three(row['value'])} {span(row['low'], row['high'])}".strip()
