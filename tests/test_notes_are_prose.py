"""The note of a row is prose: it is shown, and no program reads a figure, a name or a verdict out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN_BY = {"add_row", "capitalised", "lines", "text_column"}
"""Functions that show a text, or make it fit to be shown; a class keeps it as it is."""
READS = (ast.Attribute, ast.Subscript, ast.Compare, ast.Match, ast.Assign, ast.AnnAssign, ast.NamedExpr)
"""What takes a note apart, or gives it a name by which something later could."""


def read_out_of(source: str) -> Iterator[int]:
    """Lines on which a note is taken apart, compared, searched or named, not only shown."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr == "note" and isinstance(node.ctx, ast.Load)):
            continue
        value: ast.AST = node
        parent = parents[node]
        while isinstance(parent, ast.GeneratorExp | ast.ListComp):  # of notes: it goes by what is done with them
            value, parent = parent, parents[parent]
        called = parent.func if isinstance(parent, ast.Call) and value in parent.args else None
        name = getattr(called, "id", getattr(called, "attr", ""))
        if isinstance(parent, READS) or (called is not None and not (name in SHOWN_BY or name[:1].isupper())):
            yield node.lineno


def test_no_program_reads_a_note() -> None:
    read = {
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("core", "pages")
        for path in (ROOT / room).rglob("*.py")
        for line in read_out_of(path.read_text(encoding="utf-8"))
    }
    assert read == set()


@pytest.mark.parametrize(
    "reading",
    ["float(row.note)", "row.note.partition(' ')[0]", "row.note[3:]", "'x' in row.note", "row.note == 'a'",
     "NOTE.fullmatch(row.note)", "a[0].note.endswith('x')", "re.search('x', rows[part].note)", "a = row.note",
     "notes = (x.note for x in y)", "if a := row.note: pass"],
)  # fmt: skip
def test_reading_a_note_is_seen(reading: str) -> None:
    assert list(read_out_of(reading)) == [1]


@pytest.mark.parametrize(
    "showing",
    ["f'{row.note}.'", "capitalised(row.note)", "TableCell(row.note, 'quiet')", "(1, row.note)",
     "lines(x.note for x in y)"],
)  # fmt: skip
def test_showing_a_note_is_none_of_it(showing: str) -> None:
    assert list(read_out_of(showing)) == []
