from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core import open_audit
from tests.audits import build_audit


def test_a_notebook_gets_one_row_per_image_with_every_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = build_audit(tmp_path, "a", n=30)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    frame = open_audit("a").scores()
    assert len(frame) == 30
    assert list(frame["key"]) == made.keys
    np.testing.assert_array_equal(frame["rmd"].to_numpy(), made.values["rmd"])
    assert frame.attrs["scores"]["rmd"]["direction"] == 1
