"""Whether a stage that is begun is one that began before with other weights: on another machine, as likely as not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import BadInput
from .folder import ShardFolder
from .stage import StageSpec, place_of_stage

OF_THE_MACHINE = ("device", "batch_size")


def refuse_other_weights(folder: ShardFolder, spec: StageSpec, begun: Sequence[StageSpec]) -> None:
    """Raise BadInput where the same encoder or model began with other weights."""
    if spec.name in [other.name for other in begun]:
        return
    for other in begun:
        same = _what_it_is(other.parameters) == _what_it_is(spec.parameters)
        if same and other.inputs.get("weights") != spec.inputs.get("weights"):
            called = spec.parameters.get("encoder") or spec.parameters["name"]
            raise BadInput(
                f"{other.name} began with {called} of other weights than those on this machine.",
                "Put the same weights on every machine. To begin anew with these, move away "
                f"{place_of_stage(folder, other.name)}.",
            )


def _what_it_is(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in OF_THE_MACHINE}
