"""Names that differ in blanks, case or Unicode form only: one warning, and one class where the user asks for it."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..model import Understood

_SHOWN = 5  # groups in the warning; all of them are counted


def alike_key(name: str) -> str:
    """What names that look alike have in common: no case, no blanks but single ones inside, one Unicode form.

    NFKC makes one of composed and decomposed letters, of full-width and usual ones, and of all kinds of blanks;
    characters that are not drawn (zero-width joiners, byte order marks) are dropped.
    """
    if name.isascii():
        return " ".join(name.split()).casefold()
    drawn = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(drawn.split()).casefold())


def alike_groups(names: Iterable[str]) -> list[list[str]]:
    """Names that share a key with another, group by group."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_key[alike_key(name)].append(name)
    return [sorted(group) for key, group in sorted(by_key.items()) if len(group) > 1]


def alike_lines(counts: Mapping[str, int]) -> tuple[Understood, ...]:
    """One warning with all names that look alike and how many images have each, none without any."""
    groups = alike_groups(counts)
    if not groups:
        return ()
    text = f"classes kept apart whose names differ in blanks, case or Unicode form only: {_shown(groups, counts)}"
    return (Understood("labels", text, "--merge-names"),)


def merged_names(counts: Mapping[str, int], names: Sequence[str]) -> tuple[dict[str, str], tuple[Understood, ...]]:
    """Which name each of those that look alike becomes, and a line that says so.

    The one among `names`, the known classes, if exactly one is; else the one that most images have.
    """
    merge: dict[str, str] = {}
    groups = alike_groups({*counts, *names})
    for group in groups:
        named = [name for name in group if name in set(names)]
        if len(named) > 1:
            continue  # classes that the user named apart stay apart
        into = named[0] if named else max(group, key=lambda name: (counts.get(name, 0), name == name.strip()))
        merge.update(dict.fromkeys(group, into))
    if not merge:
        return merge, ()
    text = f"merged, as --merge-names says: {_shown(groups, counts)}"
    return merge, (Understood("labels", text),)


def _shown(groups: Sequence[Sequence[str]], counts: Mapping[str, int]) -> str:
    parts = [" and ".join(f"{_visible(name)} ({counts.get(name, 0):,})" for name in group) for group in groups[:_SHOWN]]
    more = f"; {len(groups) - _SHOWN:,} more such groups" if len(groups) > _SHOWN else ""
    return "; ".join(parts) + more


def _visible(name: str) -> str:
    """A name in quotes, with its code points where it is drawn like another though it is not: composed letters."""
    return repr(name) if name.isascii() else ascii(name)
