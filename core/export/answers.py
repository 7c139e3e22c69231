"""A person's answer to one image as a file has it, and the checks of its fields: each error names the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from ..errors import BadInput

LONGEST = 10_000  # characters of one field: a reason may be long, a file read as one field is a mistake
LARGEST = 2**63 - 1  # what the journal's numbers hold

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, not matched to an image or checked against the classes yet.

    where: "Row 3" or "Task 3, annotation 2". key: the image's, "" where the file has none; other_id: what may be a
    key; image: its path or address there. label, second_label: class names, "" for none. verdict: "" where the label
    says it. reviewer: "" for nobody. time: in UTC, "" where it is not known. seen: the journal's entry it knew.
    """

    where: str
    key: str = ""
    other_id: str = ""
    image: str = ""
    label: str = ""
    second_label: str = ""
    verdict: str = ""
    reviewer: str = ""
    time: str = ""
    reason: str = ""
    content_hash: str = ""
    seen: int = 0


@dataclass(frozen=True)
class Answers:
    """The answers of a file. left_out: what was no answer, in words -> how often. notes: how the file was read."""

    answers: tuple[Answer, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()


def expect(value: Any, kind: type[T], where: str, field: str) -> T:
    """`value`, if it is of a type. Raises BadInput naming the place."""
    if not isinstance(value, kind):
        raise BadInput(f"{where}: {field!r} is {_called(value)}, not {_NAMES[kind]}.", "Mend it, or leave it out.")
    return value


def text(value: Any, where: str, field: str) -> str:
    """A field as text, "" for none. Raises BadInput on lists, bytes, and on what no journal can hold."""
    if value is None or value == "":
        return ""
    if type(value) is str and len(value) <= LONGEST and value.isascii():  # nearly all: the rest costs ten times as much
        return value
    if not isinstance(value, str | int | float | Decimal | date):
        raise BadInput(f"{where}: {field!r} is {_called(value)}, not a text.", "Give every row one value.")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise BadInput(f"{where}: {field!r} is a number beyond {LARGEST}, the largest there can be.", "Mend it.")
    written = str(value)
    if len(written) > LONGEST:
        raise BadInput(
            f"{where}: {field!r} has {len(written):,} characters, and {LONGEST:,} are the most.", "Shorten it."
        )
    if any("\ud800" <= character <= "\udfff" for character in written):
        raise BadInput(f"{where}: {field!r} is no valid text: half a surrogate pair.", "Write the file in UTF-8.")
    return written


def whole(value: Any, where: str, field: str) -> int:
    """A field as a number of 0 or more, 0 for none. "3.0", as pandas writes it, is 3. Raises BadInput."""
    written = text(value, where, field).strip()
    digits = written.removesuffix(".0") or "0"
    if not (digits.isascii() and digits.isdecimal()):
        raise BadInput(f"{where}: {field!r} is {_shown(written)}, not a number.", "Leave the column out, or mend it.")
    if len(digits) > 19 or int(digits) > LARGEST:
        raise BadInput(f"{where}: {field!r} is {_shown(written)}, and {LARGEST} is the most.", "Leave it out.")
    return int(digits)


def moment(value: Any, where: str, field: str) -> str:
    """A time in UTC to the millisecond, "" for none. Without a zone it is UTC. Raises BadInput on what is no time, and
    on one that is more than a day ahead, which no clock's zone explains."""
    written = text(value, where, field).strip()
    if not written:
        return ""
    read = _in_utc(written)
    if not read:
        raise BadInput(
            f"{where}: {field!r} is {_shown(written)}, no time that can be read.",
            "Write it as 2024-05-01T12:00:00Z, or leave it out.",
        )
    if read > (datetime.now(UTC) + timedelta(days=1)).isoformat():
        raise BadInput(f"{where}: {field!r} is {_shown(written)}, which is still to come.", "Mend it, or leave it out.")
    return read


@lru_cache(maxsize=10_000)  # people decide several images within a second
def _in_utc(written: str) -> str:
    try:
        read = datetime.fromisoformat(written)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return ""


_NAMES: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}


def _called(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    return _NAMES.get(type(value), "true or false" if isinstance(value, bool) else f"a {type(value).__name__}")


def _shown(written: str) -> str:
    return repr(written if len(written) <= 40 else f"{written[:40]}…")
