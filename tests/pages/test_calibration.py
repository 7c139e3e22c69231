"""Calibration, run by Streamlit's own test runner. What only a browser shows is in tests/browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.dataset import IngestOptions
from core.pipeline.embed import embed
from core.pipeline.evaluation.difficulty_checks import difficulty_checks
from core.pipeline.ingest import ingest
from core.store.metrics import Metric
from core.store.provenance import PROVENANCE
from core.store.writer import RunWriter, open_run
from core.types import Estimate, RunSpec
from pages.components.calibration import shown
from pages.components.calibration.training import csv_line
from tests.audits import FINGERPRINT, Made, build_audit, publish
from tests.pages.conftest import components, text, titles
from tests.pictures import Heard, write_halves

SECTIONS = ("reliability", "parts", "equal", "training", "rejection", "telling", "corruptions", "wrong", "weights",
            "checks")  # fmt: skip
AUDIT = {"n": 200}


@pytest.fixture
def opened(show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the page on an audit with an address."""

    def run(audit: dict[str, Any] | str, **address: str) -> AppTest:
        monkeypatch.setenv("HARDLOOK_AUDITS", audit if isinstance(audit, str) else folder_with(**audit))
        app = show("calibration", address)
        assert not app.exception
        assert not app.markdown  # what Streamlit would make of a text that stands alone in a page's script
        return app

    return run


Page = Callable[..., AppTest]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with an audit of which everything is measured, with made-up figures; two more networks, a grid's."""
    folder = tmp_path_factory.mktemp("measured")
    made = build_audit(folder, n=200, evaluated=False)
    runs = [made.audit.runs("train")[0].run_id]
    runs += [network(made, method, seed) for method in ("CE", "difficulty-aware") for seed in (0, 1)]
    score = made.audit.runs("score")[0].run_id
    checks = checks_of(made.audit.runs("embed")[0].run_id)
    found = [*checks, *(row for run in runs for row in rows_of(run, score))]
    by = f"{score}:rmd"
    publish(made.audit, "evaluate", "all", {"metric": table(found)}, deciles_of=by, fifths_of=by)
    difference = ("paired_difference", "grid small: difficulty-aware - CE", "ece", -0.01, -0.02, 0.004, 2, "")
    publish(made.audit, "evaluate", "grid small", {"metric": table([difference])})
    return str(folder)


def network(made: Made, method: str, seed: int) -> str:
    """Predictions of one more network, of a grid."""
    n = len(made.labels)
    spec = RunSpec("train", "resnet8_w8", {"items": FINGERPRINT}, {"grid": "small", "method": method}, seed=seed)
    writer: RunWriter
    with open_run(made.audit, spec, k=5) as writer:
        writer.commit("all", {"prediction": {
            "image_id": list(range(n)), "predicted": made.predicted, "confidence": [0.6] * n, "entropy": [0.5] * n,
            "correct": made.predicted == made.labels, "trained_on": made.splits == "train",
        }})  # fmt: skip
        writer.publish()
    return writer.run_id


BY_CHANCE = ("ece", "ece_within_fifths", "smece")


