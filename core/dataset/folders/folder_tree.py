"""The folders that images lie in, as a tree: what `inferring` asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .layout import Places


@dataclass
class Folder:
    """A folder with images somewhere below it. own: images that lie directly in it."""

    own: int = 0
    folders: dict[str, Folder] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the folders in it, in name order."""
        return sorted(self.folders)

    def places(self, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every folder below that holds images directly, () for this one."""
        if self.own:
            yield above
        for name, folder in self.folders.items():
            yield from folder.places((*above, name))

    def levels(self) -> Iterator[tuple[int, str]]:
        """Every folder below with its level, 0 for those directly in this one."""
        for name, folder in self.folders.items():
            yield 0, name
            yield from ((level + 1, below) for level, below in folder.levels())


def grown(places: Places) -> Folder:
    """The tree of some places."""
    root = Folder()
    for place, count in places.items():
        folder = root
        for name in place:
            folder = folder.folders.setdefault(name, Folder())
        folder.own += count
    return root


def merged(folders: Iterable[Folder]) -> Folder:
    """Several folders, one upon the other."""
    whole = Folder()
    for folder in folders:
        whole.own += folder.own
        for name, below in folder.folders.items():
            whole.folders[name] = merged([whole.folders[name], below]) if name in whole.folders else below
    return whole
