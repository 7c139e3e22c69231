from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.image.glimpses import hardest_of_classes, strongest_suspects
from core.answers.labels.suspecting import suspecting_scores
from core.answers.overview.dataset import ClassRow, class_split_counts, class_table, dataset_facts, refused_files
from core.answers.overview.headlines import calibration_in_words, overview_headlines
from core.answers.overview.standings import model_lines, score_lines
from core.answers.runs.next_steps import next_steps, run_lines
from core.answers.view.choices import default_score, model_choices, score_choices
from core.answers.view.reader import Reader, open_reader, reader_key
from core.errors import MissingRun
from core.metrics.intervals import share_estimate
from core.store.audit import create_audit
from tests.audits import HOSTILE_FILE, Made, build_audit


def test_counts_are_what_went_in(reader: Reader, made: Made) -> None:
    counts = class_split_counts(reader)
    assert reader.splits == ("train", "test")
    for label in range(5):
        for column, split in enumerate(reader.splits):
            assert counts[label, column] == np.count_nonzero((made.labels == label) & (made.splits == split))
    facts = dict(dataset_facts(reader).facts)
    assert facts["images"] == "120"
    assert facts["refused"] == "not an image 1, truncated 1"
    assert facts["modes"] == "RGB 102, L 18"


def test_refused_files_come_with_their_reason(reader: Reader) -> None:
    assert [line[:2] for line in refused_files(reader)] == [(HOSTILE_FILE, "not an image"), ("broken.jpg", "truncated")]


@pytest.mark.parametrize("split", [None, "test"])
def test_classes_come_hardest_first_with_errors_and_means_of_the_split(
    reader: Reader, made: Made, split: str | None
) -> None:
    score = default_score(score_choices(reader))
    table = class_table(reader, score, model_choices(reader)[0].run_id, split)
    rows = table.rows
    assert table.held_out
    assert sorted(row.label for row in rows) == list(range(5))
    assert [row.error.value for row in rows if row.error] == sorted(
        (row.error.value for row in rows if row.error), reverse=True
    )
    for row in rows:
        chosen = (made.labels == row.label) & ((made.splits == split) if split else True)
        held_out = chosen & (made.splits == "test")
        assert row.errors == np.count_nonzero(made.predicted[held_out] != made.labels[held_out])
        assert row.n_evaluated == np.count_nonzero(held_out)
        assert row.mean == pytest.approx(float(np.nanmean(made.values["rmd"][chosen])), rel=1e-4)


def test_where_a_model_saw_every_image_its_errors_are_of_those(reader: Reader, made: Made) -> None:
    table = class_table(reader, None, model_choices(reader)[0].run_id, "train")
    assert not table.held_out
    assert sum(row.n_evaluated for row in table.rows) == np.count_nonzero(made.splits == "train")


def test_without_runs_classes_stand_in_no_order_of_difficulty(tmp_path: Path) -> None:
    bare = open_reader(build_audit(tmp_path, n=20, runs=False).audit)
    rows = class_table(bare, None, None, None).rows
    assert [row.label for row in rows] == list(range(5))
    assert all(row.error is None and row.mean is None for row in rows)


def test_findings_carry_their_intervals(reader: Reader) -> None:
    (model,) = model_lines(reader)
    assert model.accuracy is not None
    assert model.accuracy.numbers == (0.712, 0.651, 0.766)
    best, other = score_lines(reader, score_choices(reader))
    assert (best.score.name, best.suspects, best.n) == ("rmd", 30, 117)
    assert (other.score.name, other.n) == ("vog_logit_late", 0)


def test_runs_are_listed_newest_first_with_their_parameters(reader: Reader) -> None:
    lines = run_lines(reader)
    assert {line.kind for line in lines} == {"embed", "train", "score", "evaluate"}
    assert [line.finished for line in lines] == sorted((line.finished for line in lines), reverse=True)
    assert next(line.parameters for line in lines if line.kind == "train") == "epochs=20, labels=given"


def test_next_steps_are_what_is_missing_and_what_was_left_unfinished(tmp_path: Path) -> None:
    made = build_audit(tmp_path, "my audit", n=12, runs=False, unfinished=True)
    commands = [step.command for step in next_steps(made.audit, open_reader(made.audit))]
    assert commands[0] == "hardlook train --model resnet8 --seed 0 --epochs 20 --audit 'my audit'"
    assert commands[1:3] == ["hardlook embed --audit 'my audit'", "hardlook score rmd --audit 'my audit'"]


def test_an_audit_without_images_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingRun, match=r"holds no images yet.* hardlook audit PATH --audit new"):
        reader_key(create_audit("new", tmp_path))