def rows_of(run: str, score: str) -> list[tuple[Any, ...]]:
    """One of every row that the page reads."""
    parts = ["all", "class shirt", *(f"decile {i}" for i in range(1, 11)), "before scaling", "after scaling"]
    rows = [
        (name, run, part, 0.1, 0.05, 0.2, 60, f"of {score}:rmd")
        for name in ("accuracy", "ece", "ece_width", "brier", "nll") for part in parts
    ]  # fmt: skip
    rows.append(("temperature", run, "all", 1.5, 1.2, 1.9, 30, ""))
    told = [f"misclassification_{name}" for name in ("auroc", "aupr", "aupr_error", "fpr95")]
    rows += [(name, run, by, 0.8, 0.7, 0.9, 60, "") for name in (*told, "aurc") for by in ("MSP", "entropy")]
    ood = [f"ood_{name}" for name in ("auroc", "aupr_in", "aupr_out", "fpr95", "prevalence")]
    rows += [(name, run, "MSP against held-out", 0.7, 0.6, 0.8, 60, "") for name in ood]
    nan = float("nan")
    for part in ("all", "before scaling", "after scaling"):
        rows.append(("equal_confidence_gap", run, part, 0.1, 0.02, 0.2, 24, ""))
        rows += [(name, run, part, 0.2, nan, nan, 60, "") for name in ("ece_within_fifths", "smece")]
        rows += [(f"{name}_by_chance", run, part, 0.0312, nan, nan, 60, "") for name in BY_CHANCE]
    for group in ("easiest", "hardest"):
        rows += [("accuracy_at_confidence", run, f"{group} fifth {i} at 0.{4 + i}000", 0.5, 0.4, 0.6, 12, "")
                 for i in range(1, 5)]  # fmt: skip
    rows += [(name, run, "all", 0.2, 0.1, 0.3, 60, "") for name in ("nll_refinement", "nll_calibration")]
    rows += [("augrc", run, by, 0.08, 0.07, 0.09, 60, "") for by in ("MSP", "entropy")]
    rows.append(("ood_class_auroc", run, "MSP against held-out, predicted as shirt", 0.55, 0.3, 0.8, 24, "12 and 12"))
    lead = "picked from 12 scores"
    rows.append(("ood_lead", run, "MSP ahead of kNN against held-out", 0.02, -0.01, 0.05, 60, lead))
    rows += [("ood_share_by_vog", run, f"decile {i} against held-out", i / 20, 0, 0.9, 6, "") for i in range(1, 11)]
    for name in ("corruption_accuracy", "corruption_ece", "calibration_error"):
        rows.append((name, run, "none 0", 0.8, 0.7, 0.9, 60, ""))
        rows += [(name, run, f"{kind} {i}", 0.5, 0.4, 0.6, 60, "") for kind in ("fog", "noise") for i in range(1, 6)]
    return rows + [(f"wrong_{name}", run, "mean", 0.5, 0.4, 0.6, 20, "") for name in ("entropy", "confidence")]


def checks_of(embedding: str) -> list[tuple[Any, ...]]:
    """Difficulty checks of two kinds."""
    steps = ["none 0", *(f"{kind} {i}" for kind in ("fog", "jpeg") for i in range(1, 6))]
    rows = [("rmd_by_corruption", embedding, part, 1.5, 1.0, 2.0, 30, "") for part in steps]
    rows += [("rmd_corruption_trend", embedding, "fog", 0.5, 0.4, 0.6, 30, ""),
             ("rmd_corruption_trend", embedding, "jpeg", 0.0, -0.1, 0.1, 30, "")]  # fmt: skip
    for name, part in (("altered_labels", "altered {} %"), ("label_distance", "rank {}")):
        rows += [(f"rmd_by_{name}", embedding, part.format(i), float(i), i - 1, i + 1, 90, "") for i in range(4)]
        rows.append((f"rmd_{name}_trend", embedding, "all", 0.7, 0.6, 0.8, 90, ""))
    return rows


def table(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = ("name", "subject", "slice", "value", "low", "high", "n", "note")
    return dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))


KINDS = ({"n": 60, "n_classes": 1}, {"n": 1000, "n_classes": 1000}, {"n": 20, "evaluated": False})


@pytest.mark.parametrize(
    ("audit", "section"),
    [*((AUDIT, section) for section in SECTIONS), *((kind, section) for kind in KINDS for section in SECTIONS[:4])],
    ids=str,
)
def test_every_section_of_every_kind_of_audit_is_shown(opened: Page, audit: dict[str, Any], section: str) -> None:
    app = opened(audit, show=section)
    assert titles(app) or "hardlook " in text(app) or "No image in view" in text(app)


def test_a_csv_file_says_of_every_figure_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "stored_rows", lambda view, name, run: {"all": Metric(name, run, "all", Estimate(0.5))})
    model: Any = SimpleNamespace(run=SimpleNamespace(run_id="a"))
    view: Any = None
    lines = [dict(zip(shown.CSV, line, strict=True)) for line in shown.csv_rows(view, [model], list(PROVENANCE))]
    assert {str(line["metric"]): line["provenance"] for line in lines} == {
        name: str(one) for name, one in PROVENANCE.items()
    }


def test_without_labels_nothing_is_judged_and_the_command_is_named(opened: Page) -> None:
    said = text(opened({"n": 20, "labelled": False}, show="telling"))
    assert "has a label, so no confidence can be evaluated" in said
    assert "hardlook audit PATH --audit sample" in said


