"""Images whose label a score doubts, most suspect first; who agrees, where the list is cut, and what the cut is worth.

Without a cut, suspects are the images whose label the score doubts. With one, of a class or of all, they are those at
or above it, doubted or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from ...errors import BadInput
from ...store.suggestions import doubted, has_suggestions, suggested_labels
from ...types import UNLABELLED, Bools, Floats, Ints, ScoreInfo
from ...wording import count, three
from ..view.choices import with_a_vote
from ..view.ranking import Selection, mask_of, scored
from ..view.reader import Reader
from ..view.subsets import NUMBER, register_subset

KIND = "suspects"
MOST_VOTERS = 32
"""Runs that may agree or not; one bit each."""

OUT_OF_FOLD = ("suspicion", "rmd_margin", "rmd_oof")
"""Columns that speak for a run with several: the one that judged an image without hearing its own label."""


@dataclass(frozen=True)
class Cuts:
    """Lowest values that count as suspect. whole: for every class without one of its own, None for none."""

    whole: float | None = None
    by_class: tuple[tuple[int, float], ...] = ()

    def of(self, label: int) -> float | None:
        """The cut that holds for a class."""
        return dict(self.by_class).get(label, self.whole)

    def changed(self, label: int | None, value: float | None) -> Cuts:
        """With another cut for a class, or for all without their own (label None)."""
        if label is None:
            return replace(self, whole=value)
        kept = {**dict(self.by_class), **({} if value is None else {label: value})}
        if value is None:
            kept.pop(label, None)
        return replace(self, by_class=tuple(sorted(kept.items())))

    def encoded(self) -> str:
        """As an address carries them: "0.5,3:0.8", "" for none."""
        parts = [] if self.whole is None else [_short(self.whole)]
        return ",".join([*parts, *(f"{label}:{_short(value)}" for label, value in self.by_class)])


def _short(value: float) -> str:
    """In as few digits as tell a stored value from its neighbours, so that a cut at an image lists that image."""
    return str(np.float32(value))


def decode_cuts(text: str) -> Cuts:
    """What `Cuts.encoded` wrote. Raises BadInput on what is no threshold."""
    whole: float | None = None
    by_class: dict[int, float] = {}
    for part in filter(None, text.split(",")):
        label, colon, value = part.rpartition(":")
        try:
            number = float(value)
        except ValueError:
            number = inf
        if not isfinite(number) or (colon and not NUMBER.fullmatch(label)):
            raise BadInput(f"{part[:60]!r} is no threshold.", "Write 0.5, or 0.5,3:0.8 with another one for class 3.")
        if colon:
            by_class[int(label)] = number
        else:
            whole = number
    return Cuts(whole, tuple(sorted(by_class.items())))


@dataclass(frozen=True)
class Voter:
    """A scoring run that suggests labels, by one column. name: its scorer and what it was made from."""

    name: str
    address: str


@dataclass(frozen=True, eq=False)
class Suspects:
    """One score's suspicion of every image.

    values: (n,) float32, NaN where there is none. order: (m,) int32 labelled images that have one, most suspect first.
    suggested: (n,) int32, UNLABELLED for none. doubted: (n,) bool, by the score. agree: (n,) uint32, bit i is set where
    voters[i] doubts the label and suggests the same other one.
    """

    address: str
    values: Floats
    order: Ints
    suggested: Ints
    doubted: Bools
    agree: Ints
    voters: tuple[Voter, ...]

    @property
    def votes(self) -> Ints:
        """(n,) how many of the voters agree."""
        return np.bitwise_count(self.agree)

    def agreeing(self, image_id: int) -> list[str]:
        """Names of the voters that doubt the label and suggest the same other one."""
        bits = int(self.agree[image_id])
        return [voter.name for i, voter in enumerate(self.voters) if bits >> i & 1]


def voters_of(reader: Reader, address: str) -> tuple[Voter, ...]:
    """Runs other than the score's own that suggest labels, newest of each scorer and source: a run has one vote."""
    by_origin: dict[tuple[str, str, str], list[ScoreInfo]] = {}
    own = address.split(":", 1)[0]
    for info in reader.scores:
        by_origin.setdefault((info.scorer, info.encoder_run, info.model_run), []).append(info)
    found, voting = [], with_a_vote(reader.scores)
    for (scorer, encoder, model), infos in reversed(by_origin.items()):
        newest = [info for info in infos if info.run_id in voting]
        if own in {info.run_id for info in infos}:
            continue
        rank = {name: place for place, name in enumerate(OUT_OF_FOLD)}
        newest.sort(key=lambda info: (rank.get(info.name, len(rank)), not info.name.endswith("_oof")))
        spokesman = next((info for info in newest if has_suggestions(reader.hub, info.address)), None)
        if spokesman:
            source = next((run.name for run_id in (encoder, model) if (run := reader.run(run_id))), "")
            found.append(Voter(" · ".join(part for part in (scorer, source) if part), spokesman.address))
    return tuple(found[:MOST_VOTERS])


