"""What a label means, in every format alike: the name of a class, else a class's position, or no label at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import BadInput, TwoReadings
from ..wording import some_of
from .classes.alike import alike_key, alike_lines, merged_names
from .classes.no_label import no_labels
from .model import IngestOptions, Label, Understood, natural
from .repeats import repeated

NAMES, POSITIONS, FROM_ONE = "names", "positions", "positions-from-1"
"""What `--labels-are` takes: whether labels are the names of classes or their positions, counted from 0 or from 1."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SHOWN = 10
_MANY = 50  # classes with one image each before a column of labels looks like one of ids

Meaning = dict[Label, int | None]


class UnknownLabel(Exception):
    """A label that is no class; the text says which."""


@dataclass(frozen=True)
class Classes:
    """Class names in label order, and what every label that occurs means. understood: how that was decided."""

    names: tuple[str, ...]
    understood: tuple[Understood, ...]
    meaning: Mapping[Label, int | None]

    def index(self, label: Label) -> int | None:
        """The class of a label, None for none. Raises UnknownLabel."""
        try:
            return self.meaning[label]
        except KeyError:
            alike = next((name for name in self.names if alike_key(name) == alike_key(str(label))), None)
            near = f"; it differs from {alike!r} in blanks, case or Unicode form only (--merge-names)" if alike else ""
            raise UnknownLabel(f"{label!r} is not one of the {len(self.names)} classes{near}") from None


def read_classes(labels: Iterable[Label], declared: Sequence[str], options: IngestOptions) -> Classes:
    """The one place where labels become classes 0..K-1.

    labels: as the input gives them, given and true ones alike. declared: class names in label order where the input
    says them (Hugging Face's ClassLabel, torchvision): there a number is a position, by the format's own definition.
    Raises BadInput on a class named twice, TwoReadings where neither reading is possible for all labels.
    """
    if options.labels_are not in ("", NAMES, POSITIONS, FROM_ONE):
        raise BadInput(
            f"--labels-are is {options.labels_are!r}.",
            f"Give --labels-are {NAMES}, --labels-are {POSITIONS} or --labels-are {FROM_ONE}.",
        )
    names = tuple(options.classes or declared)
    if twice := repeated(names):
        raise BadInput(f"The class {twice[0]!r} is named twice.", "Give each class one name.")
    counts = Counter(labels)
    counts.pop(None, None)
    none, understood = no_labels(counts, names, options)
    used = {label: n for label, n in counts.items() if label not in none}
    texts = {label: str(label) for label in used}
    named: Counter[str] = Counter()
    for label, n in used.items():
        named[texts[label]] += n
    if options.merge_names:
        merge, lines = merged_names(named, names)
        texts = {label: merge.get(text, text) for label, text in texts.items()}
        understood += lines
    else:
        understood += alike_lines(named)
    if names:
        meaning, lines = _among(names, texts, used, declared, options)
        understood += (*lines, _given_order(names, options))
    else:
        names = class_order(set(texts.values()))
        place = {name: index for index, name in enumerate(names)}
        meaning = {label: place[text] for label, text in texts.items()}
        understood += (*_found_order(names), *_doubts(used, names))
    return Classes(names, understood, {**meaning, **dict.fromkeys(none), None: None})


