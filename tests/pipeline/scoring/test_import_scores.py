"""Scores of other programs come in as they are, with the way in which they point; what is not known is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadInput
from core.pipeline.scoring.import_scores import import_scores
from core.store import views
from core.types import HARDER_HIGH, HARDER_LOW
from tests.audits import Made, build_audit
from tests.pictures import Heard


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path / "audits", n=6, runs=False, n_classes=2, files=[f"{i}.png" for i in range(6)])


def table(tmp_path: Path, columns: str, *rows: str) -> Path:
    (tmp_path / "scores.csv").write_text("\n".join((columns, *rows)))
    return tmp_path / "scores.csv"


def test_values_are_kept_and_point_as_was_said(made: Made, tmp_path: Path) -> None:
    file = table(tmp_path, "id,hard,easy", "3.png,0.5,2", "0.png,,7", "9.png,1,1")
    heard = Heard()
    import_scores(made.audit, file, heard, higher=["hard"], lower=["easy"])
    hub = views.open_hub(made.audit)
    infos = {info.name: info for info in views.score_infos(hub)}
    assert {name: info.direction for name, info in infos.items()} == {"hard": HARDER_HIGH, "easy": HARDER_LOW}
    at = list(views.column(hub, "key"))
    easy = views.score(hub, infos["easy"].address)
    assert (easy[at.index("3.png")], easy[at.index("0.png")]) == (2, 7)
    assert int(np.isnan(easy).sum()) == 4
    assert infos["hard"].reason == "4 images not in the file, 1 without a number in it"
    assert "9.png" in heard.text


def test_cleanlab_s_columns_are_known_by_their_names(made: Made, tmp_path: Path) -> None:
    file = table(tmp_path, "id,is_label_issue,label_score,note_score", "1.png,true,0.1,4")
    import_scores(made.audit, file, Heard())
    assert [(each.name, each.direction) for each in views.score_infos(views.open_hub(made.audit))] == [
        ("label_score", HARDER_LOW)
    ]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float16(), pa.float64(), pa.decimal128(5, 2)])
def test_every_type_of_number_in_parquet_is_one(made: Made, tmp_path: Path, kind: pa.DataType) -> None:
    number: Any = {pa.uint64(): (1 << 63) + 5, pa.float16(): np.float16(3)}.get(kind, 3)
    values = [number, None]
    pq.write_table(pa.table({"id": ["0.png", "1.png"], "a": pa.array(values, kind)}), tmp_path / "scores.parquet")
    import_scores(made.audit, tmp_path / "scores.parquet", Heard(), higher=["a"])
    (info,) = views.score_infos(views.open_hub(made.audit))
    stored = views.score(views.open_hub(made.audit), info.address)
    assert stored[0] == np.float32(number)
    assert np.isnan(stored[1:]).all()


@pytest.mark.parametrize(
    ("columns", "row", "asked", "said"),
    [
        ("id,a", "1.png,2", {}, "--higher-is-harder"),
        ("id,a", "1.png,2", {"higher": ["b"]}, "no column 'b'"),
        ("id,a", "1.png,two", {"higher": ["a"]}, "has 'two' in row 1, which is no number"),
        ("id,a", "1.png,1e300", {"higher": ["a"]}, "has 1e+300 in row 1, and scores are finite"),
        ("id,a", "1.png,inf", {"lower": ["a"]}, "has inf in row 1"),
        ("id,a,a", "1.png,1,2", {"higher": ["a"]}, "the column 'a' twice"),
        ("id,a", "", {"higher": ["a"]}, "scores.csv has no rows"),
        ("name,a", "1.png,2", {"higher": ["a"]}, "--id-key"),
        ("id,a", "zebra.png,2", {"higher": ["a"]}, "zebra.png"),
        ("id,a", "1.png,2", {"higher": ["a"], "lower": ["a"]}, "Name it once"),
    ],
)
def test_what_is_not_known_is_refused_in_words_and_leaves_no_run(
    made: Made, tmp_path: Path, columns: str, row: str, asked: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        import_scores(made.audit, table(tmp_path, columns, row), Heard(), **asked)  # type: ignore[arg-type]
    assert said in str(refused.value)
    assert not made.audit.runs("score")
