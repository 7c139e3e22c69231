from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.cli.console import make_reporter
from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.export.registry import all_exporters, get_exporter
from core.export.rows import collect
from core.pipeline.export import export, import_decisions
from core.pipeline.ingest import ingest
from core.reviews import Journal, conflicts, current, has_journal, open_journal
from core.store import views
from core.store.audit import Audit
from tests.audits import HOSTILE_FILE, Made, build_audit

QUIET = make_reporter(quiet=True)
Contents = dict[str, tuple[str | None, str]]


@pytest.fixture
def read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Contents]:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))

    def read(path: Path, *, by: str = "key", roots: tuple[str, ...] = ()) -> Contents:
        audit = ingest(str(path), QUIET, name="again", options=IngestOptions(roots=roots))
        return contents(audit, by)

    return read


def contents(audit: Audit, by: str) -> Contents:
    hub = views.open_hub(audit)
    names = views.classes(hub)
    labels = [None if label < 0 else names[label] for label in views.labels(hub)]
    return dict(zip(views.column(hub, by), zip(labels, views.column(hub, "split"), strict=True), strict=True))


def expected(made: Made, by: str) -> Contents:
    """What the audit holds once image 1 is left out and image 0 has its new label."""
    whole = {row.key: row for row in collect(made.audit).rows}
    assert whole[made.keys[0]].label != whole[made.keys[0]].given
    kept = [row for row in whole.values() if row.key != made.keys[1]]
    assert len(kept) == len(made.keys) - 1
    return {row.key if by == "key" else row.content_hash: (row.label, row.split) for row in kept}


def folder_of(made: Made) -> str:
    return str(Path(str(views.column(views.open_hub(made.audit), "path")[0])).parent)


@pytest.mark.parametrize("kind", ["manifest", "parquet"])
def test_a_manifest_is_ingested_as_the_same_images_with_the_new_labels(
    kind: str, reviewed: Made, tmp_path: Path, read_back: Callable[..., Contents]
) -> None:
    to = tmp_path / ("corrected.csv" if kind == "manifest" else "corrected.parquet")
    export(reviewed.audit, QUIET, kind, to)
    found = read_back(to, roots=(folder_of(reviewed),))
    assert found == expected(reviewed, "key")
    assert HOSTILE_FILE in found


@pytest.mark.parametrize("how", ["copy", "link"])
def test_a_hugging_face_folder_is_ingested_as_the_same_images_with_the_new_labels(
    how: str, reviewed: Made, tmp_path: Path, read_back: Callable[..., Contents]
) -> None:
    export(reviewed.audit, QUIET, "huggingface", tmp_path / "out", how=how)
    found = read_back(tmp_path / "out", roots=(folder_of(reviewed),) if how == "link" else ())
    assert found == expected(reviewed, "key")


def test_an_imagefolder_is_ingested_as_the_same_images_with_the_new_labels(
    reviewed: Made, tmp_path: Path, read_back: Callable[..., Contents]
) -> None:
    export(reviewed.audit, QUIET, "imagefolder", tmp_path / "out")
    found = read_back(tmp_path / "out", by="content_hash")
    # A folder cannot have every name: "T-shirt/top" is the folder "T-shirt_top".
    from core.export.destination import plain_name

    assert found == {
        key: (plain_name(label or ""), split) for key, (label, split) in expected(reviewed, "content_hash").items()
    }
    assert (tmp_path / "out").is_dir()


