"""Addresses that nobody should type, in Chromium: python -m tests.attacks.names.in_browser --count 500 [--seed 0].

The same as of `addresses`, opened one after the other in one tab on a served dashboard. A page is drawn, and says what
it cannot read; an exception on it, an error of a script, a request to another machine or a script of the address that
is run is a fault, and so is a server that has ended or printed a traceback.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from pages.components.layout.listing import PAGES, address_of
from tests.attacks.dashboard.reviewing import chromium
from tests.attacks.faults import list_faults
from tests.attacks.names.address_pools import Pools
from tests.attacks.names.addresses import address_of as drawn_address
from tests.attacks.names.addresses import audit_to_attack
from tests.browser.watching import exceptions_on, watch
from tests.serving import AT_REST, CHROMIUM_FLAGS, serving

PATIENCE_MS = 60_000


@dataclass
class Outcome:
    """What came of the addresses. said: how many pages said what they left out. pages: how often each was opened."""

    said: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def attack(folder: Path, count: int, seed: int = 0) -> Outcome:
    """Open so many addresses of an audit that is made in the folder."""
    pools, outcome, log = Pools(audit_to_attack(folder / "audits")), Outcome(), folder / "log"
    paths = {page.script: address_of(page) for page in PAGES}
    with serving(folder / "audits", log) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        problems = watch(page)
        for number in range(count):
            script, parts = drawn_address(number, seed, pools)
            query = urllib.parse.urlencode(parts, errors="surrogatepass")
            outcome.pages[script] += 1
            try:
                page.goto(f"{url}/{paths[script]}?{query}", timeout=PATIENCE_MS)
                page.wait_for_function(AT_REST, timeout=PATIENCE_MS)
            except Error as error:
                problems.append(str(error).splitlines()[0])
            outcome.said += page.get_by_text("Left out of the address").count() > 0
            found = [*problems, *exceptions_on(page)]
            outcome.faults += [f"number {number}, {script}: {problem} at {parts!a}"[:900] for problem in found]
            problems.clear()
        browser.close()
    if "Traceback" in (printed := log.read_text(errors="replace")):
        outcome.faults.append(f"the server printed: {printed[printed.index('Traceback') :][:2000]}")
    return outcome


def main() -> int:
    """Print the figures; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcome = attack(Path(folder), given.count, given.seed)
    opened = ", ".join(f"{name} {n}" for name, n in sorted(outcome.pages.items()))
    print(f"{outcome.pages.total()} addresses opened in Chromium in {time.perf_counter() - start:.0f} s ({opened})")
    print(f"something left out of the address, and said: {outcome.said}")
    return list_faults(outcome.faults, most=100)


if __name__ == "__main__":
    sys.exit(main())
