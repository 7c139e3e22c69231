"""`hardlook words`: both ends, a class's, a selection; another list; no text; stopped and done again."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from core.answers import selections
from core.answers.runs.reproduce import reproduction
from core.answers.view import subsets
from core.cli.app import app
from core.errors import BadInput, MissingRun, TooFewRows
from core.pipeline.evaluation import words as module
from core.pipeline.evaluation.words import ALL, CLASS, ChosenImages, tell_in_words
from core.pipeline.steps import Done
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from core.store.metrics import read_metrics
from core.store.provenance import provenance_of
from core.words.kept import Directions
from core.words.rows import NAMES, told_in
from core.words.telling import CLASS as OF_CLASSES
from core.words.telling import WORD, Told, tell
from core.words.word_list import WordList
from tests.pages.figures_said import unsaid_in_text
from tests.words.planted import TELLING, TEXTS, planted


def told(audit: Audit, done: Done) -> dict[str, Told]:
    found = told_in(read_metrics(views.open_hub(audit, [done.run])))
    return {selection: one for (_, selection), one in found.items()}


def test_both_ends_are_told_and_told_once(tmp_path: Path) -> None:
    made = planted(tmp_path)
    done = tell_in_words(made.audit, Quiet(), score="hardness")
    found = told(made.audit, done)
    assert list(found) == ["hardest 10 %", "easiest 10 %"]
    assert found["hardest 10 %"].beyond_chance(WORD)[0].name == TELLING
    assert TELLING not in [one.name for one in found["easiest 10 %"].beyond_chance(WORD)]
    assert not tell_in_words(made.audit, Quiet(), score="hardness").new
    assert tell_in_words(made.audit, Quiet(), score="hardness", against=ALL).new
    assert tell_in_words(made.audit, Quiet(), share=20).run.parameters["score"] == done.run.parameters["score"]
    assert all(provenance_of(name) for name in NAMES.values())


def test_a_class_and_a_selection(tmp_path: Path) -> None:
    made = planted(tmp_path)
    names = views.classes(views.open_hub(made.audit))
    found = told(made.audit, tell_in_words(made.audit, Quiet(), label=names[1], share=20))
    assert list(found) == [f"hardest 20 %, class {names[1]}", f"easiest 20 %, class {names[1]}"]
    assert found[f"hardest 20 %, class {names[1]}"].about == "8 images told from 32 others of their classes"
    chosen = ChosenImages("ids:chosen", np.flatnonzero(made.hard))
    of_selection = tell_in_words(made.audit, Quiet(), chosen=chosen, against=CLASS)
    assert told(made.audit, of_selection)["ids:chosen"].beyond_chance(WORD)[0].name == TELLING
    other = tell_in_words(made.audit, Quiet(), chosen=ChosenImages("ids:chosen", np.flatnonzero(~made.hard)))
    assert other.run_id != of_selection.run_id  # the same address holds other images


def test_a_list_that_is_replaced_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = planted(tmp_path, reads=False)
    monkeypatch.setattr(module, "knows_texts", lambda run: True)
    read: list[tuple[str, ...]] = []

    def vectors(audit: Audit, run: object, words: WordList, *rest: object) -> Directions:
        read.append(words.words)
        return words.words, made.texts[: len(words.words)]

    monkeypatch.setattr(module, "words_of", vectors)
    file = tmp_path / "list.txt"
    file.write_text("\n".join(TEXTS))
    done = tell_in_words(made.audit, Quiet(), word_list=file)
    assert told(made.audit, done)["hardest 10 %"].beyond_chance(WORD)[0].name == TELLING
    file.write_text("\n".join(TEXTS[:5]))
    other = tell_in_words(made.audit, Quiet(), word_list=file)
    assert other.run_id != done.run_id
    assert read == [TEXTS, TEXTS[:5]]
    assert "--words list.txt" in reproduction(done.run, "sample").command


def test_without_text_classes_are_named(tmp_path: Path) -> None:
    made = planted(tmp_path, reads=False)
    found = told(made.audit, tell_in_words(made.audit, Quiet(), against=ALL))["hardest 10 %"]
    assert (found.of_kind(WORD), len(found.of_kind(OF_CLASSES))) == ([], 5)


def test_a_stopped_run_goes_on_with_the_next_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = planted(tmp_path)
    calls: list[int] = []

    def stop_at_two(*arguments: object, **more: object) -> Told:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return tell(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "tell", stop_at_two)
    with pytest.raises(KeyboardInterrupt):
        tell_in_words(made.audit, Quiet())
    assert made.audit.runs("evaluate") == []
    found = told(made.audit, tell_in_words(made.audit, Quiet()))
    assert (len(calls), list(found)) == (3, ["hardest 10 %", "easiest 10 %"])


def test_what_cannot_be_told_is_refused_by_name(tmp_path: Path) -> None:
    made = planted(tmp_path)
    with pytest.raises(BadInput, match="no class 'cat'"):
        tell_in_words(made.audit, Quiet(), label="cat")
    with pytest.raises(MissingRun, match="no score 'vog'"):
        tell_in_words(made.audit, Quiet(), score="vog")
    with pytest.raises(BadInput, match="60"):
        tell_in_words(made.audit, Quiet(), share=60)
    with pytest.raises(TooFewRows, match="2 images are to be told"):
        tell_in_words(made.audit, Quiet(), share=1)


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["words", *words])
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    return done.stdout


def test_the_command_says_what_tells_and_plainly_where_nothing_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = planted(tmp_path)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    said = run("--share", "20")
    assert "Hardest 20 % by hardness: 40 images told from 160 others of their classes" in said
    (row,) = [line for line in said.splitlines() if line.startswith(TELLING)]
    assert "[" in row
    assert "0.001  60 words" in row
    easiest = said[said.index("Easiest 20 %") :]
    assert "None of 60 words tells them from the others." in easiest
    assert run("--share", "20", "--quiet") == ""
    listed = ",".join(map(str, np.flatnonzero(made.hard)))
    assert TELLING in run("--only", f"ids:{listed}")
    refused = CliRunner().invoke(app, ["words", "--only", "ids:1", "--label", "a"])
    assert "--only is a selection" in str(refused.exception)
    with pytest.raises(BadInput, match="nonesuch"):
        CliRunner().invoke(app, ["words", "--only", "nonesuch:1"], catch_exceptions=False)


def test_the_printed_command_computes_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = planted(tmp_path)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    for options in (
        [],
        ["--share", "20", "--against", "all"],
        ["--only", "ids:3-30"],
        ["--label", "shirt", "--share", "25"],
    ):
        run(*options)
    before = {one.run_id for one in made.audit.runs("evaluate")}
    assert len(before) == 4
    for one in made.audit.runs("evaluate"):
        run(*shlex.split(reproduction(one, "sample").command)[2:])
    assert {one.run_id for one in made.audit.runs("evaluate")} == before


def test_every_kind_of_selection_is_known_to_the_command() -> None:
    root = Path(subsets.__file__).parents[1]
    register = {path.stem for path in root.rglob("*.py") if "\nregister_subset(" in path.read_text(encoding="utf-8")}
    assert register == {one.__name__.rpartition(".")[2] for one in selections.KINDS} | {"subsets"}


def test_every_figure_that_is_printed_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(tmp_path)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    assert unsaid_in_text(run("--share", "20")) == []
