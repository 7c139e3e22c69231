"""A proof as text, of reviews or of pruning: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from ...experiments import proof_tables, pruning_tables
from ...experiments.papers.values import values_of
from ...experiments.proof import Proof
from ...experiments.pruning import Pruning
from ...experiments.text_table import TextTable
from .markdown import plain, table_lines
from .tables import show_text

PROOF, PRUNING = "# Proof of effect: ", "# Pruning: "
"""How the files of `prove` and of `prove --prune` begin."""


def show_proof(proof: Proof) -> None:
    """Print every table with what it says, and the verdict last."""
    _show(proof_tables.proof_tables(proof), (proof_tables.READING, proof_tables.verdict(proof)))


def show_pruning(pruning: Pruning) -> None:
    """The same of pruning."""
    said = (pruning_tables.about(pruning), pruning_tables.READING, pruning_tables.verdict(pruning))
    _show(pruning_tables.pruning_tables(pruning), said)


def as_markdown(proof: Proof, audit: str) -> str:
    """A proof as a Markdown document."""
    head = [plain(proof_tables.verdict(proof)), proof_tables.READING]
    if proof.seeds:
        named = ", ".join(map(str, proof.seeds))
        head += [f"Models: {plain(proof.grid.usual.model if proof.grid else '')}, seeds {named}."]
    return _document(f"{PROOF}{plain(audit)}", head, proof_tables.proof_tables(proof))


def pruning_as_markdown(pruning: Pruning, audit: str) -> str:
    """Pruning as a Markdown document; its figure as a table of numbers."""
    said = [plain(pruning_tables.verdict(pruning)), plain(pruning_tables.about(pruning)), pruning_tables.READING]
    tables = [*pruning_tables.pruning_tables(pruning), values_of(pruning_tables.accuracy_plot(pruning))]
    return _document(f"{PRUNING}{plain(audit)}", said, tables)


def _show(tables: Sequence[TextTable], said: Sequence[str]) -> None:
    for table in tables:
        show_text(table, below="  ")
        print()
    for line in said:
        print(line)


def _document(title: str, said: Sequence[str], tables: Sequence[TextTable]) -> str:
    lines = [title, ""]
    for line in said:
        lines += [line, ""]
    for table in tables:
        lines += [f"## {plain(table.title)}", "", *table_lines(table)]
    return "\n".join(lines)
