"""One word for one thing, and it is the field's: CONTRIBUTING.md has the glossary, this holds it where people read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from core.cli.app import app

ROOT = Path(__file__).parents[1]

INSTEAD = {
    r"tenths?": "decile",
    r"networks?": "model",
    r"judg(e|es|ed|ing)": "evaluate",
    r"unseen": "held-out",
    r"learned by heart": "trained on",
    r"(un)?familiar": "in-distribution, out-of-distribution",
    r"(and|tell|telling|shown|give|errors,?( &)?) other images": "out-of-distribution images",
    r"made worse": "corrupted",
    r"right (predictions )?from wrong": "misclassification detection",
    r"refusing": "selective classification, rejection",
    r"findings?": "detection, headline",
    r"share of wrong labels": "label-noise rate",
    r"cuts?": "threshold",
}
"""What is not said -> what is."""

EXCEPTIONS = {
    "network drive": "a drive, not a model",
    "network by size": "part of the stored names of runs, which stay as they are",
    "network per": "layers and weights of the model are meant",
    "cut off": "a file that ends too soon, not a threshold",
    "cut to the best": "probabilities of which only the best classes are left",
    "cut out": "of a picture, not a threshold",
}
"""A phrase that may stand -> why."""

PATTERN = re.compile(rf"\b({'|'.join(INSTEAD)})\b", re.IGNORECASE)
FILE_WORDS = {
    "tenth", "tenths", "judge", "judged", "judging", "unseen", "familiar", "unfamiliar", "finding", "findings", "found",
    "measured", "refusing", "refusal", "cut", "cuts", "warm", "doorway", "places", "frame", "parts", "units",
}  # fmt: skip
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "BENCHMARKS.md", *sorted((ROOT / "docs").glob("*.md"))]


def wrong_words(text: str) -> list[str]:
    """The words of a text that the glossary replaces, apart from the exceptions."""
    for phrase in EXCEPTIONS:
        text = re.sub(re.escape(phrase), "", text, flags=re.IGNORECASE)
    return [match.group(0) for match in PATTERN.finditer(text)]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every text of a module that somebody may read: no docstrings, no names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in silent:
            continue
        if " " in node.value or node.value[:1].isupper():
            yield node.lineno, node.value


def test_no_file_is_called_by_a_word_that_is_not_said() -> None:
    wrong = {}
    for room in ("core", "pages", "tests", "docs"):
        for path in (ROOT / room).rglob("*.*"):
            words = set(re.split(r"[_\W]+", path.stem.lower())) & FILE_WORDS
            if words and "__pycache__" not in path.parts:
                wrong[str(path.relative_to(ROOT))] = words
    assert wrong == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_say_the_field_s_words(document: Path) -> None:
    text = re.sub(
        r"`[^`]*`|\]\([^)]*\)", "", re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.S)
    )
    assert [(word, line) for line in text.splitlines() for word in wrong_words(line)] == []


@pytest.mark.parametrize("room", ["pages", "core"])
def test_every_text_says_the_field_s_words(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {', '.join(words)}: {text[:90]}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in texts(path)
        if (words := wrong_words(text))
    ]
    assert wrong == []


def test_options_and_their_help_say_the_field_s_words() -> None:
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    said = [(name, one.help or "") for name, one in command.commands.items()]
    for name, one in command.commands.items():
        said += [
            (name, f"{' '.join(parameter.opts)} {getattr(parameter, 'help', '') or ''}") for parameter in one.params
        ]
    assert [(name, words) for name, text in said if (words := wrong_words(text.replace("-", " ")))] == []
