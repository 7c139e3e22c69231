"""Short ways to say what a reviewer does, for tests of the journal and of what reads it."""

from __future__ import annotations

from typing import Any

from core.reviews import By, Decision, Journal, ReviewedImage, Saved, decide


def acknowledged(journal: Journal, nonce: str) -> int:
    """The highest number that arrived under a nonce, -1 for none: what a page that comes back must not resend."""
    query = "SELECT coalesce(max(number), -1) FROM entry WHERE nonce = ? AND action = sequence"
    return int(journal.rows(query, [nonce])[0][0])


def picture(key: str, given: str | None = "shirt") -> ReviewedImage:
    return ReviewedImage(key, f"hash of {key}", given, {"score-x:rmd": 1.5})


def decision(key: str, verdict: str = "relabelled", label: str | None = None, **other: Any) -> Decision:
    given = other.pop("given", "shirt")
    return Decision(picture(key, given), verdict, label, **other)


def relabel(journal: Journal, key: str, label: str, reviewer: str = "ann", **other: Any) -> Saved:
    """A decision by someone who has seen everything so far, unless `seen` says otherwise."""
    other.setdefault("seen", journal.last)
    return decide(journal, decision(key, "relabelled", label, **other), By(reviewer))


def verdict(journal: Journal, key: str, what: str, reviewer: str = "ann", **other: Any) -> Saved:
    other.setdefault("seen", journal.last)
    return decide(journal, decision(key, what, **other), By(reviewer))
