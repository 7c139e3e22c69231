"""Figures 5 to 7: RMD beside MD and K-means, and RMD of every embedding, along the errors of a model."""

from __future__ import annotations

from ....errors import command
from ....store.metrics import ERROR_AUROC, ERROR_AUROC_DIFFERENCE, ERROR_BY_GROUP, LESS, WHOLE, Metric
from ....store.provenance import COUNTED, RANKED, provenance_of
from ....types import Estimate
from ....wording import capitalised, count, with_interval
from ..registry import register
from ..rules import above, every
from ..section import UNTOLD, Findings, Plot, Reproduced, Series
from ..subjects import embedding_of, errors_counted
from .own_fit import RULE, fitted_to_them, notes_on_fits, told

OURS, PLAIN = "rmd", {"md": "MD", "kmeans": "K-means"}


@register(
    "rmd-rivals",
    paper="rmd",
    place="Figures 5 and 6",
    title="RMD beside MD and K-means in telling a model's errors",
    claim="Errors pile up among the hardest images by RMD, and far less so by Mahalanobis distance alone or by the "
    "distance to the nearest cluster.",
    rule="Holds where RMD's AUROC for the model's errors is ahead of MD's and of K-means' by its whole paired 95 % "
    f"interval; does not where it is behind one of them so. {RULE}",
    steps=("scores",),
    page="difficulty",
)
def rivals(findings: Findings) -> Reproduced | None:
    """From the paired differences that `evaluate` keeps, and every score's groups."""
    address = findings.newest(ERROR_AUROC_DIFFERENCE)
    others = _others(findings, address)
    if not others:
        return None
    beside_it = {title: others[name] for name, title in PLAIN.items() if name in others}
    ahead = {title: row.estimate for title, (_, row) in beside_it.items()}
    lacking = [title for title in PLAIN.values() if title not in ahead]
    in_sample = [title for title, (other, row) in beside_it.items() if fitted_to_them(findings, row, other)]
    in_sample += ["RMD"] if any(fitted_to_them(findings, row) for _, row in beside_it.values()) else []
    verdicts = [*(told(above(one), bool(in_sample)) for one in ahead.values()), *(UNTOLD for _ in lacking)]
    fits = notes_on_fits(findings, [row for _, row in beside_it.values()], in_sample)
    because = "; ".join(f"AUROC less that of {title} {with_interval(one)}" for title, one in ahead.items())
    about = capitalised(errors_counted(findings, next(iter(others.values()))[1]))
    because = f"{about}, embedding {embedding_of(findings, address)}: {because}"
    reduced = [
        f"After the same PCA as RMD, less {name.partition('_')[0]}'s: {with_interval(row.estimate)}."
        for name, (_, row) in others.items()
        if name.endswith("_pca")
    ]
    missing = [f"{' and '.join(lacking)} is not scored of the same embedding."] if lacking else []
    beside = {name: others[name][0] for name in PLAIN if name in others}
    plot = groups_beside(findings, {OURS: address, **beside})
    return Reproduced(every(verdicts), f"{because}.", (), (plot,) if plot else (), (*reduced, *missing, *fits))


def _others(findings: Findings, address: str) -> dict[str, tuple[str, Metric]]:
    """Name of a score that another is compared with -> the address of the one compared last, and the row."""
    rows = findings.in_order(findings.of(ERROR_AUROC_DIFFERENCE, address).values())
    addresses = [(row.slice.removeprefix(LESS), row) for row in rows]
    return {other.rpartition(":")[2]: (other, row) for other, row in addresses}


def groups_beside(findings: Findings, addresses: dict[str, str]) -> Plot | None:
    """Share wrong by group of each score, hardest first."""
    series = tuple(
        Series(name, points) for name, address in addresses.items() if (points := _groups(findings, address))
    )  # fmt: skip
    if not series:
        return None
    size = count(series[0].points[0][1].n)
    return Plot(
        "Error in groups from hard to easy by each score", f"groups of {size} images, 1 the hardest", "group",
        "share wrong", series, {"share wrong": COUNTED},
    )  # fmt: skip


def _groups(findings: Findings, address: str) -> tuple[tuple[float, Estimate], ...]:
    rows = sorted(findings.of(ERROR_BY_GROUP, address).values(), key=lambda row: int(row.slice.rpartition(" ")[2]))
    return tuple((float(i), row.estimate) for i, row in enumerate(rows, 1))


@register(
    "rmd-embeddings",
    paper="rmd",
    place="Figure 7",
    title="Error in groups by RMD of each embedding",
    claim="That errors pile up among images that RMD calls hard does not hang on the encoder.",
    rule="Holds where the AUROC for the model's errors lies above 0.5 by its whole interval for RMD of each of two "
    f"embeddings or more; does not where none of the interval does for one of them. {RULE}",
    steps=("scores", "grid"),
    page="difficulty",
)
def embeddings(findings: Findings) -> Reproduced | None:
    """From the AUROC and groups of the usual RMD of each embedding."""
    addresses = findings.usual_scores(ERROR_AUROC, OURS)
    rows = {address: row for address in addresses if (row := findings.of(ERROR_AUROC, address).get(WHOLE))}
    measured = {address: row.estimate for address, row in rows.items()}
    if not measured:
        return None
    names = {address: f"RMD {i} of {embedding_of(findings, address)}" for i, address in enumerate(measured, 1)}
    because = "; ".join(
        f"{names[address]}: AUROC {with_interval(one)}, {errors_counted(findings, rows[address])}"
        for address, one in measured.items()
    )
    in_sample = [names[address] for address, row in rows.items() if fitted_to_them(findings, row)]
    verdicts = [told(above(one, 0.5), names[address] in in_sample) for address, one in measured.items()]
    verdict = every(verdicts) if len(measured) > 1 else UNTOLD
    fits = notes_on_fits(findings, rows.values(), in_sample)
    another = f"There is RMD of one embedding; {second_embedding(findings.audit)}"
    few = () if len(measured) > 1 else (another,)
    plot = groups_beside(findings, {names[address]: address for address in measured})
    aurocs = Plot(
        "AUROC of RMD for the model's errors", "0.5 is chance", "embedding", "AUROC",
        (Series("", tuple((float(i), one) for i, one in enumerate(measured.values()))),),
        {"AUROC": provenance_of(ERROR_AUROC) or RANKED}, tuple(names.values()), joined=False,
    )  # fmt: skip
    return Reproduced(verdict, f"{because}.", (), (*([plot] if plot else []), aurocs), (*few, *fits))


def second_embedding(audit: str) -> str:
    """How to come to one. Where nobody names an encoder, the usual one is taken, which comes to the same vectors."""
    example = command(audit, "embed", "--encoder", "open_clip:ViT-B-32/openai")
    return f"a second one takes another encoder ({command(None, 'encoders')} lists them): {example}."
