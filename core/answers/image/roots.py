"""Whether a file still lies where the audit may read: asked again each time, because folders change after an ingest."""

from __future__ import annotations

from ...images.containers import file_of
from ...images.roots import roots_of
from ...remote.address import is_url
from ...store import lookups
from ...store.views import Hub


def outside_roots(hub: Hub, path: str) -> str:
    """Why the file behind `images.path` may not be opened, "" if it may. Links are followed as they are now.

    The roots are those of the ingest: the input's own folder or prefix and what was passed as --root. Ingest refused
    whatever lay outside them; this finds a link that was put in a file's or a folder's place since.
    """
    roots, place = roots_of(*lookups.origin(hub)), path if is_url(path) else file_of(path)
    if not place or roots is None:
        return ""  # torchvision's own files, found by its name for them and not by a path of ours
    reason = roots.refuses(place)
    return f"{path}: it now lies outside the audit's folders ({reason.partition(';')[0]})." if reason else ""
