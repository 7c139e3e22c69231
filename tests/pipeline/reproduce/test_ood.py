"""The step that tells out-of-distribution images by every detector, and what its sections make of what it stores."""

from __future__ import annotations

import pytest

from core.answers.view.reader import open_reader
from core.experiments.papers.section import Findings
from core.experiments.papers.vog.ood import against_msp, by_decile, rivals
from core.pipeline.reproduce import ood
from core.pipeline.reproduce.steps import QUICK, Task
from core.store.audit import Audit
from core.store.metrics import read_metrics
from tests.pictures import Heard
from tests.pipeline.evaluation.robustness import conftest

made, audit = conftest.made, conftest.audit  # fixtures: two seeds of a model, with their VoG


def test_both_sets_are_told_by_models_of_several_seeds_once(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ood, "trained", lambda task: task.audit.runs("train"))
    task, heard = Task(audit, QUICK, "cpu", Heard()), Heard()
    ood.detect(task)
    sets = [str(run.parameters["against"]) for run in audit.runs("evaluate")]
    assert len(sets) == 4
    assert {one.partition(":")[0] for one in sets} == {"corrupted images", "Gaussian noise"}
    ood.detect(Task(audit, QUICK, "cpu", heard))
    assert len(audit.runs("evaluate")) == 4
    reader = open_reader(audit)
    found = Findings(audit.name, reader.hub.runs, read_metrics(reader.hub))
    for assess, tables, plots in ((rivals, 2, 1), (against_msp, 1, 0), (by_decile, 0, 1)):
        outcome = assess(found)
        assert outcome is not None
        assert (len(outcome.tables), len(outcome.plots)) == (tables, plots)
    beside = rivals(found)
    assert beside is not None
    assert "Of 20 pairs of a set and a rival" in beside.because


def test_models_without_classes_are_those_of_plain_training_in_the_grid(audit: Audit) -> None:
    assert ood.without_classes(Task(audit, QUICK, "cpu", Heard())) == []
