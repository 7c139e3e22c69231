"""Images in folders, in a directory or an archive: their folders say class and split, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..errors import TwoReadings
from ..images.filenames import to_text
from ..images.roots import Roots
from ..wording import counted
from .folders.inferring import infer
from .folders.layout import CLASS, NAMES, Layout, as_option, collapsed, parse_layout, split_of
from .folders.walk import Contents, is_image_name
from .model import Candidate, IngestOptions, Listing, Refused, Understood
from .splits import split_word

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".7z", ".rar", ".gz", ".zst")
NOT_UNPACKED = "an archive, not unpacked"
NOT_AN_IMAGE = "not an image by its name"
ARROW = "of save_to_disk, which is not read: write it again with to_parquet"
TABLES = (".csv", ".tsv", ".jsonl", ".parquet", ".pq")
NOT_READ = "a table that was not read"

Locate = Callable[[str], Candidate | Refused]
"""From an image's name in the input to where it lies, or why it may not be read."""


def list_folder(folder: Path, contents: Contents, options: IngestOptions) -> Listing:
    """Every image of a directory. Class and split come from the folders, as `layout_of` reads them."""
    roots = Roots(folder, options.roots)
    top = str(folder).rstrip("/")

    def locate(name: str) -> Candidate | Refused:
        path = f"{top}/{name}"
        outside = roots.refuses(path)
        if outside:
            return Refused(to_text(name), to_text(path), "outside the roots", outside)
        return Candidate(to_text(name), to_text(path))

    return list_images(contents, locate, options, "image folder")


def list_images(contents: Contents, locate: Locate, options: IngestOptions, kind: str) -> Listing:
    """Every image that `contents` names, with the split and class of its folders; the rest is passed over."""
    images = [name for name in contents.names if is_image_name(name)]
    folders = {folder: _parts(folder) for folder in {name.rpartition("/")[0] for name in images}}
    shorter = collapsed(dict.fromkeys(folders.values(), 1) if folders else {})
    layout = layout_of(images, options)
    places = {folder: layout.place(shorter[parts]) for folder, parts in folders.items()}
    candidates, refused = [], list(contents.refused)
    for name in images:
        located = locate(name)
        if isinstance(located, Refused):
            refused.append(located)
            continue
        split, label = places[name.rpartition("/")[0]]
        split = (split_word(name.rpartition("/")[2]) if layout.in_names else split) or options.split
        candidates.append(Candidate(located.key, located.path, located.row, label, split=split))
    for name in contents.names:
        if not is_image_name(name):
            contents.pass_over(why_passed_over(name), name)
    return Listing(
        kind=kind,
        candidates=tuple(candidates),
        refused=tuple(refused),
        notes=tuple(_notes(shorter.values(), layout)),
        understood=(
            *_understood(layout, candidates, [shorter[parts] for parts in folders.values()]),
            *boxes_beside(images, contents.names),
        ),
        passed_over=contents.passed_over,
        found=contents.found,
    )


def layout_of(images: Sequence[str], options: IngestOptions) -> Layout:
    """The layout that the options name, else the one that the images' folders and names say. Raises TwoReadings."""
    if options.layout:
        return parse_layout(options.layout)
    counts = Counter(name.rpartition("/")[0] for name in images)
    by_parts = {_parts(folder): count for folder, count in counts.items()}
    shorter = collapsed(by_parts)
    places: Counter[tuple[str, ...]] = Counter()
    for parts, count in by_parts.items():
        places[shorter[parts]] += count
    layout = infer(places)
    return layout if layout.has_splits else _with_names(layout, images)


def why_passed_over(name: str) -> str:
    """Why a file that is no image by its name is not read."""
    lower = name.casefold()
    if lower.endswith(ARCHIVES):
        return NOT_UNPACKED
    if lower.endswith(".arrow"):
        return ARROW
    return NOT_READ if lower.endswith(TABLES) else NOT_AN_IMAGE


def boxes_beside(images: Sequence[str], names: Sequence[str]) -> list[Understood]:
    """A line where most images have a text file of their name: what a detector such as YOLO is trained on."""
    stems = {PurePosixPath(name).stem for name in names if name.endswith((".txt", ".xml"))}
    n = sum(PurePosixPath(name).stem in stems for name in images) if stems else 0
    if 2 * n <= len(images):
        return []
    text = f"{n:,} images have a .txt or .xml file of their name, as boxes for a detector have; those are not read"
    return [Understood("labels", text)]


def _with_names(layout: Layout, images: Sequence[str]) -> Layout:
    """The same with splits from the files' names, where every name says one. Raises TwoReadings where most do."""
    words = [split_word(name.rpartition("/")[2]) for name in images]
    named = [word for word in words if word]
    if not named or (2 * len(named) < len(words)) or (len(named) < len(words) and len(set(named)) == 1):
        return layout
    splits = ", ".join(sorted(set(named)))
    if len(named) == len(words):
        return replace(layout, in_names=True, why=f"{layout.why}; every file's name says a split ({splits})")
    raise TwoReadings(
        f"The names of {len(named):,} of {len(words):,} images say a split ({splits}), the others none.",
        [
            ("the splits of the names", as_option((*layout.roles, NAMES))),
            ("no splits", as_option(layout.roles)),
        ],
    )


def _understood(layout: Layout, candidates: Sequence[Candidate], places: Sequence[tuple[str, ...]]) -> list[Understood]:
    lines = [Understood("layout", f"{layout}: {layout.why}", "--layout")]
    labelled = sum(candidate.label is not None for candidate in candidates)
    if labelled:
        n = len({one.label for one in candidates}) - (labelled < len(candidates))
        text = f"from the folders, {counted(n, 'class', 'classes')}"
        without = [candidate.key for candidate in candidates if candidate.label is None]
        text += f"; {len(without):,} images lie in no class's folder, {without[0]!r} first" if without else ""
    else:
        text = "none: no folder is a class"
    lines.append(Understood("labels", text, "--layout"))
    counts = Counter(candidate.split for candidate in candidates)
    parts = ", ".join(f"{split} {count:,}" for split, count in counts.most_common())
    where = "the files' names" if layout.in_names else "the folders"
    said = f"from {where}: {parts}" if layout.has_splits else f"none is named: {parts}"
    lines.append(Understood("splits", said, "--layout"))
    lines.append(Understood("ids", "each image's path in the input"))
    deeper = [place for place in places if len(place) > len(layout.roles)]
    if deeper and CLASS in layout.roles:
        example = to_text("/".join(deeper[0]))
        lines.append(
            Understood("layout", f"folders below these are no classes of their own, {example!r} first", "--layout")
        )
    return lines


def _notes(places: Iterable[tuple[str, ...]], layout: Layout) -> list[str]:
    """A note for each folder of a split that is renamed."""
    renamed: set[str] = set()
    for place in places:
        split, _ = layout.place(place)
        renamed |= {name for name in place if split and name != split and split_of(name) == split}
    return [f"mapped split {to_text(name)!r} to {split_of(name)!r}" for name in sorted(renamed)]


def _parts(folder: str) -> tuple[str, ...]:
    return PurePosixPath(folder).parts
