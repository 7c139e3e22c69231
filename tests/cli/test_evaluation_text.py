"""What `hardlook evaluate` prints of figures that are given to it."""

from __future__ import annotations

import pytest

from core.cli.text.evaluation import show_ladder
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
