"""A cluster of Ray's by its address: nothing is sent there without a token, and what cannot be reached is said so.

Ray ends the process that asks where it gives up, so a process of its own asks first.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from ..errors import BadInput, HardlookError
from ..processes.children import start

AUTO = "auto"
CONNECT_WITHIN, REACH_WITHIN = 10.0, 60.0  # seconds; to be there, and to answer as a cluster: that takes about two
MODE, TOKEN, TOKEN_FILE = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
WITH_TOKEN, WITHOUT = "token", "disabled"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
AT_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""With it Ray takes this machine's loopback for what it is; without, for the address that other machines know."""
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(\d{1,5})")
_ASKS = """
import os, sys
os.dup2(1, 2)
from ray._private.services import canonicalize_bootstrap_address_or_die
from ray._raylet import GcsClient
try:
    there = canonicalize_bootstrap_address_or_die(sys.argv[1])
    GcsClient(address=there).internal_kv_keys(b"", b"session", timeout=30)
except Exception as error:
    sys.exit(f"{getattr(error, 'message', error)}")
"""


def refuse_address(address: str) -> None:
    """Raise BadInput on what is no address of a cluster, or where there is no token to show it."""
    found = _ADDRESS.fullmatch(address)
    if address != AUTO and (found is None or not 0 < int(found[2]) < 65536):
        raise BadInput(
            f"--ray-address is {address!r}, which is no address of a cluster.",
            "Give HOST:PORT of its head, as `ray start --head` says it, or auto on a machine of the cluster.",
        )
    mode = os.environ.get(MODE, WITH_TOKEN)
    if mode.lower() != WITH_TOKEN:
        raise BadInput(
            f"{MODE} is {mode!r}, and a cluster is spoken to with a token alone: whoever reaches one without can run "
            "programs on all its machines.",
            f"Unset it, or set it to {WITH_TOKEN}, here and where the cluster is started.",
        )
    _refuse_without_token(address)


def _refuse_without_token(address: str) -> None:
    """Raise BadInput where Ray would find no token, in the order in which it looks."""
    if os.environ.get(TOKEN, "").strip():
        return
    named = os.environ.get(TOKEN_FILE, "")
    file = Path(named) if named else Path.home() / ".ray" / "auth_token"
    try:
        if file.read_text(encoding="utf-8").strip():
            return
        wrong = "is empty"
    except (OSError, UnicodeDecodeError) as error:
        wrong = f"cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
    where = f"{TOKEN_FILE} names {file}, which {wrong}" if named else f"{TOKEN} is not set, and {file} {wrong}"
    raise BadInput(
        f"The cluster at {address} needs a token, and there is none here: {where}.",
        f"Put the token of the cluster there, or set {TOKEN}. `ray get-auth-token --generate` makes one, before a "
        f"cluster is started with {MODE}={WITH_TOKEN}.",
    )


def at_loopback(address: str) -> bool:
    """Whether an address is this machine's loopback."""
    return address.rpartition(":")[0] in LOOPBACK


def refuse_unreachable(address: str) -> None:
    """Raise HardlookError where no cluster answers at an address, or refuses the token, or asks for none."""
    _refuse_unanswered(address)
    with_token, without = (_asking(address, mode) for mode in (WITH_TOKEN, WITHOUT))
    try:
        why = _answer(with_token)
        if why is not None:
            raise HardlookError(
                f"The cluster at {address} cannot be used: {why.rstrip('.')}.",
                "See that it runs (`ray status`), that this machine is one of it, and that the token is its own.",
            )
        if _answer(without) is None:
            raise HardlookError(
                f"The cluster at {address} asks for no token: whoever reaches it can run programs on all its machines.",
                f"Start it anew with {MODE}={WITH_TOKEN} on every machine, and one token.",
            )
    finally:
        for process in (with_token, without):
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _refuse_unanswered(address: str) -> None:
    """Raise HardlookError where nothing listens at all."""
    if address == AUTO:
        return
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_WITHIN).close()
    except OSError as error:
        why = "nothing answered" if isinstance(error, TimeoutError) else error.strerror or f"{error}"
        raise HardlookError(
            f"No cluster can be reached at {address}: {why[:1].lower()}{why[1:]}, within {CONNECT_WITHIN:.0f} s.",
            "See that it runs, with `ray status` on its head, and that its port is not behind a firewall.",
        ) from error


def _asking(address: str, mode: str) -> subprocess.Popen[bytes]:
    """A process that asks a cluster for what any member may know."""
    environment = {**os.environ, MODE: mode, **(AT_LOOPBACK if at_loopback(address) else {})}
    return start([sys.executable, "-c", _ASKS, address], env=environment, stdout=subprocess.PIPE, alone=True)


def _answer(process: subprocess.Popen[bytes]) -> str | None:
    """Why it was told nothing, None where it was."""
    try:
        said, _ = process.communicate(timeout=REACH_WITHIN)
    except subprocess.TimeoutExpired:
        return f"nothing that is one answered within {REACH_WITHIN:.0f} s"
    if process.returncode == 0:
        return None
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else f"its answer ended a process with exit code {process.returncode}"