@pytest.mark.parametrize(
    ("section", "starts"),
    [
        ("reliability", ["Reliability of resnet8"]),
        ("parts", ["ECE by class, worst 1 of 5: highest: shirt, 10.0 of 60 images", "ECE by decile of rmd"]),
        ("training", ["ECE before and after temperature scaling", "ECE by method, grid small: lowest mean"]),
        ("rejection", ["Accuracy against rejection", "Risk against coverage, held-out images: area under it"]),
        (
            "corruptions",
            [
                "Accuracy on corrupted images",
                "Calibration error, debiased, on corrupted images: resnet8, "
                "mean of 2 kinds, %: 80.0 clean, 50.0 at severity 1, 50.0 at severity 5; interval above 0 in "
                "10 of 10",
                "ECE on corrupted images",
            ],
        ),
        ("telling", ["Share out-of-distribution by decile of VoG, held-out: resnet8: 5.0 % and 50 % in the lowest"]),
        ("wrong", ["Confidence of errors", "Entropy of errors"]),
        ("weights", ["Weights by rmd"]),
        (
            "checks",
            [
                "Mean RMD of 30 images by severity of each corruption: rises within an image for 1 of 2 kinds; "
                "1.50 [1.00, 2.00] when clean",
                "Mean RMD as more labels are altered: from 0 to 3.00, 90 images; rank correlation within an image",
                "Mean RMD under ever more distant classes",
            ],
        ),
    ],
)
def test_what_is_measured_is_drawn(opened: Page, measured: str, section: str, starts: list[str]) -> None:
    found = titles(opened(measured, show=section))
    assert len(found) == len(starts)
    for title, start in zip(found, starts, strict=True):
        assert title.startswith(start), title


def test_a_ladder_of_an_earlier_version_is_drawn_and_says_what_measures_the_rest(opened: Page, tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=200, evaluated=False)
    run, score = made.audit.runs("train")[0].run_id, made.audit.runs("score")[0].run_id
    rows = [row for row in rows_of(run, score) if row[0] != "calibration_error"]
    # Of the same model's other images there is one, which is no part of the ladder.
    rows.append(("calibration_error", run, "all", 0.1, 0.05, 0.2, 60, ""))
    publish(made.audit, "evaluate", "all", {"metric": table(rows)})
    app = opened(str(tmp_path), show="corruptions")
    assert [title.partition(" on ")[0] for title in titles(app)] == ["Accuracy", "ECE"]
    assert "debiased calibration error with its interval" in text(app)
    assert f"hardlook evaluate --corruptions --model {run} --audit sample" in text(app)


def test_checks_need_no_model_and_name_the_command_that_makes_them(opened: Page) -> None:
    said = text(opened({"n": 20, "runs": False}, show="checks"))
    assert "not checked whether RMD rises" in said
    assert "hardlook evaluate --difficulty-checks --audit sample" in said


def test_checks_of_before_say_what_shows_an_image(opened: Page, measured: str) -> None:
    said = text(opened(measured, show="checks"))
    assert "kept no image&#x27;s own RMD" in said
    assert "hardlook evaluate --difficulty-checks --encoder-run embed-" in said


