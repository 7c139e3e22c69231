"""Addresses that nobody should type: python -m tests.attacks.names.addresses --count 50000 [--drawn 500] [--seed 0].

Each is of a page and of parts drawn from all that a page reads: what an audit has, the same damaged, and what it cannot
have. Every one goes through the functions behind the pages; `drawn` of them are drawn by Streamlit's own test runner.
An answer or an error in words is right; any other exception, a traceback on a page, or markup that arrives there is a
fault.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.answers.image.detail import find_image, key_of
from core.answers.labels.suspects import Cuts, decode_cuts, listed, suspects
from core.answers.models.confusion_cells import decode_cell
from core.answers.models.error_slices import decode, slice_ids, slice_words
from core.answers.runs.cards import run_card
from core.answers.view.choices import filter_of
from core.answers.view.ranking import Selection, count_in_view, mask_of
from core.answers.view.reader import Reader, open_reader
from core.answers.view.saved import pinned, save_view, tag_images
from core.answers.view.searches import search_of
from core.answers.view.subsets import checked_subset, subset_words
from core.errors import HardlookError
from pages.components.layout.address import PARTS, unreadable
from pages.components.layout.listing import PAGES
from tests.attacks.faults import list_faults
from tests.attacks.names.address_pools import MARKUP, Pools, damaged, hostile
from tests.audits import build_audit, publish_map
from tests.pages.drawn import draw_page, pages_as_app_says

MOST_SECONDS = 10.0


@dataclass
class Outcome:
    """What came of the addresses. parts: how often each was among them. faults: a line each, with its number."""

    count: int
    drawn: int
    answered: int = 0
    refused: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    faults: list[str] = field(default_factory=list)


def address_of(number: int, seed: int, pools: Pools) -> tuple[str, dict[str, str]]:
    """The page's script and the parts of one address, the same for the same numbers."""
    rng = np.random.default_rng([seed, number])
    page = PAGES[int(rng.integers(len(PAGES)))].script
    names = list(PARTS)
    parts: dict[str, str] = {}
    for _ in range(int(rng.integers(1, 6))):
        name = names[int(rng.integers(len(names)))]
        likely = pools.of(name)
        draw, value = rng.random(), str(likely[int(rng.integers(len(likely)))])
        parts[name] = value if draw < 0.35 else damaged(value, rng) if draw < 0.7 else hostile(rng, pools)
    if rng.random() < 0.05:
        parts[damaged(names[int(rng.integers(len(names)))], rng)] = hostile(rng, pools)
    return page, parts


def answered(reader: Reader, parts: dict[str, str]) -> int:
    """Ask what the pages would ask of an address; how much of it was refused in words. Raises what is a fault."""
    refused = 0

    def ask(name: str, question: Callable[[str], Any], default: Any = None) -> Any:
        nonlocal refused
        text = parts.get(name, "")
        if not text:
            return default
        if unreadable(name, text):
            refused += 1
            return default
        try:
            return question(text)
        except HardlookError as error:
            str(error).encode()
            refused += 1
            return default

    refused += sum(bool(unreadable(name, text)) for name, text in parts.items() if name not in PARTS)
    split = parts.get("split") if parts.get("split") in reader.splits else None
    where = ask("where", lambda text: filter_of(reader, text))

    def subset(text: str) -> str:
        search_of(reader, text)
        only = checked_subset(reader, pinned(reader.hub.audit, text))
        subset_words(reader, only).encode()
        return only

    only = ask("only", subset, "")
    selection = Selection(split=split, where=where, only=only)
    count_in_view(reader, selection)
    ask("drawn", lambda text: mask_of(reader, Selection(only=subset(text))))
    cuts = ask("cut", decode_cuts, Cuts())
    score = parts.get("score") if parts.get("score") in {one.address for one in reader.scores} else None
    if score:
        listed(reader, suspects(reader, score), cuts, 1, selection)
    ask("opened", lambda text: (decode(reader, text), slice_ids(reader, text), slice_words(reader, text)))
    ask("opened", lambda text: decode_cell(reader, text))
    ask("image", lambda text: (find_image(reader, text), key_of(reader, text)))
    ask("run", lambda text: run_card(reader, text))
    return refused


