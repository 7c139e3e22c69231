"""Splits of a table that has no column of them: from the folders or the names in its paths, where these say several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ...images.filenames import to_text
from ..folders.inferring import infer_splits
from ..folders.layout import Layout, parse_layout
from ..model import Candidate, IngestOptions, Understood
from ..splits import is_split_name, split_word


def with_splits_of_paths(
    candidates: list[Candidate], key: Callable[[str], str], options: IngestOptions
) -> tuple[list[Candidate], tuple[Understood, ...]]:
    """The candidates with the splits of the folders they lie in, else of all files' names, and the line that says so.

    key: a path relative to its root. One split alone is read as none, for it parts nothing. Folders that may say a
    split or not leave all as it is, in one line. Raises BadInput on a `--layout` that is none.
    """
    above = {one.path.rpartition("/")[0] for one in candidates}
    folders = {folder: PurePosixPath(key(f"{folder}/image")).parts[:-1] for folder in above}
    layout = _layout(folders, candidates, options)
    splits = {folder: layout.place(parts)[0] for folder, parts in folders.items()} if layout.has_splits else {}
    if len({*splits.values()}) > 1:
        candidates = [
            replace(one, split=splits[one.path.rpartition("/")[0]] or options.split) for one in candidates
        ]  # fmt: skip
        counts = ", ".join(f"{split} {n:,}" for split, n in Counter(one.split for one in candidates).most_common())
        text = f"from the folders in the paths, as {layout}: {layout.why}: {counts}"
        return candidates, (Understood("splits", text, "--layout flat"),)
    in_names = [] if options.layout else [split_word(one.path.rpartition("/")[2]) for one in candidates]
    if all(in_names) and len({*in_names}) > 1:
        candidates = [replace(one, split=split) for one, split in zip(candidates, in_names, strict=True)]
        counts = ", ".join(f"{split} {n:,}" for split, n in Counter(in_names).most_common())
        return candidates, (Understood("splits", f"from the files' names: {counts}", "--layout flat"),)
    named = sorted({part for parts in folders.values() for part in parts if is_split_name(part)})
    if len(folders) < 2 or not named or options.layout:
        return candidates, ()
    text = f"none read, though a folder in the paths is called {to_text(named[0])!r} and may say one"
    return candidates, (Understood("splits", text, "--layout split"),)


def _layout(
    folders: dict[str, tuple[str, ...]], candidates: Sequence[Candidate], options: IngestOptions
) -> Layout:  # fmt: skip
    if options.layout:
        return parse_layout(options.layout)
    return infer_splits(Counter(folders[one.path.rpartition("/")[0]] for one in candidates))
