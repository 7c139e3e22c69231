"""Proof of effect: what is compared with what, on which images, and what is said where there is nothing to prove."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from typer.testing import CliRunner

from core.answers.runs.reproduce import reproduction
from core.cli.app import app, main
from core.cli.text.proof import as_markdown
from core.errors import MissingRun
from core.experiments.proof import (
    CHANGES,
    GIVEN_LABELS,
    ORIGINAL,
    REMOVALS,
    REVIEWED,
    REVIEWED_LABELS,
    ModelRanking,
    Proof,
    RankedModel,
    stored_proof,
)
from core.experiments.proof_tables import proof_tables, ranking_table, verdict
from core.metrics.relabelled import label_effect
from core.pipeline.proof.prove import prove
from core.pipeline.training.labels import labels_version
from core.pipeline.training.random_labels import changed_at_random, removed_at_random
from core.pipeline.training.request import TrainRequest
from core.progress import Quiet
from core.report.write import gathered, rendered
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store import views
from core.store.audit import Audit
from core.store.metrics import read_metrics
from core.training.held_out import split_held_out
from core.types import UNLABELLED
from docs.make_proof import answers
from tests.audits import HOSTILE_CLASS, Made, build_audit

TINY = TrainRequest("lenet", 1, 16, 0.05, 12, checkpoints=1, dynamics="last epoch", device="cpu")


def decide_on(made: Made, rows: dict[int, int | None]) -> None:
    """Give images other labels, or leave them out (None)."""
    hub = views.open_hub(made.audit)
    names, keys, hashes = views.classes(hub), views.column(hub, "key"), views.column(hub, "content_hash")
    journal = open_journal(made.audit)
    for row, label in rows.items():
        picture = ReviewedImage(keys[row], hashes[row], names[made.labels[row]])
        verdict = "excluded" if label is None else "confirmed" if label == made.labels[row] else "relabelled"
        answer = None if label is None else names[label]
        decide(journal, Decision(picture, verdict, answer, seen=journal.last), By("ann"))
    journal.close()


def with_true_labels(made: Made, true: dict[int, int]) -> None:
    """Every given label is right but those of these images."""
    with duckdb.connect(str(made.audit.items_path)) as connection:
        connection.execute("UPDATE images SET true_label = label")
        for row, label in true.items():
            connection.execute("UPDATE images SET true_label = ? WHERE image_id = ?", [label, row])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Four relabelled and one excluded training image, two relabelled held-out ones, one of each by mistake."""
    made = build_audit(tmp_path_factory.mktemp("audits"), n=90, n_classes=3, runs=False)
    train, test = (np.flatnonzero(made.splits == split)[:6].tolist() for split in ("train", "test"))
    wrong = {row: int(made.labels[row] + 1) % 3 for row in (*train[:3], test[0])}
    with_true_labels(made, wrong)
    decide_on(made, {**wrong, train[3]: int(made.labels[train[3]] + 1) % 3, train[4]: None})
    decide_on(made, {test[1]: int(made.labels[test[1]] + 1) % 3, test[2]: int(made.labels[test[2]])})
    return made


@pytest.fixture(scope="module")
def proof(made: Made) -> Proof:
    """Eight networks, which take a few seconds: shared by the tests below."""
    return prove(made.audit, Quiet(), TINY, seeds=2, controls=(REMOVALS, CHANGES), workers=1)


def test_what_the_reviews_changed_is_counted_by_part(proof: Proof) -> None:
    training, held_out = proof.parts["training"], proof.parts["held-out"]
    assert (training.relabelled, training.excluded, training.added) == (4, 1, 0)
    assert (training.wrong_before, training.wrong_after) == (3, 1)
    assert (held_out.relabelled, held_out.excluded, held_out.wrong_before, held_out.wrong_after) == (2, 0, 1, 1)


def test_every_network_is_judged_on_the_same_images_by_every_version_of_their_labels(made: Made, proof: Proof) -> None:
    assert proof.judged_by == ("true labels", "reviewed labels", "given labels")
    held_out = made.splits == "test"
    assert proof.grid is not None
    assert [method.name for method in proof.grid.methods] == [ORIGINAL, REVIEWED, REMOVALS, CHANGES]
    for method in proof.grid.methods:
        for seed, run_id in method.runs.items():
            run = next(run for run in made.audit.runs("train") if run.run_id == run_id)
            predicted = views.predictions(views.open_hub(made.audit, [run]), run_id)["predicted"]
            expected = float((predicted == made.labels)[held_out].mean())
            assert proof.grid.figures(method, "accuracy", "by given labels")[seed] == pytest.approx(expected)