def drawn(name: str, parts: dict[str, str]) -> str:
    """Draw a page at an address; what is wrong with what came, "" for nothing."""
    with pages_as_app_says():
        app = draw_page(name, {_from_a_browser(part): _from_a_browser(value) for part, value in parts.items()})
    if app.exception:
        return f"{app.exception[0].message}"[:300]
    bodies = [element.proto.body for element in (*app.get("html"), *app.get("markdown"))]
    if any(MARKUP in body for body in bodies):
        return "markup of the address is in the page"
    kept = {part: app.query_params[part] for part in app.query_params}
    left = [part for part, value in kept.items() if unreadable(part, "".join(value))]
    return f"still in the address: {left}" if left else ""


def _from_a_browser(text: str) -> str:
    """What a server gets of a text: half of a character cannot be sent, and its bytes are read as unknown ones."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def fuzz(count: int, folder: Path, *, draw: int = 0, seed: int = 0) -> Outcome:
    """Throw `count` addresses at an audit made in the folder, and draw the pages of `draw` of them."""
    reader = audit_to_attack(folder)
    pools, outcome = Pools(reader), Outcome(count, draw)
    every = max(count // draw, 1) if draw else 0
    for number in range(count):
        page, parts = address_of(number, seed, pools)
        outcome.parts.update(list(parts))
        start = time.perf_counter()
        try:
            outcome.refused += bool(answered(reader, parts))
            outcome.answered += 1
        except Exception as error:  # noqa: BLE001 - whatever else comes is what is looked for
            outcome.faults.append(f"number {number}: {type(error).__name__}: {error} at {parts!a}"[:600])
        seconds = time.perf_counter() - start
        if seconds > outcome.slowest[0]:
            outcome.slowest = seconds, number
        if every and number % every == 0:
            outcome.pages[page] += 1
            if fault := drawn(page, parts):
                outcome.faults.append(f"number {number}, {page}: {fault} at {parts!a}"[:900])
    if outcome.slowest[0] > MOST_SECONDS:
        outcome.faults.append(f"number {outcome.slowest[1]} took {outcome.slowest[0]:.1f} s")
    return outcome


def audit_to_attack(folder: Path) -> Reader:
    """An audit with runs of every kind, tags, and saved selections that mean one another and themselves."""
    os.environ["HARDLOOK_AUDITS"] = str(folder)
    made = build_audit(folder, n=60)
    publish_map(made)
    reader = open_reader(made.audit)
    tag_images(reader, np.arange(5, dtype=np.int32), MARKUP, "ann")
    first, second = reader.class_names[:2]
    within = f"confusion:label={first}&predicted={second}&model={made.audit.latest('train').run_id}&within=saved:round"
    for name, only in {
        "plain": "ids:3-9", "itself": "saved:itself", "one": "saved:two", "two": "saved:one", "round": within,
        "deep": "saved:plain", MARKUP: "ids:1",
    }.items():  # fmt: skip
        save_view(made.audit, name, {"only": only, "class": first}, MARKUP, "ann")
    save_view(made.audit, "old", {"where": "weather:sun"}, "", "ann")
    return reader


def main() -> int:
    """Print the figures; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--drawn", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcome = fuzz(given.count, Path(folder), draw=given.drawn, seed=given.seed)
    print(f"{outcome.count:,} addresses of {len(outcome.parts)} parts in {time.perf_counter() - start:.0f} s")
    print(f"answered: {outcome.answered:,}, something refused in words in {outcome.refused:,} of them")
    print(f"drawn: {outcome.pages.total():,} ({', '.join(f'{name} {n}' for name, n in sorted(outcome.pages.items()))})")
    print(f"slowest: {outcome.slowest[0]:.2f} s (number {outcome.slowest[1]})")
    return list_faults(outcome.faults, most=100)


if __name__ == "__main__":
    sys.exit(main())
