"""Which question of a Label Studio project was about the class: the control is found, asked for or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..errors import BadInput, TwoReadings
from .label_studio import CONTROL

SHOWN = 3


class StudioControl(NamedTuple):
    """A control (`from_name`), or a table's column that may be one. answers: how often each was chosen."""

    name: str
    answers: Counter[str]

    def in_classes(self, classes: Collection[str]) -> int:
        """How many different answers are classes."""
        return sum(answer in classes for answer in self.answers)


def choose_control(
    file: str, controls: Sequence[StudioControl], others: Mapping[str, int], classes: Collection[str], asked: str, *,
    ours: bool, in_table: bool,
) -> str:  # fmt: skip
    """The name of the control whose answers are the labels, "" where nothing was answered.

    others: results that are no choices, by type. asked: the name somebody gave. ours: whether every task was made by
    `hardlook export`, whose control is called "label". in_table: controls stand among the task's own fields, so only
    those with a class among their answers can be one.
    Raises TwoReadings where several could be it, BadInput where none can.
    """
    names = [control.name for control in controls]
    if asked:
        if asked not in names and (controls or others):
            raise BadInput(f"{file} has no control {asked!r}; it has {_some([*names, *others])}.", "Name another.")
        return asked
    answered = [control for control in controls if control.answers]
    fitting = [control for control in answered if control.in_classes(classes)]
    if ours and CONTROL in names and (in_table or _is_all(controls, CONTROL, classes) or not fitting):
        return CONTROL
    possible = fitting if in_table else answered
    if len(possible) == 1:
        return possible[0].name
    whole = [control for control in possible if control.in_classes(classes) == len(control.answers)]
    if len(whole) == len(fitting) == 1:
        return whole[0].name
    if possible:
        raise TwoReadings(
            f"{file} has answers to {len(possible)} questions, and which is about the class is not certain.",
            [(f"{each.name!r} ({_some(list(each.answers))})", f"--control {each.name}") for each in possible],
        )
    return _none(file, answered if in_table else (), others, classes)


def _none(file: str, fields: Sequence[StudioControl], others: Mapping[str, int], classes: Collection[str]) -> str:
    """Nothing was answered, or what was is no class: an error that says what there is."""
    if fields:
        listed = ", ".join(f"{each.name!r} ({_some(list(each.answers))})" for each in fields)
        raise BadInput(
            f"No field of {file} holds a class ({_some(list(classes))}); its fields are {listed}.",
            "Name the one with the answers with --control NAME, and what its choices mean with --map CHOICE=CLASS.",
        )
    if others:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in others.items())
        raise BadInput(f"{file} holds no choices, but {kinds}.", "Ask for the class with <Choices> and export again.")
    return ""


def _is_all(controls: Sequence[StudioControl], name: str, classes: Collection[str]) -> bool:
    """Whether every answer of a control is a class."""
    control = next(each for each in controls if each.name == name)
    return control.in_classes(classes) == len(control.answers)


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:SHOWN])) + (", …" if len(names) > SHOWN else "")
