"""The command lines of DuckDB that people have read an audit's files, which a newer library writes."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core.dataset import IngestOptions
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.store import views
from tests.audits import build_audit
from tests.interop.conftest import Program
from tests.pictures import Heard

pytestmark = pytest.mark.interop


def asked(program: Program, file: Path, sql: str) -> list[list[str]]:
    command = [str(program.python.parent / "duckdb"), "-readonly", "-csv", "-noheader", str(file), "-c", sql]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, f"{file.name}: {run.stdout}{run.stderr}"
    return list(csv.reader(run.stdout.splitlines()))


@pytest.mark.parametrize("release", ["1-4", "1-5"])
def test_every_kind_of_run_and_the_images_open_in_the_command_line(
    program: Callable[[str], Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    duckdb = program(f"duckdb-{release}")
    made = build_audit(tmp_path / "audits", n=40, n_classes=3)
    runs = sorted((made.audit.path / "runs").glob("*.duckdb"))
    assert {path.name.partition("-")[0] for path in runs} == {"embed", "train", "score", "evaluate"}
    for path in runs:
        assert int(asked(duckdb, path, "SELECT count(*) FROM duckdb_tables()")[0][0]) > 1
        said = "SELECT count(*), count(comment) FROM duckdb_columns() WHERE NOT internal"
        assert len(set(asked(duckdb, path, said)[0])) == 1
    hub = views.open_hub(made.audit)
    (rmd,) = [path for path in runs if path.name.startswith("score-rmd")]
    read = asked(
        duckdb, rmd, "SELECT value FROM score WHERE name = 'rmd' AND NOT isnan(value) ORDER BY image_id LIMIT 5"
    )
    address = next(info.address for info in views.score_infos(hub) if info.name == "rmd")
    assert [float(value) for (value,) in read] == pytest.approx(views.score(hub, address)[:5].tolist(), rel=1e-6)

    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "mine"))
    (tmp_path / "in" / "cat").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "in" / "cat" / "a.png")
    audit = ingest(str(tmp_path / "in"), Heard(), options=IngestOptions())
    assert asked(duckdb, audit.items_path, "SELECT key, label FROM images") == [["cat/a.png", "0"]]
    comment = "SELECT comment FROM duckdb_columns() WHERE column_name = "
    (of_truth,) = asked(duckdb, audit.items_path, f"{comment}'true_label'")
    assert of_truth == ["where a data set has one; read by evaluate, prove, and diff where asked"]

    scored = score_any(made.audit, "knn", Heard())
    (of_value,) = asked(duckdb, made.audit.run_path(scored.run_id), f"{comment}'value'")
    assert of_value[0].startswith("knn: higher is harder. Share of the k most similar training images")
