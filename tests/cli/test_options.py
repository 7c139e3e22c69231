"""What an option may be is what the code behind it takes: the command line's lists copy others, which load too much."""

from __future__ import annotations

import pkgutil
from enum import StrEnum
from importlib import import_module
from typing import get_args

import pytest

import core.cli
from core import device
from core.cli import options, proof, review
from core.dataset import labels as label_readings
from core.dataset.predictions import class_order, numbers
from core.encoders import protocol, registry
from core.experiments.proof import CHANGES, REMOVALS
from core.export import destination
from core.pipeline import project
from core.pipeline.training import labels, request
from core.training import config, pixels, weights

COPIED: dict[type[StrEnum], set[str]] = {
    options.Device: {"auto", *device.DEVICES},
    options.Schedule: set(get_args(config.Schedule)),
    options.Normalise: set(get_args(weights.Normalise)),
    options.Control: set(get_args(request.Control)) - {""},  # left out
    options.Labels: set(get_args(request.Labels)) - labels.AT_RANDOM.keys(),  # those are the controls of `prove`
    options.TrainedLabels: set(get_args(request.Labels)),
    options.Projection: set(project.METHODS),
    options.Feature: set(get_args(protocol.Feature)),
    options.PredictionKind: set(numbers.KINDS),
    options.ColumnOrder: set(class_order.ORDERS),
    options.LabelReading: {label_readings.NAMES, label_readings.POSITIONS, label_readings.FROM_ONE},
    options.Transform: set(get_args(pixels.Transform)),
    review.How: {destination.COPY, destination.LINK, destination.PLAN},
    proof.RandomControl: {one.removeprefix("random ") for one in (REMOVALS, CHANGES)} | {"both"},
}


def choices() -> set[type[StrEnum]]:
    """Every list of choices of the command line."""
    for module in pkgutil.iter_modules(core.cli.__path__):
        import_module(f"core.cli.{module.name}")
    return {one for one in StrEnum.__subclasses__() if one.__module__.startswith("core.cli.")}


def test_every_list_of_choices_is_compared_with_what_it_copies() -> None:
    assert choices() == set(COPIED)


@pytest.mark.parametrize("choice", COPIED)
def test_an_option_may_be_exactly_what_the_code_behind_it_takes(choice: type[StrEnum]) -> None:
    assert {one.value for one in choice} == COPIED[choice]


def test_copies_of_copies_are_alike_too() -> None:
    assert set(registry.FEATURES) == set(get_args(protocol.Feature))
    assert labels.AT_RANDOM.keys() == {REMOVALS, CHANGES}
    assert set(request.CONTROL_NAMES) == set(get_args(request.Control)) - {""}
