from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.reviews import CONFIRMED, EXCLUDED, By, Decision, Journal, ReviewedImage, decide, open_journal
from core.store import views
from core.types import UNLABELLED
from tests.audits import Made, build_audit, publish


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An audit of 30 loose images with hostile names and vectors, and a suspicion score that suggests a class for every
    third."""
    made = build_audit(tmp_path / "audits", n=30, n_classes=5, runs=False, evaluated=False)
    n = len(made.labels)
    suggested = np.where(np.arange(n) % 3 == 0, (made.labels + 1) % 5, made.labels).astype(np.int32)
    score = {"name": ["suspicion"] * n, "image_id": np.arange(n, dtype=np.int32)}
    about = {
        "name": ["suspicion"], "scorer": ["suspicion"], "parameters": ["{}"], "encoder_run": [""], "model_run": [""],
        "direction": [1], "fitted_on": [""], "reason": [""],
    }  # fmt: skip
    vectors = {"image_id": np.arange(n, dtype=np.int32), "vector": np.eye(n, 4, dtype=np.float32)}
    publish(made.audit, "embed", "embedded", {"embedding": vectors})
    value = np.linspace(0, 1, n).astype(np.float32)
    publish(made.audit, "score", "suspicion", {
        "score": {**score, "value": value, "suggested_label": suggested}, "score_column": about})  # fmt: skip
    return made


@pytest.fixture
def journal(made: Made) -> Iterator[Journal]:
    opened = open_journal(made.audit)
    yield opened
    opened.close()


def picture(made: Made, i: int) -> ReviewedImage:
    hub = views.open_hub(made.audit)
    names, label = views.classes(hub), int(made.labels[i])
    given = None if label == UNLABELLED else names[label]
    return ReviewedImage(made.keys[i], str(views.column(hub, "content_hash")[i]), given)


@pytest.fixture
def reviewed(made: Made, journal: Journal) -> Made:
    """The same with image 0 of another class, 1 excluded, 2 confirmed."""
    to = views.classes(views.open_hub(made.audit))[(int(made.labels[0]) + 2) % 5]
    by = By("ann")
    decide(journal, Decision(picture(made, 0), "relabelled", to, reason='a "collar", see\nthere'), by)
    decide(journal, Decision(picture(made, 1), EXCLUDED), By("ann"))
    decide(journal, Decision(picture(made, 2), CONFIRMED), By("bob"))
    return made