def test_controls_train_on_as_many_images_of_each_class_as_the_reviews_changed(made: Made, proof: Proof) -> None:
    assert proof.grid is not None
    n_train = int((made.splits == "train").sum())
    trained_on = {}
    for method in proof.grid.methods:
        run = next(run for run in made.audit.runs("train") if run.run_id == method.runs[0])
        trained_on[method.name] = int(
            views.predictions(views.open_hub(made.audit, [run]), run.run_id)["trained_on"].sum()
        )
    assert trained_on == {ORIGINAL: n_train, REVIEWED: n_train - 1, REMOVALS: n_train - 5, CHANGES: n_train - 1}


def test_a_proof_is_read_back_as_it_was_computed_and_computed_once(made: Made, proof: Proof) -> None:
    stored = stored_proof(views.open_hub(made.audit))
    assert stored is not None
    assert [table.rows for table in proof_tables(stored)] == [table.rows for table in proof_tables(proof)]
    runs = [run.run_id for run in made.audit.runs()]
    again = prove(made.audit, Quiet(), TINY, seeds=2, controls=(REMOVALS, CHANGES))
    assert [run.run_id for run in made.audit.runs()] == runs
    assert again.run_id == proof.run_id


def test_models_that_no_changed_label_concerns_have_no_interval_rather_than_one_of_nan() -> None:
    """Where no held-out label was changed, no resample of the images changes an accuracy either."""
    labels = np.arange(30) % 3
    versions = (GIVEN_LABELS, REVIEWED_LABELS)
    effect = label_effect(np.stack([labels, (labels + 1) % 3])[:, None], labels, labels)
    models = tuple(
        RankedModel(name, 1, dict(zip(versions, accuracy, strict=True)), dict.fromkeys(versions, i), change)
        for i, (name, *accuracy, change) in enumerate(
            zip("ab", effect.before, effect.after, effect.change, strict=True), 1
        )
    )
    table = ranking_table(ModelRanking(models, {(GIVEN_LABELS, REVIEWED_LABELS): effect.tau}, 30, ()))
    assert [row[2:5] for row in table.rows] == [("100.0", "100.0", "+0.0"), ("0.0", "0.0", "+0.0")]


def test_the_command_that_repeats_it_is_known(made: Made, proof: Proof) -> None:
    for run in (run for run in made.audit.runs() if run.kind in ("train", "evaluate")):
        words = reproduction(run, "sample").command.split()
        step = "train" if run.kind == "train" else "prove"  # one model of it alone, or all of it
        assert words[:4] == ["hardlook", step, "--model", "lenet"]
        helped = CliRunner().invoke(app, [step, "--help"]).output
        assert all(word in helped for word in words if word.startswith("--"))
    assert "--control both --seeds 2 --seed 0" in reproduction(made.audit.runs("evaluate")[0], "sample").command


def test_differences_are_kept_as_metric_rows_with_their_sentence(made: Made, proof: Proof) -> None:
    rows = read_metrics(views.open_hub(made.audit), "paired_difference")
    found = {(row.subject, row.slice): row for row in rows}
    row = found["proof of effect: reviewed labels - original labels", "accuracy by true labels"]
    ((first, *_), *_) = proof.comparisons("true labels")
    assert row.estimate.value == pytest.approx(first.difference.value)
    assert (row.estimate.n, row.note) == (2, first.sentence)


def test_the_document_says_what_the_controls_are_and_what_is_shown(proof: Proof) -> None:
    text = as_markdown(proof, f"a | {HOSTILE_CLASS}")
    for said in ("its judgement", "wrong labels hurt", "Kendall's tau", "4 models", "seeds 0, 1", "reviewed − given"):
        assert said in text, said
    assert HOSTILE_CLASS not in text
    assert verdict(proof).startswith("Accuracy on reviewed labels, evaluated by true labels: against original labels, ")


def test_models_are_ranked_by_every_version_of_the_labels(proof: Proof) -> None:
    assert proof.ranking is not None
    assert {model.networks for model in proof.ranking.models} == {2}
    assert list(proof.ranking.tau) == [
        ("given labels", "reviewed labels"), ("given labels", "true labels"), ("reviewed labels", "true labels"),
    ]  # fmt: skip
    for model in proof.ranking.models:
        change = model.accuracy["reviewed labels"].value - model.accuracy["given labels"].value
        assert model.change.value == pytest.approx(change)
        assert model.change.low <= model.change.value <= model.change.high


