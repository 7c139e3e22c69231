"""The questions and their answers, as JSON: every figure with its interval and with what it is. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from ..answers.image.detail import Detail, detail, find_image
from ..answers.labels.suspecting import suspecting_scores
from ..answers.labels.suspects import Cuts, listed, suspects
from ..answers.overview.summary import summary
from ..answers.view.choices import ScoreChoice, default_score, run_names, score_choices
from ..answers.view.journal import reading
from ..answers.view.ranking import Selection
from ..answers.view.reader import Reader, open_reader
from ..errors import BadInput, HardlookError, MissingRun, command
from ..reviews import current
from ..store import lookups
from ..store.audit import find_audit, list_audits
from ..store.metrics import ERROR_BY_DECILE, Metric, read_metrics
from ..store.provenance import provenance_of
from ..store.thumbnails import read_thumbnails
from ..types import HARDER_HIGH

Answer = dict[str, Any]

DIRECTIONS = {1: "higher is harder", -1: "lower is harder", None: "not known on this data"}
PROPOSAL = (
    "A suspect is a proposal: a score doubts the label, which proves nothing. A person looks at the image and decides, "
    "in the dashboard"
)
NO_INTERVAL = "the value of one score for one image is estimated, and has no interval"
MOST = 200
"""Images of one answer."""


def all_audits() -> Answer:
    """The audits there are, the newest last, with how many images each has."""
    return {"audits": [_in_short(audit.name) for audit in list_audits()], "provenance": "counted"}


def headlines(audit: str) -> Answer:
    """What an audit says in a dozen lines; each says of its figures whether they are counted or estimated."""
    return {**_of(audit), "headlines": summary(find_audit(audit))}


def suspect_images(audit: str, score: str, most: int, skip: int) -> Answer:
    """Images whose label a score doubts, most suspect first. score: its name, "" for the dashboard's."""
    reader = _reader(audit)
    choices = suspecting_scores(reader, score_choices(reader))
    choice = _one_of(choices, score, next(iter(choices), None), audit)
    found = suspects(reader, choice.address)
    ids = listed(reader, found, Cuts(), 0, Selection())
    rows = lookups.image_rows(reader.hub, ids[skip : skip + most])
    verdicts = _verdicts(reader)
    return {
        **_of(audit), "score": _about(choice), "suspects_in_all": len(ids), "labels_in_all": len(found.order),
        "provenance": f"their number is counted; {NO_INTERVAL}", "note": f"{PROPOSAL}: {command(audit, 'dashboard')}",
        "suspects": [
            {"key": row["key"], "split": row["split"], "given_label": reader.class_name(row["label"]),
             "suggested_label": reader.class_name(int(found.suggested[row["image_id"]])),
             "score": _number(float(found.values[row["image_id"]])),
             "also_suggested_by": found.agreeing(row["image_id"]), "verdict": verdicts.get(row["key"])}
            for row in rows
        ],
    }  # fmt: skip


def deciles(audit: str, score: str) -> Answer:
    """Error of a model in each decile of a score, from the lowest scores to the highest."""
    reader = _reader(audit)
    rows = read_metrics(reader.hub, ERROR_BY_DECILE)
    measured = {row.subject for row in rows}
    choices = [one for one in score_choices(reader) if one.address in measured]
    if not choices:
        raise MissingRun(f"Audit {audit!r} has no error by decile yet.", "Run", command(audit, "evaluate"))
    choice = _one_of(choices, score, default_score(choices), audit)
    return {
        **_of(audit), "score": _about(choice), "order": "decile 1 has the lowest values of the score",
        "deciles": _estimates(reader, (row for row in rows if row.subject == choice.address)),
    }  # fmt: skip


def estimates(audit: str, metric: str) -> Answer:
    """Everything that was measured, or one metric; without a name the figures of slices are left out."""
    reader = _reader(audit)
    rows = read_metrics(reader.hub)
    names = sorted({row.name for row in rows})
    if metric and metric not in names:
        raise MissingRun(
            f"There is no metric {metric!r} in audit {audit!r}; there is: {', '.join(names) or 'none yet'}.", "Run",
            command(audit, "evaluate"),
        )  # fmt: skip
    kept = [row for row in rows if (row.name == metric if metric else row.slice == "all")]
    return {**_of(audit), "metrics": names, "estimates": _estimates(reader, kept)}


