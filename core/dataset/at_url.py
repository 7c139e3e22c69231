"""A manifest that lies at a URL: fetched, read as one on the disk, and gone with the process."""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from ..errors import BadInput
from ..files.tables import MANIFESTS, PARQUET_TABLES
from ..files.temporary import temporary_folder
from ..remote.address import folder_of, name_of, sound
from ..remote.fetching import fetch
from .manifest import list_manifest
from .model import IngestOptions, Listing
from .parquet import holds_paths

_LONGEST = 200  # bytes of a file's name


def list_at_url(source: str, options: IngestOptions) -> Listing:
    """One row per image; names are relative to the manifest's URL, or whole below it or a --root.

    Raises BadInput where the URL is not opened, nothing is there, or it is no manifest; Unreachable; ExtraMissing.
    """
    url = sound(source)
    ending = Path(name_of(url)).suffix.lower()
    if ending not in MANIFESTS:
        raise BadInput(
            f"{url} is no manifest by its name.",
            "Name a .csv, .tsv, .jsonl, .json or .parquet table of paths; at a URL no folder or archive is listed.",
        )
    file = _fetched(url)
    if ending in PARQUET_TABLES and not holds_paths(file, options):
        raise BadInput(
            f"{url} holds images, and at a URL a table of paths is read.", "Download it, or write a table of paths."
        )
    listing = list_manifest(file, options, folder_of(url))
    if not listing.candidates and not listing.refused:
        raise BadInput(f"{url} holds no images.", "Name a table with a row an image.")
    return listing


def was_fetched(file: str) -> bool:
    """Whether a file is the copy of a manifest at a URL, whose times say nothing of it."""
    return _folder.cache_info().currsize > 0 and Path(file).is_relative_to(_folder())


@lru_cache(maxsize=1)
def _folder() -> Path:
    until_the_end = ExitStack()
    atexit.register(until_the_end.close)
    return until_the_end.enter_context(temporary_folder("hardlook-manifest-"))


def _fetched(url: str) -> Path:
    """The copy of a manifest, under its own name."""
    try:
        content = fetch(url)
    except FileNotFoundError as error:
        raise BadInput(f"There is nothing at {url}.", "Name a manifest that is there.") from error
    except OSError as error:
        raise BadInput(
            f"{url} may not be read: {error.strerror or error}.", "Name a manifest that may be read from here."
        ) from error
    name = name_of(url).encode()[-_LONGEST:].decode(errors="ignore")
    file = Path(tempfile.mkdtemp(dir=_folder())) / name
    file.write_bytes(content)
    return file
