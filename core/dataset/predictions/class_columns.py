"""Which column of a file of predictions is which class: by the header's names, or by the columns' place."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import BadInput, TwoReadings
from ...types import Ints
from ...wording import some_of
from ..repeats import repeated

SHOWN = 5
_BETWEEN = re.compile(r"[\s_-]+")
_WHOLE = re.compile(r"\d+\.0")
_COUNTED = re.compile(r"(?P<before>.*?)(?P<number>\d+)(?P<after>\D*)", re.DOTALL)


@dataclass(frozen=True)
class ClassColumns:
    """The columns of the classes. columns: (k,) int, in the file's own order. reading: (k,) int, the class of each.

    how: in words. by_name: whether the header names the classes, or else their place says which they are.
    ignored: names of columns of numbers that are no class.
    """

    columns: Ints
    reading: Ints
    how: str
    by_name: bool
    ignored: tuple[str, ...] = ()

    @property
    def order(self) -> Ints:
        """(k,) int: the column of each class."""
        order = np.empty_like(self.columns)
        order[self.reading] = self.columns
        return order

    def read_as(self, reading: Ints, how: str) -> ClassColumns:
        """The same columns, each of another class."""
        return ClassColumns(self.columns, np.asarray(reading), how, False, self.ignored)


@dataclass(frozen=True)
class _Named:
    """A set of columns, one a class: the header's words are the classes' names with this before and after them."""

    before: str
    after: str
    places: tuple[int, ...]

    @property
    def pattern(self) -> str:
        return f"{self.before}*{self.after}"


def match_classes(
    columns: Sequence[str] | None,
    width: int,
    classes: Sequence[str],
    what: str,
    *,
    pattern: str = "",
    texts: Sequence[str] = (),
    as_they_stand: bool = False,
) -> ClassColumns:
    """Columns by class name, `prob_cat` and `cat_prob` among them, or by place where they only count.

    width: how many columns there are. what: the thing that has them, for messages. pattern: "prob_*" for one of
    several sets of columns. texts: columns that hold no numbers. as_they_stand: their place decides, whatever their
    names, because somebody said which class each is.
    Raises BadInput where a class has no column or the columns are named after something else, TwoReadings where
    several sets of them fit.
    """
    if columns is None:
        return _by_place(range(width), classes, what, ())
    sets = [*_named(columns, classes, _same)]
    aside = "" if sets else ", capitals and what stands between words aside"
    sets = sets or [*_named(columns, classes, _folded)]
    sets = [each for each in sets if not pattern or each.pattern == pattern]
    if len(sets) > 1:
        raise TwoReadings(
            f"{what} has {len(sets)} columns for every class: {some_of([each.pattern for each in sets])}.",
            [(f"the columns {each.pattern!r}", f"--key {each.pattern!r}") for each in sets],
        )
    if sets:
        return _by_name(sets[0], columns, aside)
    if not as_they_stand:
        _refuse_partly_named(columns, classes, what, texts)
    counted = [each for each in _counted(columns, len(classes)) if not pattern or each.pattern == pattern]
    if len(counted) > 1:
        raise TwoReadings(
            f"{what} has {len(counted)} sets of columns that count the classes.",
            [(f"the columns {each.pattern!r}", f"--key {each.pattern!r}") for each in counted],
        )
    if counted:
        places = set(counted[0].places)
        ignored = tuple(name for place, name in enumerate(columns) if place not in places)
        return _by_place(counted[0].places, classes, what, ignored)
    if pattern:
        raise BadInput(f"{what} has no columns {pattern!r} for every class; it has {some_of(columns)}.", "Name others.")
    if as_they_stand or width == len(classes) == 1:
        return _by_place(range(width), classes, what, ())
    raise BadInput(
        f"The columns of {what} are called {some_of(columns)}, and none is named like a class ({some_of(classes)}).",
        "If they are the classes' numbers, say which in their order: --classes NAME,NAME,… ; a table of something else "
        "is no predictions: give one column of numbers per class.",
    )


def name_columns(given: Sequence[str], found: ClassColumns, width: int, classes: Sequence[str], what: str) -> Ints:
    """(k,) int, the class of each column in the file's order, as somebody named them all. Raises BadInput."""
    if twice := repeated(given):
        raise BadInput(f"--classes names {twice[0]!r} twice.", "Name each column once.")
    if set(given) != set(classes) or len(found.columns) != len(given):
        here, there = dict.fromkeys(given), dict.fromkeys(classes)
        odd = [name for name in here if name not in there] or [name for name in there if name not in here]
        raise BadInput(
            f"--classes has {len(given)} names, {what} {width} columns, and the audit the classes {some_of(classes)}"
            + (f"; not in both: {some_of(odd)}." if odd else "."),
            "Name every column once, in the file's order, as the audit calls its class.",
        )
    place = {name: index for index, name in enumerate(classes)}
    return np.array([place[name] for name in given])


