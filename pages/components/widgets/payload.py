"""What a component of ours is given."""

from __future__ import annotations

from typing import Any


def payload(**parts: Any) -> list[dict[str, Any]]:
    """The parts by name, in a list of one, which the component's script takes out again.

    Of a bare dict Streamlit asks whether a part is a data frame, and imports pandas to know it: a quarter of a second
    of the first page, and 40 MB.
    """
    return [parts]
