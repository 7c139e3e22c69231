"""Images of an audit by key or id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL.Image import Image

from ...answers.image.roots import outside_roots
from ...errors import BadInput
from ...images.pixels import PixelSource
from ...store import views
from ...store.audit import Audit
from ..arguments.arrays import describe, refusal

WANTED = "a list of keys or image ids, such as frame['key'][:9]"


def pictures(audit: Audit, keys: Sequence[Any]) -> list[Image]:
    """The images in this order, RGB. Raises BadInput on one that is not there, or may not be read."""
    hub = views.open_hub(audit)
    rows = views.images(hub, "key, path, row, content_hash")
    ids = _ids(keys, rows["key"].to_pylist())
    source = PixelSource(rows["path"].to_pylist(), rows["row"].to_pylist(), rows["content_hash"].to_pylist())
    for path in {rows["path"][image_id].as_py() for image_id in ids}:
        if reason := outside_roots(hub, path):
            raise BadInput(reason, "Put the file back, or ingest again.")
    return [source.rgb(image_id) for image_id in ids]


def _ids(wanted: Any, keys: list[str]) -> list[int]:
    if wanted is None or isinstance(wanted, str | bytes | dict) or not hasattr(wanted, "__iter__"):
        raise refusal("keys", wanted, WANTED)
    place = {key: image_id for image_id, key in enumerate(keys)}
    found = []
    for one in wanted:
        number = isinstance(one, int | np.integer) and not isinstance(one, bool)
        image_id = (
            int(one) if number and 0 <= int(one) < len(keys) else place.get(one) if isinstance(one, str) else None
        )
        if image_id is None:
            raise BadInput(f"keys has {describe(one)}, which is no image of {len(keys):,}.", f"Give {WANTED}.")
        found.append(image_id)
    return found
