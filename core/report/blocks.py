"""What a section of the report is made of; what each holds is plain text, which the template escapes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..answers.image.tiles import Tile
from ..experiments.text_table import TextTable
from ..types import Sources
from .charts import Chart


@dataclass(frozen=True)
class ImageSheet:
    """Images beside each other. says: what they have in common."""

    title: str
    says: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Missing:
    """Something that is not there yet, and the command that makes it."""

    what: str
    command: str


@dataclass(frozen=True)
class Facts:
    """Names with their texts."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Headline:
    """One of the figures at the top. interval: "" for none; missing: the command that makes it, "" if it is there."""

    title: str
    figure: str
    interval: str
    detail: str
    missing: str


@dataclass(frozen=True)
class RunEntry:
    """A run with the command that computes it again."""

    run_id: str
    facts: tuple[tuple[str, str], ...]
    command: str
    note: str


Block = TextTable | Chart | ImageSheet | Missing | Facts | RunEntry


@dataclass(frozen=True)
class Section:
    """A titled part of the report. lines: sentences at its head. sources: of the figures in them."""

    title: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    sources: Sources = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Everything the template draws. made: when, in UTC; version: of Hardlook. kind: what it is a report of."""

    audit: str
    made: str
    version: str
    lead: str
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    kind: str = "report"
