"""The classes of two states, matched by name: the share of the images that each has, which came, went, were renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...wording import count

Moves = Mapping[tuple[str | None, str | None], int]
"""(class before, class after) -> images that are in both states; None for no label."""


@dataclass(frozen=True)
class ClassInBoth:
    """A class in two states. before, after: its images that are not excluded. share_before, share_after: of all such
    images that have a label, 0..1; NaN where none has. now: its other name after, "" where it keeps its own."""

    name: str
    now: str
    before: int
    after: int
    share_before: float
    share_after: float

    @property
    def change(self) -> float:
        """Of its share, in -1..1."""
        return self.share_after - self.share_before


@dataclass(frozen=True)
class RenamedClass:
    """A class that is called otherwise. of: its images in both states; follow: how many of them have the new name."""

    before: str
    after: str
    follow: int
    of: int

    @property
    def words(self) -> str:
        """Both names, and how many images tell it."""
        return f"{self.before} → {self.after} ({count(self.follow)} of its {count(self.of)} images in both)"


@dataclass(frozen=True)
class ComparedClasses:
    """shares: every class of either state, those of the first in its order. came, went: classes of one state alone.

    renamed: a class that went and one that came, where more than half of the shared images of each are in the other.
    """

    shares: tuple[ClassInBoth, ...]
    came: tuple[str, ...]
    went: tuple[str, ...]
    renamed: tuple[RenamedClass, ...]


def renamed_classes(before: Sequence[str], after: Sequence[str], moves: Moves) -> tuple[RenamedClass, ...]:
    """Classes that are only called otherwise: see `ComparedClasses`. Some may have changed label beside that."""
    gone, new = set(before) - set(after), set(after) - set(before)
    held: Counter[str | None] = Counter()
    holds: Counter[str | None] = Counter()
    for (old, now), n in moves.items():
        held[old] += n
        holds[now] += n
    renamed = {
        old: RenamedClass(old, now, n, held[old])
        for (old, now), n in moves.items()
        if old in gone and now in new and n * 2 > max(held[old], holds[now])
    }  # more than half of what a class held has gone to one class
    return tuple(renamed[name] for name in before if name in renamed)


def compared_classes(
    before: Sequence[str],
    after: Sequence[str],
    counts_before: Mapping[str | None, int],
    counts_after: Mapping[str | None, int],
    renamed: Sequence[RenamedClass],
) -> ComparedClasses:
    """Classes with what they hold. before, after: names of the classes of each state. counts: images of each."""
    now = {one.before: one.after for one in renamed}
    there, known = set(before), {now.get(one, one) for one in before}
    new = [name for name in after if name not in known]
    total_before, total_after = (
        sum(n for name, n in counts.items() if name is not None) for counts in (counts_before, counts_after)
    )
    shares = []
    for name in (*before, *new):
        n_before = counts_before.get(name, 0) if name in there else 0
        n_after = counts_after.get(now.get(name, name), 0)
        shares.append(
            ClassInBoth(
                name, now.get(name, ""), n_before, n_after, _share(n_before, total_before), _share(n_after, total_after)
            )
        )
    still = set(after)
    went = [name for name in before if name not in now and name not in still]
    return ComparedClasses(tuple(shares), tuple(new), tuple(went), tuple(renamed))


def _share(n: int, total: int) -> float:
    return n / total if total else float("nan")
