"""Encoded pictures as data-URIs: a page shows them without a request of its own."""

from __future__ import annotations

from base64 import b64encode


def data_uri(webp: bytes | None) -> str:
    """Encoded WebP as a data-URI, "" for none."""
    return "data:image/webp;base64," + b64encode(webp).decode() if webp else ""


def picture_uri(picture: bytes) -> str:
    """A PNG or WebP that was encoded here as a data-URI, "" for none."""
    kind = "png" if picture.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64,{b64encode(picture).decode()}" if picture else ""
