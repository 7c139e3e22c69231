"""The noise self-test: plant wrong labels on a copy of an audit's labels, and see which scores find them.

Nothing of the audit's labels is written: planted labels live in memory and are drawn anew from their seed. The rows
that are kept are described in core/experiments/self_test.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import BadInput, TooFewRows, command
from ...experiments.self_test import FORM
from ...kinds.evaluate import PLANTED
from ...maths.planted_noise import PLANTERS
from ...progress import Quiet, Reporter
from ...scorers.registry import Scorer
from ...store.audit import Audit
from ...store.metrics import LEVEL, metric_table
from ...store.writer import RunWriter, Stopwatch, run_id
from ...types import Run, RunSpec
from ...wording import count, counted, duration
from ..steps import Done, compute
from ..training.labels import GIVEN, REVIEWED, LabelsVersion, labels_version
from .data import SelfTestData, installed, read_data, scorers_of_labels
from .draw import RESAMPLES, as_metric, draw_rows, together

NAME = "self-test"
RATES = (5.0, 10.0, 20.0)
DRAWS, IMAGES = 3, 5_000
HIGHEST_RATE = 50.0
TRIAL = 1_000  # images scored to learn the speed
TOGETHER = "together"


def self_test(
    audit: Audit,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    rates: Sequence[float] = RATES,
    draws: int = DRAWS,
    images: int = IMAGES,
) -> Done:
    """Plant symmetric, pair and instance-dependent noise at some rates, in several draws, and measure every score.

    encoder_run: the embedding, by name or id; the newest by default. rates: per cent of the labels, above 0 and up to
    50. images: at most so many take part, drawn at random. Labels that people reviewed are started from where there
    are any, and images they excluded take no part. A killed run goes on with the next draw.
    Raises BadInput on a rate that is none, MissingRun without an embedding, TooFewRows with too few labelled images.
    """
    plan = planned(audit, encoder_run, rates, draws, images, reporter)
    rates = plan.spec.parameters["rates"]

    def work(writer: RunWriter) -> None:
        finished = writer.finished()
        if TOGETHER in finished:
            return
        cells = [(kind, rate, seed) for kind in PLANTERS for rate in rates for seed in range(draws)]
        todo = [cell for cell in cells if unit_of_draw(*cell) not in finished]
        if todo:
            plant(writer, audit, plan, todo, reporter)
        rows = [as_metric(row) for row in writer.read("SELECT * FROM metric").to_pylist()]
        writer.commit(TOGETHER, metric_table(together(rows)), clear=("metric",))

    return compute(audit, plan.spec, work, reporter)


@dataclass(frozen=True)
class SelfTestPlan:
    """What a self-test is of. embedding: the run tested. version: of the labels started from."""

    spec: RunSpec
    embedding: Run
    version: LabelsVersion
    scorers: Sequence[Scorer]

    def data(self, audit: Audit, reporter: Reporter) -> tuple[SelfTestData, list[Scorer]]:
        """The images, and the scorers that they are enough for. Raises TooFewRows."""
        data = read_data(audit, self.embedding, self.version, self.spec.parameters["images"], reporter)
        return data, [scorer for scorer in self.scorers if data.enough_for(scorer)]


def planned(
    audit: Audit, encoder_run: str | None, rates: Sequence[float], draws: int, images: int, reporter: Reporter
) -> SelfTestPlan:
    """The embedding, the labels, the scorers that can run here, and the run's identity. Raises as `self_test`."""
    run, rates = audit.latest("embed", encoder_run), checked(rates)
    version = labels_version(audit, REVIEWED)
    scorers, lacking = installed(scorers_of_labels(run))
    for reason in lacking:
        reporter.say(f"left out {reason}")
    inputs = {"items": audit.items_fingerprint, "embed": run.run_id, "labels": version.name}
    parameters = {
        PLANTED: list(PLANTERS), "rates": list(rates), "seeds": draws, "images": images,
        "scorers": {scorer.name: scorer.form for scorer in scorers}, "resamples": RESAMPLES, "level": LEVEL,
        "form": FORM,
    }  # fmt: skip
    return SelfTestPlan(RunSpec("evaluate", NAME, inputs, parameters), run, version, scorers)


def seconds_left(audit: Audit, *, rates: Sequence[float] = RATES, draws: int = DRAWS, images: int = IMAGES) -> float:
    """What a self-test of the newest embedding takes by a trial, 0 where it is there. Raises as `self_test`."""
    plan = planned(audit, None, rates, draws, images, Quiet())
    if audit.run_path(run_id(plan.spec)).exists():
        return 0.0
    data, scorers = plan.data(audit, Quiet())
    return seconds_of(data, scorers, len(PLANTERS) * len(plan.spec.parameters["rates"]) * draws)


def plant(
    writer: RunWriter, audit: Audit, plan: SelfTestPlan, todo: Sequence[tuple[str, float, int]], reporter: Reporter
) -> None:
    """Draw by draw: plant, score, measure, commit."""
    data, scorers = plan.data(audit, reporter)
    lowest = min(rate for _, rate, _ in todo)
    if round(len(data.labels) * lowest / 100) < 2:
        raise TooFewRows(
            f"{lowest:g} % of {counted(len(data.labels), 'label')} is not two, and fewer say nothing.",
            "Plant more of them",
            command(audit.name, "selftest", "--rates", "20"),
        )
    reporter.say(in_words(data, plan.version, scorers, len(todo)))
    watch = Stopwatch()
    with reporter.bar(NAME, "draws") as advance:
        for done, (kind, rate, seed) in enumerate(todo):
            advance(done, len(todo))
            rows = draw_rows(writer.run_id, data, scorers, kind, rate, seed, reporter)
            writer.commit(unit_of_draw(kind, rate, seed), metric_table(rows), seconds=watch.lap())
        advance(len(todo), len(todo))


def unit_of_draw(kind: str, rate: float, seed: int) -> str:
    """What a draw is committed as."""
    return f"{kind} {rate:g} % seed {seed}"


def in_words(data: SelfTestData, version: LabelsVersion, scorers: Sequence[Scorer], draws: int) -> str:
    """What is going to be done, on what, and how long that takes by a trial."""
    labels = "the given labels" if version.name == GIVEN else "the labels as reviewed"
    return (
        f"to do: {counted(draws, 'draw')} of planted labels on a copy of {labels} of {count(len(data.labels))} images, "
        f"{counted(len(scorers), 'scorer')} on each ({', '.join(scorer.name for scorer in scorers)}). About "
        f"{duration(seconds_of(data, scorers, draws))} on this machine as busy as it is now"
    )


def seconds_of(data: SelfTestData, scorers: Sequence[Scorer], draws: int) -> float:
    """Of so many draws, by a trial on a part of the images: in proportion to their number, which is rather too long."""
    part = data.part(TRIAL)
    started = time.perf_counter()
    for scorer in scorers:
        try:
            scorer.run(part.under(part.labels))
        except (BadInput, TooFewRows):  # said where a draw leaves it out
            continue
    return (time.perf_counter() - started) * max(len(data.labels) / len(part.labels), 1.0) * draws


def checked(rates: Sequence[float]) -> tuple[float, ...]:
    """Rates in rising order, each once. Raises BadInput on one that is none."""
    for rate in rates:
        if not 0 < rate <= HIGHEST_RATE:
            raise BadInput(
                f"--rates has {rate:g}, and a share of labels to plant is above 0 and up to {HIGHEST_RATE:g} per cent.",
                "For example: --rates 5,10,20",
            )
    return tuple(sorted(set(map(float, rates))))