def _by_name(named: _Named, columns: Sequence[str], aside: str) -> ClassColumns:
    class_of = {place: number for number, place in enumerate(named.places)}
    standing = sorted(class_of)
    reading = [class_of[place] for place in standing]
    ignored = tuple(name for place, name in enumerate(columns) if place not in class_of)
    how = "by name" if named.pattern == "*" else f"by name, written {named.pattern!r}"
    return ClassColumns(np.array(standing), np.array(reading), how + aside, True, ignored)


def _by_place(places: Sequence[int], classes: Sequence[str], what: str, ignored: tuple[str, ...]) -> ClassColumns:
    if len(places) != len(classes):
        hint = "Give one column per class, named like the classes or in their order."
        if len(places) == 1 and len(classes) == 2:
            hint = "Give both classes a column: 1 - p and p."
        raise BadInput(
            f"{what} has {len(places)} columns, and the audit has {len(classes)} classes: {some_of(classes)}.", hint
        )
    return ClassColumns(np.array(places), np.arange(len(places)), "in the audit's order", False, ignored)


def _named(columns: Sequence[str], classes: Sequence[str], fold: Callable[[str], str]) -> Iterator[_Named]:
    """Every set of columns whose names are the classes' with the same text before and the same after."""
    names = [fold(name) for name in classes]
    if len(set(names)) < len(names):
        return
    place: dict[str, int] = {}
    twice = set()
    for index, column in enumerate(map(fold, columns)):
        twice |= {column} & place.keys()
        place[column] = index
    for before, after in dict.fromkeys(_around(place, max(names, key=len))):
        wanted = [f"{before}{name}{after}" for name in names]
        if all(name in place and name not in twice for name in wanted):
            yield _Named(before, after, tuple(place[name] for name in wanted))


def _around(columns: Sequence[str] | dict[str, int], name: str) -> Iterator[tuple[str, str]]:
    """What stands before and after a name in each column that holds it."""
    for column in columns:
        at = column.find(name)
        while at >= 0:
            yield column[:at], column[at + len(name) :]
            at = column.find(name, at + 1) if name else -1


def _counted(columns: Sequence[str], k: int) -> list[_Named]:
    """Sets of columns that are numbered 0..k-1 or 1..k, like p0, p1, p2: in the order of their numbers."""
    sets: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for index, column in enumerate(columns):
        parts = _COUNTED.fullmatch(column)
        if parts and parts["number"].isdecimal():
            sets[parts["before"], parts["after"]].setdefault(int(parts["number"]), index)
    return [
        _Named(before, after, tuple(places[number] for number in sorted(places)))
        for (before, after), places in sets.items()
        if sorted(places) in (list(range(k)), list(range(1, k + 1)))
    ]


def _refuse_partly_named(columns: Sequence[str], classes: Sequence[str], what: str, texts: Sequence[str]) -> None:
    """Raise BadInput where some classes have a column and others none."""
    there = {_folded(name) for name in columns}
    whole = {_folded(name): name for name in classes}
    parts = [("", "")]
    for name in whole:
        if len(name) > 1:
            parts += list(_around(dict.fromkeys(there, 0), name))[:SHOWN]
    best = max(dict.fromkeys(parts), key=lambda part: sum(f"{part[0]}{name}{part[1]}" in there for name in whole))
    missing = [name for fold, name in whole.items() if f"{best[0]}{fold}{best[1]}" not in there]
    if not missing or len(missing) == len(classes) or (len(classes) - len(missing) == 1 and best != ("", "")):
        return
    not_numbers = [
        name for name in texts if _folded(name) in {f"{best[0]}{_folded(each)}{best[1]}" for each in missing}
    ]
    if not_numbers:
        raise BadInput(
            f"The column {not_numbers[0]!r} of {what} holds no numbers.", "Write numbers with a point: 0.93, not 93 %."
        )
    raise BadInput(
        f"{what} has no column for {some_of(missing)}; it has {some_of(columns)}.",
        "Give every class of the audit a column, or say which class each column is: --classes NAME,NAME,…",
    )


def _same(name: str) -> str:
    return name


def _folded(name: str) -> str:
    """A name without regard to case, Unicode form, outer blanks, what stands between words, and ".0" after a number."""
    plain = _BETWEEN.sub("_", unicodedata.normalize("NFC", name).casefold().strip())
    return plain.removesuffix(".0") if _WHOLE.fullmatch(plain) else plain
