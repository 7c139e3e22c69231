"""Which runs of an experiment are read: those whose rows, and words of themselves, are of the form known here."""

from __future__ import annotations

from ..types import Run


def of_form(run: Run, what: str, form: int) -> bool:
    """Whether a run is an evaluation that has the parameter `what`, in this form."""
    return run.kind == "evaluate" and what in run.parameters and run.parameters.get("form") == form
