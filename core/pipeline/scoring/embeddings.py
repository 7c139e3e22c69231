"""Which embedding a step reads where nobody names one: the newest, or the newest that can give what the step needs."""

from __future__ import annotations

from collections.abc import Callable

from ...encoders.registry import reads_text
from ...kinds.embed import has_texts, made_elsewhere
from ...store.audit import Audit
from ...types import Run


def can_embed_more(run: Run) -> bool:
    """Whether the encoder of an embedding is known, which other or altered images are then shown to."""
    return not made_elsewhere(run) and "encoder" in run.parameters


def knows_texts(run: Run) -> bool:
    """Whether its encoder reads text, or vectors of texts were imported with it."""
    return has_texts(run) or reads_text(run.parameters)


def embedding_for(audit: Audit, named: str | None, fits: Callable[[Run], bool]) -> Run:
    """The embedding that is named, else the newest that fits, else the newest, whose reader says what it lacks.

    Raises MissingRun without any.
    """
    newest = audit.latest("embed", named)
    fitting = [run for run in audit.runs("embed") if fits(run) and not run.grid]
    return fitting[-1] if named is None and not fits(newest) and fitting else newest
