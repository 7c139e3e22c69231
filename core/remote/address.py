"""URLs in the one form in which they are compared and opened, or refused: what was checked is what is asked for.

Whoever wrote a manifest must not make us open what lies elsewhere. So nothing is resolved, followed or decoded: a URL
in which anything could be is refused, and the rest is compared character by character.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from ..errors import BadInput

SCHEMES = ("s3", "gs", "az", "http", "https", "memory")
"""What is opened; `memory` is there for tests."""
WEB = ("http", "https")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_PORT = re.compile(r":[0-9]{1,5}")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_SAFE = "/%:@!$&'()*+,;=~"
MOST_ROUNDS = 4
"""How many times over a path may be escaped."""
ADVICE = "Name it as SCHEME://BUCKET/PATH, such as s3://bucket/labels.csv."


def is_url(text: str) -> bool:
    """Whether a text is an address and not a path; `file://` is a way to write a path."""
    return bool(_URL.match(text)) and text[:7].casefold() != "file://"


def scheme_of(url: str) -> str:
    """The scheme of a URL, in small letters."""
    return url.partition("://")[0].lower()


def sound(url: str, *, folder: bool = False) -> str:
    """A URL as it is compared and opened. folder: it may end with a slash, and then it does.

    Raises BadInput, in words that repeat no password and no signature.
    """
    if why := wrong_with(url, folder=folder):
        raise BadInput(f"{without_secrets(url)!r} is not opened: {why}.", ADVICE)
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if scheme.lower() in WEB:
        host, path = host.lower(), quote(path, safe=_SAFE)
    return f"{scheme.lower()}://{host}/{path}" + ("/" if folder and path and not path.endswith("/") else "")


def wrong_with(url: str, *, folder: bool = False) -> str:
    """Why a URL is not opened, whatever is allowed; "" where nothing is wrong with it."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if scheme.lower() not in SCHEMES:
        return f"{scheme}:// is none of {', '.join(SCHEMES)}"
    if _HIDDEN.search(url):
        return "it holds a backslash or a character that is not seen"
    if "?" in rest or "#" in rest:
        return "it holds '?' or '#': what follows may be a signature, and is not asked with"
    if "@" in host:
        return "it holds a name or password before '@'; credentials are read from the environment or a profile"
    return _wrong_host(host, scheme.lower()) or _wrong_path(path, scheme.lower(), folder=folder)


def _wrong_host(host: str, scheme: str) -> str:
    port = _PORT.search(host) if scheme in WEB else None
    name = host[: port.start()] if port and port.end() == len(host) else host
    if not name:
        return "it names no bucket and no host"
    return "" if _HOST.fullmatch(name) and ".." not in name else f"{host!r} is no name of a bucket or a host"


def _wrong_path(path: str, scheme: str, *, folder: bool) -> str:
    if folder:
        path = path.removesuffix("/")
        if not path:
            return ""
    if scheme in WEB and not _ESCAPES.fullmatch(path):
        return "it holds a '%' that escapes nothing"
    if "::" in path:
        return "it holds '::'"
    plain = _unescaped(path)
    if plain is None:
        return "its path is escaped more than four times over"
    if _HIDDEN.search(plain) or plain.count("/") != path.count("/"):
        return "it holds an escaped slash, backslash or character that is not seen"
    parts = plain.split("/")
    if ".." in parts or "." in parts:
        return "'..' and '.' in a path are not followed"
    return "a part of its path is empty" if "" in parts else ""


def _unescaped(path: str) -> str | None:
    """A path without escapes, nor escapes of escapes, which some server in between may undo; None where it has too many
    of those: each costs a pass over the path, and nobody needs them."""
    for _ in range(MOST_ROUNDS + 1):
        plain, path = path, unquote(path)
        if path == plain:
            return plain
    return None


def lies_under(url: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a sound URL lies under one of these sound prefixes, each with its slash at the end."""
    return url.startswith(prefixes)


def folder_of(url: str) -> str:
    """The prefix that a sound URL lies in, with its slash."""
    return url[: url.rindex("/") + 1]


def name_of(url: str) -> str:
    """The last part of a sound URL."""
    return url.rstrip("/").rpartition("/")[2]


def without_secrets(url: str) -> str:
    """A URL to be shown and kept: without a name or password, and without what follows '?' or '#'."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else url
