"""Difficulty and suspected labels: the images themselves, and what the order of a score says of errors."""

from __future__ import annotations

from collections.abc import Sequence

from ..answers.image.tiles import Tile, error_rate, tiles
from ..answers.labels.comparable import comparable
from ..answers.labels.mistaken_pairs import mistaken_pairs
from ..answers.labels.suspects import Cuts, listed, suspects
from ..answers.models.error_by_difficulty import concentration, direction_in_words, evaluated_order
from ..answers.models.predictions import model_predictions
from ..answers.provenance import BY_SCORE, ERROR, metric_sources
from ..answers.view.cautions import of_another_model, of_its_own_model
from ..answers.view.choices import evaluating_model, model_choices
from ..answers.view.ranking import Scored, Selection, high_end, low_end, scored
from ..errors import command
from ..experiments.text_table import TextTable
from ..types import HARDER_LOW, Ints
from ..wording import count, percent, percent_interval
from .blocks import Block, ImageSheet, Missing, Section
from .charts import Mark, bars
from .data_sections import of_all
from .subject import Subject

SHOWN = 24
"""Images of a sheet."""
PAIRS = 15
"""Pairs of classes that are listed; all of them are counted."""


def difficulty(subject: Subject) -> Section:
    """Both ends of the score in pictures, and the model's error from one to the other."""
    score, ranked = subject.score, subject.ranked
    if score is None or ranked is None:
        return Section("Difficulty", (), (Missing("No score yet.", str(command(subject.audit.name, "score", "rmd"))),))
    blocks: list[Block] = []
    lines = [f"By {score.label}. Values are compared within the data set; they have no unit."]
    model = evaluating_model(subject.reader, score)
    if model is not None:
        evaluated = model_predictions(subject.reader, model.run_id)
        order = evaluated_order(subject.reader, ranked.order, ranked.values, score, evaluated, Selection())
        if len(order.ids):
            lines.append(f"Errors of {model.name}. {direction_in_words(score, order)}")
            models = model_choices(subject.reader)
            cautions = of_its_own_model(score, model, models, subject.audit.name), of_another_model(score, model)
            lines += filter(None, cautions)
        deciles = order.deciles()
        if deciles is not None:
            marks = [
                Mark(str(number), error, f"{percent_interval(error)} of {count(error.n)}")
                for number, error in enumerate(deciles.estimates, 1)
            ]
            across = "deciles of the images, lowest first" if score.direction is None else "deciles, easiest to hardest"
            blocks.append(
                bars(
                    f"Error by decile of {score.name}",
                    concentration(score, order),
                    marks,
                    sources=ERROR,
                    axis="error, %",
                    across=across,
                )
            )
    else:
        blocks.append(Missing("No model yet, so that errors are not known.", str(command(subject.audit.name, "train"))))
    upper, lower = score.ends
    ends = [(upper, high_end(ranked.order, 1, SHOWN)), (lower, low_end(ranked.order, 1, SHOWN))]
    if score.direction == HARDER_LOW:
        ends.reverse()
    blocks += [sheet(subject, title, "", ids, score.address, ranked) for title, ids in ends]
    return Section("Difficulty", tuple(lines), tuple(blocks), metric_sources({"error_auroc": "AUROC"}) if model else {})


def suspected(subject: Subject) -> Section:
    """The labels that a score doubts most, with the ones it would give."""
    score = subject.suspecting
    of = comparable(subject.reader)
    told = (f"Which labels are wrong {of.in_words}." if of.none else f"{of.in_words}.",) if of.in_words else ()
    if score is None:
        missing = Missing("No score suggests labels yet.", str(command(subject.audit.name, "score", "suspicion")))
        return Section("Suspected wrong labels", told, () if of.none else (missing,))
    found = suspects(subject.reader, score.address)
    ids = listed(subject.reader, found, Cuts(), 0, Selection())
    lines = [*told, f"{score.name} doubts {count(len(ids))} of {count(len(found.order))} labels."]
    if found.voters:
        lines.append(f"Other scores that suggest labels: {', '.join(voter.name for voter in found.voters)}.")
    ranked = scored(subject.reader, score.address)
    says = "given → the likeliest other class"
    shown = sheet(subject, "The strongest suspects", says, ids[:SHOWN], score.address, ranked)
    return Section("Suspected wrong labels", tuple(lines), (shown, *mistaken(subject)))


def mistaken(subject: Subject) -> tuple[TextTable, ...]:
    """Which class is given for which, most often first; nothing before confident learning."""
    pairs, n = mistaken_pairs(subject.reader)
    rows = tuple((one.true, one.given, count(one.images), percent(one.share)) for one in pairs[:PAIRS])
    title = of_all("Classes mistaken for others, by confident learning", PAIRS, n)
    columns = ("truly", "given as", "images", "share of all that are truly so")
    return (TextTable(title, columns, rows, (), {"share of all that are truly so": BY_SCORE}),) if rows else ()


def sheet(subject: Subject, title: str, says: str, ids: Ints, address: str, ranked: Scored) -> ImageSheet:
    """Tiles of these images, with the model's error among them where it is known."""
    shown: Sequence[Tile] = tiles(subject.reader, ranked, address, ids, subject.model_run)
    rate = error_rate(shown)
    return ImageSheet(title, "; ".join(filter(None, (says, str(rate) if rate else ""))), tuple(shown))
