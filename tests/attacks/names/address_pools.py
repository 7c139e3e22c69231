"""What stands in attacking addresses: what an audit has, ways to damage it, and what no audit can have."""

from __future__ import annotations

from urllib.parse import quote

import numpy as np

from core.answers.models.confusion_cells import ConfusionCell
from core.answers.models.error_slices import ErrorSlice
from core.answers.models.predictions import IMAGES
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader
from tests.attacks.names.strange_names import STRANGE

MARKUP = "<img src=x onerror=alert(7)>"
NUMBERS = (
    "0", "1", "-1", "57", "1" * 9, "1" * 10, str(2**31), str(2**63), str(2**64), "9" * 4301, "9" * 7000, "٣", "1_000",
    "1e5", "1e999", "-inf", "nan", "0x10", "+1", "1.5", "²", " 1", "1 ",
)  # fmt: skip
CHOICES = (
    "class", "yes", "both", "one", "grid", "second", "conflicts", "sample", "all", "suspects", "two", "quadrants",
    "dynamics", "truth", "ranks", "values", "median", "hardest fifth", "kendall", "spearman", "reviews", "labels",
    "given", "reviewed", "shares", "width", "rank", "raw", "ece", "brier", "score", "errors", "small", "PNG", "SVG",
    "reliability", "training", "robustness", "parts", "deciles", "ends", "groups", "stages", "classes", "confusion",
)  # fmt: skip
ODD = ("", "\ud800", "\udcff", "a\x00b", "\x1b[2J", "%ED%A0%80", "\u202e", "e\u0301" * 30, MARKUP, "${7*7}", "{{7*7}}")


class Pools:
    """What may stand in each part, from what the audit has."""

    def __init__(self, reader: Reader) -> None:
        audit = reader.hub.audit
        runs = [run.run_id for run in reader.hub.runs]
        scores = [one.address for one in reader.scores]
        models = [run.run_id for run in reader.hub.runs if run.kind == "train"]
        maps = [run.run_id for run in reader.hub.runs if run.kind == "project"]
        keys = [str(row["key"]) for row in reader.hub.rows("SELECT key FROM items.images LIMIT 5")]
        slices = [
            ErrorSlice(name, scores[0], models[0], images, Selection(only=only)).encode(reader)
            for name in ("decile 3", "fifth 1", "group 2", "all") for images in IMAGES for only in ("", "ids:0-9")
        ]  # fmt: skip
        cells = [ConfusionCell(0, 1, models[0], "held out", "given", Selection()).encode(reader)]
        saved = [f"saved:{quote(name)}" for name in ("plain", "itself", "one", "round", "deep", "old", MARKUP, "none")]
        subsets = [
            "ids:3,8-12", "ids:0-59", f"near:{keys[1]}", "text:a shoe", f"upload:{'0' * 32}", *slices, *cells, *saved,
            f"tag:{quote(MARKUP)}", "tag:none", f"suspects:{scores[0]}~0.5,1:0.2~1", f"map:{maps[0]}~box,-1,1,-1,1",
            f"map:{maps[0]}~lasso,0,0,1,0,1,1", f"pair:{scores[0]}~{scores[1]}~values~box,-inf,inf,0,inf",
        ]  # fmt: skip
        curves = [f"{score}@{model}" for score in scores for model in models]
        self._named: dict[str, list[str]] = {
            "audit": [audit.name], "score": scores, "against": scores, "model": models, "models": [",".join(models)],
            "split": list(reader.splits), "class": list(reader.class_names), "run": runs, "map": maps, "image": keys,
            "where": ["mode:L", "format:PNG", "mode:", "true_label:1", "key:x"], "only": subsets, "drawn": subsets,
            "opened": [one.partition(":")[2] for one in (*slices, *cells)], "cut": ["0.5", "0.5,3:0.8", "median"],
            "classes": ["|".join(reader.class_names[:3]), "0,1,2"], "curves": [",".join(curves)],
            "with": [audit.name], "before": ["2026-01-01", "1", "2099-12-31T23:59:59"], "versions": ["given,reviewed"],
        }  # fmt: skip
        self.subsets = subsets

    def of(self, name: str) -> list[str]:
        """What may well stand in a part: what the audit has, else a choice or a number."""
        return self._named.get(name, [*CHOICES, *NUMBERS[:5]])


def hostile(rng: np.random.Generator, pools: Pools) -> str:
    """What no audit has, and no page asked for."""
    kind = int(rng.integers(6))
    number, odd = (str(pool[int(rng.integers(len(pool)))]) for pool in (NUMBERS, ODD))
    if kind == 0:
        return number
    if kind == 1:
        return odd
    if kind == 2:
        return str(STRANGE[int(rng.integers(len(STRANGE)))])
    if kind == 3:
        return f"ids:{number}-{NUMBERS[int(rng.integers(len(NUMBERS)))]}"
    if kind == 4:  # a part of a part of a part …
        inner = pools.subsets[int(rng.integers(len(pools.subsets)))]
        for _ in range(int(rng.integers(1, 12))):
            outer = pools.subsets[int(rng.integers(len(pools.subsets)))]
            inner = f"{outer}&within={quote(inner, errors='replace')}"
        return inner
    of = pools.subsets[int(rng.integers(len(pools.subsets)))].partition(":")[0]
    return f"{of}:{odd}" if rng.random() < 0.5 else f"{of}:{number}@{number}"


def damaged(text: str, rng: np.random.Generator) -> str:
    """A text with one to three of: a piece cut, doubled, put elsewhere, a character changed, a number made large."""
    for _ in range(int(rng.integers(1, 4))):
        start, end = sorted(int(i) for i in rng.integers(0, len(text) + 1, 2))
        odd, number = ODD[int(rng.integers(len(ODD)))], NUMBERS[int(rng.integers(len(NUMBERS)))]
        text = (
            text[:start] + text[end:], text[:end] + text[start:], text[start:] + text[:start],
            text[:start] + odd + text[start:], text[:start] + number + text[end:], text.upper(), text * 3,
            text.replace(",", ",,").replace(":", "::"), quote(text, errors="replace"), text.replace("=", "=" + odd),
        )[int(rng.integers(10))][:9000]  # fmt: skip
    return text
