from __future__ import annotations

from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from PIL import Image

from core.dataset import Dataset, IngestOptions, read_dataset, source_fingerprint
from core.errors import HardlookError
from core.pipeline.ingest import ingest
from core.progress import Quiet
from core.store.audit import Audit, create_audit
from core.store.items import current_source, ingested, items_fingerprint, write_items
from core.store.lookups import whole_image_row
from core.store.views import classes, images, labels, open_hub

OPTIONS = IngestOptions()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for value, name in enumerate(["cat/a.png", "cat/b.png", "dog/c.png"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        out = BytesIO()
        Image.new("RGB", (4, 4), (value, 0, 0)).save(out, "PNG")
        path.write_bytes(out.getvalue())
    (folder / "dog" / "empty.png").touch()
    return folder


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return create_audit("pets", tmp_path / "audits")


def read(source: Path) -> Dataset:
    return read_dataset(
        str(source), OPTIONS, on_thumbnails=lambda _: None, known_thumbnails=set(), progress=lambda _done, _all: None
    )


def publish(audit: Audit, source: Path, dataset: Dataset | None = None, **more: Any) -> tuple[str, bool]:
    fingerprint = source_fingerprint(str(source), OPTIONS)
    return write_items(audit, dataset or read(source), str(source), asdict(OPTIONS), fingerprint, **more)


def rows(audit: Audit, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(audit.items_path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_what_was_ingested_can_be_read_back(audit: Audit, photos: Path) -> None:
    fingerprint, new = publish(audit, photos, note="Three pets.")
    assert new
    assert audit.items_fingerprint == fingerprint
    hub = open_hub(audit)
    assert classes(hub) == ["cat", "dog"]
    assert labels(hub).tolist() == [0, 0, 1]
    assert images(hub)["key"].to_pylist() == ["cat/a.png", "cat/b.png", "dog/c.png"]
    assert rows(audit, "SELECT key, reason FROM refused") == [("dog/empty.png", "zero bytes")]
    [(path, kind, note)] = rows(audit, "SELECT path, kind, note FROM source")
    assert (path, kind) == (str(photos), "image folder")
    assert note.startswith("Three pets.")
    assert sorted(found.name for found in audit.path.iterdir()) == [
        "audit.json", "cache", f"items-{fingerprint}.duckdb", "runs",
    ]  # fmt: skip


def test_the_same_input_again_is_known_before_any_image_is_opened(audit: Audit, photos: Path) -> None:
    before = source_fingerprint(str(photos), OPTIONS)
    assert not ingested(audit, before)
    assert current_source(audit) is None
    publish(audit, photos)
    assert ingested(audit, source_fingerprint(str(photos), OPTIONS))
    assert current_source(audit) == str(photos)
    (photos / "cat" / "b.png").unlink()
    assert not ingested(audit, source_fingerprint(str(photos), OPTIONS))


def test_publishing_the_same_rows_again_changes_nothing(audit: Audit, photos: Path) -> None:
    first, _ = publish(audit, photos)
    before = audit.items_path.stat()
    assert publish(audit, photos) == (first, False)
    after = audit.items_path.stat()  # reading a file may change when it was last read
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_moved_data_set_keeps_its_fingerprint_and_gets_its_new_paths(audit: Audit, photos: Path) -> None:
    first, _ = publish(audit, photos)
    moved = photos.rename(photos.with_name("moved"))
    assert publish(audit, moved) == (first, False)
    assert all(path.startswith(str(moved)) for (path,) in rows(audit, "SELECT path FROM images"))


def test_a_changed_input_gets_a_file_beside_the_old_one(audit: Audit, photos: Path) -> None:
    first, _ = publish(audit, photos)
    (photos / "cat" / "b.png").unlink()
    second, new = publish(audit, photos)
    assert new
    assert second != first
    assert audit.items_fingerprint == second
    assert audit.items_file(first).exists()


def test_the_fingerprint_covers_labels_splits_classes_and_metadata(photos: Path) -> None:
    dataset = read(photos)
    swap = dataset.images.column_names.index
    ids = pa.array([0, 1, 2], pa.int32())
    changed = [
        replace(dataset, classes=("cat", "wolf")),
        replace(dataset, images=dataset.images.set_column(swap("label"), "label", pa.array([0, 1, 1], pa.int32()))),
        replace(dataset, images=dataset.images.set_column(swap("true_label"), "true_label", ids)),
        replace(
            dataset, images=dataset.images.set_column(swap("split"), "split", pa.array(["train", "train", "test"]))
        ),
        replace(dataset, metadata=pa.table({"image_id": ids, "n": [1, 2, 3]})),
        replace(dataset, metadata=pa.table({"image_id": ids, "n": [1, 2, 4]})),
    ]
    assert len({items_fingerprint(each) for each in [dataset, *changed]}) == 7
    assert items_fingerprint(replace(dataset, refused=(), notes=("x",))) == items_fingerprint(dataset)


def test_the_users_columns_follow_ours_with_their_types(audit: Audit, photos: Path) -> None:
    metadata = pa.table({
        "image_id": pa.array([0, 1, 2], pa.int32()),
        'odd "name"; --': [1.5, None, 2.5],
        "tags": [["a"], [], None],
        "taken": pa.array([0, 1, None], pa.date32()),
    })  # fmt: skip
    publish(audit, photos, replace(read(photos), metadata=metadata))
    described = rows(audit, "DESCRIBE images")
    assert [(name, kind) for name, kind, *_ in described][-3:] == [
        ('odd "name"; --', "DOUBLE"), ("tags", "VARCHAR[]"), ("taken", "DATE"),
    ]  # fmt: skip
    assert rows(audit, 'SELECT "odd ""name""; --" FROM images ORDER BY image_id') == [(1.5,), (None,), (2.5,)]


def test_a_failed_write_leaves_the_audit_as_it_was(audit: Audit, photos: Path) -> None:
    publish(audit, photos)
    before = audit.manifest
    broken = read(photos)
    (photos / "cat" / "b.png").unlink()
    twice = replace(broken, classes=("cat", "cat"))
    with pytest.raises(HardlookError, match="could not be written"):
        publish(audit, photos, twice)
    assert audit.manifest == before
    assert len(list(audit.path.glob(".*"))) == 0


def test_a_column_of_times_with_a_zone_is_read_back_with_its_image(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    rows = [f"photos/{name},{name[:3]},2026-01-02T10:00:00Z" for name in ("cat/a.png", "dog/c.png")]
    (tmp_path / "list.csv").write_text("\n".join(["path,label,taken", *rows]), encoding="utf-8")
    audit = ingest(str(tmp_path / "list.csv"), Quiet(), options=OPTIONS)
    row = whole_image_row(open_hub(audit), 0)
    assert row is not None
    assert row["taken"].isoformat() == "2026-01-02T10:00:00+00:00"
