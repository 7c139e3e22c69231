"""What `hardlook evaluate` prints of figures that are given to it."""

from __future__ import annotations

import pytest

from core.cli.text.evaluation import show_ladder, show_ood
from core.store.metrics import Metric
from core.types import Estimate

ACCURACY = [
    Metric("corruption_accuracy", "m", part, Estimate(0.8, 0.7, 0.9, 60, "share")) for part in ("none 0", "fog 1")
]
ECE = [Metric("corruption_ece", "m", row.slice, Estimate(0.1234, n=60, unit="share")) for row in ACCURACY]
ERROR = [
    Metric("calibration_error", "m", "none 0", Estimate(0.02, 0.0, 0.061, 60, "share")),
    Metric("calibration_error", "m", "fog 1", Estimate(0.21, 0.15, 0.27, 60, "share")),
]


def test_a_ladder_has_the_calibration_error_with_its_interval_beside_ece(capsys: pytest.CaptureFixture[str]) -> None:
    show_ladder("resnet8", [*ACCURACY, *ECE, *ERROR])
    accuracy, ece, error = " ".join(capsys.readouterr().out.split()).split("by severity")[1:]
    assert "80 % [70, 90]" in accuracy
    assert "12 %" in ece
    assert "2.0 % [0.0, 6.1]" in error
    assert "21 % [15, 27]" in error


def test_a_ladder_of_an_earlier_version_is_printed_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_ladder("resnet8", [*ACCURACY, *ECE])
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("by severity") == 2
    assert "calibration error of" not in printed


def ood_rows(subject: str, value: float) -> list[Metric]:
    estimates = {"ood_auroc": value, "ood_aupr_in": 0.7, "ood_aupr_out": 0.6, "ood_fpr95": 0.5}
    rows = [
        Metric(name, subject, f"{score} against them", Estimate(of, of - 0.1, of + 0.1, 40))
        for score in ("MSP", "kNN")
        for name, of in estimates.items()
    ]
    rows += [Metric("ood_prevalence", subject, "MSP against them", Estimate(0.25, n=40, unit="share"))]
    rows += [Metric("ood_share_by_vog", subject, "decile 1 against them", Estimate(0.5, 0.2, 0.8, 4, "share"))]
    return [*rows, Metric("ood_class_auroc", subject, "MSP against them, predicted as a", Estimate(0.5, 0.1, 0.9, 20))]


def test_detectors_are_printed_a_line_each_with_the_deciles_of_vog(capsys: pytest.CaptureFixture[str]) -> None:
    show_ood("resnet8", ood_rows("m", 0.8))
    printed = capsys.readouterr().out
    assert "resnet8 against them: 40 images, 25 % in-distribution" in printed
    lines = printed.splitlines()
    assert sum(line.startswith(("MSP", "kNN")) for line in lines) == 2
    assert all("0.800 [0.700, 0.900]" in line for line in lines if line.startswith(("MSP", "kNN")))
    assert any(line.startswith("decile 1") and "50 % [20, 80]" in line for line in lines)
    assert "AUROC by predicted class is kept for 1 class" in printed
