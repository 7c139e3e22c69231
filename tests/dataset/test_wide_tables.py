"""Tables of thousands of columns and classes, as features and ImageNet-21k give: each column is looked at once or a few
times, never once for each other column, which would take these minutes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.answers.differences.classes import compared_classes, renamed_classes
from core.dataset import IngestOptions
from core.dataset.predictions.class_columns import match_classes
from core.dataset.repeats import repeated
from core.errors import BadInput
from core.export.decision_tables import read_answers
from core.pipeline.ingest import ingest
from core.store.database.comments import MOST_OF_USERS
from core.store.database.schema import USERS_OWN
from tests.dataset.inputs import pictures
from tests.pictures import Heard

FEATURES = [f"feature {i}" for i in range(3_000)]
MANY = 20_000


def write_manifest(folder: Path, ending: str) -> Path:
    """Four images, each with its number in every feature."""
    rows = [{"file_name": name, "label": "cd"[i % 2]} | dict.fromkeys(FEATURES, i)
            for i, name in enumerate(pictures(folder, 4))]  # fmt: skip
    file = folder / f"rows.{ending}"
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    file.write_text("\n".join(map(json.dumps, rows) if ending == "jsonl" else lines) + "\n")
    return file


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_manifest_of_thousands_of_columns_is_kept_with_all_of_them(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    audit = ingest(str(write_manifest(tmp_path / "data", ending)), Heard(), options=IngestOptions())
    with duckdb.connect(str(audit.items_path), read_only=True) as connection:
        first, last = (f'"{name}"::INTEGER' for name in (FEATURES[0], FEATURES[-1]))
        rows = connection.execute(f"SELECT key, {first}, {last} FROM images ORDER BY key").fetchall()
        columns = connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'images' ORDER BY column_index"
        ).fetchall()
    assert rows == [(f"img/{i:03d}.png", i, i) for i in range(4)]
    assert [name for name, _ in columns][-len(FEATURES) :] == FEATURES
    assert [comment for _, comment in columns if comment == USERS_OWN] == [USERS_OWN] * MOST_OF_USERS
    assert all(comment for _, comment in columns[: -len(FEATURES)])


def test_decisions_in_a_table_of_thousands_of_columns_are_refused_in_words_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    file.write_text(f"key,{','.join(f'c{i}' for i in range(MANY))}\na{',1' * MANY}\n")
    with pytest.raises(BadInput, match=r"no column 'new_label' .*'key', 'c0', .* more; rename") as refused:
        read_answers(file, ["cat"])
    assert len(str(refused.value)) < 1_000


def test_predictions_of_thousands_of_classes_find_each_its_column() -> None:
    classes = [f"n{i:08d}" for i in range(MANY)]
    places = np.random.default_rng(0).permutation(MANY)
    columns = ["id", *(f"prob_{classes[c]}" for c in places), "note"]
    found = match_classes(columns, len(columns), classes, "a.csv")
    assert found.columns.tolist() == list(range(1, MANY + 1))
    assert found.reading.tolist() == places.tolist()
    assert found.ignored == ("id", "note")


def test_thousands_of_renamed_classes_are_matched() -> None:
    before, after = ([f"{word} {i}" for i in range(MANY)] for word in ("old", "new"))
    moves = Counter[tuple[str | None, str | None]](3 * [*zip(before, after, strict=True)])
    moves[before[0], after[1]] = 1
    renamed = renamed_classes(before, after, moves)
    assert [(one.before, one.after, one.follow, one.of) for one in renamed[:2]] == [
        ("old 0", "new 0", 3, 4), ("old 1", "new 1", 3, 3),
    ]  # fmt: skip
    assert len(renamed) == MANY
    found = compared_classes(before, after, dict.fromkeys(before, 3), dict.fromkeys(after, 3), renamed)
    assert (len(found.shares), found.came, found.went) == (MANY, (), ())


def test_what_is_there_more_than_once_is_named_once_and_in_order() -> None:
    assert repeated(["b", "a", "c", "b", "a", "b"]) == ["a", "b"]
    assert repeated([]) == []