def suspects(reader: Reader, address: str) -> Suspects:
    """Everything the list is drawn from, over all images: some 30 MB at 1.28 million, so keep the answer."""
    ranked, labels = scored(reader, address), reader.labels
    suggested = suggested_labels(reader.hub, address)
    agree = np.zeros(len(labels), np.uint32)
    voters = voters_of(reader, address)
    for bit, voter in enumerate(voters):
        same = doubted(reader.hub, voter.address) & (suggested_labels(reader.hub, voter.address) == suggested)
        agree |= same.astype(np.uint32) << np.uint32(bit)
    order = ranked.order[::-1]
    order = order[labels[order] != UNLABELLED]
    return Suspects(address, ranked.values, order, suggested, doubted(reader.hub, address), agree, voters)


def flagged(reader: Reader, found: Suspects, cuts: Cuts, votes: int = 0) -> Bools:
    """(n,) which images count as suspects: by the cuts, and with at least so many votes."""
    if votes:
        return flagged(reader, found, cuts) & (found.votes >= votes)
    if cuts.whole is None and not cuts.by_class:
        return found.doubted
    classes = len(reader.class_names)
    lowest = np.array([np.nan if (cut := cuts.of(label)) is None else cut for label in range(classes)], np.float32)
    labelled = reader.labels != UNLABELLED
    of_image = lowest[np.where(labelled, reader.labels, 0)]
    above = labelled & ~np.isnan(found.values) & (found.values >= of_image)
    return np.where(np.isnan(of_image), found.doubted, above)


def listed(reader: Reader, found: Suspects, cuts: Cuts, votes: int, selection: Selection) -> Ints:
    """(m,) int32 ids of the suspects in view with at least so many votes, most suspect first."""
    kept = flagged(reader, found, cuts, votes)
    mask = mask_of(reader, selection)
    if mask is not None:
        kept = kept & mask
    return found.order[kept[found.order]]


def encode(address: str, cuts: Cuts, votes: int) -> str:
    """The list as `only=` carries it to other pages, in its order."""
    return f"{KIND}:{address}~{cuts.encoded()}~{votes}"


def _ids(reader: Reader, payload: str) -> Ints:
    address, cuts, votes = _decoded(reader, payload)
    return listed(reader, suspects(reader, address), cuts, votes, Selection())


def _words(reader: Reader, payload: str) -> str:
    address, cuts, votes = _decoded(reader, payload)
    parts = [f"suspects by {address.split(':', 1)[1]}"]
    parts += [f"from {three(cuts.whole)}"] if cuts.whole is not None else []
    parts += [f"thresholds of {count(len(cuts.by_class))} classes"] if cuts.by_class else []
    parts += [f"{votes} or more agree"] if votes else []
    return ", ".join(parts)


def _decoded(reader: Reader, payload: str) -> tuple[str, Cuts, int]:
    address, _, rest = payload.partition("~")
    cuts, _, votes = rest.partition("~")
    if address not in {info.address for info in reader.scores}:
        raise BadInput(f"The suspects of {address!r} were asked for, and there is no such score.",
                       "Choose a score on the page Label suspects.")  # fmt: skip
    return address, decode_cuts(cuts), int(votes) if NUMBER.fullmatch(votes) else 0


register_subset(KIND, _ids, _words)
