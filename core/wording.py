"""Numbers as they are written everywhere: three significant digits, thousands separated, counts beside rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, isfinite, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import bidirectional

if TYPE_CHECKING:
    from .types import Estimate, Sources  # it loads NumPy, which the command line does without until it has work

MISSING = "–"
SMALLEST_WRITTEN_OUT = 1e-4
_TURNING = {"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"}
"""Bidirectional classes of letters that are written from the right, and of characters that say a direction."""


def count(n: int) -> str:
    """1204 -> "1,204"."""
    return f"{n:,}"


def counted(n: int, one: str, many: str = "") -> str:
    """1 -> "1 image", 1204 -> "1,204 images". many: the plural, where it is not `one` with an s."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def capitalised(text: str) -> str:
    """With a capital first, as a sentence begins; the rest as it is."""
    return text[:1].upper() + text[1:]


def three(value: float | None) -> str:
    """Three significant digits: 0.9537 -> "0.954", 12345.6 -> "12,300", 2.56e-7 -> "2.56e−7", None -> "–"."""
    if value is None or not isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if abs(value) < SMALLEST_WRITTEN_OUT:
        digits, _, power = f"{value:.2e}".partition("e")
        return f"{digits}e{int(power)}".replace("-", "−")
    places = 2 - floor(log10(abs(value)))
    rounded = round(value, places)
    # 9.996 rounds up into the next power of ten, which has a digit less behind the point.
    places = 2 - floor(log10(abs(rounded)))
    return f"{rounded:,.{max(places, 0)}f}".replace("-", "−")


def aligned(values: Sequence[float | None]) -> list[str]:
    """Numbers of one column, all with the decimals that three digits of the largest need; "–" for None and NaN."""
    known = [abs(value) for value in values if value is not None and isfinite(value)]
    largest = max(known, default=0.0)
    places = max(2 - floor(log10(largest)), 0) if largest else 0
    return [
        # + 0.0, because what rounds to zero from below would be a negative zero.
        MISSING
        if value is None or not isfinite(value)
        else f"{round(value, places) + 0.0:,.{places}f}".replace("-", "−")
        for value in values
    ]


def percent(share: float | None) -> str:
    """A share in 0..1, or a difference of two, in per cent: 0.4375 -> "44 %", 0.0123 -> "1.2 %", -0.004 -> "−0.4 %"."""
    if share is None or not isfinite(share):
        return MISSING
    size = abs(100 * share)
    return f"{_signed(100 * share, 1 if 0 < size < 9.95 or 99 < size < 100 else 0)} %"


def _signed(value: float, places: int) -> str:
    """With a minus sign, and none before what rounds to zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


def points(change: float) -> str:
    """The change of a share in percentage points, with its sign: "+1.2 %", "−0.5 %", "0 %"."""
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{percent(abs(change))}"


def percent_interval(share: Estimate) -> str:
    """A share with its interval, all in per cent: "44 % [38, 50]", "44 %" without one."""
    if not share.has_interval:
        return percent(share.value)
    places = 1 if 100 * max(abs(share.low), abs(share.high)) < 9.95 else 0
    return f"{percent(share.value)} [{_signed(100 * share.low, places)}, {_signed(100 * share.high, places)}]"


def told_from_zero(share: Estimate) -> tuple[str, str]:
    """A share that is never below 0, and its interval: "4.1 %", "[2.0, 6.3]"; what it is at most where it may be 0."""
    if share.has_interval and share.low == 0:
        return "not distinguishable from 0", f"at most {percent(share.high)}"
    value, bracket, interval = percent_interval(share).partition("[")
    return value.strip(), bracket + interval


def span(estimate: Estimate) -> str:
    """The interval: "[0.941, 0.966]", "" where there is none."""
    return interval_of(estimate, three)


def interval_of(estimate: Estimate, written: Callable[[float], str]) -> str:
    """The interval with both ends written so: "[0.52, 0.88]", "" where there is none."""
    return f"[{written(estimate.low)}, {written(estimate.high)}]" if estimate.has_interval else ""


def with_interval(estimate: Estimate) -> str:
    """A number with its interval: "0.954 [0.941, 0.966]"."""
    return f"{three(estimate.value)} {span(estimate)}".strip()


def written(estimate: Estimate) -> str:
    """An estimate in its own unit: shares in per cent, anything else as a number."""
    return percent_interval(estimate) if estimate.unit == "share" else with_interval(estimate)


def provenance_in_words(sources: Sources) -> str:
    """Figures with where they come from, those of one provenance together: "Accuracy, error: counted. T: assumed.".

    One without a name, for all that stands in a place, is not listed beside others of its provenance.
    """
    names: dict[str, dict[str, str]] = {}
    for name, provenance in sources.items():
        names.setdefault(str(provenance), {}).setdefault(name.casefold(), name)  # "Error" and "error" are one figure
    texts = [f"{', '.join(filter(None, of.values()))}: {said}" if any(of) else said for said, of in names.items()]
    return ". ".join(text[:1].upper() + text[1:] for text in texts) + "." * bool(texts)


def in_sentence(name: str) -> str:
    """A name for the middle of a sentence: one that is written from the right, or says so, does not turn what follows.

    By an isolate of Unicode around it, which is not seen; other names stay as they are.
    """
    turns = any(bidirectional(letter) in _TURNING for letter in name)
    return f"\u2068{name}\u2069" if turns else name


def percentile(value: float) -> str:
    """A percentile in 0..100 with one decimal, "–" for NaN."""
    return f"{value:.1f}" if isfinite(value) else MISSING


def some_of(names: Sequence[Any], most: int = 5) -> str:
    """The first names in quotes and how many there are beyond: "'cat', 'dog' and 1,204 more"."""
    shown = ", ".join(map(repr, names[:most]))
    return f"{shown} and {count(len(names) - most)} more" if len(names) > most else shown


def place(path: str) -> str:
    """A path as short as it can be said here: relative to the working directory where it lies inside it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def size(n_bytes: int) -> str:
    """Bytes as people say them, in powers of 1,000."""
    value, units = float(n_bytes), ("bytes", "kB", "MB", "GB", "TB")
    for unit in units[:-1]:
        if value < 1000:
            return f"{n_bytes:,} {unit}" if unit == "bytes" else f"{three(value)} {unit}"
        value /= 1000
    return f"{three(value)} {units[-1]}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: "8 s", "2 min 5 s", "3 h 20 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if seconds >= 1 else "under 1 s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min"
