"""Files say what is in them: every table and column of every file of an audit carries a comment."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.dataset import IngestOptions
from core.kinds.registry import all_kinds
from core.pipeline.ingest import ingest
from core.pipeline.scoring.import_scores import import_scores
from core.pipeline.scoring.score_any import score_any
from core.scorers.registry import all_scorers
from core.store.audit import Audit
from core.store.writer import run_once
from core.types import RunSpec
from tests.audits import build_audit
from tests.pictures import Heard, write_images


def comments(path: Path) -> dict[tuple[str, str], str | None]:
    """(table, column, "" for the table) -> its comment, as any DuckDB tells it."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            (table, column): comment
            for table, column, comment in connection.execute(
                "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal "
                "UNION ALL SELECT table_name, '', comment FROM duckdb_tables()"
            ).fetchall()
        }


@pytest.mark.parametrize("kind", [kind.name for kind in all_kinds()])
def test_every_column_that_a_kind_of_run_writes_says_what_it_is(kind: str, tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=4, runs=False).audit
    spec = RunSpec(kind, "x", {"items": audit.items_fingerprint}, {})
    identity, _ = run_once(audit, spec, lambda writer: None, d=2, k=2)
    found = comments(audit.run_path(identity))
    assert [place for place, comment in found.items() if not comment] == []
    assert {table for table, _ in found} == {"run", "progress", *next(k.tables for k in all_kinds() if k.name == kind)}


def test_the_images_say_what_they_are_and_so_do_columns_of_the_user_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "data", 2)
    files = sorted(str(path) for path in (tmp_path / "data").rglob("*.png"))
    rows = {"path": files, "label": ["a"] * len(files), 'it\'s "mine"': list(range(len(files)))}
    pq.write_table(pa.table(rows), tmp_path / "m.parquet")
    found = comments(ingest(str(tmp_path / "m.parquet"), Heard(), options=IngestOptions()).items_path)
    assert [place for place, comment in found.items() if not comment] == []
    assert found["images", 'it\'s "mine"'] == "a column of the user's own, as the input has it"
    assert "pixels" in str(found["images", "width"])


def test_the_values_of_scores_say_which_way_each_points_and_in_what_unit(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60, n_classes=3)
    scored = score_any(made.audit, "knn", Heard())
    assert str(value_comment(made.audit, scored.run_id)).startswith(
        "knn: higher is harder. Share of the k most similar training images that carry another label. Range 0..1, "
        "higher is harder; the suggested label is the neighbours' favourite among the other classes, and doubted is a "
        "label that has fewer of them than it."
    )
    scored = score_any(made.audit, "duplicates", Heard())
    assert "duplicate: direction not known on this data. Cosine" in str(value_comment(made.audit, scored.run_id))
    (tmp_path / "s.csv").write_text("a'b,c\n" + "1,2\n" * 60)
    scored = import_scores(made.audit, tmp_path / "s.csv", Heard(), by_order=True, higher=["c"], lower=["a'b"])
    assert value_comment(made.audit, scored.run_id) == (
        "a'b: lower is harder; c: higher is harder. As s.csv has it, in its own unit."
    )


def value_comment(audit: Audit, run_id: str) -> str | None:
    return comments(audit.run_path(run_id))["score", "value"]


UNITS = ("0..", "-1..1", "-2..2", "any range", "0 or more", "in nats", "epochs", "probabilities")


@pytest.mark.parametrize("scorer", all_scorers(), ids=lambda scorer: scorer.name)
def test_every_scorer_says_in_what_range_or_unit_its_values_are(scorer: object) -> None:
    about = str(vars(scorer)["about"])
    assert any(unit in about or unit.capitalize() in about for unit in UNITS), about


def test_a_run_stopped_before_it_was_published_keeps_what_was_said_of_its_values(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=4, runs=False).audit
    spec = RunSpec("score", "x", {"items": audit.items_fingerprint}, {})

    def killed(writer: object) -> None:
        rows = {"name": ["x"] * 4, "image_id": np.arange(4, dtype=np.int32), "value": np.zeros(4, np.float32)}
        writer.commit("all", {"score": rows}, said={("score", "value"): "x: lower is harder."})  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_once(audit, spec, killed)
    identity, new = run_once(audit, spec, lambda writer: None)
    assert (new, value_comment(audit, identity)) == (True, "x: lower is harder.")
