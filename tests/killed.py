"""A step killed when all its rows are committed, and run again: for tests that it leaves each row once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

Result = TypeVar("Result")
MOMENTS = ("RunWriter.publish", "publish_file")
"""Of `core.store.writer`: before the run's own row is written, and between that and the rename."""


def killed_and_again(step: Callable[[], Result], moment: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run a step that is killed at that moment; then run it again, and return what that gives."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"core.store.writer.{moment}", killed)
        with pytest.raises(KeyboardInterrupt):
            step()
    return step()
