"""A score computed on a GPU is a run of its own, which says so; on the CPU it is the run that it always was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.engines.torch_arithmetic import TorchArithmetic
from core.kinds.score import score_again
from core.maths.arithmetic import NUMPY, Arithmetic
from core.pipeline.scoring import score as scoring
from core.scorers.registry import all_scorers, get_scorer
from core.store import views
from core.store.audit import Audit
from tests.benchmarks.synthetic import synthetic_audit
from tests.pictures import Heard


class OnGpu(TorchArithmetic):
    """PyTorch's, that says it is on a GPU."""

    def __init__(self) -> None:
        super().__init__(torch.device("cpu"))
        self.device, self.number = "cuda", 0


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """90 vectors in three classes, and a GPU that is taken unless the CPU is asked for."""
    on_gpu: Arithmetic = OnGpu()
    monkeypatch.setattr(scoring, "arithmetic_on", lambda device: NUMPY if device == "cpu" else on_gpu)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    return synthetic_audit(tmp_path, "vectors", 90, 8, 3)[0]


@pytest.mark.parametrize("name", ["rmd", "knn"])
def test_both_devices_have_a_run_and_the_command_of_each_names_its_own(audit: Audit, name: str) -> None:
    done = {device: scoring.score(audit, name, Heard(), device=device) for device in ("cpu", "auto")}
    runs = {run.run_id: run for run in audit.runs("score")}
    assert len(runs) == 2
    on_cpu, on_gpu = (runs[done[device].run_id] for device in ("cpu", "auto"))
    assert "device" not in on_cpu.parameters
    assert on_gpu.parameters["device"] == "cuda"
    assert "--device" not in score_again(on_cpu).words
    words = score_again(on_gpu).words
    assert words[words.index("--device") + 1] == "cuda"
    again = scoring.score(audit, name, Heard(), device="auto")
    assert (again.run_id, again.new) == (on_gpu.run_id, False)
    hub = views.open_hub(audit)
    ours, theirs = (views.score(hub, f"{run.run_id}:{name}") for run in (on_cpu, on_gpu))
    np.testing.assert_allclose(theirs, ours, atol=1e-5 * float(np.std(ours)) + 1e-6)


def test_only_scorers_that_can_compute_there_are_given_a_gpu(audit: Audit) -> None:
    able = {one.name for one in all_scorers() if "arithmetic" in one.reads}
    assert able == {"rmd", "knn", "outlier", "duplicates", "suspicion"}
    assert scoring.arithmetic_for(get_scorer("centroid"), "auto") is NUMPY
    assert "device" not in scoring.score_spec(audit, get_scorer("centroid"), {}).parameters
