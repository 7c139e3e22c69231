"""What people decided, what the flags are worth by the random sample, and what it was worth to a network."""

from __future__ import annotations

from collections import Counter

from ..answers.labels.noise_rate import drawn_sample
from ..answers.provenance import BY_SAMPLE, BY_SEED
from ..answers.review.flag_worth import CUTS, as_drawn, flag_worth
from ..answers.review.random_sample import strata_at
from ..answers.view.journal import reading
from ..errors import command
from ..experiments.proof import stored_proof
from ..experiments.proof_tables import READING, proof_tables, verdict
from ..experiments.text_table import TextTable
from ..reviews import RELABELLED, ReviewState
from ..reviews.summary import agreement, in_words, summary
from ..store import lookups
from ..wording import count, percent_interval
from .blocks import Block, Missing, Section
from .charts import Mark, intervals
from .data_sections import of_all
from .subject import Subject

CHANGES, DECISIONS = 20, 300


def decisions(subject: Subject) -> Section:
    """Counts, people, agreement, which labels became which, and the decisions themselves."""
    with reading(subject.audit) as journal:
        if journal is None or not subject.states:
            missing = Missing(
                "Nobody has reviewed a label yet. The page Label suspects is for that:",
                str(command(subject.audit.name, "dashboard")),
            )
            return Section("Decisions", (), (missing,))
        lines = tuple(in_words(summary(journal, subject.at), agreement(journal)))
    given = _given(subject)
    moved = Counter(
        (given.get(state.key, ""), state.label or "") for state in subject.states.values()
        if state.verdict == RELABELLED and state.label != given.get(state.key)
    )  # fmt: skip
    rows = tuple((was, now, count(n)) for (was, now), n in moved.most_common(CHANGES))
    newest = sorted(subject.states.values(), key=lambda state: -state.version)
    listed = tuple(_decision(state, given) for state in newest[:DECISIONS])
    blocks = (
        TextTable(of_all("Changed labels", CHANGES, len(moved)), ("given", "now", "images"), rows),
        TextTable(
            of_all("Decisions, newest first", DECISIONS, len(newest)),
            ("image", "given", "verdict", "now", "reviewer", "when", "reason"), listed,
        ),
    )  # fmt: skip
    return Section("Decisions", lines, tuple(block for block in blocks if block.rows))


def _given(subject: Subject) -> dict[str, str]:
    """Key -> name of the label in the data, of the reviewed images that the data still has."""
    ids = lookups.ids_of(subject.reader.hub, list(subject.states))
    rows = lookups.image_rows(subject.reader.hub, ids)
    return {row["key"]: subject.reader.class_name(row["label"]) for row in rows}


def _decision(state: ReviewState, given: dict[str, str]) -> tuple[str, ...]:
    now = f"{state.label or ''} or {state.second_label}" if state.second_label else state.label or ""
    when = state.time[:16].replace("T", " ")
    return state.key, given.get(state.key, "not in the data"), state.verdict, now, state.reviewer, when, state.reason


def worth(subject: Subject) -> Section:
    """Estimates from the images that were reviewed in the random order."""
    title = "What the flags are worth"
    if subject.suspecting is None or not subject.states:
        missing = Missing(
            "Nothing of the random sample was reviewed yet. The page Label suspects is for that:",
            str(command(subject.audit.name, "dashboard")),
        )
        return Section(title, (), (missing,))
    drawn = drawn_sample(subject.reader, subject.at)
    address = drawn.address if drawn else subject.suspecting.address
    strata = drawn.strata if drawn else as_drawn(strata_at(subject.reader, address, subject.at))
    found = flag_worth(strata, subject.reader.class_names)
    unknown = strata.sampled == 0
    # A stratum that nobody sampled takes the others' rate, which are the more suspect ones: such cuts are left out.
    first_unknown = int(strata.band[unknown].min()) if unknown.any() else len(CUTS)
    whole = [each for each in found.precisions if each.label is None and CUTS.index(each.cut) < first_unknown]
    marks = [
        Mark(
            f"most suspect {each.cut:.0%}",
            each.precision.in_per_cent(),
            percent_interval(each.precision),
        )
        for each in whole
    ]
    blocks: list[Block] = []
    if marks:
        says = f"by {address.partition(':')[2]}; from {count(max(each.sampled for each in whole))} sampled images"
        blocks.append(
            intervals(
                "Label-noise rate at each threshold",
                says,
                marks,
                sources={"label-noise rate": BY_SAMPLE},
                axis="labels that are wrong, %",
            )
        )
    return Section(title, (found.words,), tuple(blocks))


def effect(subject: Subject) -> Section:
    """What `hardlook prove` found."""
    proof = stored_proof(subject.reader.hub)
    if proof is None:
        return Section("Proof of effect", (), (Missing("Not proved yet.", str(command(subject.audit.name, "prove"))),))
    blocks: list[Block] = []
    if proof.grid is not None:
        version = proof.judged_by[0]
        compared = [row[0] for row in proof.comparisons(version)]
        marks = [
            Mark(
                f"{one.ours.label} − {one.theirs.label}".replace(" labels", ""),
                one.difference.in_per_cent(), one.figure.number(one.difference.value, signed=True),
            )
            for one in compared
        ]  # fmt: skip
        blocks.append(
            intervals(
                "Differences in accuracy", f"evaluated by {version}, {len(proof.seeds)} seeds", marks,
                sources={"differences": BY_SEED}, zero=True,
                axis="points of accuracy",
            )
        )  # fmt: skip
    return Section("Proof of effect", (verdict(proof), READING), (*blocks, *proof_tables(proof)))
