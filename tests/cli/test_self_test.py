"""`hardlook selftest` prints what each score finds of planted labels, and writes every table as Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.report.write import gathered, rendered
from core.store.audit import find_audit
from tests.audits import build_audit
from tests.pages.figures_said import shown_in, unsaid, unsaid_in_text

RUNNER = CliRunner()


@pytest.fixture
def audits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an audit whose vectors say nothing of the classes."""
    build_audit(tmp_path / "audits", n=120, n_classes=3, computable=True)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_printed_and_written_says_what_it_is(audits: Path) -> None:
    done = RUNNER.invoke(app, ["selftest", "--rates", "20", "--seeds", "2", "--markdown", "planted.md"])
    assert done.exit_code == 0, done.output
    kinds = ("symmetric noise", "pair noise", "instance-dependent noise")
    for said in (*kinds, "suspicion", "not people's", "lower ends"):
        assert said in " ".join(done.output.split())
    assert not unsaid_in_text(done.output)
    document = (audits / "planted.md").read_text("utf-8")
    assert document.startswith("# Self-test on planted noise: sample")
    sections = re.split(r"^##? ", document, flags=re.MULTILINE)
    assert len(sections) == 2 + 3 + 3
    assert not unsaid_in_text("\n\n".join(re.sub(r"\n+", "\n", one) for one in sections))
    assert all(f"in the first {share} %" in document for share in (5, 10, 20))
    again = RUNNER.invoke(app, ["selftest", "--rates", "20", "--seeds", "2", "--markdown", "planted.md", "--quiet"])
    assert again.exit_code == 0
    assert (audits / "planted.md").read_text("utf-8") == document
    report = rendered(gathered(find_audit("sample", audits / "audits")))
    assert "Self-test on planted noise" in report
    assert "Planted on a copy of the given labels" in report
    assert not unsaid(shown_in(report))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rates", "5,60"], "up to 50 per cent"), (["--rates", "many"], "--rates is 'many'"),
        (["--rates", ""], "--rates is ''"), (["--encoder-run", "nonesuch"], "nonesuch"),
        (["--rates", "1"], "is not two"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_words(audits: Path, words: list[str], said: str) -> None:
    done = RUNNER.invoke(app, ["selftest", *words])
    assert done.exit_code == 1
    assert said in str(done.exception)


def test_a_file_that_is_no_self_test_is_not_written_over(audits: Path) -> None:
    (audits / "mine.md").write_text("mine")
    done = RUNNER.invoke(app, ["selftest", "--markdown", "mine.md"])
    assert done.exit_code == 1
    assert (audits / "mine.md").read_text() == "mine"
