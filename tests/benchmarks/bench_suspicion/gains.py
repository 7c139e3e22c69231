"""e. What a reviewer gains: wrong labels met early, and how often the first suggested label is the right one."""

from __future__ import annotations

import numpy as np

from core.types import Estimate, Floats, Ints
from tests.benchmarks.bench_label_errors import advantage

from .features import BEST, PLAIN
from .measures import first, percent, signed, table
from .sets import Case
from .sights import some
from .work import Results

SHARES = (0.05, 0.1, 0.2)
OTHERS = ("before", "cleanlab", "knn")


def compared(results: Results, case: Case) -> dict[str, tuple[Floats, Ints | None]]:
    """Values and first suggestions by name, the present form first."""
    now, before = (results["fit", case.name, str(seen)] for seen in (BEST, PLAIN))
    others = results["rivals", case.name, str(BEST)]
    cleanlab, knn = others["cleanlab_self_confidence"], others["knn"]
    return {
        "now": (now.suspicion(), now.suggested()),
        "before": (before.suspicion(1.0), before.suggested(1.0)),
        "cleanlab": (cleanlab.values, cleanlab.suggested),
        "knn": (knn.values, knn.suggested),
    }


def section(results: Results, cases: list[Case]) -> str:
    rows: list[list[str]] = []
    ahead: dict[str, list[Estimate]] = {}
    for case in some(cases):
        wrong, every = case.wrong, compared(results, case)
        for name, (values, suggested) in every.items():
            right = np.nan if suggested is None else float(np.mean(suggested[wrong] == case.truth[wrong]))
            found = [percent(first(values, wrong, share)) for share in SHARES]
            rows.append([case.name if name == "now" else "", name, *found, percent(right)])
        most = [percent(min(share * len(wrong) / wrong.sum(), 1.0)) for share in SHARES]
        rows.append(["", "*the most there could be*", *most, ""])
        now = every["now"][0]
        ahead[case.name] = [advantage(now, every[other][0], wrong)[1] for other in OTHERS]
    head = ["case", "order", *(f"in the first {percent(share)}" for share in SHARES), "first suggestion right"]
    return f"""## What a reviewer gains

Share of the wrong labels among the most suspect images, and for how many of the wrong labels the first suggested one is
the true one. *now*: {BEST}, the matrix at the weight that is set for it; *before*: {PLAIN}, the whole matrix, and its
likeliest other class, which was not what it suggested: that was mostly the given label. cleanlab (self-confidence) and
kNN see the vectors of *now*.

{table(head, rows)}

Average precision of *now* less each, paired over images:

{table(["case", *OTHERS], [[name, *(signed(one) for one in of)] for name, of in ahead.items()])}

{words(list(ahead.values()))}"""


def words(ahead: list[list[Estimate]]) -> str:
    """In how many cases the difference is beyond its interval, either way."""
    said = [
        f"of {other} in {sum(one.low > 0 for one in column)}, behind in {sum(one.high < 0 for one in column)}"
        for other, column in zip(OTHERS, zip(*ahead, strict=True), strict=True)
    ]
    return f"Of {len(ahead)} cases *now* is ahead beyond the interval {'; '.join(said)}; in the rest it cannot be told."
