"""Which labels mean that an image has none: blanks, what the user names, and -1 where it is used so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import IngestOptions, Label, Understood

RARE = 0.1
"""-1 beside classes 0..K-1 is no label if it is at most this share of the labels; a class of its own beyond that."""

_NUMBER_ONLY = "--no-label ''"
Lines = tuple[Understood, ...]


def no_labels(counts: Mapping[Label, int], names: Sequence[str], options: IngestOptions) -> tuple[set[Label], Lines]:
    """The labels that mean none, and what is said of it. counts: images by label. names: the classes, if known.

    -1 is a class. It is taken for none where the user says so, where classes are known and -1 is none of them (as in
    Hugging Face's test sets), and where it is rare beside the numbers 0..K-1 (as PyTorch's data sets use it).
    """
    if options.no_label:
        meant = {label for label in counts if str(label) in options.no_label}
        n = sum(counts[label] for label in meant)
        listed = " or ".join(repr(value) for value in options.no_label if value)
        return meant, (Understood("labels", f"{n:,} images labelled {listed} have no label, as --no-label says"),)
    minus_one = {label for label in counts if str(label) == "-1"}
    if not minus_one or "-1" in names:
        return set(), ()
    n = sum(counts[label] for label in minus_one)
    if names:
        text = f"took -1 as no label: {n:,} images, and -1 is none of the classes"
        return minus_one, (Understood("labels", text, "--classes with -1 among them"),)
    others = {label for label in counts if label not in minus_one}
    positions = {str(label) for label in others} == set(map(str, range(len(others)))) and len(others) > 1
    if positions and n <= RARE * sum(counts.values()):
        text = f"took -1 as no label: {n:,} images beside classes 0 to {len(others) - 1}"
        return minus_one, (Understood("labels", text, _NUMBER_ONLY),)
    return set(), (Understood("labels", f"took -1 as a class of its own: {n:,} images", "--no-label=-1"),)
