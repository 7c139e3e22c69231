"""What was found, in five figures that say what they are from: wrong labels, suspects, errors, calibration, copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...store import tallies
from ...store.metrics import CALIBRATION_ERROR
from ...types import Estimate, Provenance
from ...wording import count, in_sentence, percent, percent_interval, told_from_zero
from ..labels.comparable import Comparable, comparable
from ..labels.duplicates import duplicate_summary
from ..labels.listed_twice import in_words, listed_with_other_labels
from ..labels.noise_rate import NOTHING_TO_GO_BY, NoiseEstimate, noise_basis, noise_estimates, nothing_to_go_by
from ..provenance import COUNTED, PLUG_IN, TALLIED, provenance_of
from ..view.choices import ScoreChoice
from ..view.reader import Reader
from .dataset import ClassRow, class_table
from .standings import ModelStanding, model_lines

FEWEST_TO_EVALUATE = 20
"""Held-out images a class needs before it is named as badly calibrated."""

NAMED_CLASSES = 2
SUSPICION = "score suspicion"
"""What finds out how many labels are wrong, and which."""


@dataclass(frozen=True)
class OverviewHeadline:
    """One figure of the overview. figure: "" where nothing is known yet; then `missing` is the command that finds out.

    detail: what it is of and what follows. opens: the page that shows more ("suspects", "hardest"), "" for none.
    provenance: of the figure, None where the detail says it.
    """

    title: str
    figure: str
    interval: str
    detail: str
    missing: str = ""
    opens: str = ""
    provenance: Provenance | None = None

    @property
    def said_of(self) -> str:
        """The detail, and what the figure is: counted, or estimated by what."""
        return f"{self.detail} ({self.provenance})" if self.provenance and self.figure else self.detail


def overview_headlines(
    reader: Reader, rows: Sequence[ClassRow], suspecting: ScoreChoice | None, model_run: str, at: int = 0
) -> list[OverviewHeadline]:
    """The five figures, in the order of what one would do about them, behind what the input itself contradicts.

    rows: the class table of the images in view, whose suspects are counted; a model's figures are of all held-out
    images, whatever is in view. at: the journal's entry up to which decisions count.
    """
    of = comparable(reader)
    return [
        *listed_twice(reader),
        wrong_labels(noise_estimates(reader, at), of, untold=nothing_to_go_by(reader)),
        suspects(rows, suspecting, of),
        *model_findings(reader, model_run),
        duplicates(reader),
    ]


def listed_twice(reader: Reader) -> list[OverviewHeadline]:
    """Images that the input lists with two labels, one of which is wrong; nothing where it lists none so."""
    listed = listed_with_other_labels(reader)
    if not listed:
        return []
    number = count(len(listed))
    return [OverviewHeadline("Listed twice", number, "", in_words(listed), opens="suspects", provenance=TALLIED)]


def wrong_labels(estimates: list[NoiseEstimate], of: Comparable, *, untold: bool = False) -> OverviewHeadline:
    """The label-noise rate by what knows it best, the others beside it. untold: scores found nothing to go by."""
    if not estimates and untold:
        return OverviewHeadline("Wrong labels", "", "", NOTHING_TO_GO_BY)
    if not estimates:
        return _not_told("Wrong labels", "not estimated yet", of)
    _, interval = _apart(estimates[0].rate)
    detail = "; ".join(filter(None, (noise_basis(estimates), of.in_words)))
    return OverviewHeadline("Wrong labels", estimates[0].figure, interval, detail, opens="suspects")


def suspects(rows: Sequence[ClassRow], suspecting: ScoreChoice | None, of: Comparable) -> OverviewHeadline:
    """How many labels the score doubts, and where most of them are."""
    judged, total = sum(row.n_suspected for row in rows), sum(row.suspects for row in rows)
    if suspecting is None or not judged:
        return _not_told("Suspects", "no score suggests labels yet", of)
    most = sorted((row for row in rows if row.suspects), key=lambda row: -row.suspects)[:NAMED_CLASSES]
    where = ", ".join(f"{in_sentence(row.name)} {count(row.suspects)}" for row in most)
    detail = f"of {count(judged)} labels, by {suspecting.name}" + (f"; most in {where}" if where else "")
    share = f"({percent(total / judged)})"
    return OverviewHeadline("Suspects", count(total), share, detail, opens="suspects", provenance=TALLIED)


def _not_told(title: str, why: str, of: Comparable) -> OverviewHeadline:
    """No figure: because nothing was computed yet, and which command does it; or because nothing can tell."""
    return OverviewHeadline(title, "", "", of.in_words) if of.none else OverviewHeadline(title, "", "", why, SUSPICION)


def model_findings(reader: Reader, model_run: str) -> list[OverviewHeadline]:
    """Errors and calibration of the chosen model on images it was not trained on, and the classes that are worst."""
    line = next((line for line in model_lines(reader) if line.run.run_id == model_run), None)
    if line is None or line.accuracy is None or line.ece is None:
        missing = "evaluate" if line else "train"
        why = "not evaluated yet" if line else "no model yet"
        return [OverviewHeadline(title, "", "", why, missing) for title in ("Errors", "Calibration error")]
    accuracy, classes = line.accuracy, class_table(reader, None, model_run, None)
    rows = classes.rows if classes.held_out else ()
    worst = [row for row in rows if row.n_evaluated >= FEWEST_TO_EVALUATE and row.errors][:NAMED_CLASSES]
    named = ", ".join(f"{in_sentence(row.name)} {percent(row.error.value)}" for row in worst if row.error)
    errors = f"of {count(accuracy.n)} held-out images, {line.run.name}" + (f"; most in {named}" if named else "")
    return [
        OverviewHeadline("Errors", *_apart(accuracy.complement()), errors, opens="hardest", provenance=COUNTED),
        calibration_error(line, rows),
    ]


def calibration_error(line: ModelStanding, rows: Sequence[ClassRow]) -> OverviewHeadline:
    """The debiased calibration error; ECE without an interval where an earlier version evaluated the model."""
    worst, title, ece = calibration_in_words(rows), "Calibration error", percent(line.ece.value) if line.ece else ""
    if line.calibration_error is None or not line.calibration_error.has_interval:
        return OverviewHeadline(title, ece, "", f"ECE, 15 bins; {worst}", provenance=PLUG_IN)
    return OverviewHeadline(
        title, *told_from_zero(line.calibration_error), f"root mean square, debiased; ECE of 15 bins {ece}; {worst}",
        provenance=provenance_of(CALIBRATION_ERROR),
    )  # fmt: skip


def calibration_in_words(rows: Sequence[ClassRow]) -> str:
    """The class whose confidence is furthest from its accuracy, beyond what chance explains in so many classes."""
    evaluated = [row for row in rows if row.n_evaluated >= FEWEST_TO_EVALUATE]
    if not evaluated:
        return f"no class has the {FEWEST_TO_EVALUATE} held-out images that would tell whether it is off"
    off = [row for row in evaluated if row.miscalibrated_among(len(evaluated))]
    if not off:
        return "no class is off by more than chance"
    worst = max(off, key=lambda row: abs(row.overconfidence or 0))
    right = percent(worst.accuracy.value) if worst.accuracy else ""
    return f"worst in {in_sentence(worst.name)}: {percent(worst.confidence)} sure, right on {right}"


def duplicates(reader: Reader) -> OverviewHeadline:
    """Images that are there more than once, and what is wrong with that."""
    found = duplicate_summary(reader)
    if found is None:
        same = tallies.repeated_images(reader.hub)
        detail = f"groups of identical images, {count(same.leaks)} across splits; near ones not looked for yet"
        return OverviewHeadline("Duplicates", count(same.groups), "", detail, "score duplicates", provenance=TALLIED)
    if not found.groups:
        return OverviewHeadline(
            "Duplicates", "0", "", f"groups; no two images identical or alike by a cosine of {found.threshold}",
            provenance=TALLIED,
        )  # fmt: skip
    detail = (
        f"groups, {count(found.exact)} identical; {count(found.leaks)} across splits, "
        f"{count(found.disagreements)} with labels that disagree"
    )
    return OverviewHeadline("Duplicates", count(len(found.groups)), "", detail, opens="hardest", provenance=TALLIED)


def _apart(share: Estimate) -> tuple[str, str]:
    """A share and its interval apart: "8.7 %", "[7.9, 9.6]"."""
    value, bracket, interval = percent_interval(share).partition("[")
    return value.strip(), bracket + interval
