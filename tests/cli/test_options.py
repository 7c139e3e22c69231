"""What an option may be is what the code behind it takes: the command line's lists copy others, which load too much."""

from __future__ import annotations

import inspect
import pkgutil
from enum import StrEnum
from importlib import import_module
from typing import get_args

import pytest
import typer
from typer.completion import Shells  # type: ignore[attr-defined]
from typer.main import get_command

import core.cli
from core import device
from core.answers.differences.states import VERSIONS
from core.cli import choices, proof, review
from core.cli.app import app
from core.cli.reading import ingest_options
from core.cli.shell import completion as shell
from core.dataset import labels as label_readings
from core.dataset.predictions import class_order, numbers
from core.encoders import protocol, registry
from core.experiments.proof import CHANGES, REMOVALS
from core.export import destination
from core.pipeline import project
from core.pipeline.training import labels, request
from core.training import config, pixels, weights

COPIED: dict[type[StrEnum], set[str]] = {
    choices.Device: {"auto", *device.DEVICES},
    choices.Schedule: set(get_args(config.Schedule)),
    choices.Normalise: set(get_args(weights.Normalise)),
    choices.Control: set(get_args(request.Control)) - {""},  # left out
    choices.Labels: set(get_args(request.Labels)) - labels.AT_RANDOM.keys(),  # those are the controls of `prove`
    choices.TrainedLabels: set(get_args(request.Labels)),
    choices.Projection: set(project.METHODS),
    choices.Feature: set(get_args(protocol.Feature)),
    choices.PredictionKind: set(numbers.KINDS),
    choices.ColumnOrder: set(class_order.ORDERS),
    choices.LabelVersion: set(VERSIONS),
    choices.LabelReading: {label_readings.NAMES, label_readings.POSITIONS, label_readings.FROM_ONE},
    choices.Transform: set(get_args(pixels.Transform)),
    review.How: {destination.COPY, destination.LINK, destination.PLAN},
    shell.Shell: {one.value for one in Shells if "p" not in one.value},  # those of Windows are left out
    proof.RandomControl: {one.removeprefix("random ") for one in (REMOVALS, CHANGES)} | {"both"},
}


def offered() -> set[type[StrEnum]]:
    """Every list of choices of the command line."""
    for module in pkgutil.iter_modules(core.cli.__path__):
        import_module(f"core.cli.{module.name}")
    return {one for one in StrEnum.__subclasses__() if one.__module__.startswith("core.cli.")}


def test_every_list_of_choices_is_compared_with_what_it_copies() -> None:
    assert offered() == set(COPIED)


@pytest.mark.parametrize("choice", COPIED)
def test_an_option_may_be_exactly_what_the_code_behind_it_takes(choice: type[StrEnum]) -> None:
    assert {one.value for one in choice} == COPIED[choice]


def test_copies_of_copies_are_alike_too() -> None:
    assert set(registry.FEATURES) == set(get_args(protocol.Feature))
    assert labels.AT_RANDOM.keys() == {REMOVALS, CHANGES}
    assert set(request.CONTROL_NAMES) == set(get_args(request.Control)) - {""}


def test_every_command_that_reads_an_input_takes_the_same_options_for_it() -> None:
    reading = set(inspect.signature(ingest_options).parameters)
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    for name in ("ingest", "audit"):
        assert reading | {"plan"} <= {parameter.name for parameter in command.commands[name].params}, name
