"""An audit with scores, a model, an evaluation and two decisions, which no answer may change."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from core.metrics.difficulty import error_by_decile
from core.pipeline.evaluation.score_metrics import slice_rows
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store import views
from core.store.metrics import ERROR_BY_DECILE, metric_table
from tests.audits import Made, build_audit, publish


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    built = build_audit(tmp_path_factory.mktemp("audits"), "a", n=60)
    (train,), (rmd, _) = built.audit.runs("train"), built.audit.runs("score")
    errors = error_by_decile(built.values["rmd"], built.predicted == built.labels)
    rows = slice_rows(ERROR_BY_DECILE, f"{rmd.run_id}:rmd", "decile", errors)
    publish(built.audit, "evaluate", "resnet8", metric_table(rows), inputs={"train": train.run_id}, of="deciles")
    hub = views.open_hub(built.audit)
    names, labels = views.classes(hub), views.labels(hub)
    journal = open_journal(built.audit)
    for row in (3, 4):
        picture = ReviewedImage(built.keys[row], str(views.column(hub, "content_hash")[row]), names[labels[row]])
        decide(journal, Decision(picture, "confirmed", names[labels[row]]), By("ann"))
    journal.close()
    return built


@pytest.fixture(autouse=True)
def audits(made: Made, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    return made.audit.path.parent


def contents(folder: Path) -> dict[str, str]:
    """Every file by its content; what SQLite keeps of a log while it reads is none of the audit's."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