def test_the_report_shows_it(made: Made, proof: Proof) -> None:
    page = rendered(gathered(made.audit))
    for said in (verdict(proof), "Differences in accuracy", "reviewed labels − random removals", "Kendall&#39;s tau"):
        assert said in page, said


def test_the_command_finds_the_networks_there_and_writes_its_tables(
    made: Made, proof: Proof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    asked = "prove --model lenet --epochs 1 --batch-size 16 --learning-rate 0.05 --image-size 12 --device cpu --seeds 2"
    words = ["hardlook", *asked.split(), "--control", "both", "--markdown"]
    for to, code in ((tmp_path / "proof.md", 0), (tmp_path / "missing" / "proof.md", 1)):
        monkeypatch.setattr("sys.argv", [*words, str(to)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert (ended.value.code or 0) == code
        said = capsys.readouterr()
        assert "all 8 runs are there\n" in said.out
        assert verdict(proof) in said.out
    assert (tmp_path / "proof.md").read_text(encoding="utf-8") == as_markdown(proof, "sample")
    assert "cannot be written: No such file" in said.err


def test_the_scripted_reviewer_of_the_documentation_is_right_as_often_as_it_says() -> None:
    true = np.arange(20_000) % 10
    said = answers(true)
    assert (said == true).mean() == pytest.approx(0.95, abs=0.01)
    np.testing.assert_array_equal(said, answers(true))


def test_without_reviews_it_says_what_to_do(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=40, n_classes=3, runs=False)
    with pytest.raises(MissingRun, match=r"has not begun.*import-decisions"):
        prove(made.audit, Quiet(), TINY, seeds=2, controls=(REMOVALS,))
    decide_on(made, {0: int(made.labels[0])})
    with pytest.raises(MissingRun, match="confirmed all of the 1 labels"):
        prove(made.audit, Quiet(), TINY, seeds=2, controls=(REMOVALS,))


def test_held_out_labels_alone_train_nothing(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60, n_classes=3, evaluated=False)
    row = int(np.flatnonzero(made.splits == "test")[0])
    decide_on(made, {row: int(made.labels[row] + 1) % 3})
    before = len(made.audit.runs("train"))
    found = prove(made.audit, Quiet(), TINY, seeds=2, controls=(REMOVALS,))
    assert len(made.audit.runs("train")) == before
    assert found.grid is None
    assert found.ranking is None  # one model has no rank
    assert "no model was trained" in verdict(found)


def test_a_single_seed_is_refused_for_it_has_no_interval() -> None:
    assert CliRunner().invoke(app, ["prove", "--seeds", "1"]).exit_code == 2


def test_random_counterparts_take_as_many_of_each_class_and_leave_the_rest() -> None:
    given = np.repeat([0, 1, 2], 20)
    reviewed = given.copy()
    reviewed[:4], reviewed[25], reviewed[59] = [1, 1, 2, UNLABELLED], 0, 0
    trained = np.arange(60) < 55
    removed = removed_at_random(given, reviewed, trained, 3)
    assert np.bincount(given[removed == UNLABELLED], minlength=3).tolist() == [4, 1, 0]
    changed = changed_at_random(given, reviewed, trained, 3)
    assert sorted(changed[:20][changed[:20] != 0].tolist()) == [UNLABELLED, 1, 1, 2]
    assert changed[20:40].tolist().count(0) == 1
    for made in (removed, changed):
        np.testing.assert_array_equal(made[55:], given[55:])
    np.testing.assert_array_equal(removed, removed_at_random(given, reviewed, trained, 3))
    assert (removed != removed_at_random(given, reviewed, trained, 4)).any()


def test_without_a_test_split_all_versions_hold_the_same_images_out() -> None:
    given = np.repeat([0, 1, 2], 20)
    reviewed = np.where(np.arange(60) % 7 == 0, (given + 1) % 3, given)
    reviewed[3] = UNLABELLED
    splits = np.full(60, "train")
    before = split_held_out(given, splits, 5)
    after = split_held_out(reviewed, splits, 5, drawn_by=given)
    np.testing.assert_array_equal(after.held_out, before.held_out & (reviewed != UNLABELLED))
    np.testing.assert_array_equal(after.train, before.train & (reviewed != UNLABELLED))


def test_a_control_without_reviews_is_the_given_labels(tmp_path: Path) -> None:
    audit: Audit = build_audit(tmp_path, n=40, n_classes=3, runs=False).audit
    assert labels_version(audit, REMOVALS).name == "given"
