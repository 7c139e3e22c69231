"""What an option may be is what the code behind it takes: the command line's lists copy others, which load too much."""

from __future__ import annotations

import inspect
import pkgutil
import re
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
import typer
import typer.testing
from typer.completion import Shells  # type: ignore[attr-defined]
from typer.main import get_command

import core.cli
from core import device
from core.answers.differences.states import VERSIONS
from core.cli import choices, experiments, proof, review
from core.cli.app import app
from core.cli.options import GRID_OPTIONS, class_names, settings_of
from core.cli.reading import ingest_options
from core.cli.shell import completion as shell
from core.dataset import labels as label_readings
from core.dataset.predictions import class_order, numbers
from core.encoders import protocol, registry
from core.engines import choice
from core.errors import BadInput
from core.experiments.papers.section import PAPERS
from core.experiments.proof import CHANGES, REMOVALS
from core.export import destination
from core.kinds.option_text import option_text
from core.pipeline import project
from core.pipeline.evaluation import words
from core.pipeline.evaluation.vog_checks import checks
from core.pipeline.proof import prune
from core.pipeline.shards.stages import STAGES
from core.pipeline.training import labels, request
from core.training import config, pixels, pruning, weights
from tests.audits import build_audit

COPIED: dict[type[StrEnum], set[str]] = {
    choices.Device: {"auto", *device.DEVICES},
    choices.Engine: set(choice.ENGINES),
    choices.ShardStage: set(STAGES),
    choices.Schedule: set(get_args(config.Schedule)),
    choices.Normalise: set(get_args(weights.Normalise)),
    choices.Control: set(get_args(request.Control)) - {""},  # left out
    choices.Which: set(get_args(pruning.Which)),
    choices.Equal: set(get_args(prune.Equal)),
    choices.Labels: set(get_args(request.Labels)) - labels.AT_RANDOM.keys(),  # those are the controls of `prove`
    choices.TrainedLabels: set(get_args(request.Labels)),
    choices.Projection: set(project.METHODS),
    choices.Feature: set(get_args(protocol.Feature)),
    choices.PredictionKind: set(numbers.KINDS),
    choices.ColumnOrder: set(class_order.ORDERS),
    choices.LabelVersion: set(VERSIONS),
    choices.LabelReading: {label_readings.NAMES, label_readings.POSITIONS, label_readings.FROM_ONE},
    choices.Against: {words.CLASS, words.ALL},
    choices.VogCheck: set(get_args(checks.Which)),
    choices.Transform: set(get_args(pixels.Transform)),
    review.How: {destination.COPY, destination.LINK, destination.PLAN},
    shell.Shell: {one.value for one in Shells if "p" not in one.value},  # those of Windows are left out
    experiments.WhichPaper: {*PAPERS, "all"},
    proof.RandomControl: {one.removeprefix("random ") for one in (REMOVALS, CHANGES)} | {"both"},
}


def offered() -> set[type[StrEnum]]:
    """Every list of choices of the command line."""
    for module in pkgutil.iter_modules(core.cli.__path__):
        import_module(f"core.cli.{module.name}")
    return {one for one in StrEnum.__subclasses__() if one.__module__.startswith("core.cli.")}


def test_the_help_of_grid_names_every_option_that_goes_with_it() -> None:
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    by_name = {one.name: one for one in command.commands["train"].params}
    beside = {by_name[name].opts[0] for name in GRID_OPTIONS - {"grid"}}
    said = str(getattr(by_name["grid"], "help", ""))
    assert set(re.findall(r"--[a-z]+", said)) == beside


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


def test_what_is_kept_is_the_same_by_default_for_both_commands_and_the_code_behind_them() -> None:
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    of_prove = {one.name: one.default for one in command.commands["prove"].params}
    usual = prune.PruningAsked()
    assert of_prove["by"] == usual.by == request.DEFAULT_PRUNING
    assert tuple(map(float, str(of_prove["keep"]).split(","))) == usual.keep
    assert tuple(str(of_prove["which"]).split(",")) == usual.which == get_args(pruning.Which)
    assert (of_prove["equal"], of_prove["seeds"]) == (usual.equal, usual.seeds)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prove", "--prune", "--control", "both"], "--control is about reviews"),
        (["prove", "--keep", "50"], "--keep was given without --prune"),
        (["prove", "--prune", "--keep", "half"], "--keep is 'half'"),
        (["prove", "--prune", "--which", "nicest"], "which is 'nicest'"),
        (["train", "--which", "easiest"], "--which says what is kept"),
        (["train", "--keep", "0"], "The share that is kept is 0 %"),
        (["train", "--temperature", "0.3"], "--temperature was given without --difficulty"),
        (["train", "--c", "0.3"], "--c was given without --difficulty"),
        (["train", "--normalise", "rank"], "--normalise was given without --difficulty"),
        (["train", "--workers", "2"], "--workers was given without --seeds"),
        (["train", "--method", "mine"], "--method was given without --part-of"),
        (["audit", "photos", "--no-train", "--epochs", "3"], "--epochs was given without a training"),
        (["audit", "photos", "--no-train", "--model", "lenet"], "--model was given without a training"),
        (["evaluate", "--vog-checks", "toy", "--images", "9"], "--images was given without"),
        (["evaluate", "--kinds", "fog"], "--kinds was given without --corruptions"),
        (["evaluate", "--kinds", "fog", "--ood", "gaussian-noise"], "--kinds was given without"),
        (["evaluate", "--images", "9"], "--images was given without"),
        (["evaluate", "--images", "9", "--ood", "held-out"], "--images was given without"),
        (["evaluate", "--odin-eps", "0.1"], "--odin-eps was given without --ood"),
        (["evaluate", "--encoder-run", "e", "--corruptions"], "--encoder-run was given without --ood"),
        (["evaluate", "--without-scores", "--all"], "--without-scores was given without"),
        (["evaluate", "--without-scores", "--corruptions"], "--without-scores was given without"),
    ],
)
def test_options_that_mean_nothing_together_are_refused_before_an_audit_is_looked_for(
    words: list[str], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        typer.testing.CliRunner().invoke(app, words, catch_exceptions=False)


TEXTS = ("1" * 5_000, "-" + "1" * 60, "[" * 100_000, "[" * 20_000 + "]" * 20_000, '{"a":' * 300, "[1", "\ud800", "nul")


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text[:8]!r} of {len(text)}")
def test_a_value_that_is_no_json_within_limits_is_the_text_that_it_is(text: str) -> None:
    assert settings_of([f"k={text}"]) == {"k": text}
    assert settings_of([f"k={option_text(text)}"]) == {"k": text}
    assert "".join(class_names(text)) == text.replace(",", "")


@pytest.mark.parametrize("value", [None, True, 7, 0.5, [1, "a"], {"middle": [3, 6]}, "null", "[1]", "a b"])
def test_a_value_is_read_as_it_is_printed(value: object) -> None:
    assert settings_of([f"k={option_text(value)}"]) == {"k": value}


def test_a_setting_of_thousands_of_digits_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_audit(tmp_path, n=20, computable=True)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    for text in TEXTS[:5]:
        with pytest.raises(BadInput, match="k is"):
            typer.testing.CliRunner().invoke(app, ["score", "knn", "--set", f"k={text}"], catch_exceptions=False)
