"""What reads an audit: every command and every page, each run in a process of its own that may die or hang."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tests.serving import PAGES

AUDIT = "sample"
MOST_SECONDS = 120.0

COMMANDS: dict[str, str] = {
    "audit": "audit {images} --audit sample --no-train --encoder embedded --quiet",
    "dashboard": "dashboard --audit sample --no-browser",
    "ingest": "ingest {images} --audit sample",
    "embed": "embed --audit sample --encoder embedded",
    "train": "train --audit sample --model resnet8 --epochs 1 --device cpu",
    "score": "score rmd --audit sample",
    "evaluate": "evaluate --audit sample",
    "project": "project --audit sample --method pca",
    "import-predictions": "import-predictions {place}/probabilities.csv --audit sample --name other --trained-on none",
    "import-embeddings": "import-embeddings {place}/vectors.npz --audit sample --name other",
    "import-scores": "import-scores {place}/scores.csv --audit sample --lower-is-harder quality",
    "import-model": "import-model --audit sample --factory nets:none --checkpoints {place}/*.pt --image-size 32 "
    "--mean 0.5,0.5,0.5 --std 0.2,0.2,0.2",
    "runs": "runs --audit sample",
    "reviews": "reviews --audit sample",
    "rerank": "rerank --audit sample --base rmd",
    "export": "export --format decisions --to {place}/out.csv --audit sample",
    "import-decisions": "import-decisions {place}/decisions.csv --audit sample",
    "prove": "prove --audit sample --model resnet8 --epochs 1 --seeds 2 --image-size 16 --workers 1 --device cpu",
    "report": "report --audit sample --to {place}/report.html",
}
"""Arguments of each command, which is given an audit called AUDIT. {images}: of it. {place}: the audits' folder."""

READ_NO_AUDIT = {
    "demo": "`audit` of the bundled images, for minutes", "encoders": "reads no audit", "scorers": "reads no audit",
}  # fmt: skip
"""Commands that are left out, and why."""

NEED_IMAGES = frozenset(f"hardlook {name}" for name in COMMANDS if name not in ("audit", "ingest", "runs", "dashboard"))
"""Commands that can do nothing where the images cannot be read; the first two read them again."""

READERS = (*(f"hardlook {name}" for name in COMMANDS), *(f"page {name}" for name in PAGES.values()))


@dataclass(frozen=True)
class Outcome:
    """what: "works", "says what is wrong", or what kind of fault. fault: in full, "" for none."""

    what: str
    fault: str = ""


def run_reader(reader: str, place: Path) -> Outcome:
    """Run a command or draw a page on the audits in a folder, in a child of this process."""
    said = place / "said.txt"
    _input_files(place)
    work = _command if reader.startswith("hardlook") else _page
    child = os.fork()
    if child == 0:
        _in_child(partial(work, reader.split()[1], place), place, said)
    status = _ended(child)
    text = said.read_text(errors="replace") if said.exists() else ""
    last = " / ".join(text.strip().splitlines()[-3:])[:600]
    if status is None:
        return Outcome("hangs", f"more than {MOST_SECONDS:.0f} s: {last}")
    if os.WIFSIGNALED(status):
        return Outcome("dies", f"signal {os.WTERMSIG(status)}: {last}")
    code = os.WEXITSTATUS(status)
    if "Traceback (most recent call last)" in text or code not in (0, 1):
        return Outcome("traceback", f"exit code {code}: {last}")
    if code == 1 and "error: " not in text:
        return Outcome("says nothing", last)
    return Outcome("works" if code == 0 else "says what is wrong")


def _ended(child: int) -> int | None:
    """The child's status; None where it had to be ended."""
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _in_child(work: Callable[[], int], place: Path, said: Path) -> None:
    """Never returns. What is said goes to a file, and the exit code is that of the work."""
    os.environ["HARDLOOK_AUDITS"] = str(place)
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    # A test runner has put others in their place.
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
    code = 3
    try:
        code = work()
    except BaseException:  # noqa: BLE001 - whatever comes is what is looked for
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _input_files(place: Path) -> None:
    (place / "decisions.csv").write_text("id,new_label,reviewer\n000003.png,shirt,bob\n")
    rows = "".join(f"{i:06d}.png,0.2,0.2,0.2,0.2,0.2\n" for i in range(1, 60))
    (place / "probabilities.csv").write_text(f"key,0,1,2,3,4\n{rows}")
    keys = np.array([f"{i:06d}.png" for i in range(1, 60)])
    np.savez(place / "vectors.npz", key=keys, features=np.random.default_rng(0).normal(size=(59, 4)))


def _command(name: str, place: Path) -> int:
    import core.cli.serve as serving
    from core.cli.app import main

    serving.serve = lambda *_, **__: 0  # what it serves is drawn below
    images = next(iter((place.parent.parent / "whole").glob("*-images")), place)
    sys.argv = ["hardlook", *COMMANDS[name].format(images=images, place=place).split()]
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _page(name: str, place: Path) -> int:
    from tests.pages.conftest import text
    from tests.pages.drawn import draw_page, pages_as_app_says

    with pages_as_app_says():
        app = draw_page(name, {"audit": AUDIT})
    for raised in app.exception:
        print("Traceback (most recent call last)", raised.message, *list(raised.stack_trace)[-6:], sep="\n")
    said = text(app)
    wrong = "cannot be read" in said or "could not be" in said
    if wrong:
        print("error:", said[-300:])
    return int(wrong)


@contextlib.contextmanager
def warmed() -> Iterator[None]:
    """Load what all readers need once, before there is a thread or a connection that a child must not inherit."""
    import torch

    import tests.pages.conftest  # noqa: F401

    torch.set_num_threads(1)
    yield
