"""What was acknowledged is there: after a kill, with several processes at once, and sent again after either."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import HardlookError
from core.reviews import By, Decision, Journal, ReviewedImage, conflicts, current, decide
from core.reviews.schema import connect
from tests.reviewing import acknowledged
from tests.reviews.conftest import CLASSES

ROOT = Path(__file__).parents[2]
KILLS = 4
WRITER = """
import sys
from pathlib import Path
from core.reviews import By, Decision, Journal, ReviewedImage, decide
path, nonce, start = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
journal = Journal(path, ("shirt", "coat", "dress"))
for number in range(start, 1_000_000):
    image = ReviewedImage(f"{number:06d}", "h", "shirt")
    decide(journal, Decision(image, "relabelled", "coat"), By("ann", nonce, number))
    print(number, flush=True)
"""
RIVAL = """
import sys
from pathlib import Path
from core.reviews import By, Decision, Journal, ReviewedImage, decide
path, reviewer, label = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
journal = Journal(path, ("shirt", "coat", "dress"))
print("ready", flush=True)
sys.stdin.readline()
tally = [0, 0, 0]
for number in range(120):
    image = ReviewedImage(f"{number:06d}", "h", "shirt")
    saved = decide(journal, Decision(image, "relabelled", label), By(reviewer, reviewer, number))
    for i, count in enumerate((saved.applied, saved.agreed, saved.conflicts)):
        tally[i] += count
print(*tally, flush=True)
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "reviews.sqlite"
    last = -1
    for kill in range(KILLS):
        # Goes on one before the last acknowledged, as a page does that does not know whether it arrived.
        with start(WRITER, str(path), "page", str(max(last, 0))) as writer:
            assert writer.stdout is not None
            for _ in range(10 + 7 * kill):
                last = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout:  # acknowledged before the signal arrived
                last = int(line) if line.endswith("\n") else last
        journal = Journal(path, ("shirt", "coat", "dress"))
        entries = journal.entries()
        assert len(entries) == acknowledged(journal, "page") + 1  # none lost, none doubled
        assert [entry.number for entry in entries] == list(range(len(entries)))
        assert len(entries) in (last + 1, last + 2)  # the last may be durable and not acknowledged
        assert len(current(journal)) == len(entries)
        assert journal.rows("PRAGMA integrity_check") == [("ok",)]
        journal.close()


def test_three_processes_at_once_lose_no_decision_and_every_contradiction_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "reviews.sqlite"
    who = {"ann": "coat", "bob": "coat", "cat": "dress"}
    rivals = [start(RIVAL, str(path), reviewer, label) for reviewer, label in who.items()]
    for rival in rivals:
        assert rival.stdout is not None
        assert rival.stdout.readline() == "ready\n"
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    told = [list(map(int, rival.communicate()[0].split())) for rival in rivals]
    assert [rival.returncode for rival in rivals] == [0, 0, 0]
    journal = Journal(path, ("shirt", "coat", "dress"))
    assert journal.last == 360
    applied, agreed, contradicting = (sum(column) for column in zip(*told, strict=True))
    states = current(journal)
    assert applied == len(states) == 120
    # Of three answers per image one holds; each other agrees with it or contradicts it.
    by_rule = sum(2 if state.label == "dress" else 1 for state in states.values())
    assert contradicting == by_rule == len(conflicts(journal))
    assert agreed == 240 - by_rule
    assert all(len(journal.history(key)) == 3 for key in states)
    journal.close()


@pytest.mark.parametrize("what", ["removed", "replaced", "moved away with its log"])
def test_a_journal_that_is_kept_open_writes_to_the_file_of_its_name(what: str, tmp_path: Path) -> None:
    """A page keeps it for days, in which an audit is made anew or a copy put back: no decision goes to a lost file."""
    path, copy = tmp_path / "reviews.sqlite", tmp_path / "copy.sqlite"
    kept = Journal(path, CLASSES)
    decide(kept, Decision(ReviewedImage("a", "h", "shirt"), "confirmed", "shirt"), By("ann", "page", 1))
    current(kept)
    with closing(Journal(copy, CLASSES)) as other:
        decide(other, Decision(ReviewedImage("c", "h", "shirt"), "confirmed", "shirt"), By("bob", "other", 1))
    if what == "removed":
        for each in tmp_path.glob("reviews.sqlite*"):
            each.unlink()
    elif what == "replaced":
        for log in tmp_path.glob("reviews.sqlite-*"):
            log.unlink()
        copy.replace(path)
    else:
        for each in sorted(tmp_path.glob("reviews.sqlite*")):
            each.rename(tmp_path / f"away-{each.name}")
    decide(kept, Decision(ReviewedImage("b", "h", "shirt"), "relabelled", "coat"), By("ann", "page", 2))
    expected = {"b", "c"} if what == "replaced" else {"b"}
    assert set(current(kept)) == expected
    kept.close()
    with closing(Journal(path, CLASSES)) as read:
        assert set(current(read)) == expected


def test_a_journal_whose_folder_is_gone_says_so_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    folder, away = tmp_path / "audit", tmp_path / "away"
    folder.mkdir()
    kept = Journal(folder / "reviews.sqlite", CLASSES)
    image = Decision(ReviewedImage("a", "h", "shirt"), "confirmed", "shirt")
    folder.rename(away)
    for _ in range(2):
        with pytest.raises(HardlookError, match="No such file"):
            decide(kept, image, By("ann", "page", 1))
    away.rename(folder)
    decide(kept, image, By("ann", "page", 1))
    assert set(current(kept)) == {"a"}
    kept.close()


def test_several_that_are_the_first_to_open_a_journal_all_get_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for number in range(100):
            for opened in pool.map(connect, [tmp_path / f"{number}.sqlite"] * 4):
                opened.close()
