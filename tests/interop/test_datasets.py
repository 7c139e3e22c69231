"""Hugging Face's `datasets` reads our exports with classes and true labels, and what it writes is read or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.dataset import IngestOptions
from core.errors import BadInput
from core.export.rows import collect
from core.pipeline.export import export
from core.pipeline.ingest import ingest, sample_options
from core.store import views
from core.store.audit import Audit
from tests.interop.conftest import Program
from tests.pictures import Heard

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]  # of its own dependencies

CLASSES = ("zebra", "T-shirt/top", "1", "ape", "0", "007")


@pytest.fixture
def datasets(program: Callable[[str], Program]) -> Program:
    return program("datasets")


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Twelve loose images with a given and a true label each, of classes in no alphabetical order."""
    from PIL import Image

    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    (tmp_path / "images").mkdir()
    lines = ["path,label,true_label,split"]
    for i in range(12):
        Image.new("RGB", (8, 8), (20 * i, 0, 0)).save(tmp_path / "images" / f"{i:02d}.png")
        lines.append(
            f"images/{i:02d}.png,{CLASSES[i % 6]},{CLASSES[(i + i // 9) % 6]},{'test' if i % 4 == 0 else 'train'}"
        )
    (tmp_path / "in.csv").write_text("\n".join(lines))
    return ingest(str(tmp_path / "in.csv"), Heard(), options=IngestOptions(classes=CLASSES, labels_are="names"))


def expected(audit: Audit) -> list[tuple[str, str | None, str | None]]:
    return sorted((row.key, row.label, row.true) for row in collect(audit).rows)


@pytest.mark.parametrize("form", ["huggingface", "parquet"])
def test_class_order_and_true_labels_survive(datasets: Program, audit: Audit, tmp_path: Path, form: str) -> None:
    to = tmp_path / ("out" if form == "huggingface" else "out.parquet")
    export(audit, Heard(), form, to)
    splits = datasets.ask("datasets_reads.py", to)["splits"]
    for split in splits.values():
        assert split["names"] == {"label": list(CLASSES), "true_label": list(CLASSES)}
    rows = [(row["id"], row["label"], row["true_label"]) for split in splits.values() for row in split["rows"]]
    assert sorted(rows) == expected(audit)


def test_the_bundled_data_keep_the_place_of_every_class(
    datasets: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    from core.pipeline.ingest import sample_path

    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    few = pq.read_table(sample_path()).slice(0, 60)
    pq.write_table(few, tmp_path / "few.parquet")
    audit = ingest(str(tmp_path / "few.parquet"), Heard(), options=sample_options())
    export(audit, Heard(), "huggingface", tmp_path / "out")
    splits = datasets.ask("datasets_reads.py", tmp_path / "out")["splits"]
    (names,) = {tuple(split["names"]["label"]) for split in splits.values()}
    assert names == tuple(views.classes(views.open_hub(audit)))
    assert names[0] == "T-shirt/top"
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| 0 | T-shirt/top |" in card


@pytest.mark.parametrize("form", ["huggingface", "manifest", "parquet"])
def test_our_own_export_is_read_again_with_its_order_its_true_labels_and_its_root(
    audit: Audit, tmp_path: Path, form: str
) -> None:
    to = tmp_path / "elsewhere" / {"huggingface": "out", "manifest": "out.csv", "parquet": "out.parquet"}[form]
    export(audit, Heard(), form, to)
    again = ingest(str(to), Heard(), name="again", options=IngestOptions())
    assert tuple(views.classes(views.open_hub(again))) == CLASSES
    assert expected(again) == expected(audit)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("whole.parquet", ""), ("cifar.parquet", ""), ("paths.parquet", ""), ("tensors.parquet", "not images"),
        ("saved", "to_parquet"), ("saved_dict", "to_parquet"), ("saved/data-00000-of-00001.arrow", "to_parquet"),
    ],
)  # fmt: skip
def test_what_it_writes_is_read_with_its_classes_or_refused_for_its_reason(
    datasets: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    (tmp_path / "in").mkdir()
    datasets.ask("datasets_writes.py", tmp_path / "in", *CLASSES)
    if said:
        with pytest.raises(BadInput) as refused:
            ingest(str(tmp_path / "in" / name), Heard(), options=IngestOptions())
        assert said in str(refused.value)
        return
    hub = views.open_hub(ingest(str(tmp_path / "in" / name), Heard(), options=IngestOptions()))
    assert tuple(views.classes(hub)) == CLASSES
    assert sorted(views.labels(hub).tolist()) == sorted(i % 6 for i in range(12))
