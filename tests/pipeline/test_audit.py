from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.labels.suspecting import suspecting_scores
from core.answers.overview.dataset import class_table
from core.answers.overview.headlines import overview_headlines
from core.answers.overview.summary import summary
from core.answers.view.choices import default_score, score_choices
from core.answers.view.reader import open_reader
from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.pipeline import expect
from core.pipeline.audit import audit_everything
from core.pipeline.embed import embed
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.ingest import default_name, ingest
from core.store import views
from core.store.audit import Audit, create_audit
from core.store.metrics import read_metrics
from tests.pictures import Heard, write_images


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Audit, Path, list[str], Path]:
    """A small folder, audited once: the audit, the images, what was said, the audits' folder."""
    folder, audits = tmp_path_factory.mktemp("photos"), tmp_path_factory.mktemp("audits")
    write_images(folder, 40)
    heard = Heard()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(audits))
        patch.setattr(expect, "WORTH_SAYING", 0.0)
        patch.setattr(expect, "measured_speed", lambda *_: 1e6)  # of a machine on which training is nearly all of it
        made = audit_everything(
            str(folder), heard, name="small", options=IngestOptions(), encoder="embedded", model="resnet8", epochs=4
        )
        heard.lines += summary(made)
    return made, folder, heard.lines, audits


def test_an_audit_leaves_a_finished_run_of_every_kind(audited: tuple[Audit, Path, list[str], Path]) -> None:
    made, *_ = audited
    assert {run.kind for run in made.runs()} == {"embed", "project", "train", "score", "evaluate"}
    assert made.unfinished() == []


def test_an_audit_says_what_it_will_do_and_what_it_found(audited: tuple[Audit, Path, list[str], Path]) -> None:
    said = "\n".join(audited[2])
    parts = (
        "120 images · 3 classes",
        "embed with embedded at",
        "train resnet8",
        "4 epochs",
        "look for near-duplicates",
        "About",
        "of it is for training, which an audit with --no-train does without",
    )
    for part in (*parts, "Hardest classes", "Suspected wrong labels", "Duplicates: "):
        assert part in said, part
    assert "hardlook dashboard --audit" in audited[2][-1]


def test_the_summary_counts_the_suspects_and_duplicates_that_the_overview_counts(
    audited: tuple[Audit, Path, list[str], Path],
) -> None:
    made, _, lines, _ = audited
    reader = open_reader(made)
    scores = score_choices(reader)
    suspecting = suspecting_scores(reader, scores)[0]
    rows = class_table(reader, default_score(scores), made.runs("train")[-1].run_id, None, suspecting.address).rows
    cards = {one.title: one for one in overview_headlines(reader, rows, suspecting, made.runs("train")[-1].run_id)}
    for title, line in (("Suspects", "Suspected wrong labels: "), ("Duplicates", "Duplicates: ")):
        (said,) = [one.removeprefix(line) for one in lines if one.startswith(line)]
        assert said.startswith(cards[title].figure)
        assert said.endswith(cards[title].said_of)
    assert "of 120 labels, by suspicion" in cards["Suspects"].detail


def test_every_score_has_a_value_or_a_reason_for_every_image(audited: tuple[Audit, Path, list[str], Path]) -> None:
    hub = views.open_hub(audited[0])
    infos = views.score_infos(hub)
    assert {"rmd", "rmd_oof", "duplicate", "vog_probability_late", "vog_logit_early_predicted"} <= {
        info.name for info in infos
    }
    for info in infos:
        values = views.score(hub, info.address)
        assert len(values) == 120
        assert np.isfinite(values).all() or info.reason, info.name


def test_directions_are_measured_for_every_score(audited: tuple[Audit, Path, list[str], Path]) -> None:
    hub = views.open_hub(audited[0])
    measured = {row.subject for row in read_metrics(hub, "direction")}
    assert measured == {info.address for info in views.score_infos(hub)}


def test_a_second_audit_of_the_same_images_computes_nothing(
    audited: tuple[Audit, Path, list[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder, _, audits = audited
    before = {run.run_id for run in made.runs()}
    monkeypatch.setenv("HARDLOOK_AUDITS", str(audits))
    heard = Heard()
    audit_everything(
        str(folder), heard, name="small", options=IngestOptions(), encoder="embedded", model="resnet8", epochs=4
    )
    assert {run.run_id for run in made.runs()} == before
    assert sum("nothing to do" in line for line in heard.lines) == len(before) + 1  # every run, and the ingest


def test_added_images_are_embedded_and_the_others_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 4)
    heard = Heard()
    made = ingest(str(tmp_path / "photos"), heard, options=IngestOptions())
    first = embed(made, "embedded", heard, image_size=64)
    write_images(tmp_path / "photos", 2, seed=1)
    made = ingest(str(tmp_path / "photos"), heard, options=IngestOptions())
    second = embed(made, "embedded", heard, image_size=64)
    assert second.run_id != first.run_id
    assert "embed embedded: 12 vectors reused from an earlier state of the data" in heard.lines
    hub = views.open_hub(made)
    assert np.isfinite(views.embedding(hub, second.run_id)).all()
    assert views.embedding(hub, second.run_id).shape[0] == 18


def test_an_image_that_vanished_after_ingest_costs_its_own_vector_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 4)
    heard = Heard()
    made = ingest(str(tmp_path / "photos"), heard, options=IngestOptions())
    (tmp_path / "photos" / "red" / "0-0.png").unlink()
    done = embed(made, "embedded", heard, image_size=64)
    vectors = views.embedding(views.open_hub(made), done.run_id)
    assert np.isnan(vectors).all(axis=1).sum() == 1
    assert any("0-0.png" in line and "got no vector" in line for line in heard.lines)


def test_another_source_under_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    for name in ("one", "two"):
        write_images(tmp_path / name, 2)
    ingest(str(tmp_path / "one"), Heard(), name="a", options=IngestOptions())
    with pytest.raises(BadInput, match="holds the images of"):
        ingest(str(tmp_path / "two"), Heard(), name="a", options=IngestOptions())


def test_unlabelled_images_are_embedded_and_what_needs_labels_is_said_to_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 3)
    rows = [f"photos/{path.parent.name}/{path.name},\n" for path in sorted((tmp_path / "photos").glob("*/*.png"))]
    (tmp_path / "list.csv").write_text("path,label\n" + "".join(rows))
    heard = Heard()
    made = audit_everything(str(tmp_path / "list.csv"), heard, options=IngestOptions(), encoder="embedded")
    assert [(run.kind, run.name) for run in made.runs("project")] == [("project", "pca")]
    assert {(run.kind, run.name) for run in made.runs()} == {
        ("embed", "embedded"), ("project", "pca"), ("score", "duplicates"),
    }  # fmt: skip
    assert any("no image has a label" in line for line in heard.lines)


def test_evaluating_nothing_names_the_command_that_makes_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 2)
    made = ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    with pytest.raises(MissingRun, match="hardlook score rmd"):
        evaluate(made, Heard())


def test_an_audit_without_images_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(MissingRun, match="hardlook ingest PATH"):
        _ = create_audit("empty", tmp_path).items_fingerprint


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/data/my photos/", "my photos"),
        ("a/labels.csv", "labels"),
        ("torchvision:CIFAR10", "CIFAR10"),
        ("/x/.é!", "é"),
    ],
)
def test_an_audit_is_named_after_its_source(source: str, name: str) -> None:
    assert default_name(source) == name
