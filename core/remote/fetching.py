"""What lies at a URL, or why not: it is not there, it may not be read, or its place could not be reached.

The first two are said of one object. The last is said of none: a network that is down must leave nothing out.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import Any, Literal

from ..errors import ExtraMissing, Unreachable
from .address import sound, without_secrets
from .systems import Elsewhere, system_of

WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further attempt where a place could not be reached."""
_MISSING, _LATER = (404, 410), (401, 407, 408, 425, 429)
_CREDENTIALS = frozenset({
    "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed", "SignatureDoesNotMatch",
    "TokenRefreshRequired",
})  # fmt: skip
"""What S3 calls a refusal that is of whoever asks, and not of an object."""


def fetch(url: str) -> bytes:
    """The content of a URL that may be opened. Raises as `asked`."""
    url = sound(url)
    content: bytes = asked(url, lambda system: system.cat_file(url))
    return content


def asked(url: str, ask: Callable[[Any], Any]) -> Any:
    """What a file system answers about a sound URL.

    Raises FileNotFoundError, FileExistsError, PermissionError with the answer in words, ExtraMissing, and Unreachable
    where attempts with pauses between them brought no answer.
    """
    system = system_of(url)
    for wait in (*WAITS, None):
        try:
            return ask(system)
        except FileExistsError:
            raise
        except Exception as error:  # noqa: BLE001 - each library raises its own; what is no answer is tried again
            lost = not_answered(error, url)
        if wait is not None:
            time.sleep(wait)
    raise lost


def not_answered(error: Exception, url: str) -> Unreachable:
    """The error of a place that gave no answer. Raises FileNotFoundError or PermissionError where it gave one."""
    kind = _kind(error)
    if kind == "missing":
        raise FileNotFoundError(errno.ENOENT, "it is not there", without_secrets(url)) from error
    if kind == "forbidden":
        raise PermissionError(errno.EACCES, _said(error), without_secrets(url)) from error
    if isinstance(error, ExtraMissing):
        raise error
    lost = Unreachable(
        f"{without_secrets(url)} could not be reached: {_said(error)}.",
        "Once connection, credentials and server are in order, the same command goes on.",
    )
    lost.__cause__ = error
    return lost


def _kind(error: Exception) -> Literal["missing", "forbidden", "lost"]:
    if isinstance(error, FileNotFoundError | IsADirectoryError):
        return "missing"
    if isinstance(error, Elsewhere):
        return "forbidden"
    status = next((value for name in ("status", "status_code", "code") if _is_status(value := _of(error, name))), 0)
    if status in _MISSING:
        return "missing"
    if isinstance(error, PermissionError):
        return "lost" if _code(error) in _CREDENTIALS else "forbidden"
    return "forbidden" if 400 <= status < 500 and status not in _LATER else "lost"


def _of(error: Exception, name: str) -> Any:
    return getattr(error, name, None)


def _is_status(value: Any) -> bool:
    return isinstance(value, int) and 100 <= value < 600


def _code(error: BaseException) -> str:
    """What a bucket calls the error, "" where nothing does."""
    response = getattr(error.__cause__, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _said(error: Exception) -> str:
    """What a library says, in one line; of an answer of the web its number alone, for its text repeats the URL."""
    status, message = _of(error, "status"), _of(error, "message")
    if _is_status(status):
        return f"the server answers {status} {message or ''}".strip()
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300].rstrip(".")
