"""An audit of 120 small images that the command's own steps made: what functions of arrays must agree with."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.dataset import IngestOptions
from core.pipeline.audit import audit_everything
from core.pipeline.scoring.score_any import score_any
from core.store.audit import Audit
from tests.pictures import Heard, write_images


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    folder = tmp_path_factory.mktemp("photos")
    for split, per_class in (("train", 24), ("test", 16)):
        write_images(folder / split, per_class, seed=len(split), size=16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(tmp_path_factory.mktemp("audits")))
        made = audit_everything(
            str(folder), Heard(), name="small", options=IngestOptions(), encoder="embedded", model="resnet8", epochs=3,
            device="cpu",
        )  # fmt: skip
        for scorer in ("md", "centroid", "kmeans", "outlier", "probe", "confident", "margin", "loss", "aum", "el2n"):
            score_any(made, scorer, Heard(), device="cpu")
    return made


@pytest.fixture
def audits(audited: Audit, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands and `open_audit` look for it."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(audited.path.parent))
    return audited.path.parent
