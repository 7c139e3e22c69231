"""Kinds of run: what is registered, and that nothing is registered twice."""

from __future__ import annotations

import duckdb
import pytest
import typer

from core.answers.runs.reproduce import continuation, reproduction
from core.cli.app import app
from core.kinds import registry
from core.kinds.registry import CommandWords, all_kinds, command_of, find_kind, first_steps, kind_of, register
from core.store.database.schema import tables_for
from core.store.unfinished import Unfinished
from core.types import RunSpec


def test_every_kind_names_a_command_of_the_command_line() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for kind in all_kinds():
        assert kind.command in commands
        assert kind.first is None or kind.first.words[0] in commands


def test_the_first_steps_stand_in_the_order_data_flows() -> None:
    assert [kind for kind, _ in first_steps()] == ["embed", "score", "train", "evaluate"]


def test_a_table_is_made_with_the_columns_its_kind_declares() -> None:
    (embedding,) = tables_for("embed", d=512)
    with duckdb.connect() as connection:
        connection.execute(embedding)
        assert [row[:2] for row in connection.execute("DESCRIBE embedding").fetchall()] == [
            ("image_id", "INTEGER"), ("vector", "FLOAT[512]"),
        ]  # fmt: skip
    assert [statement.split('"')[1] for statement in tables_for("score")] == ["score", "score_column", "neighbor"]


@pytest.mark.parametrize(
    ("name", "tables", "says"),
    [
        ("embed", {"mine": "x FLOAT"}, "'embed' is registered twice"),
        ("mine", {"point": "x FLOAT"}, r"tables \['point'\] are taken"),
        ("mine", {"progress": "x FLOAT"}, r"tables \['progress'\] are taken"),
        ("mine", {}, "no table"),
        ("mine", {"new": "-- a row an image\nx FLOAT"}, "after two dashes.*'x FLOAT'"),
        ("mine", {"new": "-- a row an image\nx FLOAT, y FLOAT -- both"}, "after two dashes"),
        ("mine", {"new": "x FLOAT  -- an image's"}, "what a row is stands nowhere"),
    ],
)
def test_a_kind_has_its_own_names_and_tables_that_say_what_they_are(
    name: str, tables: dict[str, str], says: str
) -> None:
    all_kinds()
    with pytest.raises(ValueError, match=says):
        register(name, tables=tables)(lambda run: CommandWords([run.name]))
    assert registry.find_kind("mine") is None


def test_a_kind_of_another_hardlook_is_listed_under_its_own_name() -> None:
    assert find_kind("from the future") is None
    assert command_of("from-the-future") == "from-the-future"
    made = reproduction(RunSpec("later", "x", {}, {}), "my photos (2)")
    assert made.command == "hardlook later --audit 'my photos (2)'"
    assert made.note == "With the options it was given."


def test_a_run_that_told_nothing_goes_on_with_the_command_of_its_kind() -> None:
    run = Unfinished("train-resnet8-0123", None, "", 0.0, 0, False)
    assert kind_of(run.run_id) == "train"
    assert continuation(run, "my photos (2)").command == "hardlook train --audit 'my photos (2)'"
