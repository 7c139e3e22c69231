"""The library behind each scheme, loaded when the first URL of it is opened; credentials are its own business.

They come from the environment or a profile, as the library reads them. Nothing here takes, shows or keeps any.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..errors import ExtraMissing
from .address import WEB, scheme_of

CONNECT_S, READ_S, WHOLE_S = 10, 30, 600
"""Seconds to wait for a connection, for the next bytes of an answer, and for all of one that the web gives."""
NEEDS = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "http": "aiohttp", "https": "aiohttp", "memory": "fsspec"}
IN_EXTRA = ("fsspec", "aiohttp", "s3fs")


class Elsewhere(OSError):
    """A server sends on to another place."""


def system_of(url: str) -> Any:
    """fsspec's file system of a URL. Raises ExtraMissing, with the command that installs what it needs."""
    return _system(scheme_of(url))


@cache
def _system(scheme: str) -> Any:
    try:
        import fsspec

        options = _web() if scheme in WEB else _OPTIONS.get(scheme, {})
        system = fsspec.filesystem(scheme, skip_instance_cache=True, **options)  # it is kept here, one for all threads
        system.retries = 1  # of s3fs and gcsfs: attempts are made, and counted, in fetching.py
        return system
    except ImportError as error:
        package = NEEDS[scheme]
        cloud = "pip install 'hardlook[cloud]'"
        install = cloud if package in IN_EXTRA else f"{cloud} {package}"
        raise ExtraMissing(f"{scheme}:// needs the package {package}.", f"Run: {install}") from error


_OPTIONS: dict[str, dict[str, Any]] = {
    # One request an image: reading in parts would first ask for its size. What lies there is asked for anew each time.
    "s3": {
        "max_concurrency": 1, "use_listings_cache": False,
        "config_kwargs": {
            "connect_timeout": CONNECT_S, "read_timeout": READ_S, "retries": {"mode": "standard", "max_attempts": 1},
        },
    },
    "gs": {"use_listings_cache": False},
    "az": {"use_listings_cache": False},
}  # fmt: skip


def _web() -> dict[str, Any]:
    """Nothing is followed, decoded or unpacked: what was checked is what is asked for."""
    import aiohttp

    return {
        "encoded": True,
        "allow_redirects": False,
        "headers": {"Accept-Encoding": "identity"},
        "client_kwargs": {
            "raise_for_status": _refuse_redirect,
            "timeout": aiohttp.ClientTimeout(total=WHOLE_S, sock_connect=CONNECT_S, sock_read=READ_S),
            "auto_decompress": False,
            "trust_env": True,  # a proxy, as everywhere else
        },
    }


async def _refuse_redirect(response: Any) -> None:
    if 300 <= response.status < 400:
        raise Elsewhere(f"the server sends on to another place ({response.status}), which is not followed")