def test_an_image_is_shown_at_every_severity_with_its_rmd(
    opened: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_halves(tmp_path / "pictures", 8, size=16)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    audit = ingest(str(tmp_path / "pictures"), Heard(), name="a", options=IngestOptions())
    embed(audit, "embedded", Heard(), image_size=32)
    difficulty_checks(audit, Heard(), images=10, kinds=["fog", "jpeg"])
    app = opened(str(tmp_path / "audits"), show="checks", kind="jpeg")
    pictures = components(app)["hardlook_strip"]["pictures"]
    assert len(pictures) == 6
    assert pictures[0]["first"].startswith("clean, ")
    assert [one["first"] for one in pictures[1:]] == [f"severity {i}" for i in range(1, 6)]
    assert all(one["source"].startswith("data:image/png;base64,") for one in pictures)
    assert all(one["second"].startswith("RMD ") for one in pictures)
    assert len({one["source"] for one in pictures}) == 6
    assert len(titles(app)) == 3
    assert "labels as given" in text(opened(str(tmp_path / "audits"), show="checks", kind="x", example="y", run="z"))


def test_tables_tell_errors_and_other_images_apart(opened: Page, measured: str) -> None:
    app = opened(measured, show="telling")
    assert "hardlook" not in "".join(code.value for code in app.code)
    (cells,) = [row["cells"] for row in components(app)["hardlook_table"]["rows"]]
    assert [cell["text"] for cell in cells[1:6]] == ["MSP", "held-out", "60", "70.0", "0.700"]


def test_equal_confidence_has_its_gap_before_and_after_scaling(opened: Page, measured: str) -> None:
    app = opened(measured, show="equal")
    assert titles(app) == [
        "Reliability of resnet8 at equal confidence, by rmd: at equal confidence the easiest fifth is right "
        "10 % [2, 20] more often"
    ]
    rows = components(app)["hardlook_table"]["rows"]
    assert [row["cells"][1]["text"] for row in rows[:6]] == [
        "gap, all", "gap, half, before", "gap, half, after", "ECE within fifths, all (3.12 by chance)",
        "ECE within fifths, half, before (3.12 by chance)", "ECE within fifths, half, after (3.12 by chance)",
    ]  # fmt: skip


def test_an_earlier_evaluation_has_no_such_rows_and_is_told_what_measures_them(opened: Page) -> None:
    said = text(opened(AUDIT, show="equal"))
    assert "Easy and hard images are not compared" in said
    assert "hardlook evaluate" in said
    assert titles(opened(AUDIT, show="reliability"))


def test_the_score_that_tells_most_is_named_with_its_lead_and_from_how_many(opened: Page, measured: str) -> None:
    said = text(opened(measured, show="telling"))
    assert (
        "highest AUROC: MSP ahead of kNN by 0.0200 [−0.0100, 0.0500], paired; picked from 12 scores: not told" in said
    )


def test_a_class_shows_what_is_taken_for_it(opened: Page, measured: str) -> None:
    app = opened(measured, **{"show": "telling", "class": "shirt"})
    (cells,) = [row["cells"] for row in components(app)["hardlook_table"]["rows"]]
    assert [cell["text"] for cell in cells[1:5]] == ["MSP", "held-out", "24", "0.550"]
    assert "choose another class" in text(opened(measured, **{"show": "telling", "class": "ankle boot"}))


def test_seeds_of_a_method_are_shown_as_mean_and_standard_deviation(opened: Page, measured: str) -> None:
    runs = [path.name.removesuffix(".duckdb") for path in Path(measured, "sample", "runs").glob("train-resnet8_w8*")]
    app = opened(measured, show="telling", models=",".join(runs))
    assert "resnet8_w8 · CE against held-out: mean ± standard deviation over seeds" in text(app)


def test_a_method_differs_from_plain_training_by_a_paired_interval(opened: Page, measured: str) -> None:
    rows = components(opened(measured, show="training"))["hardlook_table"]["rows"]
    assert [cell["text"] for cell in rows[1]["cells"]][:6] == [
        "difficulty-aware", "2", "10.0", "10.0 to 10.0", "−1.00", "[−2.00, 0.400]",
    ]  # fmt: skip


def test_the_file_of_methods_has_means_and_differences_in_one_unit() -> None:
    line = csv_line("CE", [0.1, 0.12], Estimate(-0.01, -0.02, 0.004, 2, "share"))
    assert line == ("CE", 2, pytest.approx(0.11), -0.01, -0.02, 0.004)
    assert csv_line("CE", [], None) == ("CE", 0, None, None, None, None)


@pytest.mark.parametrize("figure", ["wrong_confidence", "wrong_entropy"])
def test_how_sure_errors_are_is_drawn_by_way_of_training(opened: Page, measured: str, figure: str) -> None:
    (title,) = [one for one in titles(opened(measured, show="training", compared=figure)) if "by method" in one]
    which = "highest mean of 2" if figure == "wrong_entropy" else "lowest mean of 2"
    assert title.startswith(f"Mean {figure.partition('_')[2]} of errors by method, grid small: {which}")


def test_several_models_lie_over_each_other(opened: Page, measured: str) -> None:
    made = [run.name for run in Path(measured, "sample", "runs").iterdir() if run.name.startswith("train")]
    ids = ",".join(name.removesuffix(".duckdb") for name in made)
    assert titles(opened(measured, models=ids))[0].startswith("Reliability of 5 models")


@pytest.mark.parametrize(
    "address",
    [
        {"show": "nonesuch"}, {"models": "x,,y"}, {"bins": "width"}, {"bins": "x"}, {"class": "shirt"},
        {"images": "every"}, {"show": "parts", "figure": "x", "classes": "shirt|x"}, {"split": "train"},
        {"show": "training", "grid": "x", "compared": "x"}, {"show": "weights", "rescaled": "raw"}, {"model": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_any_address_is_answered(opened: Page, measured: str, address: dict[str, str]) -> None:
    assert "labels as given" in text(opened(measured, **address))
