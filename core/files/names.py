"""Names that come from outside: what a run, a grid, a tag or a class may be called, and what a file may.

A name that is looked up among those there are needs none of this. These are for one that is kept.
"""

from __future__ import annotations

import unicodedata

from ..errors import BadInput

LONGEST = 200
"""Characters of a name that is only shown; more than a line holds."""

LONGEST_FILE = 180
"""Bytes of a name that becomes a file's, which leaves room for what is put before and behind it: systems take 255."""

IN_FILES = frozenset(" .+-_")
"""What a file's name may hold besides letters and digits: separators, wild cards and quotes are not among it."""

DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in range(1, 10))}
"""What Windows keeps for itself, whatever the ending."""


def checked_name(text: str, what: str) -> str:
    """A name to be stored and shown, without outer blanks. what: it names, for the error: "a grid".

    Raises BadInput on one that is empty, too long, or holds what no line can show.
    """
    if not text.strip():
        raise BadInput(f"{what.capitalize()} needs a name.", f"Give 1 to {LONGEST} characters in a line.")
    if wrong := _unfit(text.strip()):
        raise BadInput(f"{text!r} cannot be the name of {what}: {wrong}.", f"Give 1 to {LONGEST} characters in a line.")
    return text.strip()


def checked_file_name(text: str, what: str) -> str:
    """A name that becomes a file's or a folder's. Raises BadInput on one that some system would not take as it is."""
    if wrong := _unfit(text) or _unfit_for_files(text):
        raise BadInput(
            f"{text!r} cannot be the name of {what}: {wrong}.", "Use letters, digits, spaces, '.', '+', '_' and '-'."
        )
    return text


def file_name_of(text: str) -> str:
    """The nearest name that `checked_file_name` takes, "" where nothing of the text is left."""
    plain = "".join(c if _in_files(c) else "-" for c in text).strip(" .-+")[:100]
    plain = plain.encode()[:LONGEST_FILE].decode(errors="ignore").strip(" .-+")
    return f"_{plain}" if is_device(plain) else plain


def _unfit(text: str) -> str:
    """Why this is no name, "" if it is one."""
    if not text.strip():
        return "it is empty"
    if len(text) > LONGEST:
        return f"it has {len(text):,} characters, and {LONGEST} are the most"
    odd = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")), "")
    return f"it holds {odd!r}, which is no character to be shown" if odd else ""


def _unfit_for_files(text: str) -> str:
    odd = next((c for c in text if not _in_files(c)), "")
    if odd:
        return f"it holds {odd!r}"
    if text[0] in " .+-" or text[-1] in " .":
        return f"it {'ends' if text[-1] in ' .' else 'begins'} with {text[-1 if text[-1] in ' .' else 0]!r}"
    if len(text.encode()) > LONGEST_FILE:
        return f"it has {len(text.encode()):,} bytes, and {LONGEST_FILE} are the most"
    return "systems keep it for themselves" if is_device(text) else ""


def _in_files(character: str) -> bool:
    return character in IN_FILES or unicodedata.category(character)[0] in "LMN"


def is_device(text: str) -> bool:
    """Whether Windows keeps a name for itself, whatever its ending."""
    return text.partition(".")[0].strip().upper() in DEVICES
