"""How an input is read, in lines: said after an ingest, and instead of one by `hardlook ingest --plan`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ..dataset import IngestOptions
from ..dataset.model import PassedOver, Understood
from ..dataset.read import found, named_images, notes_of, understood
from ..images.filenames import to_text
from ..progress import Reporter
from ..wording import counted
from .own_manifest import with_own_roots


def plan_ingest(source: str, reporter: Reporter, options: IngestOptions) -> None:
    """Say how a source would be read. No image is opened and nothing is written.

    Raises BadInput, with what an ingest would raise before it opens the first image.
    """
    options = with_own_roots(source, options, reporter)
    named = named_images(source, options)
    listing, classes, sound, refused = named.listing, named.classes, named.sound, named.refused
    splits = Counter(candidate.split for candidate, *_ in sound)
    unlabelled = sum(label is None for _, label, _ in sound)
    parts = [counted(len(sound), "image"), counted(len(classes.names), "class", "classes")]
    parts += [", ".join(f"{count:,} {split}" for split, count in splits.most_common())]
    parts += [f"{unlabelled:,} unlabelled"] if unlabelled else []
    reporter.say(f"plan of {to_text(source)}: {' · '.join(parts)}; no image was opened, nothing was written")
    for line in reading_lines(understood(listing, classes), listing.passed_over):
        reporter.say(f"  {line}")
    for note in (*listing.notes, *notes_of([candidate for candidate, *_ in sound])):
        reporter.say(f"  {note}")
    for reason, count in Counter(one.reason for one in refused).most_common():
        example = next(one for one in refused if one.reason == reason)
        reporter.say(f"  refused, {reason}: {count:,}, {example.key or example.path!r} first ({example.detail})")
    reporter.say(f"  {account(found(listing), len(sound), len(refused), listing.passed_over, 'to open')}")


def reading_lines(lines: Iterable[Understood], passed_over: Iterable[PassedOver]) -> Iterator[str]:
    """A line for everything understood, with the option that changes it, and one for each kind passed over."""
    for line in lines:
        yield f"{line.about}: {line.text}" + (f" (change it with {line.option})" if line.option else "")
    for one in passed_over:
        yield f"passed over, {one.reason}: {one.count:,}, {one.example!r} first"


def account(total: int, kept: int, refused: int, passed_over: Sequence[PassedOver], kept_word: str = "kept") -> str:
    """The sum that an ingest ends with: everything found is kept, refused or passed over."""
    rest = sum(one.count for one in passed_over)
    return f"found {total:,} = {kept:,} {kept_word} + {refused:,} refused + {rest:,} passed over"
