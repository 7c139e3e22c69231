"""Take a hard look at your image dataset: see docs/python.md for all that is public.

Names are loaded when they are asked for: the command and the dashboard, which import this file on their way, need none.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know it by its name; to import `typing` for it would be all that this costs

if TYPE_CHECKING:
    from typing import Any

    from .core.api import *  # noqa: F403 - the names that __all__ lists there
else:  # hidden from type checkers, which would take it for a promise of any name

    def __getattr__(name: str) -> Any:
        """A public name, or what `dir` and `import *` ask for."""
        from .core import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        """The public names."""
        from .core import api

        return dir(api)