def test_unlabelled_images_are_counted_and_belong_to_no_class(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20, labelled=False)
    unlabelled = open_reader(made.audit)
    assert dict(dataset_facts(unlabelled).facts)["unlabelled"] == "20"
    assert class_split_counts(unlabelled).sum() == 0


def test_a_class_is_miscalibrated_where_the_interval_of_its_accuracy_leaves_out_its_confidence(reader: Reader) -> None:
    rows = class_table(reader, None, model_choices(reader)[0].run_id, None).rows
    for row in rows:
        assert row.confidence == pytest.approx(0.8125)
        assert row.error is not None
        assert row.overconfidence == pytest.approx(0.8125 - (1 - row.error.value))
        assert row.miscalibrated == (not 1 - row.error.high <= 0.8125 <= 1 - row.error.low)


def test_a_class_is_named_as_badly_calibrated_beyond_what_chance_does_in_so_many() -> None:
    """Of 50 classes of a model that is right exactly as often as it says, one would be off by itself nearly always."""
    rng, named = np.random.default_rng(0), 0
    for _ in range(200):
        rows = [
            ClassRow(i, str(i), (), 40, None, wrong, share_estimate(wrong, 40), 0.7, 0, 0)
            for i, wrong in enumerate(rng.binomial(40, 0.3, 50).tolist())
        ]
        named += calibration_in_words(rows) != "no class is off by more than chance"
    assert named <= 20
    rows[0] = ClassRow(0, "coat", (), 40, None, 35, share_estimate(35, 40), 0.7, 0, 0)
    assert calibration_in_words(rows).startswith("worst in coat: 70 % sure")


def test_findings_say_what_they_are_from_or_which_command_finds_out(reader: Reader, tmp_path: Path) -> None:
    choices = score_choices(reader)
    suspecting = suspecting_scores(reader, choices)[0]
    model = model_choices(reader)[0].run_id
    rows = class_table(reader, None, model, None, suspecting.address).rows
    wrong, suspects, errors, calibration, copies = overview_headlines(reader, rows, suspecting, model)
    assert (wrong.figure, wrong.missing) == ("", "score suspicion")
    assert suspects.figure == "30"
    assert suspects.detail.startswith("of 117 labels, by rmd; most in ")
    assert (errors.figure, errors.interval) == ("29 %", "[23, 35]")
    assert (calibration.figure, calibration.interval) == ("7.4 %", "")  # of an evaluation that kept ECE alone
    assert "few images make it too high" in calibration.said_of
    assert copies.missing == "score duplicates"
    bare = open_reader(build_audit(tmp_path, n=20, runs=False).audit)
    found = overview_headlines(bare, class_table(bare, None, None, None).rows, None, "")
    assert [one.missing for one in found] == ["score suspicion"] * 2 + ["train"] * 2 + ["score duplicates"]


def test_a_model_s_figures_are_of_all_held_out_images_whatever_is_in_view(tmp_path: Path) -> None:
    """With the training split in view the class table is of images the model knows; the headline is not."""
    reader = open_reader(build_audit(tmp_path, n=400).audit)
    model = model_choices(reader)[0].run_id
    whole, seen = (class_table(reader, None, model, split).rows for split in (None, "train"))
    assert [(row.name, row.error) for row in whole] != [(row.name, row.error) for row in seen]
    told = [{one.title: one.detail for one in overview_headlines(reader, rows, None, model)} for rows in (whole, seen)]
    for title in ("Errors", "Calibration error"):
        assert told[0][title] == told[1][title]
    assert f"most in {whole[0].name} " in told[1]["Errors"]


def test_of_classes_without_enough_images_nothing_is_said_of_chance() -> None:
    few = ClassRow(0, "coat", (), 9, None, 9, share_estimate(9, 9), 0.99, 0, 0)
    for rows in ([], [few]):
        assert calibration_in_words(rows) == "no class has the 20 held-out images that would tell whether it is off"


def test_glimpses_are_the_strongest_suspects_and_the_hardest_of_each_class(reader: Reader, made: Made) -> None:
    rmd = next(choice for choice in score_choices(reader) if choice.name == "rmd")
    doubted = np.flatnonzero((np.arange(120) % 4 == 0) & ~np.isnan(made.values["rmd"]))
    expected = doubted[np.argsort(-made.values["rmd"][doubted])][:3]
    assert [one.key for one in strongest_suspects(reader, rmd, None, 3)] == [made.keys[i] for i in expected]
    (hardest,) = hardest_of_classes(reader, rmd, None, [2])
    of_class = np.flatnonzero(made.labels == 2)
    assert hardest.key == made.keys[of_class[np.nanargmax(made.values["rmd"][of_class])]]
    assert hardest.source.startswith("data:image/webp")
