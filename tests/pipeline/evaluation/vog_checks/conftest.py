"""A small real audit with three models that differ by their seed, and VoG of each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.dataset import IngestOptions
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.train import train
from core.store.audit import Audit
from tests.pictures import Heard, write_images

SEEDS = (0, 1, 2)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit of 180 small pictures, 60 of them in a test split."""
    folder, audits = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("audits")
    for seed, split in enumerate(("train", "train", "test")):
        write_images(folder / split, 20, seed=seed, size=16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(audits))
        audit = ingest(str(folder), Heard(), name="a", options=IngestOptions())
        for seed in SEEDS:
            train(audit, Heard(), TrainRequest("lenet", epochs=4, image_size=16, seed=seed, device="cpu"))
            score_any(audit, "vog", Heard(), device="cpu")
    return audits


@pytest.fixture
def seeded(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """A copy to write to."""
    shutil.copytree(trained, tmp_path / "audits")
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return Audit(tmp_path / "audits" / "a")
