"""Tables 1 and 3, figure 11b: what VoG tells of out-of-distribution images, beside the detectors made for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ....metrics.seeds import paired_difference
from ....store.metrics import OOD_AUROC, OOD_SHARE_BY_VOG
from ....store.provenance import BY_SEED, COUNTED, provenance_of
from ....types import Estimate
from ....wording import count, counted, with_interval
from ...ood_seeds import AGAINST, SeedGroup, by_run, ood_over_seeds, seed_groups
from ...text_table import TextTable
from ..registry import register
from ..rules import above, most
from ..section import FAILS, HOLDS, Findings, Plot, Reproduced, Series, Verdict
from ..subjects import numbers

VOG, VOG_REVERSED, MSP = "VoG", "VoG reversed", "MSP"
STEPS = ("seeds", "grid", "ood")


@dataclass(frozen=True)
class Beside:
    """VoG less a rival in AUROC on one set, paired by seed. difference: its n is the seeds."""

    group: SeedGroup
    others: str
    rival: str
    difference: Estimate

    @property
    def verdict(self) -> Verdict:
        """Whether VoG is ahead."""
        return above(self.difference)


@register(
    "vog-ood-rivals",
    paper="vog",
    place="Table 1",
    title="VoG beside detectors of out-of-distribution images",
    claim="High VoG tells out-of-distribution images better than most detectors that were made for it.",
    rule="Holds where, over all sets of images and rivals, VoG's AUROC less the rival's, paired by seed, lies above 0 "
    "by its whole interval more often than not; does not where it lies below 0 more often than not. High VoG is read "
    "as out-of-distribution, as the paper does; the reverse is in the table and is no rival.",
    steps=STEPS,
    page="calibration",
    show="telling",
)
def rivals(findings: Findings) -> Reproduced | None:
    """From the rows that `evaluate --ood` keeps of models of several seeds."""
    beside = compared(findings)
    if not beside:
        return None
    verdict = most([one.verdict for one in beside])
    ahead, behind = (sum(one.verdict == which for one in beside) for which in (HOLDS, FAILS))
    because = (
        f"Of {counted(len(beside), 'pair')} of a set and a rival VoG is ahead in {count(ahead)} and behind in "
        f"{count(behind)}, the rest is not told apart."
    )
    return Reproduced(
        verdict, because, tables=tuple(tables_of(findings)), plots=(leads(beside),), notes=notes(findings, beside)
    )


@register(
    "vog-ood-msp",
    paper="vog",
    place="Table 3",
    title="VoG beside the maximum softmax probability",
    claim="High VoG tells out-of-distribution images better than a low maximum softmax probability does.",
    rule="Holds where VoG's AUROC less MSP's, paired by seed, lies above 0 by its whole interval on more than half of "
    "the sets of images; does not where it lies below 0 on more than half.",
    steps=STEPS,
    page="calibration",
    show="telling",
)
def against_msp(findings: Findings) -> Reproduced | None:
    """From the same rows."""
    beside = [one for one in compared(findings) if one.rival == MSP]
    if not beside:
        return None
    texts = "; ".join(f"{one.others}: {with_interval(one.difference)}" for one in beside)
    rows = tuple(
        line for table in tables_of(findings) for line in _named(table, (VOG, VOG_REVERSED, MSP))
    )  # fmt: skip
    columns = ("models and images", "score", *tables_of(findings)[0].columns[1:])
    table = TextTable(
        "VoG and MSP, mean ± standard deviation over seeds", columns, rows, (), tables_of(findings)[0].sources
    )
    because = f"AUROC of VoG less that of MSP, paired by seed: {texts}."
    return Reproduced(most([one.verdict for one in beside]), because, tables=(table,), notes=notes(findings, beside))


@register(
    "vog-ood-deciles",
    paper="vog",
    place="Figure 11b",
    title="Share of out-of-distribution images by decile of VoG",
    claim="The higher the VoG, the more of the images are out-of-distribution.",
    rule="Holds where the AUROC of VoG, which is the rank trend over the deciles, lies above 0.5 by its whole interval "
    "over images on more than half of the sets, each by its newest model; does not where none of it does on more than "
    "half.",
    steps=STEPS,
    page="calibration",
    show="telling",
)
def by_decile(findings: Findings) -> Reproduced | None:
    """A line for each set, of the newest model that has it."""
    newest: dict[str, str] = {}
    for subject in findings.subjects(OOD_SHARE_BY_VOG):
        for part in findings.of(OOD_SHARE_BY_VOG, subject):
            newest[part.partition(AGAINST)[2]] = subject
    if not newest:
        return None
    lines, verdicts, texts = [], [], []
    for others, subject in newest.items():
        shares = findings.of(OOD_SHARE_BY_VOG, subject)
        points = [(float(i), shares[f"decile {i}{AGAINST}{others}"].estimate) for i in range(1, 11)]
        lines.append(Series(others, tuple(points)))
        auroc = findings.one(OOD_AUROC, subject, f"{VOG}{AGAINST}{others}") or Estimate(float("nan"))
        verdicts.append(above(auroc, 0.5))
        texts.append(f"{others}: {with_interval(auroc)}")
    because = f"AUROC of VoG for out-of-distribution images: {'; '.join(texts)}."
    source = provenance_of(OOD_AUROC)
    plot = Plot(
        "Share of out-of-distribution images by decile of VoG", because, "decile of VoG, 1 the lowest",
        "out-of-distribution", tuple(lines), {"share": COUNTED, **({"AUROC": source} if source else {})},
    )  # fmt: skip
    models = ", ".join(dict.fromkeys(findings.called(subject) for subject in newest.values()))
    note = (
        f"Deciles of the images of both sides together: {images_of(findings, newest)}. Models: {models}. VoG of the "
        "predicted class's logit, late."
    )
    return Reproduced(most(verdicts), because, plots=(plot,), notes=(note,))


def images_of(findings: Findings, sets: Iterable[str]) -> str:
    """How many images VoG's AUROC is of on each set, in words."""
    counts = {
        others: numbers(
            row.estimate.n for row in findings.rows if (row.name, row.slice) == (OOD_AUROC, f"{VOG}{AGAINST}{others}")
        )
        for others in sets
    }
    return ", ".join(f"{n} images with {others}" for others, n in counts.items())


