"""What a run of VoG keeps while it is computed: rows of their own, none of them in what is published."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.dataset import IngestOptions
from core.kinds.registry import get_kind
from core.pipeline.ingest import ingest
from core.pipeline.scoring import vog as steps
from core.pipeline.scoring.vog import SPREAD, score_gradients
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.train import train
from core.store import views
from core.store.audit import Audit
from core.store.writer import RunWriter, insert
from tests.pictures import Heard, write_images


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    monkeypatch.setattr(steps, "UNIT", 8)
    write_images(tmp_path / "photos", 6, seed=0, size=16)
    audit = ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    train(audit, Heard(), TrainRequest("resnet8", epochs=2, image_size=16, device="cpu"))
    return audit


class Stopped(Exception):
    """The process, at a place of the test's choosing."""


def stopped_after_a_unit(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Begin a run of VoG and stop it after its first unit; its partial file."""
    commit = RunWriter.commit

    def once(self: RunWriter, *arguments: object, **more: object) -> None:
        commit(self, *arguments, **more)  # type: ignore[arg-type]
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "commit", once)
        with pytest.raises(Stopped):
            score_gradients(audit, "vog", Heard(), device="cpu")
    (partial,) = audit.runs_folder.glob("*.partial")
    return partial


def scores_of(audit: Audit, run_id: str) -> dict[str, list[tuple[float, int | None]]]:
    with duckdb.connect(str(audit.run_path(run_id)), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert not tables & get_kind("score").scratch.keys()
        rows = connection.execute("SELECT name, value, suggested_label FROM score ORDER BY name, image_id").fetchall()
    found: dict[str, list[tuple[float, int | None]]] = {}
    for name, value, label in rows:
        found.setdefault(name, []).append((value, label))
    return found


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_and_publishes_scores_that_suggest_nothing(
    trained: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = stopped_after_a_unit(trained, monkeypatch)
    with duckdb.connect(str(partial), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM score").fetchone() == (0,)
        assert connection.execute(f"SELECT count(DISTINCT image_id) FROM {SPREAD}").fetchone() == (8,)
    scores = scores_of(trained, score_gradients(trained, "vog", Heard(), device="cpu").run_id)
    assert all(label is None for column in scores.values() for _, label in column)
    assert all(len(column) == 18 and np.isfinite([value for value, _ in column]).any() for column in scores.values())


@pytest.mark.slow
def test_a_run_begun_by_an_earlier_version_is_computed_again(trained: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    partial = stopped_after_a_unit(trained, monkeypatch)
    with duckdb.connect(str(partial)) as connection:
        connection.execute(f"DROP TABLE {SPREAD}")
        old = {"name": ["logit_late"], "image_id": [0], "value": [9.0], "suggested_label": [1]}
        insert(connection, "score", old)
    scores = scores_of(trained, score_gradients(trained, "vog", Heard(), device="cpu").run_id)
    assert all(name.startswith("vog_") and len(column) == 18 for name, column in scores.items())


def test_given_label_vog_of_a_class_held_out_of_training_is_missing_with_the_reason(trained: Audit) -> None:
    request = TrainRequest("resnet8", epochs=2, image_size=16, device="cpu", held_out_classes=("green",))
    network = train(trained, Heard(), request).run
    done = score_gradients(trained, "vog", Heard(), model_run=network.run_id, device="cpu")
    hub = views.open_hub(trained)
    green = views.labels(hub) == views.classes(hub).index("green")
    of_run = {info.name: info for info in views.score_infos(hub) if info.run_id == done.run_id}
    for name, info in of_run.items():
        values = views.score(hub, info.address)
        if "_predicted" not in name:
            np.testing.assert_array_equal(np.isnan(values), green, name)  # was 0, the lowest of all
            assert info.reason == f"{green.sum()} of a class the model was not given"
        elif not name.endswith("_normalised"):
            assert np.isfinite(values).all(), name
    assert done.run.parameters["not_given"] == "left out"  # a run of before is not taken for this one
