"""The public face: what `import hardlook` gives. Functions of arrays over the other rooms, and audits as objects.

Here are names alone; a name's module is loaded when it is asked for, so that importing Hardlook costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..errors import BadInput, HardlookError, TooFewRows
    from ..types import Estimate
    from .calibrated import calibration_error, expected_calibration_error
    from .copies import find_duplicates
    from .distances import mahalanobis, relative_mahalanobis
    from .estimators import RMD
    from .gradients import variance_of_gradients, vog
    from .loss import DifficultyAwareLoss
    from .notebook.making import audit
    from .notebook.opened import OpenAudit, open_audit
    from .ordered import augrc, aurc, error_by_decile, risk_coverage_curve
    from .scores import score, suspicion
    from .weights import difficulty_weights

_PLACES = {
    "distances": ("relative_mahalanobis", "mahalanobis"),
    "gradients": ("variance_of_gradients", "vog"),
    "scores": ("score", "suspicion"),
    "copies": ("find_duplicates",),
    "weights": ("difficulty_weights",),
    "loss": ("DifficultyAwareLoss",),
    "calibrated": ("expected_calibration_error", "calibration_error"),
    "ordered": ("risk_coverage_curve", "aurc", "augrc", "error_by_decile"),
    "estimators": ("RMD",),
    "notebook.making": ("audit",),
    "notebook.opened": ("open_audit", "OpenAudit"),
    "..types": ("Estimate",),
    "..errors": ("HardlookError", "BadInput", "TooFewRows"),
}
"""Module -> the names it holds."""

__all__ = [
    "RMD",
    "BadInput",
    "DifficultyAwareLoss",
    "Estimate",
    "HardlookError",
    "OpenAudit",
    "TooFewRows",
    "audit",
    "augrc",
    "aurc",
    "calibration_error",
    "difficulty_weights",
    "error_by_decile",
    "expected_calibration_error",
    "find_duplicates",
    "mahalanobis",
    "open_audit",
    "relative_mahalanobis",
    "risk_coverage_curve",
    "score",
    "suspicion",
    "variance_of_gradients",
    "vog",
]


if not TYPE_CHECKING:  # type checkers would take it for a promise of any name

    def __getattr__(name: str) -> Any:
        """A public name, its module loaded now."""
        module = next((module for module, names in _PLACES.items() if name in names), None)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        relative = module if module.startswith(".") else f".{module}"
        return getattr(import_module(relative, __package__), name)


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
