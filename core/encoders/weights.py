"""Where published weights lie on this machine, and fetching them when that is allowed. No torch here.

The libraries would download behind their `pretrained` arguments, with retries of minutes and no say for the user. So
families find the file here, in the caches those libraries share, and load it as any local file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from ..errors import BadInput, HardlookError, WeightsUnavailable, command
from ..files.leftovers import remove_leftovers
from ..files.whole import whole_file

TIMEOUT = 10.0  # seconds without an answer until the network counts as absent
HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.")
CHUNK = 1 << 20
LONGEST_HEADER = 100 << 20  # of safetensors, by their definition
OF_A_PROXY = (407, 502, 503, 504)

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
        """The file in this machine's caches, None where there is none, or half of one. Never touches the network."""
        if self.repository:
            from huggingface_hub import try_to_load_from_cache  # a quarter of a second, needed for hub models alone

            for name in self.files:
                found = try_to_load_from_cache(self.repository, name)
                if isinstance(found, str) and is_whole(Path(found)):
                    return Path(found)
        path = self.folder / self.url.rpartition("/")[2]
        return path if self.url and is_whole(path) else None

    def broken_off(self) -> Path | None:
        """What a download that was broken off left in the cache, None where there is no such thing."""
        if not self.repository:
            return None  # what comes from a URL appears whole
        folder = Path(hub_cache()) / f"models--{self.repository.replace('/', '--')}"
        named = (snapshot / name for snapshot in folder.glob("snapshots/*") for name in self.files)
        halves = (path for path in named if os.path.lexists(path) and not is_whole(path))
        return next(halves, next(folder.glob("blobs/*.incomplete"), None))

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


def hub_cache() -> str:
    """Where the Hugging Face hub's client keeps what it fetched."""
    from huggingface_hub import constants

    return str(constants.HF_HUB_CACHE)


def is_whole(path: Path) -> bool:
    """Whether a file of weights is there to its end, as far as its first and last bytes say.

    safetensors say in their header how long they are; PyTorch's zip archives end with their list of contents. Of other
    forms a file that can be read and is not empty counts as whole.
    """
    try:
        with open(path, "rb") as file:
            if path.suffix != ".safetensors":
                start = file.read(2)
                return bool(start) and (start != b"PK" or zipfile.is_zipfile(path))
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, LONGEST_HEADER)))
        ends = [one["data_offsets"][1] for name, one in header.items() if name != "__metadata__"]
        return bool(path.stat().st_size == 8 + length + max(ends, default=0))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return False


def obtain(published: Published, spec: str, *, download: bool) -> Path:
    """The weights' file. Raises WeightsUnavailable with the ways out, at once where nothing may be downloaded."""
    found = published.find()
    if found:
        return found
    ways = f"Pass --encoder {spec}@/path/to/weights if you have the file, or"
    without = command(None, "embed", "--encoder", "embedded")  # which needs no internet
    if not download:
        half = published.broken_off()
        state = f"in part on this machine ({half}: a download was broken off)" if half else "not on this machine"
        fetching = command(None, "embed", "--encoder", spec, "--download")
        raise WeightsUnavailable(f"The weights of encoder {spec!r} are {state}.", f"{ways} run", fetching, without)
    try:
        return published.fetch()
    except OSError as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise WeightsUnavailable(
            f"The weights of encoder {spec!r} could not be downloaded: {reason}.", f"{ways} run", without
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
    from huggingface_hub import hf_hub_download, is_offline_mode, try_to_load_from_cache
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    if is_offline_mode():
        raise OSError("HF_HUB_OFFLINE is set; unset it to fetch them")
    _ask(ENDPOINT)
    for name in files:
        try:
            there = try_to_load_from_cache(repository, name)
            half = isinstance(there, str) and not is_whole(Path(there))
            found = Path(hf_hub_download(repository, name, etag_timeout=TIMEOUT, force_download=half))
        except LocalEntryNotFoundError as error:  # a subclass of the next: no answer, rather than "no such file"
            raise OSError(f"{repository} cannot be reached on the Hugging Face hub.") from error
        except EntryNotFoundError:
            continue
        except OSError:
            raise
        except Exception as error:  # of whichever library the client speaks HTTP with: a connection that broke, mostly
            raise OSError(f"{repository} on the Hugging Face hub: {error}") from error
        if not is_whole(found):
            raise OSError(f"{found} arrived in part")
        return found
    raise OSError(f"{repository} on the Hugging Face hub has no {' or '.join(files)}.")


def _ask(address: str) -> None:
    """One question with one time limit, since the hub's own client would ask six times. Raises OSError.

    Any answer is one but a proxy's: that it wants a password, or cannot reach what is behind it.
    """
    try:
        urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=TIMEOUT).close()
    except HTTPError as answer:
        answer.close()
        if answer.code in OF_A_PROXY:
            raise OSError(f"{address}{_through_proxy(address)} answers {answer.code} {answer.reason}") from answer
    except URLError as error:
        raise OSError(f"{address}{_through_proxy(address)} cannot be reached: {error.reason}") from error


def _through_proxy(address: str) -> str:
    """Which proxy a question goes through, without the name and password that may stand in it; "" for none."""
    asked = urlsplit(address)
    if urllib.request.proxy_bypass(asked.hostname or ""):
        return ""
    proxy = urllib.request.getproxies().get(asked.scheme, "")
    return f", through the proxy {urlsplit(proxy).netloc.rpartition('@')[2]} ({asked.scheme}_proxy)," if proxy else ""


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
