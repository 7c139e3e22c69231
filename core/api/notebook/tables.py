"""What an audit holds, as pandas frames: text stays text, None where there is none, and scores say their direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...answers.labels.suspecting import suspecting_scores
from ...answers.labels.suspects import Cuts, listed, suspects
from ...answers.view.choices import ScoreChoice, score_choices
from ...answers.view.ranking import Selection
from ...answers.view.reader import Reader, open_reader
from ...errors import MissingRun, command
from ...export.rows import ExportRow, collect
from ...store import views
from ...store.audit import Audit
from ...store.metrics import read_metrics
from ...store.provenance import provenance_of
from ...types import DIRECTIONS, UNLABELLED
from ..frames import described, text_column


def score_table(audit: Audit) -> pd.DataFrame:
    """One row an image: key, label and split, then every score by name, the newest of each."""
    hub = views.open_hub(audit)
    names = views.classes(hub)
    infos = {info.name: info for info in views.score_infos(hub)}
    labels = [None if label == UNLABELLED else names[label] for label in views.labels(hub)]
    frame = pd.DataFrame(
        {"key": text_column(views.column(hub, "key").tolist()), "label": text_column(labels),
         "split": text_column(views.column(hub, "split").tolist()),
         **{name: views.score(hub, info.address) for name, info in infos.items()}}
    )  # fmt: skip
    frame.attrs["scores"] = {
        name: {**described(info, info.reason, info.parameters), "address": info.address} for name, info in infos.items()
    }
    return frame


def suspect_frame(audit: Audit, score: str | None, votes: int) -> pd.DataFrame:
    """The suspects of a score, most suspect first, with what reviewers said of them."""
    reader = open_reader(audit)
    chosen = _suspecting(reader, score)
    found = suspects(reader, chosen.address)
    ids = listed(reader, found, Cuts(), votes, Selection())
    everything = collect(audit).rows
    rows = [everything[image_id] for image_id in ids.tolist()]
    frame = pd.DataFrame({
        "image_id": ids.astype(np.int64),
        **_texts(rows, "key", "split"),
        "given_label": text_column(row.given for row in rows),
        "suggested_label": text_column(reader.class_name(int(label)) or None for label in found.suggested[ids]),
        "score": found.values[ids].astype(np.float32),
        "agreeing": found.votes[ids].astype(np.int64),
        "voters": np.full(len(ids), len(found.voters), np.int64),
        "reviewed_label": text_column(_reviewed(row) for row in rows),
        "verdict": text_column(row.state.verdict if row.state else None for row in rows),
    })  # fmt: skip
    frame.attrs["score"] = {
        "name": chosen.name, "address": chosen.address, "direction": chosen.direction,
        "direction_in_words": DIRECTIONS[chosen.direction], "dtype": "float32",
    }  # fmt: skip
    return frame


def metric_frame(audit: Audit, name: str | None) -> pd.DataFrame:
    """The estimates of one metric, or of all."""
    hub = views.open_hub(audit)
    rows = read_metrics(hub)
    known = sorted({row.name for row in rows})
    if name is not None and name not in known:
        has = ", ".join(known) or "none yet"
        advice = ("Run", command(audit.name, "evaluate"))
        raise MissingRun(f"There is no metric {name!r} in audit {audit.name!r}; there is: {has}.", *advice)
    called = {run.run_id: run.name for run in hub.runs}
    called |= {info.address: info.name for info in views.score_infos(hub)}
    rows = [row for row in rows if name in (None, row.name)]
    numbers = [row.estimate for row in rows]
    return pd.DataFrame({
        "metric": text_column(row.name for row in rows),
        "subject": text_column(row.subject for row in rows),
        "of": text_column(called.get(row.subject, row.subject) for row in rows),
        "slice": text_column(row.slice for row in rows),
        "value": np.array([one.value for one in numbers], np.float64),
        "low": np.array([one.low for one in numbers], np.float64),
        "high": np.array([one.high for one in numbers], np.float64),
        "n": np.array([one.n for one in numbers], np.int64),
        "unit": text_column(one.unit for one in numbers),
        "provenance": text_column(str(provenance_of(row.name) or "") for row in rows),
        "note": text_column(row.note for row in rows),
    })  # fmt: skip


def decision_frame(audit: Audit) -> pd.DataFrame:
    """The images that somebody decided on, with the decision that holds."""
    rows = [row for row in collect(audit).rows if row.state]
    states: list[Any] = [row.state for row in rows]
    return pd.DataFrame({
        **_texts(rows, "key", "split"),
        "given_label": text_column(row.given for row in rows),
        "reviewed_label": text_column(_reviewed(row) for row in rows),
        **{name: text_column(getattr(state, name) or None for state in states)
           for name in ("second_label", "verdict", "reviewer", "time", "reason")},
    })  # fmt: skip


def _texts(rows: list[ExportRow], *names: str) -> dict[str, pd.Series[Any]]:
    return {name: text_column(getattr(row, name) for row in rows) for name in names}


def _reviewed(row: ExportRow) -> str | None:
    """The label that a reviewer left, None where nobody decided."""
    return row.label if row.state else None


def _suspecting(reader: Reader, score: str | None) -> ScoreChoice:
    found = suspecting_scores(reader, score_choices(reader))
    chosen = next((one for one in found if score in (None, one.name, one.address)), None)
    if chosen is None:
        has = ", ".join(dict.fromkeys(one.name for one in found)) or "none yet"
        which = f"score {score!r} that suggests labels" if score else "score that suggests labels"
        raise MissingRun(f"There is no {which}; there is: {has}.", "Run",
                         command(reader.hub.audit.name, "score", "suspicion"))  # fmt: skip
    return chosen
