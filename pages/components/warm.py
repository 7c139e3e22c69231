"""What the first page needs, loaded while the browser is still loading Streamlit's own scripts."""

from __future__ import annotations

import os
from contextlib import suppress

from core.errors import HardlookError


def warm_up() -> None:
    """Import the libraries that every page uses, and open the audit that will be looked at first."""
    from core.answers.reader import find_audit
    from pages.components.header import CHOSEN_AUDIT
    from pages.components.loading import load_reader

    with suppress(HardlookError):  # no audit, or none of that name: the page says so, with the next step
        load_reader(find_audit(os.environ.get(CHOSEN_AUDIT) or None))
