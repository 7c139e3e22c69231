"""The report: what stands in it, that it needs nothing else, and that names from a data set stay text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from core.cli.app import main
from core.errors import BadInput, MissingRun
from core.report.blocks import ImageSheet
from core.report.charts import Chart
from core.report.write import gathered, rendered, write_report
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store import views
from core.store.audit import Audit, create_audit
from core.wording import three
from tests.audits import HOSTILE_CLASS, HOSTILE_FILE, Made, build_audit, publish
from tests.pages.figures_said import shown_in, unsaid

REASON = "<script>alert(3)</script>{{ 7 * 7 }}"
REVIEWER = "<b onclick=alert(4)>ann</b>"


class Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Hostile names everywhere, and a few decisions."""
    made = build_audit(tmp_path_factory.mktemp("audits"), name="an audit", n=60, n_classes=5)
    hub = views.open_hub(made.audit)
    names, keys, hashes = views.classes(hub), views.column(hub, "key"), views.column(hub, "content_hash")
    journal = open_journal(made.audit)
    for row in range(8):
        picture = ReviewedImage(keys[row], hashes[row], names[made.labels[row]])
        verdict = ("relabelled", "confirmed", "excluded", "ambiguous")[row % 4]
        label = names[(made.labels[row] + 1) % 5] if verdict == "relabelled" else None
        other = names[1] if verdict == "ambiguous" else None
        by = By(REVIEWER if row % 2 else "bob")
        decide(journal, Decision(picture, verdict, label, other, seen=journal.last, reason=REASON), by)
    journal.close()
    return made


@pytest.fixture(scope="module")
def shown(made: Made) -> Page:
    return Page(rendered(gathered(made.audit)))


def test_names_and_reasons_are_text_and_never_markup(shown: Page) -> None:
    for said in (HOSTILE_CLASS, HOSTILE_FILE, REASON, REVIEWER):
        assert said in shown.text, said
    assert "script" not in shown.tags
    assert not [name for name, _ in shown.attributes if name.startswith("on")]


def test_it_loads_nothing_from_anywhere(shown: Page) -> None:
    links = [
        value for name, value in shown.attributes if name in ("src", "href", "data", "action", "srcset", "xlink:href")
    ]
    assert [link for link in links if link.startswith("data:image/")]
    assert [link for link in links if not link.startswith(("data:image/", "#"))] == []
    assert not set(shown.tags) & {"link", "iframe", "object", "embed", "base", "form"}
    policy = next(value for name, value in shown.attributes if name == "content" and "default-src" in value)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_part_is_there_with_its_figures(shown: Page) -> None:
    for title in ("The data", "Suspected wrong labels", "Decisions", "What the flags are worth", "Proof of effect",
                  "Difficulty", "Models", "Duplicates", "Runs"):  # fmt: skip
        assert title in shown.text, title
    for said in (
        "8 images reviewed", "2 relabelled", "bob 4", "no blind second reviews yet", "71 % [65, 77]",
        "hardlook prove --audit 'an audit'", "hardlook score rmd", "Error by decile of rmd", "Reliability of",
    ):  # fmt: skip
        assert said in shown.text, said
    assert shown.tags.count("svg") >= 3
    assert shown.tags.count("img") >= 48


def test_every_figure_says_what_it_is(made: Made) -> None:
    elements = shown_in(rendered(gathered(made.audit)))
    assert {one.kind for one in elements} == {"figure", "table", "images", "html"}
    assert not unsaid(elements)


def test_images_link_to_parts_that_are_there(shown: Page) -> None:
    targets = {value for name, value in shown.attributes if name == "id"}
    assert {value[1:] for name, value in shown.attributes if name == "href"} <= targets


