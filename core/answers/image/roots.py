"""Whether a file still lies where the audit may read: asked again each time, because folders change after an ingest."""

from __future__ import annotations

import os
from pathlib import Path

from ...images.containers import TORCHVISION, file_of
from ...images.filenames import from_text
from ...images.roots import Roots
from ...store import lookups
from ...store.views import Hub


def outside_roots(hub: Hub, path: str) -> str:
    """Why the file behind `images.path` may not be opened, "" if it may. Links are followed as they are now.

    The roots are those of the ingest: the input's own folder and what was passed as --root. Ingest refused whatever
    lay outside them; this finds a link that was put in a file's or a folder's place since.
    """
    source, options = lookups.origin(hub)
    if not file_of(path) or source.startswith(TORCHVISION):
        return ""  # torchvision's own files, found by its name for them and not by a path of ours
    own = Path(from_text(source))
    further = [root for root in options.get("roots", []) if os.path.isdir(root)]
    reason = Roots(own if own.is_dir() else own.parent, further).refuses(file_of(path))
    return f"{path}: it now lies outside the audit's folders ({reason.partition(';')[0]})." if reason else ""
