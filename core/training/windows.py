"""Windows of checkpoints that a user names, beside the early, late and all that VoG always has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ..errors import BadInput, TooFewRows, command
from ..types import Ints

TARGETS = ("logit", "probability")
STAGES = ("early", "late", "all")
TAKEN = (*STAGES, "predicted", "normalised")  # the last two end the names of other columns
EXAMPLE = command(None, "score", "vog", "--set", 'windows={"middle": [3, 6]}')
NEXT = ("For example", EXAMPLE)


def spread_names(targets: Sequence[str] = TARGETS, windows: Iterable[str] = ()) -> list[str]:
    """Such as `logit_late` and `probability_early_predicted`. windows: names beside the three stages."""
    of_stage = (*STAGES, *windows)
    return [f"{target}_{stage}{kind}" for target in targets for stage in of_stage for kind in ("", "_predicted")]


def label_followed(name: str, given: Ints, predicted: Mapping[str, Ints]) -> Ints:
    """(b,) the label whose activation a window such as `logit_late_predicted` differentiates."""
    if not name.endswith("_predicted"):
        return given
    return predicted[name.removesuffix("_predicted").rsplit("_", 1)[-1]]


def read_windows(given: object, n_checkpoints: int) -> dict[str, range]:
    """Name -> positions, from 0, of the checkpoints of each window.

    given: name -> [first, last], numbers of checkpoints in order of training, from 1, both included.
    Raises BadInput on another shape, a name that columns cannot carry, or a checkpoint that is not there, and
    TooFewRows on fewer than two checkpoints.
    """
    if not isinstance(given, dict):
        raise BadInput(f"windows is {given!r}, and not names with their first and last checkpoint.", *NEXT)
    return {_name(name): _positions(name, span, n_checkpoints) for name, span in given.items()}


def _name(name: object) -> str:
    """The name, if `vog_logit_<name>_predicted` can be read back."""
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9]*", name):
        raise BadInput(
            f"A window is named {name!r}; lower-case letters and digits are possible, a letter first.", *NEXT
        )
    if name in TAKEN:
        raise BadInput(
            f"A window is named {name!r}, which VoG's own columns use.", "Choose another name. For example", EXAMPLE
        )
    return name


def _positions(name: object, span: object, n_checkpoints: int) -> range:
    match span:
        case [int(first), int(last)] if not (isinstance(first, bool) or isinstance(last, bool)):
            pass
        case _:
            raise BadInput(f"The window {name!r} is {span!r}, and not its first and last checkpoint.", *NEXT)
    if first < 1 or last > n_checkpoints:
        raise BadInput(
            f"The window {name!r} is checkpoints {first} to {last}, and there are 1 to {n_checkpoints}.",
            "Stay within them",
            command(None, "score", "vog", "--set", f'windows={{"{name}": [1, {n_checkpoints}]}}'),
        )
    if last <= first:
        raise TooFewRows(
            f"The window {name!r} is checkpoints {first} to {last}; VoG compares two or more, in order.", *NEXT
        )
    return range(first - 1, last)
