"""Whether a score of two states is the same thing: made from the same encoder or model, with the same settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...store import views
from ...store.comparison.moves import ScorePair
from ...types import HARDER_LOW, Run, ScoreInfo
from .states import AuditState


@dataclass(frozen=True)
class SharedScore:
    """A score that both states have. same: it is the very run in both, so nothing of it can have moved.

    made_from: in words, what it was made from in each. alike: whether that and its settings are the same.
    """

    pair: ScorePair
    same: bool
    alike: bool
    made_from: str

    @property
    def name(self) -> str:
        """The score's."""
        return self.pair.name


def shared_scores(before: AuditState, after: AuditState) -> list[SharedScore]:
    """Scores of a name that both states have, the newest of each name, in the order of the second's."""
    old, new = ({info.name: info for info in views.score_infos(state.hub)} for state in (before, after))
    return [_shared(before, after, old[name], info) for name, info in new.items() if name in old]


def only_in(state: AuditState, other: AuditState) -> list[str]:
    """Names of scores that one state has and the other has not."""
    has = {info.name for info in views.score_infos(other.hub)}
    return list(dict.fromkeys(info.name for info in views.score_infos(state.hub) if info.name not in has))


def _shared(before: AuditState, after: AuditState, old: ScoreInfo, new: ScoreInfo) -> SharedScore:
    # Where one side does not know which way a score points, it points as the other's: nothing else could be compared.
    turns = [-1 if (info.direction or other.direction) == HARDER_LOW else 1 for info, other in ((old, new), (new, old))]
    pair = ScorePair(
        new.name, before.audit.run_path(old.run_id), after.audit.run_path(new.run_id), turns[0], turns[1]
    )  # fmt: skip
    if pair.run_before == pair.run_after:
        return SharedScore(pair, True, True, "the same run on both sides")
    parts = [
        _source("encoder", _run(before, old.encoder_run), _run(after, new.encoder_run), old.encoder_run,
                new.encoder_run),
        _source("model", _run(before, old.model_run), _run(after, new.model_run), old.model_run, new.model_run),
        _settings(old, new, _run(before, old.run_id), _run(after, new.run_id)),
    ]  # fmt: skip
    texts = [text for _, text in parts if text]
    if not (old.encoder_run or old.model_run or new.encoder_run or new.model_run):
        texts.insert(0, "made elsewhere or of the labels alone: no encoder or model is known")
    return SharedScore(pair, False, all(alike for alike, _ in parts), "; ".join(texts))


def _run(state: AuditState, run_id: str) -> Run | None:
    return next((run for run in state.runs if run.run_id == run_id), None)


def _source(what: str, old: Run | None, new: Run | None, old_id: str, new_id: str) -> tuple[bool, str]:
    """Whether an encoder or a model is the same on both sides, and that in words; "" where neither has one."""
    if not old_id and not new_id:
        return True, ""
    if old is None or new is None:
        gone = [side for side, run in (("before", old), ("after", new)) if run is None]
        return False, f"its {what} {' and '.join(gone)} is not known any more"
    if old.run_id == new.run_id:
        return True, f"same {what}, {new.name}"
    alike = (old.name, old.weights, old.seed, _lasting(old)) == (new.name, new.weights, new.seed, _lasting(new))
    if what == "encoder":
        return alike, f"same encoder, {new.name}" if alike else f"another encoder: {_called(old, new)}"
    if alike:
        return False, f"model {new.name} trained anew, in the same way, on other images or labels"
    return False, f"another model: {_called(old, new)}"


def _lasting(run: Run) -> dict[str, Any]:
    """Parameters that say how it was made, not for what or of which labels."""
    return {name: value for name, value in run.parameters.items() if name not in ("grid", "labels")}


def _called(old: Run, new: Run) -> str:
    """Two runs, told apart by name, or where that is the same by what they were made with."""
    if old.name != new.name:
        return f"{old.name} before, {new.name} after"
    differing = {**_differing(old.parameters, new.parameters)}
    differing |= {"seed": (old.seed, new.seed)} if old.seed != new.seed else {}
    differing |= {"weights": (old.weights, new.weights)} if old.weights != new.weights else {}
    return f"{new.name} with {_told(differing)}" if differing else f"{new.name}, made anew"


def _settings(old: ScoreInfo, new: ScoreInfo, old_run: Run | None, new_run: Run | None) -> tuple[bool, str]:
    """Whether the scorer was asked for the same, and that in words where it was not."""
    if old.scorer != new.scorer:
        return False, f"another scorer: {old.scorer} before, {new.scorer} after"
    differing = _differing(*(dict(run.parameters) if run else {} for run in (old_run, new_run)))
    differing |= {"direction": (old.direction, new.direction)} if old.direction != new.direction else {}
    return not differing, f"other settings: {_told(differing)}" if differing else ""


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*old, *new])
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _told(differing: Mapping[str, tuple[Any, Any]], most: int = 3) -> str:
    shown = [f"{name} {old} before and {new} after" for name, (old, new) in list(differing.items())[:most]]
    more = len(differing) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def ordered(shared: Sequence[SharedScore], preferred: Sequence[str]) -> list[SharedScore]:
    """The preferred first, then in the order given."""
    rank = {name: place for place, name in enumerate(preferred)}
    return sorted(shared, key=lambda one: rank.get(one.name, len(rank)))
