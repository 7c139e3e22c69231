"""What stands before every request: which names the dashboard answers to, and what a browser may load from where.

A page of another site can make a browser ask this server under that site's own name, once its DNS says 127.0.0.1
(DNS rebinding); the Host header then carries that name, which nobody here gave the dashboard, and is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import command

FRAMED_BY = "HARDLOOK_FRAMED_BY"  # environment variable: whose pages may frame this one, as the policy writes sources
HOSTS = "HARDLOOK_HOSTS"  # environment variable: further names, separated by commas; *.example.com for all below one
SOURCE = re.compile(r"[a-z-]+:(//[\w.*-]+(:(\d+|\*))?)?")  # a scheme, with or without a host: nothing ends the line
LOCAL = ("localhost", "*.localhost")

POLICY = "; ".join(
    (
        "default-src 'self'",  # and with it WebSockets and fetches: nothing leaves for another machine
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",  # as Streamlit's bundle needs
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Doorway:
    """ASGI middleware around everything the server serves, WebSockets included."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app, self._names = app, tuple(names)
        self._headers = {**HEADERS, "Content-Security-Policy": f"{POLICY}; {frame_ancestors()}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a strange Host; else pass the request on, and the answer back with what a browser may load."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        if not allowed(host, self._names):
            refusal = PlainTextResponse(
                f"This dashboard does not answer to the name in {host!r}. Start it with: "
                f"{command(None, 'dashboard', '--allow-host', 'NAME')}\n",
                status_code=400,
            )
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await refusal(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, answer)


def frame_ancestors() -> str:
    """Whose pages may show this one in a frame: its own, and those that whoever started the server named."""
    further = [source for source in os.environ.get(FRAMED_BY, "").split() if SOURCE.fullmatch(source)]
    return " ".join(["frame-ancestors 'self'", *further])


def names_from_environment() -> list[str]:
    """The names that the user gave the dashboard."""
    return [name.strip() for name in os.environ.get(HOSTS, "").split(",") if name.strip()]


def allowed(host: str, names: Iterable[str]) -> bool:
    """Whether a Host header, with or without a port, is ours: an address, localhost, or one of the names.

    An address cannot be rebound: whoever is sent to it knows it. names: "*.x" is every name below x, "*" any.
    """
    name = _without_port(host)
    if not name:
        return False
    if _is_address(name):
        return True
    patterns = (*LOCAL, *(each.lower().rstrip(".") for each in names))
    return any(each in ("*", name) or (each.startswith("*.") and name.endswith(each[1:])) for each in patterns)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    """The name or address of a Host header in lower case, "" for one that is malformed."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name, port = host, ""
    if port and not port.isdecimal():
        return ""
    if name.startswith("["):
        return name[1:-1] if name.endswith("]") else ""
    return "" if ":" in name or "/" in name or "@" in name else name.lower().rstrip(".")
