"""Decisions that were made elsewhere, from a table or from Label Studio, into the journal."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from ..errors import BadInput, command
from ..reviews import AMBIGUOUS, CONFIRMED, RELABELLED, By, Decision, Journal, ReviewedImage, class_names
from ..reviews.classes import ClassChanges, class_changes, near_names, spelt_alike
from ..reviews.decisions import REPEATED, UndecidableAmongMany, decide_each
from ..reviews.entries import AGREED, APPLIED, CONFLICT, NOTED
from .answered_images import AnswerPlaces, NotFound
from .answers import Answer, Answers
from .rows import Export, ExportRow

SHOWN = 5


@dataclass(frozen=True)
class ImportedDecisions:
    """What became of the answers of a file.

    unmatched: why an answer is about no image -> each of them by name. changed: images whose content is another than
    the one decided about. left_out, notes: see `Answers`. Answers of neither are counted by what became of them.
    """

    applied: int
    agreed: int
    conflicts: int
    skipped: int
    repeated: int
    unmatched: Mapping[str, tuple[str, ...]]
    changed: tuple[str, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def taken(self) -> int:
        """Answers that the journal holds now."""
        return self.applied + self.agreed + self.conflicts + self.skipped + self.repeated


def import_answers(
    journal: Journal, export: Export, file: Path, answers: Answers, *, reviewer: str = "",
    mapping: Mapping[str, str] | None = None,
) -> ImportedDecisions:  # fmt: skip
    """Write every answer as a decision, all of them or, where one makes no sense, none.

    reviewer: for answers that name none. mapping: choice -> the class it means. The same file again changes nothing.
    Each reviewer is one of their own: two who disagree in one file are a conflict. An answer that says what the
    journal had reached when it was made (`seen`) conflicts with what was decided after; one that says nothing, with
    everything. Raises BadInput naming the row.
    """
    given = [_renamed(answer, mapping or {}) for answer in answers.answers]
    _refuse_unused(answers.answers, mapping or {}, file.name)
    refuse_unknown_classes(given, class_names(journal), class_changes(journal))
    given, notes = _not_ahead(given, journal.last)
    places, senders = AnswerPlaces(export.rows), _Senders(file)
    unmatched: defaultdict[str, list[str]] = defaultdict(list)
    changed: list[str] = []

    def sent() -> Iterator[tuple[Decision, By]]:
        for number, answer in enumerate(given):
            image = places.find(answer)
            if isinstance(image, NotFound):
                unmatched[image.reason].append(image.name)
            elif answer.content_hash not in ("", image.content_hash):
                changed.append(image.key)
            else:
                nonce = senders.nonce(answer, image)
                yield decision_of(answer, image), By(answer.reviewer or reviewer, nonce, number, answer.time)

    try:
        tally = decide_each(journal, sent())
    except UndecidableAmongMany as error:
        raise BadInput(f"{given[error.number].where}: {error.message}", error.advice, *error.commands) from error
    return ImportedDecisions(
        tally[APPLIED], tally[AGREED], tally[CONFLICT], tally[NOTED], tally[REPEATED],
        {reason: tuple(names) for reason, names in unmatched.items()}, tuple(changed), answers.left_out,
        (*answers.notes, *notes, *senders.notes),
    )  # fmt: skip


class _Senders:
    """An outbox for each reviewer of a file. In one outbox a later answer replaces an earlier one, between two it is
    a conflict; answers to one image that name nobody are each from somebody else."""

    def __init__(self, file: Path) -> None:
        self._file = hashlib.blake2b(file.read_bytes(), digest_size=12).hexdigest()
        self._answers: Counter[tuple[str, str]] = Counter()

    def nonce(self, answer: Answer, image: ExportRow) -> str:
        """The outbox of an answer; the same for the same file."""
        self._answers[answer.reviewer, image.key] += 1
        if answer.reviewer:
            return f"import {self._file} of {answer.reviewer}"
        return f"import {self._file} of nobody {self._answers['', image.key]}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of reviewers who answered more than once."""
        again = sum(count - 1 for (reviewer, _), count in self._answers.items() if reviewer)
        return (f"{again:,} answers replaced by a later one of the same reviewer",) if again else ()


def decision_of(answer: Answer, image: ExportRow) -> Decision:
    """One answer as a decision. Without a verdict, a label that the image has already is confirmed."""
    label, second = answer.label or None, answer.second_label or None
    verdict = answer.verdict or (CONFIRMED if label == image.given else RELABELLED)
    if verdict == AMBIGUOUS and second == image.given:
        second = label  # the two are alike, and the one that the image has stays
    if verdict not in (CONFIRMED, RELABELLED):
        label = None  # an ambiguous or excluded image keeps the label it has
    picture = ReviewedImage(image.key, image.content_hash, image.given)
    return Decision(picture, verdict, label, second, seen=answer.seen, reason=answer.reason)


def refuse_unknown_classes(answers: Sequence[Answer], names: Sequence[str], changes: ClassChanges) -> None:
    """Raise BadInput on labels that are no class, now or when they were given, all of them at once."""
    known = set(names)
    odd: dict[str, Answer] = {}
    counts: Counter[str] = Counter()
    for answer in answers:
        for label in (answer.label, answer.second_label):
            if label and label not in known and changes.name_now(label, answer.seen) not in known:
                odd.setdefault(label, answer)
                counts[label] += 1
    if not odd:
        return
    first, answer = next(iter(odd.items()))
    more = ", ".join(f"{label!r} ({counts[label]:,})" for label in list(odd)[1 : SHOWN + 1])
    near = near_names(first, names)
    message = (
        f"{answer.where}: There is no class {first!r}, which {counts[first]:,} answers give; there is "
        f"{', '.join(map(repr, near))}." + (f" Nor is there: {more}." if more else "")
    )
    if spelt_alike(first, names):
        raise BadInput(message, f"If {first!r} means {near[0]!r}: --map {quote(f'{first}={near[0]}')}.")
    raise BadInput(
        message,
        f"If it is one of them: --map {quote(f'{first}={near[0]}')}. If it is a new class",
        command(None, "reviews", "--add-class", first),
    )


def _renamed(answer: Answer, mapping: Mapping[str, str]) -> Answer:
    if not mapping:
        return answer
    label, second = (mapping.get(name, name) for name in (answer.label, answer.second_label))
    if second and label == second:  # two choices that mean one class are one answer
        return replace(answer, label=label, second_label="", verdict="")
    return replace(answer, label=label, second_label=second)


def _refuse_unused(answers: Sequence[Answer], mapping: Mapping[str, str], file: str) -> None:
    """Raise BadInput on a choice to be renamed that nobody made: it is misspelt."""
    made = {label for answer in answers for label in (answer.label, answer.second_label) if label}
    unused = [name for name in mapping if name not in made]
    if unused:
        raise BadInput(
            f"No answer of {file} is {unused[0]!r}, which --map names; there is "
            f"{', '.join(map(repr, sorted(made)[:SHOWN])) or 'none at all'}.",
            "Write --map CHOICE=CLASS with a choice of the file.",
        )


def _not_ahead(answers: Sequence[Answer], last: int) -> tuple[list[Answer], list[str]]:
    """Answers that have seen no more than there is: a number from another journal says nothing of this one."""
    ahead = sum(answer.seen > last for answer in answers)
    notes = [f"{ahead:,} answers have seen entries that this journal does not have, so they count as having seen none"]
    return [replace(each, seen=0) if each.seen > last else each for each in answers], notes if ahead else []