@pytest.mark.parametrize("kind", [{"runs": False}, {"labelled": False}, {"evaluated": False}, {"unfinished": True}])
def test_an_audit_that_lacks_something_says_what_makes_it(tmp_path: Path, kind: dict[str, bool]) -> None:
    audit = build_audit(tmp_path, n=30, n_classes=3, **kind).audit  # type: ignore[arg-type]
    text = Page(rendered(gathered(audit))).text
    assert "Nobody has reviewed a label yet." in text
    if not kind.get("runs", True):
        assert "hardlook score suspicion --audit sample" in text
        assert "hardlook train --audit sample" in text


def test_an_audit_without_images_names_the_command(tmp_path: Path) -> None:
    audit: Audit = create_audit("empty", tmp_path)
    with pytest.raises(MissingRun, match="hardlook ingest PATH"):
        write_report(audit, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_an_older_report_is_replaced_and_nothing_else_is(made: Made, tmp_path: Path) -> None:
    to = tmp_path / "report.html"
    assert write_report(made.audit, to) == to.stat().st_size
    assert write_report(made.audit, to) > 10_000
    other = tmp_path / "letter.html"
    other.write_text("Dear Ann", encoding="utf-8")
    for path in (other, tmp_path):
        with pytest.raises(BadInput, match="exists already"):
            write_report(made.audit, path)
    assert other.read_text(encoding="utf-8") == "Dear Ann"
    with pytest.raises(BadInput, match="is no folder"):
        write_report(made.audit, other / "report.html")


def test_the_command_prints_where_it_is_and_its_size(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["hardlook", "report"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    said = capsys.readouterr().out
    assert "written: an audit-report.html (" in said
    assert "kB)" in said
    assert (tmp_path / "an audit-report.html").exists()


def test_images_of_a_sheet_are_in_the_order_of_the_score(made: Made) -> None:
    blocks = [block for section in gathered(made.audit).sections for block in section.blocks]
    hardest = next(block for block in blocks if isinstance(block, ImageSheet) and block.title == "Hardest")
    values = made.values["rmd"]
    expected = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")[:24]
    assert [tile.id for tile in hardest.tiles] == expected.tolist()


def test_a_suspect_carries_the_value_it_is_suspected_by(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=30, n_classes=3)
    values = np.linspace(0, 1, 30, dtype=np.float32)
    publish(made.audit, "score", "suspicion", {
        "score": {"name": ["suspicion"] * 30, "image_id": np.arange(30, dtype=np.int32), "value": values,
                  "suggested_label": (made.labels + 1) % 3},
        "score_column": {"name": ["suspicion"], "scorer": ["suspicion"], "parameters": ["{}"], "encoder_run": [""],
                         "model_run": [""], "direction": [1], "fitted_on": [""], "reason": [""]},
    })  # fmt: skip
    blocks = [block for section in gathered(made.audit).sections for block in section.blocks]
    suspects = next(
        block for block in blocks if isinstance(block, ImageSheet) and block.title == "The strongest suspects"
    )
    assert [tile.score for tile in suspects.tiles] == [three(float(value)) for value in values[:5:-1]]


def test_nothing_is_estimated_from_strata_that_nobody_sampled(made: Made) -> None:
    (section,) = [part for part in gathered(made.audit).sections if part.title == "What the flags are worth"]
    assert "of the random sample has been reviewed yet" in section.lines[0]
    hub = views.open_hub(made.audit)
    keys, hashes, names = views.column(hub, "key"), views.column(hub, "content_hash"), views.classes(hub)
    journal = open_journal(made.audit)
    for row in range(8, 60):
        picture = ReviewedImage(keys[row], hashes[row], names[made.labels[row]])
        decide(journal, Decision(picture, "confirmed", seen=journal.last), By("ann"))
    journal.close()
    (section,) = [part for part in gathered(made.audit).sections if part.title == "What the flags are worth"]
    assert section.lines[0].startswith("An estimated ")
    assert [block.title for block in section.blocks if isinstance(block, Chart)] == [
        "Label-noise rate at each threshold"
    ]