def one_image(audit: str, key: str) -> tuple[Answer, bytes]:
    """What is known of an image, and its thumbnail as WebP, empty where there is none. Raises BadInput on no key."""
    reader = _reader(audit)
    image_id = find_image(reader, key)
    choices = score_choices(reader)
    found = detail(reader, image_id, choices, default_score(choices)) if image_id is not None else None
    if found is None:
        raise BadInput(f"There is no image {key!r} in audit {audit!r}.", "Give a key as the suspects have it.")
    thumbnail = read_thumbnails(reader.hub.audit, [found.content_hash]).get(found.content_hash, b"")
    return {**_of(audit), **_as_json(found), "verdict": _verdicts(reader).get(key)}, thumbnail


def _as_json(found: Detail) -> Answer:
    suggested = found.suggestion
    return {
        "key": found.key, "given_label": found.given, "split": found.split, "size": list(found.size),
        "suggested_label": suggested.name if suggested else None, "suggested_by": suggested.by if suggested else None,
        "scores": [
            {"name": one.label, "value": one.value, "place_in_its_class": one.percentile, "suggested": one.suggested}
            for one in found.scores
        ],
        "other_classes": [
            {"score": one.score, "classes": [{"class": each.name, "probability": each.share} for each in one.classes]}
            for one in found.beliefs
        ],
        "models": [
            {"model": one.model, "predicted": one.predicted, "confidence": one.confidence, "trained_on": one.trained_on}
            for one in found.models
        ],
        "provenance": f"places in the class are counted; {NO_INTERVAL}; so is a prediction", "note": PROPOSAL,
        "cannot_be_shown": found.refusal or None,
    }  # fmt: skip


def _in_short(name: str) -> Answer:
    try:
        return {"name": name, "images": open_reader(find_audit(name)).n_images}
    except HardlookError as error:
        return {"name": name, "cannot_be_read": str(error)}


def _of(audit: str) -> Answer:
    """Which audit an answer is about, and which of its files it does without because they cannot be read."""
    unreadable = [str(each) for each in find_audit(audit).unreadable_runs()]
    return {"audit": audit, "passed_over": unreadable} if unreadable else {"audit": audit}


def _reader(audit: str) -> Reader:
    return open_reader(find_audit(audit))


def _about(choice: ScoreChoice) -> Answer:
    return {
        "name": choice.name, "made_from": choice.made_from, "direction": DIRECTIONS[choice.direction],
        "hardest_end": "high" if choice.direction == HARDER_HIGH else "low" if choice.direction else "not known",
    }  # fmt: skip


def _estimates(reader: Reader, rows: Iterable[Metric]) -> list[Answer]:
    """Figures with the ends of their 95 % intervals, null where there is none, and with what they are."""
    named = run_names([run for run in reader.hub.runs if run.kind == "train"])
    named |= {info.address: info.name for info in reader.scores}
    return [
        {"metric": row.name, "of": named.get(row.subject, row.subject), "errors_of": named.get(row.by),
         "slice": row.slice, "value": _number(row.estimate.value), "low": _number(row.estimate.low),
         "high": _number(row.estimate.high), "n": row.estimate.n, "unit": row.estimate.unit,
         "provenance": str(provenance_of(row.name) or ""), "note": row.note}
        for row in rows
    ]  # fmt: skip


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _one_of(choices: Sequence[ScoreChoice], name: str, usual: ScoreChoice | None, audit: str) -> ScoreChoice:
    """The choice of that name or address, for "" the usual one. Raises MissingRun with those there are."""
    chosen = next((one for one in choices if name in (one.name, one.address)), None) if name else usual
    if chosen is None:
        has = ", ".join(dict.fromkeys(one.name for one in choices)) or "none yet"
        which = f"score {name!r} for this" if name else "score for this"
        raise MissingRun(f"There is no {which}; there is: {has}.", "Run", command(audit, "score", "suspicion"))
    return chosen


def _verdicts(reader: Reader) -> dict[str, str]:
    """Key -> what a person decided."""
    with reading(reader.hub.audit) as journal:
        return {key: state.verdict for key, state in current(journal).items()} if journal else {}