def test_images_inside_a_parquet_file_come_out_as_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reviewed: Made
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "inside"))
    rows = collect(reviewed.audit).rows
    images = {
        "image": [Path(row.path).read_bytes() for row in rows], "label": [row.given for row in rows],
        "split": [row.split for row in rows], "id": [f"{row.image_id}/x" for row in rows],
    }  # fmt: skip
    import pyarrow as pa

    pq.write_table(pa.table(images), tmp_path / "data.parquet")
    inside = ingest(str(tmp_path / "data.parquet"), QUIET, name="inside", options=IngestOptions())
    export(inside, QUIET, "huggingface", tmp_path / "files")
    again = ingest(str(tmp_path / "files"), QUIET, name="again", options=IngestOptions())
    assert contents(again, "key") == contents(inside, "key")
    assert set(contents(again, "content_hash")) == set(contents(inside, "content_hash"))
    with pytest.raises(BadInput, match="--format huggingface"):
        export(inside, QUIET, "manifest", tmp_path / "m.csv")
    export(inside, QUIET, "labelstudio", tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    places = {
        task["data"]["key"]: unquote(task["data"]["image"]).removeprefix("/data/local-files/?d=") for task in tasks
    }
    assert {key: Path("/", place).read_bytes() for key, place in places.items()} == {
        f"{row.image_id}/x": Path(row.path).read_bytes() for row in rows
    }
    with pytest.raises(BadInput, match="nothing to link to"):
        export(inside, QUIET, "imagefolder", tmp_path / "l", how="link")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_decisions_go_out_and_come_back_into_another_audit(suffix: str, reviewed: Made, tmp_path: Path) -> None:
    file = tmp_path / f"decisions.{suffix}"
    export(reviewed.audit, QUIET, "decisions", file)
    other = build_audit(tmp_path / "other", n=30, n_classes=5, runs=False).audit
    done = import_decisions(other, QUIET, file)
    assert (done.applied, done.conflicts, done.unmatched, done.changed) == (3, 0, {}, ())
    ours, theirs = states(reviewed.audit), states(other)
    for key, state in ours.items():
        there = theirs[key]
        assert (there.label, there.verdict, there.reviewer, there.reason) == (
            state.label, state.verdict, state.reviewer, state.reason,
        )  # fmt: skip
    again = import_decisions(other, QUIET, file)
    assert (again.applied, again.repeated) == (0, 3)


def states(audit: Audit) -> dict:  # type: ignore[type-arg]
    journal = open_journal(audit)
    try:
        return current(journal)
    finally:
        journal.close()


def test_imported_decisions_override_nothing(reviewed: Made, journal: Journal, tmp_path: Path) -> None:
    before = current(journal)
    names = views.classes(views.open_hub(reviewed.audit))
    other = next(name for name in names if name not in (before[reviewed.keys[0]].label, "x"))
    file = tmp_path / "mine.csv"
    lines = ["key,label", f'"{reviewed.keys[2]}","{before[reviewed.keys[2]].label}"', f'{reviewed.keys[5]},"{other}"',
             "nobody.png,shirt", f'{reviewed.keys[1]},"{other}"']  # fmt: skip
    file.write_text("\n".join(lines))
    done = import_decisions(reviewed.audit, QUIET, file, reviewer="cat")
    assert (done.applied, done.agreed, done.conflicts) == (1, 1, 1)
    assert done.unmatched == {"of no image of this audit": ("'nobody.png'",)}
    assert {key: current(journal)[key] for key in before} == before
    assert [each.key for each in conflicts(journal)] == [reviewed.keys[1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,label\na,b", "no column 'key'"),
        ("id,label\na,", "neither a label nor a verdict"),
        ("id,label,verdict\na,b,perhaps", "'perhaps'"),
        ("id,label\n000003.png,no such class", "Row 1 of bad.csv: There is no class"),
        ("id,label,seen\n000003.png,shirt,soon", "'soon', not a number"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_whole(made: Made, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=said):
        import_decisions(made.audit, QUIET, file, reviewer="ann")
    assert not has_journal(made.audit) or not states(made.audit)


def test_label_studio_tasks_go_out_with_predictions_and_come_back_as_decisions(
    reviewed: Made, journal: Journal, tmp_path: Path
) -> None:
    export(reviewed.audit, QUIET, "labelstudio", tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    by_key = {task["data"]["key"]: task for task in tasks}
    assert reviewed.keys[1] not in by_key
    names = views.classes(views.open_hub(reviewed.audit))
    task = by_key[reviewed.keys[3]]
    assert task["data"]["image"].startswith("/data/local-files/?d=")
    suggested = names[(int(reviewed.labels[3]) + 1) % 5]
    assert task["predictions"][0]["result"][0]["value"] == {"choices": [suggested]}
    assert 0 <= task["predictions"][0]["score"] <= 1
    assert by_key[reviewed.keys[0]]["annotations"][0]["result"][0]["type"] == "choices"
    answered = [
        {"data": by_key[reviewed.keys[3]]["data"], "annotations": [
            {"completed_by": {"id": 3, "email": "ann@example.org"}, "result": task["predictions"][0]["result"]}]},
        {"data": by_key[reviewed.keys[4]]["data"], "annotations": [
            {"completed_by": 7, "result": [{"type": "choices", "value": {"choices": [names[0], names[2]]}}]}]},
        {"data": by_key[reviewed.keys[5]]["data"], "annotations": [
            {"completed_by": 7, "was_cancelled": True, "result": []}]},
        {"data": by_key[reviewed.keys[6]]["data"], "annotations": []},
    ]  # fmt: skip
    (tmp_path / "answers.json").write_text(json.dumps(answered))
    done = import_decisions(reviewed.audit, QUIET, tmp_path / "answers.json", reviewer="someone")
    assert (done.applied, done.skipped, done.conflicts) == (2, 1, 0)
    found = current(journal)
    assert (found[reviewed.keys[3]].label, found[reviewed.keys[3]].reviewer) == (suggested, "ann@example.org")
    assert (found[reviewed.keys[4]].verdict, found[reviewed.keys[4]].second_label) == ("ambiguous", names[2])
    minimal = [{"image": "x", "id": 12, "key": reviewed.keys[7], "label": names[1], "annotator": 7}]
    (tmp_path / "min.json").write_text(json.dumps(minimal))
    assert import_decisions(reviewed.audit, QUIET, tmp_path / "min.json").applied == 1
    assert current(journal)[reviewed.keys[7]].label == names[1]


def test_scores_say_their_direction_and_cleanlabs_is_turned_round(reviewed: Made, tmp_path: Path) -> None:
    export(reviewed.audit, QUIET, "scores", tmp_path / "scores.parquet")
    table = pq.read_table(tmp_path / "scores.parquet")
    said = json.loads(table.schema.metadata[b"hardlook"])["scores"]["suspicion"]
    assert said["direction"] == "higher is harder"
    assert table["suspicion"].to_pylist() == pytest.approx(np.linspace(0, 1, 30).tolist())
    export(reviewed.audit, QUIET, "cleanlab", tmp_path / "issues.csv")
    assert "lower is worse" in (tmp_path / "issues.csv.json").read_text()
    lines = (tmp_path / "issues.csv").read_text().splitlines()
    assert lines[0] == (
        "id,given_label,predicted_label,label_quality,is_label_issue,given_class,suggested_class,reviewed_label"
    )
    assert lines[-1].split(",")[3] == "0.0"


def test_a_fiftyone_folder_has_a_label_for_every_file(reviewed: Made, tmp_path: Path) -> None:
    export(reviewed.audit, QUIET, "fiftyone", tmp_path / "fo")
    described = json.loads((tmp_path / "fo" / "labels.json").read_text())
    stems = {path.stem for path in (tmp_path / "fo" / "data").iterdir()}
    assert stems == set(described["labels"])
    assert len(stems) == 29
    first = next(each for each in described["labels"].values() if each["attributes"]["key"] == reviewed.keys[0])
    kept = expected(reviewed, "key")
    assert described["classes"][first["label"]] == kept[reviewed.keys[0]][0]
    assert first["attributes"]["verdict"] == "relabelled"
    assert first["attributes"]["mistakenness"] == first["attributes"]["suspicion"] == 0
    assert "id" not in first["attributes"]  # FiftyOne's own field, which takes nothing but its numbers


@pytest.mark.parametrize("without", ["", "samples.json"])
def test_a_fiftyone_folder_is_ingested_as_the_same_images_with_the_new_labels(
    without: str, reviewed: Made, tmp_path: Path, read_back: Callable[..., Contents]
) -> None:
    export(reviewed.audit, QUIET, "fiftyone", tmp_path / "fo")
    if without:
        (tmp_path / "fo" / without).unlink()
    assert read_back(tmp_path / "fo") == expected(reviewed, "key")


def test_a_plan_copies_nothing(reviewed: Made, tmp_path: Path) -> None:
    export(reviewed.audit, QUIET, "imagefolder", tmp_path / "plan", how="plan")
    assert [path.name for path in (tmp_path / "plan").iterdir()] == ["plan.csv"]
    assert len((tmp_path / "plan" / "plan.csv").read_text().splitlines()) == 30


@pytest.mark.parametrize("kind", [exporter.name for exporter in all_exporters()])
def test_nothing_is_written_among_the_originals_or_over_anything(kind: str, reviewed: Made, tmp_path: Path) -> None:
    originals = Path(folder_of(reviewed))
    before = sorted(originals.iterdir())
    exporter = get_exporter(kind)
    ending = {"labelstudio": ".json"}.get(kind, "" if exporter.place == "folder" else [*exporter.endings, ".csv"][0])
    with pytest.raises(BadInput, match="among the images"):
        export(reviewed.audit, QUIET, kind, originals / f"out{ending}")
    (tmp_path / "link").symlink_to(originals)
    with pytest.raises(BadInput, match="among the images"):
        export(reviewed.audit, QUIET, kind, tmp_path / "link" / f"out{ending}")
    assert sorted(originals.iterdir()) == before
    there = tmp_path / f"there{ending}"
    there.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        export(reviewed.audit, QUIET, kind, there)
    assert there.read_text() == "mine"


def test_what_cannot_be_exported_is_named(made: Made, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Use one of arrays"):
        export(made.audit, QUIET, "coco", tmp_path / "x")
    with pytest.raises(BadInput, match=r"\.csv nor \.parquet"):
        export(made.audit, QUIET, "manifest", tmp_path / "x.txt")
    for _ in range(2):
        with pytest.raises(MissingRun, match="Nothing was ever reviewed"):
            export(made.audit, QUIET, "journal", tmp_path / "x.csv")
        open_journal(made.audit).close()  # as `hardlook reviews` opens it to say that there is nothing yet
    bare = build_audit(tmp_path / "bare", n=12, n_classes=3, runs=False).audit
    with pytest.raises(MissingRun, match="hardlook score suspicion"):
        export(bare, QUIET, "cleanlab", tmp_path / "x.csv")
    with pytest.raises(MissingRun, match="hardlook score all"):
        export(bare, QUIET, "scores", tmp_path / "x.csv")
