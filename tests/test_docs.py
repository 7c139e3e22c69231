"""What the documentation promises is there, and what is there is documented."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from core.cli.app import app
from core.export.registry import all_exporters
from core.scorers.registry import all_scorers, needs_in_words
from pages.components.layout import listing

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "data").glob("*.md"))
NEW_AUDIT = "Name of the audit; the path's name if left out."
COMMANDS = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"`(hardlook )?{re.escape(command)}\b", README), command


def test_the_readme_s_table_lists_every_scorer_with_what_it_needs() -> None:
    section = README.split("## Scorers")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([^|]+) \|$", section, re.MULTILINE)
    needs = {scorer.name: set(needs_in_words(scorer).split(", ")) for scorer in all_scorers()}
    assert {name for name, _ in rows} == set(needs)
    for name, words in rows:
        assert set(words.split(", ")) == needs[name], name


def test_a_direction_that_is_not_given_is_said_in_the_table() -> None:
    for scorer in all_scorers():
        (row,) = re.findall(rf"^\| `{scorer.name}` \|.*$", README, re.MULTILINE)
        said = "**measured**" in row or "nothing of difficulty" in row
        assert said == (scorer.direction is None), scorer.name


def test_every_format_of_export_is_in_the_documentation_with_what_it_is_written_to() -> None:
    section = (ROOT / "docs" / "review.md").read_text(encoding="utf-8").split("## Formats out")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", section, re.MULTILINE)
    said = {name: to for names, to in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(said) == {exporter.name for exporter in all_exporters()}
    for exporter in all_exporters():
        assert said[exporter.name].startswith(exporter.place), exporter.name


def test_every_page_of_the_dashboard_is_in_the_readme() -> None:
    for page in listing.PAGES:
        assert f"**{page.title}**" in README, page.title


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_row_stands_in_a_table(document: Path) -> None:
    """Below an empty line a row without a head of its own is drawn as text."""
    rows = document.read_text(encoding="utf-8").splitlines()
    firsts = [i for i, row in enumerate(rows) if row.startswith("|") and not (i and rows[i - 1].startswith("|"))]
    assert not [rows[i] for i in firsts if not re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", rows[i + 1])]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    words = re.sub(r"\]\([^)]*\)|[`*\[\]]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_links_into_a_page_name_a_heading_of_it(document: Path) -> None:
    for target, part in re.findall(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)", document.read_text(encoding="utf-8")):
        text = (document.parent / target if target else document).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
        assert part in map(anchor, headings), f"{document.name}: {target}#{part}"


def test_every_page_is_two_links_from_the_readme_at_most() -> None:
    def linked(page: Path) -> set[Path]:
        named = re.findall(r"\]\((?!https?://|#)([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        return {(page.parent / target).resolve() for target in named}

    near = linked(ROOT / "README.md")
    assert set((ROOT / "docs").glob("*.md")) <= near.union(*map(linked, near))
    for direct in ("docs/inputs.md", "docs/review.md", "docs/label-errors.md", "docs/ecosystem.md", "BENCHMARKS.md"):
        assert ROOT / direct in near, direct


def test_commands_in_the_documentation_have_the_options_they_are_shown_with() -> None:
    runner = CliRunner()
    shown = 0
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["hardlook"] and len(words) > 1:
                    helped = runner.invoke(app, [words[1], "--help"])
                    assert helped.exit_code == 0, line
                    for option in (word for word in words[2:] if word.startswith("--")):
                        assert option in helped.output, line
                    shown += 1
    assert shown > 5


def test_the_readme_says_which_commands_take_an_audit() -> None:
    """Of those that have no --audit each needs none, or names its own otherwise."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    without = {name for name, one in commands.items() if not any("--audit" in each.opts for each in one.params)}
    need_none = {"encoders", "scorers", "doctor", "completion", "man", "mcp", "shard", "worker"}
    assert without == need_none | {"diff", "demo"}
    said = " ".join(README.split())
    assert "every one that works on an audit takes `--audit NAME`" in said
    assert "but for `diff`, which names its audits itself, and `demo`" in said
    assert {name for name, one in commands.items() for each in one.params if each.help == NEW_AUDIT} == {
        name for name in ("audit", "ingest", "lens") if f"`{name}`" in said.split("a new one's own name with")[1][:40]
    }


def test_what_the_page_on_reviewing_says_of_the_proof_is_what_the_proof_says() -> None:
    proof, review = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("proof-of-effect.md", "review.md"))
    quoted = re.search(
        r"lower on reviewed labels by ([\d.]+) when .*? higher by ([\d.]+) when", " ".join(review.split())
    )
    assert quoted
    for labels, sign, figure in zip(("true", "given"), ("−", "+"), quoted.groups(), strict=True):
        table = proof.split(f"## Differences, evaluated by {labels} labels")[1]
        measured = re.search(r"reviewed labels − original labels \|.*\| ([−+])([\d.]+) [^|]*\|\n", table)
        assert measured
        assert (measured[1], f"{float(measured[2]):.2f}") == (sign, figure), labels


def test_what_the_page_on_pruning_says_of_the_bundled_data_is_what_their_report_says() -> None:
    pruning, report = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("pruning.md", "reproduction.md"))
    figure = r"are behind a random 70 % by [\d.]+ points \\\[[\d.]+, [\d.]+\\\]"
    here = report.split("Training without the easiest images\n")[1].split("- Here: ")[1].split("\n")[0]
    (quoted,) = re.findall(figure, " ".join(pruning.split()))
    assert quoted in here
    assert ("cannot show it" in pruning) == ("**this data cannot show it**" in here)


def test_the_methods_are_referred_to_by_their_place() -> None:
    spelling = "METHODS" + ".md"
    for folder in ("core", "pages", "tests", "docs"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".py", ".md", ".js", ".css"):
                assert spelling not in path.read_text(encoding="utf-8"), path
