"""The manual page, made from the command's own help; `python -m core.cli.shell.manual` keeps it in docs/hardlook.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer

PAGE = Path(__file__).resolve().parents[3] / "docs" / "hardlook.1"
FILES = {
    "$HARDLOOK_AUDITS": "Where audits lie; ./audits if it is not set.",
    "$HARDLOOK_THREADS": "With how many threads models run; one a core if it is not set.",
    "$HARDLOOK_MEGAPIXELS": "Millions of pixels of the largest image that is read; 200 if it is not set.",
}
CODES = {
    "0": "done", "1": "an error, which the message explains with the next step", "2": "wrong usage",
    "130": "stopped with Ctrl-C; the same command goes on from there", "141": "whoever read the output went away",
}  # fmt: skip


def man() -> None:
    """Print the manual page, which `man hardlook` shows where Hardlook is installed: `hardlook man | man -l -`."""
    from ..app import app

    print(page(app), end="")


def page(app: typer.Typer) -> str:
    """The page in the language of man, with every command and option of the application."""
    from typer.main import get_command

    top: Any = get_command(app)
    context = top.context_class(top, info_name="hardlook")
    lines = [
        '.TH HARDLOOK 1 "" Hardlook "User Commands"', ".ad l", ".SH NAME",
        r"hardlook \- difficulty, suspected wrong labels and calibration of an image data set", ".SH SYNOPSIS",
        r"\fBhardlook\fR \fICOMMAND\fR [\fIOPTIONS\fR]", ".SH DESCRIPTION", *_text(top.help), ".SH OPTIONS",
        *_options(top, context), ".SH COMMANDS",
    ]  # fmt: skip
    for name, command in top.commands.items():
        lines += _command(name, command, command.context_class(command, info_name=name, parent=context))
    lines += [".SH ENVIRONMENT", *_listed(FILES), ".SH EXIT STATUS", *_listed(CODES)]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any, context: Any) -> Iterator[str]:
    arguments = [re.sub(r"^\{(.*)\}(\.\.\.)?$", r"\1\2", piece) for piece in command.collect_usage_pieces(context)[1:]]
    yield f".SS {_plain(' '.join(['hardlook', name, *arguments]))}"
    yield from _text(command.help)
    yield from _options(command, context)
    if command.epilog:
        yield from (".PP", _plain(command.epilog))


def _options(command: Any, context: Any) -> Iterator[str]:
    for parameter in command.params:
        if record := parameter.get_help_record(context):
            yield from (".TP", rf"\fB{_plain(record[0])}\fR", _plain(record[1]) or r"\&")


def _listed(entries: dict[str, str]) -> Iterator[str]:
    for name, text in entries.items():
        yield from (".TP", rf"\fB{_plain(name)}\fR", _plain(text))


def _text(text: str | None) -> Iterator[str]:
    """Paragraphs of a docstring."""
    for paragraph in (text or "").strip().split("\n\n"):
        yield from (".PP", _plain(paragraph))


def _plain(text: str) -> str:
    """Text of one line as man takes it: what it would obey is written out, and what stands in backquotes is bold."""
    line = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    line = line.replace("|", r"|\:")  # where a list of choices that is longer than a line may end one
    line = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", line)
    return rf"\&{line}" if line[:1] in (".", "'") else line


if __name__ == "__main__":
    from ..app import app as hardlook

    PAGE.write_text(page(hardlook), encoding="utf-8")
