"""What reads an audit or a folder of shards: commands and pages, each in a process of its own that may die or hang."""

from __future__ import annotations

import core.__main__  # isort: skip - how threads wait is settled before a numeric library loads

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import core.cli.serve as serving
from tests.attacks.forked import ROOT, Forge, kill_session
from tests.pages.conftest import text as text_of
from tests.pages.drawn import draw_page, pages_as_app_says
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
    "words": "words --audit sample",
    "shard": "shard sample --rows 20 --to {place}/shards",
    "selftest": "selftest --audit sample --rates 20 --seeds 1",
    "project": "project --audit sample --method pca",
    "import-predictions": "import-predictions {place}/probabilities.csv --audit sample --name other --trained-on none",
    "import-embeddings": "import-embeddings {place}/vectors.npz --audit sample --name other",
    "import-scores": "import-scores {place}/scores.csv --audit sample --lower-is-harder quality",
    "import-model": "import-model --audit sample --factory net_of_the_attack:build --checkpoints {place}/*.pt "
    "--image-size 8 --mean 0.5,0.5,0.5 --std 0.2,0.2,0.2",
    "runs": "runs --audit sample",
    "diff": "diff sample --labels given reviewed --to {place}/differs.csv",
    "reviews": "reviews --audit sample",
    "rerank": "rerank --audit sample --base rmd",
    "export": "export --format decisions --to {place}/out.csv --audit sample",
    "import-decisions": "import-decisions {place}/decisions.csv --audit sample",
    "prove": "prove --audit sample --model resnet8 --epochs 1 --seeds 2 --image-size 16 --workers 1 --device cpu",
    "reproduce": "reproduce rmd --audit sample --section rmd-groups --to {place}/papers.html",
    "report": "report --audit sample --to {place}/report.html",
}
"""Arguments of each command, which is given an audit called AUDIT. {images}: of it. {place}: the audits' folder."""

READ_NO_AUDIT = {
    "demo": "`audit` of the bundled images, for minutes", "doctor": "reads no audit", "encoders": "reads no audit",
    "scorers": "reads no audit", "completion": "reads no audit", "man": "reads no audit",
    "mcp": "asked over its protocol in tests/mcp",
    "worker": "reads a folder of shards, see OVER_SHARDS", "lens": "reads a folder of shards, see OVER_SHARDS",
}  # fmt: skip
"""Commands that are left out, and why."""

NEED_IMAGES = frozenset(f"hardlook {name}" for name in COMMANDS if name not in ("audit", "ingest", "runs", "dashboard"))
"""Commands that can do nothing where the images cannot be read; the first two read them again."""

OVER_SHARDS: dict[str, str] = {
    "embed": "embed {place}/shards --workers 1",
    "score": "score {place}/shards rmd centroid --workers 1",
    "worker": "worker centroid {place}/shards --workers 1",
    "lens": "lens {place}/shards --images 20 --by rmd_oof,centroid --audit lens",
    "runs": "runs {place}/shards",
    "shard": "shard {place}/../../whole-shards/photos --to {place}/shards --rows 25",
}
"""The same of commands that take a folder of shards, which is called so; `audit` is `embed` and `score` of more."""

SHARD_READERS = tuple(f"shards {name}" for name in OVER_SHARDS)

READERS = (*(f"hardlook {name}" for name in COMMANDS), *(f"page {name}" for name in PAGES.values()))


NET = "from torch import nn\ndef build():\n    return nn.Sequential(nn.Flatten(), nn.Linear(192, 5))\n"


@dataclass(frozen=True)
class Outcome:
    """what: "works", "says what is wrong", or what kind of fault. fault: in full, "" for none."""

    what: str
    fault: str = ""


@contextlib.contextmanager
def reading() -> Iterator[Forge]:
    """What readers are run by: `run_reader(forge, …)`, one at a time."""
    with Forge(__name__, {**os.environ, "HARDLOOK_THREADS": "1"}) as forge:
        yield forge


def run_reader(forge: Forge, reader: str, place: Path) -> Outcome:
    """Run a command or draw a page on the audits in a folder, in a process of its own."""
    said = place / "said.txt"
    _input_files(place)
    session = forge.start([*reader.split(), str(place)], ROOT, said)
    in_time = forge.ended(MOST_SECONDS)
    if not in_time:
        kill_session(session)
    code = forge.code()
    text = said.read_text(errors="replace")
    last = " / ".join(text.strip().splitlines()[-3:])[:600]
    if not in_time:
        return Outcome("hangs", f"more than {MOST_SECONDS:.0f} s: {last}")
    if code < 0:
        return Outcome("dies", f"signal {-code}: {last}")
    if "Traceback (most recent call last)" in text or code not in (0, 1):
        return Outcome("traceback", f"exit code {code}: {last}")
    if code == 1 and "error: " not in text:
        return Outcome("says nothing", last)
    return Outcome("works" if code == 0 else "says what is wrong")


def main() -> None:
    """Be the reader that the arguments name, with the folder of audits or of shards: "page runs FOLDER"."""
    kind, name, folder = sys.argv[1:]
    os.environ["HARDLOOK_AUDITS"] = folder
    sys.path.insert(0, folder)  # where the network's code lies
    if kind == "page":
        raise SystemExit(_page(name, Path(folder)))
    raise SystemExit(_command((COMMANDS if kind == "hardlook" else OVER_SHARDS)[name], Path(folder)))


def _input_files(place: Path) -> None:
    (place / "decisions.csv").write_text("id,new_label,reviewer\n000003.png,shirt,bob\n")
    rows = "".join(f"{i:06d}.png,0.2,0.2,0.2,0.2,0.2\n" for i in range(1, 60))
    (place / "probabilities.csv").write_text(f"key,0,1,2,3,4\n{rows}")
    keys = np.array([f"{i:06d}.png" for i in range(1, 60)])
    np.savez(place / "vectors.npz", key=keys, features=np.random.default_rng(0).normal(size=(59, 4)))
    (place / "scores.csv").write_text("id,quality\n" + "".join(f"{i:06d}.png,{i}\n" for i in range(1, 60)))
    (place / "net_of_the_attack.py").write_text(NET)
    for epoch in range(2):
        torch.save({"1.weight": torch.full((5, 192), epoch / 192), "1.bias": torch.zeros(5)}, place / f"{epoch}.pt")


def _command(words: str, place: Path) -> int:
    serving.serve = lambda *_, **__: 0  # what it serves is drawn by `_page`
    images = next(iter((place.parent.parent / "whole").glob("*-images")), place)
    sys.argv = ["hardlook", *words.format(images=images, place=place).split()]
    try:
        core.__main__.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _page(name: str, place: Path) -> int:
    with pages_as_app_says():
        app = draw_page(name, {"audit": AUDIT})
    for raised in app.exception:
        print("Traceback (most recent call last)", raised.message, *list(raised.stack_trace)[-6:], sep="\n")
    said = text_of(app)
    wrong = "cannot be read" in said or "could not be" in said
    if wrong:
        print("error:", said[-300:])
    return int(wrong)
