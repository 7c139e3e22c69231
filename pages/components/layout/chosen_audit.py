"""The audit that the address means: every page shows it, and errors name it in the commands they advise."""

from __future__ import annotations

import os

from core.answers.view.reader import Audit, find_audit
from core.errors import AuditNotFound
from pages.components.layout import address

CHOSEN_AUDIT = "HARDLOOK_AUDIT"  # environment variable: the audit that opens when the address names none


def chosen_audit() -> Audit:
    """The one the address names, else the one the dashboard was started for, else the newest. Raises AuditNotFound."""
    named = address.read("audit")
    try:
        return find_audit(named or os.environ.get(CHOSEN_AUDIT) or None)
    except AuditNotFound as error:
        if named:
            address.refuse("audit", error.message)
        raise
