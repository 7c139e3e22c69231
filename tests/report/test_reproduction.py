"""The reproduction's file: each claim with its rule and verdict, figures in it, and nothing of somebody else's lost."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from core.answers.models.papers import assessed
from core.answers.view.reader import open_reader
from core.cli.app import app, main
from core.errors import BadInput
from core.experiments.papers.section import Plot, Series
from core.experiments.papers.values import values_of
from core.report.plotted import plotted
from core.report.reproduction import gathered_papers, write_reproduction
from core.report.write import rendered, write_report
from core.store.provenance import COUNTED
from core.types import Estimate
from tests.audits import Made
from tests.pages.figures_said import shown_in, unsaid
from tests.pages.test_papers import made as made_of_planted_rows
from tests.report.test_report import Page

made = made_of_planted_rows  # a fixture of the page's own tests
SHARES = Series(
    "a <b>model</b>", ((0.0, Estimate(0.5, 0.4, 0.6, 10, "share")), (1.0, Estimate(0.1, n=10, unit="share")))
)
NUMBERS = Series("another", ((0.0, Estimate(float("nan"))), (1.0, Estimate(0.2, 0.1, 0.3))))


def test_every_section_is_in_it_and_every_figure_says_what_it_is(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "papers.html"
    size = write_reproduction(made.audit, path)
    text = path.read_text(encoding="utf-8")
    assert size == len(text.encode())
    report = gathered_papers(made.audit)
    for section in report.sections:
        assert section.title.split(": ")[0] in text
    assert "holds. AUROC of RMD" in Page(text).text
    missing = any(one.outcome is None for one in assessed(open_reader(made.audit)))
    assert ("hardlook reproduce" in Page(text).text) == missing
    assert not unsaid(shown_in(text))
    assert "script" not in Page(text).tags


def test_only_a_reproduction_is_written_over(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "papers.html"
    write_reproduction(made.audit, path, "rmd")
    write_reproduction(made.audit, path, "rmd")
    with pytest.raises(BadInput, match="exists already, and is no report"):
        write_report(made.audit, path)
    other = tmp_path / "report.html"
    write_report(made.audit, other)
    with pytest.raises(BadInput, match="exists already, and is no reproduction"):
        write_reproduction(made.audit, other)


def test_a_plot_is_drawn_with_whiskers_names_and_text_that_stays_text() -> None:
    plot = Plot("t", "says", "across", "up", (SHARES, NUMBERS), {"up": COUNTED}, names=("one", "two"), zero=True)
    svg = str(plotted(plot).svg)
    assert svg.count("<polyline") == 2
    assert svg.count("whisker") == 2  # of the two points that have an interval
    assert "&lt;b&gt;model" in svg
    assert "nan" not in svg
    assert "up, %" in svg
    table = values_of(plot)
    assert table.columns == ("across", "a <b>model</b>", "another")
    assert table.rows == (("one", "50 % [40, 60]", "–"), ("two", "10 %", "0.200 [0.100, 0.300]"))


def test_a_plot_of_numbers_has_an_axis_of_numbers() -> None:
    plot = Plot("t", "", "epoch", "loss", (Series("", NUMBERS.points[1:]),), {"loss": COUNTED}, joined=False)
    svg = str(plotted(plot).svg)
    assert "<polyline" not in svg
    assert values_of(plot).columns == ("epoch", "loss")


def test_the_plan_is_said_without_computing(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    words = ["hardlook", "reproduce", "rmd", "--section", "nonesuch"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        main()
    assert "There is no section 'nonesuch' here." in capsys.readouterr().err
    before = {path.name for path in made.audit.path.rglob("*.duckdb")}
    monkeypatch.setattr("sys.argv", [*words[:3], "--section", "rmd-groups", "--plan", "--quick"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    said = capsys.readouterr().out
    assert "step 1 of 1: embed, score by RMD, MD and K-means" in said
    assert "to do: " in said
    assert {path.name for path in made.audit.path.rglob("*.duckdb")} == before
    assert not list(tmp_path.glob("*.html"))


def test_the_markdown_names_the_command_that_made_it(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("core.pipeline.reproduce.reproduce.reproduce", lambda *_, **__: {})  # what was made is there
    table = typer.main.get_command(app).commands["reproduce"]  # type: ignore[attr-defined]
    given = ["rmd", "--quick", "--seeds", "4", "--section", "rmd-groups", "--section", "rmd-temperature"]
    monkeypatch.setattr("sys.argv", ["hardlook", "reproduce", *given, "--markdown", "papers.md"])
    with pytest.raises(SystemExit):
        main()
    said = re.search(r"Made by `(.+)`\.", (tmp_path / "papers.md").read_text(encoding="utf-8"))
    assert said is not None
    hardlook, name, *words = shlex.split(said[1])
    assert (hardlook, name) == ("hardlook", "reproduce")
    asked, told = (table.make_context(name, list(each)).params for each in (given, words))
    assert told.pop("audit") == made.audit.name
    assert told == {option: value for option, value in asked.items() if option != "audit"}


def test_it_renders_alike_twice(made: Made) -> None:
    report = gathered_papers(made.audit)
    assert rendered(report) == rendered(report)