def class_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names in label order: numbers by their value, anything else naturally ("class 2" before "class 10")."""
    names = sorted(names)
    if all(_NUMBER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=float))
    return tuple(sorted(names, key=natural))


def _among(
    names: Sequence[str], texts: Mapping[Label, str], used: Mapping[Label, int], declared: Sequence[str],
    options: IngestOptions,
) -> tuple[Meaning, tuple[Understood, ...]]:  # fmt: skip
    """Labels among fixed classes: each by its name, else by its position; labels that are neither are left out.

    Where labels could be either, the reading that is possible for all of them holds, names before positions; but in
    an input that declares its classes, positions before names, for so its format defines numbers. Numbers from 1 to
    the number of classes are positions from 1, or from 0 with the last one left out: that is asked.
    """
    place = {name: index for index, name in enumerate(names)}
    position = _declared_positions(place, names, declared, options)
    by_name = {label: place[text] for label, text in texts.items() if text in place}
    by_position = {label: position[at] for label in texts if (at := _whole(label)) is not None and at in position}
    from_one = {label: position[at - 1] for label in texts if (at := _whole(label)) is not None and at - 1 in position}
    readings = {NAMES: by_name, POSITIONS: by_position}
    if options.labels_are == FROM_ONE:
        return dict(from_one), _reading_said({}, from_one, names, "", first=1)
    if options.labels_are:
        only = {NAMES: {}, POSITIONS: {}, options.labels_are: readings[options.labels_are]}
        return dict(only[options.labels_are]), _reading_said(only[NAMES], only[POSITIONS], names, "")
    if not by_name and from_one.keys() == texts.keys() != by_position.keys():
        raise _first_position(from_one, by_position, names, used)
    differ = [label for label in by_name if by_position.get(label, by_name[label]) != by_name[label]]
    # "cat" beside 1 can be read one way only; 5 beside 0, among classes 1 to 5, cannot.
    numbers = [label for label in by_name if label not in by_position and _whole(label) is not None]
    if not differ and not (numbers and by_position.keys() - by_name.keys()):
        return {**by_position, **by_name}, _reading_said(by_name, by_position, names, "")
    order = (POSITIONS, NAMES) if declared and not options.classes else (NAMES, POSITIONS)
    for reading in order:
        if readings[reading].keys() == by_name.keys() | by_position.keys():
            other = POSITIONS if reading == NAMES else NAMES
            only = {NAMES: {}, POSITIONS: {}, reading: readings[reading]}
            return dict(readings[reading]), _reading_said(only[NAMES], only[POSITIONS], names, f"--labels-are {other}")
    raise TwoReadings(
        f"Labels such as {(differ or numbers)[0]!r} are names of classes or positions of others, and neither is "
        "possible for all labels.",
        [
            (
                f"labels as {reading} of classes, which leaves {_left_out(meaning, used)} without a class",
                f"--labels-are {reading}",
            )
            for reading, meaning in ((one, readings[one]) for one in order)
        ],
    )


def _first_position(
    from_one: Mapping[Label, int], from_zero: Mapping[Label, int], names: Sequence[str], used: Mapping[Label, int]
) -> TwoReadings:
    """Labels that are all positions if the first class is 1, and not all if it is 0."""
    label = min(from_one, key=lambda each: from_one[each])
    last = max(from_one, key=lambda each: from_one[each])
    readings = [(f"positions from 1, where {label} is {names[from_one[label]]!r}", f"--labels-are {FROM_ONE}")]
    zero = f"where {label} is {names[from_zero[label]]!r}, " if label in from_zero else ""
    left = _left_out(from_zero, used)
    readings.append((f"positions from 0, {zero}which leaves {left} without a class", f"--labels-are {POSITIONS}"))
    return TwoReadings(f"There are {len(names):,} classes and no label 0, but a label {last}.", readings)


def _declared_positions(
    place: Mapping[str, int], names: Sequence[str], declared: Sequence[str], options: IngestOptions
) -> dict[int, int]:
    """Which class a number is. Numbers of an input that declares its classes keep their names under `--classes`."""
    if options.classes and declared and set(declared) <= set(place):
        return {number: place[name] for number, name in enumerate(declared)}
    return {index: index for index in range(len(names))}


def _whole(label: Label) -> int | None:
    """The number that a label is or says: 3, "3"."""
    if isinstance(label, int):
        return label
    return int(label) if label is not None and label.isascii() and label.isdecimal() and len(label) < 10 else None


def _left_out(meaning: Mapping[Label, int | None], used: Mapping[Label, int]) -> str:
    rows = {label: n for label, n in used.items() if label not in meaning}
    return f"{sum(rows.values()):,} images labelled {some_of(sorted(map(str, rows), key=natural), _SHOWN)}"


def _reading_said(
    by_name: Mapping[Label, int | None], by_position: Mapping[Label, int | None], names: Sequence[str], option: str,
    first: int = 0,
) -> tuple[Understood, ...]:  # fmt: skip
    if by_name and (option or not by_position):
        return (Understood("labels", "each is the name of a class", option),)
    only = {label: index for label, index in by_position.items() if label not in by_name}
    if not only:
        return ()
    label, index = min(only.items(), key=lambda each: str(each[0]))
    text = f"each is the position of a class, from {first}: {label} is {names[index or 0]!r}"
    return (Understood("labels", text, option),)


def _given_order(names: Sequence[str], options: IngestOptions) -> Understood:
    how = "as --classes gives them" if options.classes else "as the input declares them"
    return Understood("class order", f"{how}: {some_of(names, _SHOWN)}", "" if options.classes else "--classes NAMES")


def _found_order(names: Sequence[str]) -> tuple[Understood, ...]:
    return (Understood("class order", f"sorted by name: {some_of(names, _SHOWN)}", "--classes NAMES"),) if names else ()


def _doubts(used: Mapping[Label, int], names: Sequence[str]) -> tuple[Understood, ...]:
    """A line where what was read as labels looks like something else."""
    if len(names) >= _MANY and max(used.values()) == 1:
        text = f"each of the {len(names):,} labels occurs once: they may be ids or measurements rather than classes"
        return (Understood("labels", text, "--label-key COLUMN"),)
    several = [
        (name, mark) for name in names for mark in "|;,"
        if mark in name and sum(part.strip() in names for part in name.split(mark)) > 1
    ]  # fmt: skip
    if several:
        name, mark = several[0]
        text = f"{len(several)} classes, {name!r} first, look like several labels with {mark!r} between and are not"
        return (Understood("labels", text, "--label-key COLUMN"),)
    return ()
