"""What TAB offers beside commands and options: names of audits, scorers and encoders."""

from __future__ import annotations


def audit_names(incomplete: str = "") -> list[str]:
    """The audits that begin so, the newest last. None where their folder cannot be read."""
    from ...store.audit import list_audits

    try:
        found = [audit.name for audit in list_audits()]
    except OSError:  # TAB has no place for a word about it; the command that follows says it
        return []
    return [name for name in found if name.startswith(incomplete)]


def scorer_names(incomplete: str = "") -> list[str]:
    """The scorers that begin so, and "all"."""
    from ...scorers.registry import all_scorers

    return [name for name in ("all", *(scorer.name for scorer in all_scorers())) if name.startswith(incomplete)]


def encoder_names(incomplete: str = "") -> list[str]:
    """The well-known encoders that begin so."""
    from ...encoders import list_encoders

    return [one.spec for one in list_encoders() if one.spec.startswith(incomplete)]
