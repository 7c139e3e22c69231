"""Gathering a report and writing it as one file."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..answers.overview.headlines import overview_headlines
from ..errors import BadInput, command
from ..files.whole import whole_file
from ..plots.palette import colours
from ..store.audit import Audit
from ..store.paths import path_to_write
from ..wording import count, provenance_in_words
from . import (
    data_sections,
    image_sections,
    model_sections,
    pruning_section,
    review_sections,
    run_section,
    self_test_section,
)
from .blocks import Block, Headline, Report
from .subject import Subject, open_subject

MARK = "Hardlook {kind}"
"""What the template writes near the head of every report: only a file with it is written over."""

SECTIONS = (
    data_sections.data, image_sections.suspected, review_sections.decisions, review_sections.worth,
    review_sections.effect, self_test_section.planted, image_sections.difficulty, model_sections.models,
    pruning_section.pruned,
    data_sections.duplicates, run_section.runs,
)  # fmt: skip


def write_report(audit: Audit, to: Path) -> int:
    """Write the report and return its size in bytes. An older report of that name is replaced, nothing else is.

    Raises BadInput where another file is there or `to` cannot be written, DiskFull, and MissingRun before any ingest.
    """
    refuse_other(to, "report")
    return write_html(gathered(audit), to)


def refuse_other(to: Path, kind: str) -> None:
    """Raise BadInput where a file is there that is no report of that kind."""
    if path_to_write(to).exists() and MARK.format(kind=kind).encode() not in to.read_bytes()[:2000]:
        raise BadInput(f"{to} exists already, and is no {kind}.", "Choose another name for --to, or remove it first.")


def write_html(report: Report, to: Path) -> int:
    """Write a report as one file, whole or not at all, and return its size in bytes."""
    text = rendered(report).encode()
    try:
        with whole_file(to, durable=True, needed=len(text)) as part:
            part.write_bytes(text)
    except OSError as error:
        raise BadInput(f"{to} cannot be written: {error.strerror}.", "Choose another place for --to.") from error
    return to.stat().st_size


def gathered(audit: Audit) -> Report:
    """Everything the report says, from what is published and decided now."""
    subject = open_subject(audit)
    reader = subject.reader
    lead = f"{count(reader.n_images)} images of {count(len(reader.class_names))} classes."
    if subject.at:
        lead += f" {count(len(subject.states))} reviewed, up to entry {count(subject.at)} of the journal."
    return Report(
        audit.name, now(), installed_version(), lead, headlines(subject),
        tuple(section(subject) for section in SECTIONS),
    )  # fmt: skip


def now() -> str:
    """When a report is made, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


def headlines(subject: Subject) -> tuple[Headline, ...]:
    """The headlines of the Overview."""
    return tuple(
        Headline(
            one.title, one.figure, one.interval, one.said_of,
            str(command(subject.audit.name, *one.missing.split())) if one.missing else "",
        )
        for one in overview_headlines(
            subject.reader, subject.classes.rows, subject.suspecting, subject.model_run, subject.at
        )
    )  # fmt: skip


def rendered(report: Report) -> str:
    """The HTML. Whatever comes from a data set is escaped by the template's own rule, not by its author's care."""
    environment = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["with_kind"] = _with_kind
    environment.filters["in_words"] = provenance_in_words
    environment.globals["colours"] = colours
    return environment.get_template("report.html.jinja").render(report=report)


def _with_kind(block: Block) -> tuple[str, Block]:
    return type(block).__name__, block


def installed_version() -> str:
    """Of Hardlook."""
    try:
        return version("hardlook")
    except PackageNotFoundError:
        return "from a checkout"
