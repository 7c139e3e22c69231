"""How many wrong labels a reviewer finds by looking at the top of each score: the bundled data, whose truth is known.

Run: OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_review_yield [--audits FOLDER] [--audit demo] [--write]

Needs an audit of the bundled data as `hardlook demo` makes it, which is only read. Every score stored there counts,
and every scorer of embeddings that is not, cleanlab's included. --write makes docs/review-yield.md and its figure.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.metrics.intervals import wilson
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.store import views
from core.store.audit import Audit
from core.types import HARDER_LOW, Bools, Floats
from tests.benchmarks.bench_label_errors import SCORERS
from tests.benchmarks.reporting import say, say_conditions

ROOT = Path(__file__).parents[2]
SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
AIM_SHARE, AIM = 0.1, 0.8
DRAWN = 6
"""Curves in the figure; the table has them all."""


@dataclass(frozen=True)
class Yield:
    """What reviewing by one score finds. found: (n,) wrong labels among the first 1, 2, … n images of its order."""

    name: str
    found: Floats
    wrong: int

    def at(self, share: float) -> tuple[float, float, float]:
        """Share of the wrong labels found in the first share of the images, with its 95 % Wilson interval."""
        hits = float(self.found[round(share * len(self.found)) - 1])
        low, high = wilson(hits, self.wrong)
        return hits / self.wrong, float(low), float(high)


def yield_of(name: str, suspicion: Floats, wrong: Bools) -> Yield:
    """suspicion: (n,) higher is more suspect; images without one come last. Ties in the order of the images."""
    order = np.argsort(np.where(np.isnan(suspicion), np.inf, -suspicion), kind="stable")
    return Yield(name, np.cumsum(wrong[order]), int(wrong.sum()))


def yields(audit: Audit) -> list[Yield]:
    """Every score, the one that finds most in the first tenth first."""
    hub = views.open_hub(audit)
    labels, truth = views.labels(hub), views.true_labels(hub)
    if truth is None:
        sys.exit(f"Audit {audit.name!r} has no true labels. Make one that has: hardlook demo")
    wrong = (labels != truth) & (truth >= 0)
    found: dict[str, Yield] = {}
    for info in views.score_infos(hub):
        values = views.score(hub, info.address)
        found[info.name] = yield_of(info.name, -values if info.direction == HARDER_LOW else values, wrong)
    embed = [run.run_id for run in hub.runs if run.kind == "embed"][-1]
    features = np.asarray(views.vectors(hub, embed))
    inputs = Inputs(labels=labels, n_classes=len(views.classes(hub)), fit=np.ones(len(labels), bool), features=features)
    for scorer in SCORERS:
        for column in get_scorer(scorer).run(inputs):
            found.setdefault(column.name, yield_of(column.name, column.values, wrong))
    # Parts of suspicion are no rivals to it, and of VoG's two dozen variants the best one stands for all.
    variants = sorted(
        (one for one in found.values() if one.name.startswith("vog")), key=lambda one: -one.at(AIM_SHARE)[0]
    )
    left_out = {one.name for one in variants[1:]} | {name for name in found if name.startswith("suspicion_from_")}
    found = {name: one for name, one in found.items() if name not in left_out}
    by_chance = Yield("in no order", wrong.sum() * np.arange(1, len(wrong) + 1) / len(wrong), int(wrong.sum()))
    return [*sorted(found.values(), key=lambda one: -one.at(AIM_SHARE)[0]), by_chance]


def table(found: list[Yield]) -> str:
    """Markdown: one row a score."""
    head = ["score", *(f"top {100 * share:g} %" for share in SHARES)]
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in found:
        cells = []
        for share in SHARES:
            value, low, high = one.at(share)
            interval = "" if one is found[-1] else f" [{100 * low:.0f}, {100 * high:.0f}]"
            cells.append(f"{100 * value:.0f} %{interval}")
        rows.append(f"| {one.name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def draw(found: list[Yield], to: Path) -> None:
    """The curves of the best scores and of no order, as SVG: share of images reviewed against share of errors found."""
    width, height, left, top = 760, 360, 60, 20
    colours = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
    inner, tall = width - left - 260, height - top - 50

    def place(x: float, y: float) -> str:
        return f"{left + inner * x / SHARES[-1]:.1f},{top + tall * (1 - y):.1f}"

    n = len(found[0].found)
    steps = np.linspace(0, SHARES[-1], 121)

    def text(x: float, y: float, said: str, fill: str = "#5F5F5B", anchor: str = "middle") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{said}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#FAFAF9"/>',
        text(left + inner / 2, height - 8, "images reviewed, most suspect first", "#1C1C1A"),
    ]
    for y in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(f'<polyline points="{place(0, y)} {place(SHARES[-1], y)}" stroke="#DEDEDA"/>')
        parts.append(text(left - 8, top + tall * (1 - y) + 4, f"{100 * y:.0f} %", anchor="end"))
    parts += [text(left + inner * x / SHARES[-1], top + tall + 18, f"{100 * x:g} %") for x in SHARES[1:]]
    for number, one in enumerate([*found[:-1][:DRAWN], found[-1]]):
        points = " ".join(place(x, one.found[max(round(x * n) - 1, 0)] / one.wrong if x else 0) for x in steps)
        colour = "#8C8C8C" if one is found[-1] else colours[number % len(colours)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        said = f"{one.name}: {100 * one.at(AIM_SHARE)[0]:.0f} % at 10 %"
        parts.append(text(left + inner + 12, top + 14 + 20 * number, said, colour, "start"))
    to.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def main() -> int:
    """Print the table; write the page where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audits", type=Path, default=ROOT / "audits")
    parser.add_argument("--audit", default="demo")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    say_conditions("wrong labels found by reviewing the top of each score")
    found = yields(Audit(options.audits / options.audit))
    text = table(found)
    print(text)
    ours = next(one for one in found if one.name == "suspicion")
    value, low, high = ours.at(AIM_SHARE)
    figure = f"{100 * value:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
    say(f"wrong labels in the top {100 * AIM_SHARE:.0f} % of suspicion", figure, f"≥ {100 * AIM:.0f} %", value >= AIM)
    if options.write:
        page = PAGE.format(table=text, figure=figure, wrong=ours.wrong, n=len(ours.found))
        (ROOT / "docs/review-yield.md").write_text(page, encoding="utf-8")
        draw(found, ROOT / "docs/review-yield.svg")
    return 0


PAGE = """# What reviewing finds

Made by `python -m tests.benchmarks.bench_review_yield --write` from the bundled data as `hardlook demo` audits them:
{n:,} images, {wrong:,} of them with a label that was planted wrong. A reviewer who looks at the most suspect 10 % by
`suspicion` meets {figure} of the wrong labels.

![Share of the wrong labels found against the share of images reviewed](review-yield.svg)

Share of the wrong labels among the most suspect images by each score, with 95 % Wilson intervals. cleanlab's two scores
are computed from the probe's out-of-fold probabilities, so that both evaluate by the same evidence. Scores of
difficulty, such as `md`, `outlier` and VoG, are not meant to find wrong labels: they are here because that is often
assumed. Of VoG's variants the best is shown, high end first.

{table}

The errors were planted by a rule; those that people make are harder to find: see [label-errors.md](label-errors.md).
"""


if __name__ == "__main__":
    sys.exit(main())
