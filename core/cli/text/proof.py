"""A proof of effect as text: for a terminal, and as Markdown."""

from __future__ import annotations

from ...experiments.proof import Proof
from ...experiments.proof_tables import READING, proof_tables, verdict
from .markdown import plain, table_row, table_rule
from .tables import make_table, show


def show_proof(proof: Proof) -> None:
    """Print every table with what it says, and the verdict last."""
    for table in proof_tables(proof):
        made = make_table(table.title, *table.columns)
        for texts in table.rows:
            made.add_row(*texts)
        show(made)
        for note in table.below:
            print(f"  {note}")
        print()
    print(READING)
    print(verdict(proof))


PROOF = "# Proof of effect: "
"""How the file of `prove` begins."""


def as_markdown(proof: Proof, audit: str) -> str:
    """The same as a Markdown document."""
    lines = [f"{PROOF}{plain(audit)}", "", plain(verdict(proof)), "", READING, ""]
    if proof.seeds:
        named = ", ".join(map(str, proof.seeds))
        lines += [f"Models: {plain(proof.grid.usual.model if proof.grid else '')}, seeds {named}.", ""]
    for table in proof_tables(proof):
        lines += [f"## {plain(table.title)}", "", table_row(table.columns), table_rule(len(table.columns))]
        lines += [*map(table_row, table.rows), ""]
        lines += [*(f"- {plain(note)}" for note in table.below), ""] if table.below else []
    return "\n".join(lines)
