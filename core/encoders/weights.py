"""Where published weights lie on this machine, and fetching them when that is allowed. No torch here.

The libraries would download behind their `pretrained` arguments, with retries of minutes and no say for the user. So
families find the file here, in the caches those libraries share, and load it as any local file.
"""

from __future__ import annotations

import hashlib
import os
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

from ..errors import BadInput, HardlookError, WeightsUnavailable
from ..files.leftovers import remove_leftovers
from ..files.whole import whole_file

TIMEOUT = 10.0  # seconds without an answer until the network counts as absent
HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.")
CHUNK = 1 << 20

OPEN_CLIP_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
TIMM_FILES = ("model.safetensors", "pytorch_model.bin")
"""Under which names the two libraries publish weights on the Hugging Face hub, best first."""


@dataclass(frozen=True)
class Published:
    """Weights as their makers publish them: files of a Hugging Face repository, best first, or a URL.

    folder: the cache in which the URL's file is looked for and kept.
    """

    repository: str = ""
    files: tuple[str, ...] = ()
    url: str = ""
    folder: Path = Path()

    def find(self) -> Path | None:
        """The file in this machine's caches, None where there is none. Never touches the network."""
        if self.repository:
            from huggingface_hub import try_to_load_from_cache  # a quarter of a second, needed for hub models alone

            for name in self.files:
                found = try_to_load_from_cache(self.repository, name)
                if isinstance(found, str) and Path(found).is_file():
                    return Path(found)
        path = self.folder / self.url.rpartition("/")[2]
        return path if self.url and path.is_file() else None

    def fetch(self) -> Path:
        """Download the file into its cache. Raises OSError where it cannot be had."""
        return _from_hub(self.repository, self.files) if self.repository else _from_url(self.url, self.folder)


def torch_cache() -> Path:
    """Where torch.hub, and so torchvision, keeps weights."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("TORCH_HOME") or base / "torch").expanduser() / "hub" / "checkpoints"


def clip_cache() -> Path:
    """Where open_clip keeps what OpenAI's own server sent."""
    return Path.home() / ".cache" / "clip"


def obtain(published: Published, spec: str, *, download: bool) -> Path:
    """The weights' file. Raises WeightsUnavailable with the ways out, at once where nothing may be downloaded."""
    found = published.find()
    if found:
        return found
    ways = (
        f"Pass --encoder {spec}@/path/to/weights if you have the file, or --encoder embedded, which needs no internet"
    )
    if not download:
        raise WeightsUnavailable(
            f"The weights of encoder {spec!r} are not on this machine.", f"{ways}; --download fetches them."
        )
    try:
        return published.fetch()
    except OSError as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise WeightsUnavailable(
            f"The weights of encoder {spec!r} could not be downloaded: {reason}.", f"{ways}."
        ) from error


def local_path(path: str, spec: str) -> Path:
    """A path a user gave after `@`. Raises BadInput if nothing is there."""
    found = Path(path).expanduser()
    if not found.exists():
        raise BadInput(f"Encoder {spec!r}: there is no {found}.", "After @ comes a file or folder of weights.")
    return found


@contextmanager
def weights_that_fit(spec: str) -> Iterator[None]:
    """Turn what loading a wrong or damaged file raises into BadInput."""
    try:
        yield
    except (HardlookError, MemoryError):
        raise
    except Exception as error:  # of bytes that are no pickle, reading raises whatever the bytes ask for
        reason = " ".join(str(error).split())[:300]
        raise BadInput(
            f"The weights of encoder {spec!r} cannot be loaded into their model: {reason}",
            "Check the file, and that the model named before @ is the one it was trained for.",
        ) from error


def _from_hub(repository: str, files: tuple[str, ...]) -> Path:
    from huggingface_hub import hf_hub_download, is_offline_mode
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    if is_offline_mode():
        raise OSError("HF_HUB_OFFLINE is set.")
    _ask(ENDPOINT)
    for name in files:
        try:
            return Path(hf_hub_download(repository, name, etag_timeout=TIMEOUT))
        except LocalEntryNotFoundError as error:  # a subclass of the next: no answer, rather than "no such file"
            raise OSError(f"{repository} cannot be reached on the Hugging Face hub.") from error
        except EntryNotFoundError:
            continue
    raise OSError(f"{repository} on the Hugging Face hub has no {' or '.join(files)}.")


def _ask(address: str) -> None:
    """One question with one time limit, since the hub's own client would ask six times. Raises OSError."""
    try:
        urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=TIMEOUT).close()
    except HTTPError as answer:  # an answer, whatever it says
        answer.close()


def _from_url(url: str, folder: Path) -> Path:
    """Stream a URL into a folder, checked against the hash in its name, visible only when whole."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / url.rpartition("/")[2]
    digest = hashlib.sha256()
    remove_leftovers(folder)
    with whole_file(path, durable=True) as part:
        with open(part, "wb") as file, urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            while chunk := response.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
        expected = HASH_IN_NAME.search(path.name)
        if expected and not digest.hexdigest().startswith(expected[1]):
            raise OSError(f"{url} arrived damaged: its hash is not {expected[1]}.")
    return path
