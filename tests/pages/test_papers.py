"""The page Papers: what was computed with its verdict, what was not with its command, any section by its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.answers.models.papers import assessed, computing
from core.answers.view.reader import open_reader
from core.cli.text.papers import as_markdown
from core.experiments.papers import all_sections
from core.experiments.papers.assess import NOTHING_CAME
from core.experiments.papers.tried import FILE, keep_tried
from core.report.blocks import Missing
from core.report.reproduction import gathered_papers
from core.store.metrics import ERROR_AUROC, ERROR_BY_GROUP, metric_table
from pages.components.layout.listing import BY_NAME
from tests.audits import Made, build_audit, publish
from tests.experiments.papers.planted import metric
from tests.pages.conftest import text, titles
from tests.pages.figures_said import shown_on, unsaid


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An audit in which RMD goes with the errors of its model, by planted rows."""
    made = build_audit(tmp_path, n=60, evaluated=False)
    score, model = made.audit.latest("score", "rmd"), made.audit.latest("train")
    address = f"{score.run_id}:rmd"
    rows = [metric(ERROR_AUROC, address, 0.7, 0.6, 0.8, by=model.run_id)]
    rows += [metric(ERROR_BY_GROUP, address, 0.4 / i, 0.1, 0.5, 20, f"group {i}", model.run_id) for i in (1, 2, 3)]
    publish(made.audit, "evaluate", "resnet8", metric_table(rows), inputs={"train": model.run_id})
    return made


def rows_of(app: AppTest) -> dict[str, str]:
    """Title of each section in the tables -> its verdict."""
    tables = [each for each in app.get("bidi_component") if each.proto.component_name == "hardlook_table"]
    rows = [row for table in tables for row in json.loads(table.proto.json)[0]["rows"]]
    return {row["cells"][1]["text"]: row["cells"][2]["text"] for row in rows if len(row["cells"]) == 3}


def test_without_anything_computed_the_command_stands_there(show: Callable[..., AppTest], tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=20, runs=False).audit)
    app = show("papers")
    assert not app.exception
    assert str(computing(reader, assessed(reader))) in text(app)
    assert rows_of(app) == {}


def test_every_claim_is_listed_and_the_first_computed_one_is_drawn(show: Callable[..., AppTest], made: Made) -> None:
    app = show("papers")
    assert not app.exception, app.exception[0].value
    found = assessed(open_reader(made.audit))
    assert rows_of(app) == {one.section.title: one.in_words for one in found}
    assert rows_of(app)["Error in groups of images from hard to easy by RMD"] == "holds"
    assert any("Error of resnet8 by group of RMD" in title for title in titles(app))
    assert not unsaid(shown_on(app))


def test_a_section_that_was_tried_says_why_it_has_no_figures(show: Callable[..., AppTest], made: Made) -> None:
    keep_tried(made.audit, "difficulty-checks", ["left out: embed corrupted images: Too few of <b>them</b>."])
    lacking = {"section": "rmd-severity"}
    assert "not computed. left out: embed corrupted images: Too few of" in text(show("papers", lacking))
    report, markdown = gathered_papers(made.audit), as_markdown(assessed(open_reader(made.audit)), "demo", "hardlook")
    (part,) = [one for one in report.sections if one.title.startswith("Figure 1b, corruptions")]
    assert any(isinstance(block, Missing) and "Too few of" in block.what for block in part.blocks)
    assert "**not computed**. left out: embed corrupted images: Too few of" in markdown
    assert "illustration: not computed" in markdown
    (made.audit.path / FILE).write_text("{")
    app = show("papers", lacking)
    assert not app.exception, app.exception[0].value
    assert f"{FILE} cannot be read" in text(app)
    keep_tried(made.audit, "difficulty-checks", [])
    assert NOTHING_CAME in text(show("papers", lacking))


def test_any_section_opens_by_its_address(show: Callable[..., AppTest], made: Made) -> None:
    for one in assessed(open_reader(made.audit)):
        app = show("papers", {"section": one.section.key})
        assert not app.exception, app.exception[0].value
        said = text(app)
        assert "Left out of the address" not in said
        assert one.section.place in said
        assert ("Its figures are made by:" in said) == (one.outcome is None)
    assert "Left out of the address: section=nonesuch" in text(show("papers", {"section": "nonesuch"}))


def test_a_section_leads_to_the_part_of_the_page_that_explores_it(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=60)
    ways = {(one.page, one.show) for one in all_sections() if one.show}
    assert ("calibration", "checks") in ways
    for page, part in sorted(ways):
        app = show(BY_NAME[page].script, {"show": part})
        assert not app.exception, (page, part)
        assert "Left out of the address" not in text(app), (page, part)
