"""Every run with the command that computes it again; a grid's networks in one line."""

from __future__ import annotations

from collections import Counter

from ..answers.runs.cards import run_card
from ..experiments.text_table import TextTable
from ..types import Run
from ..wording import count
from .blocks import Block, RunEntry, Section
from .subject import Subject


def runs(subject: Subject) -> Section:
    """Run cards, oldest first, so that their commands can be run in this order."""
    of_grids = [run for run in subject.reader.hub.runs if run.grid and run.kind == "train"]
    others = [run for run in subject.reader.hub.runs if run not in of_grids]
    grids = Counter(run.grid for run in of_grids)
    blocks: list[Block] = [entry for run in others if (entry := _entry(subject, run))]
    if grids:
        rows = tuple((name, count(n)) for name, n in grids.items())
        blocks.append(TextTable("Models trained as parts of grids", ("grid", "models"), rows))
    return Section(
        "Runs", ("What the figures were computed from. Commands are in the order to run them.",), tuple(blocks)
    )


def _entry(subject: Subject, run: Run) -> RunEntry | None:
    card = run_card(subject.reader, run.run_id)
    if card is None:
        return None
    facts = [(name, text) for name, text in card.facts if name not in ("kind", "name")]
    facts += [("parameters", ", ".join(f"{name} {text}" for name, text in card.parameters))] if card.parameters else []
    facts += [("from", ", ".join(source.run_id for source in card.sources))] if card.sources else []
    return RunEntry(card.run_id, (*facts, ("versions", card.versions)), card.again.command, card.again.note)