def compared(findings: Findings) -> list[Beside]:
    """VoG beside every rival, for each group of models of two seeds or more and each set they have both on."""
    values = by_run(row for row in findings.rows if row.name == OOD_AUROC)
    parts = list(dict.fromkeys(part for _, part, _ in values))
    beside = []
    for group in seed_groups(findings.runs):
        for others in dict.fromkeys(part.partition(AGAINST)[2] for part in parts):
            of = {score: _by_seed(group, values, f"{score}{AGAINST}{others}") for score in _scores(parts, others)}
            ours = of.pop(VOG, {})
            of.pop(VOG_REVERSED, None)
            differences = {rival: paired_difference(ours, theirs) for rival, theirs in of.items()}
            beside += [Beside(group, others, rival, one) for rival, one in differences.items() if one.n > 1]
    return beside


def _scores(parts: Sequence[str], others: str) -> list[str]:
    return [part.partition(AGAINST)[0] for part in parts if part.endswith(AGAINST + others)]


def _by_seed(group: SeedGroup, values: dict[tuple[str, str, str], float], part: str) -> dict[int, float]:
    """Seed -> AUROC, of the models that have it."""
    keys = {seed: (OOD_AUROC, part, run.run_id) for seed, run in group.runs.items()}
    return {seed: values[key] for seed, key in keys.items() if key in values}


def tables_of(findings: Findings) -> list[TextTable]:
    """Every score as mean ± standard deviation, of the groups and sets that have VoG."""
    rows = [row for row in findings.rows if row.name.startswith("ood_")]
    return [table for table in ood_over_seeds(findings.runs, rows) if any(line[0] == VOG for line in table.rows)]


def _named(table: TextTable, scores: Sequence[str]) -> list[tuple[str, ...]]:
    """Some lines of a table, each with what the table is of."""
    return [(table.title.partition(":")[0], *line) for line in table.rows if line[0] in scores]


def leads(beside: Sequence[Beside]) -> Plot:
    """VoG less each rival, a series for each set."""
    names = tuple(dict.fromkeys(one.rival for one in beside))
    groups = dict.fromkeys((one.group.label, one.others) for one in beside)
    several = Counter(others for _, others in groups)
    series = tuple(
        Series(
            others if several[others] == 1 else f"{others}, {label}",
            tuple(
                (float(names.index(one.rival)), one.difference)
                for one in beside if (one.group.label, one.others) == (label, others)
            ),
        )
        for label, others in groups
    )  # fmt: skip
    return Plot(
        "AUROC of VoG less that of each rival", "above 0 VoG is ahead", "rival", "difference in AUROC", series,
        {"difference": BY_SEED}, names=names, joined=False, zero=True,
    )  # fmt: skip


def notes(findings: Findings, beside: Sequence[Beside]) -> tuple[str, ...]:
    """Which models and images, and what is not as in the paper."""
    groups = dict.fromkeys((one.group.label, len(one.group.runs)) for one in beside)
    models = ", ".join(f"{label} ({counted(seeds, 'seed')})" for label, seeds in groups)
    return (
        f"Models: {models}. In-distribution images are held-out ones and are the positives of AUPR in. Of both sides "
        f"together: {images_of(findings, dict.fromkeys(one.others for one in beside))}.",
        "An interval over seeds holds nothing of how other images would differ. How many pairs are compared is said "
        "above: of twenty without a difference, one seems to have one by chance.",
    )
