"""Accuracy and calibration on images that are corrupted further and further."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.pipeline.evaluation import corruption_ladder as ladder_module
from core.pipeline.evaluation.choose_models import choose_models
from core.pipeline.evaluation.corruption_ladder import corruption_ladder
from core.store import views
from core.store.audit import Audit
from core.training.pixels import Pixels
from tests.pictures import Heard
from tests.pipeline.evaluation.robustness.metric_rows import KINDS, Stopped, rows_of


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of corruption that are made from now on."""
    kinds: list[str] = []
    real = ladder_module.worse

    def worse(pixels: Pixels, hashes: Sequence[str], kind: str, seed: int) -> dict[str, Pixels]:
        kinds.append(kind)
        return real(pixels, hashes, kind, seed)

    monkeypatch.setattr(ladder_module, "worse", worse)
    return kinds


def test_a_ladder_has_a_row_for_clean_images_and_every_severity(audit: Audit) -> None:
    network = audit.runs("train")[0]
    (done,) = corruption_ladder(audit, [network], Heard(), kinds=KINDS)
    rows = rows_of(audit, "corruption_", network.run_id)
    expected = {"none 0", *(f"{kind} {severity}" for kind in KINDS for severity in range(1, 6))}
    errors = rows_of(audit, "calibration_error", network.run_id)
    rows |= {key: row for key, row in errors.items() if key[1] in expected}
    squared = {key[1]: rows.pop(key) for key in list(rows) if key[0] == "corruption_squared_gap"}
    assert set(squared) == expected
    for part, row in squared.items():  # in squared points; its root is the calibration error, where it has one
        root = np.sqrt(max(row.estimate.value, 0)) / 100
        assert root == pytest.approx(rows["calibration_error", part].estimate.value, abs=1e-6)
    for name in ("corruption_accuracy", "corruption_ece", "corruption_ece_by_chance", "calibration_error"):
        assert {part for metric, part in rows if metric == name} == expected
    assert all(row.estimate.n == 60 for row in rows.values())
    for (metric, _), row in rows.items():
        assert row.estimate.has_interval == ("ece" not in metric)
        assert row.estimate.unit == "share"
    assert done.new
    assert done.run.name == "corruptions"
    hub = views.open_hub(audit, [network])
    held_out = views.column(hub, "split") == "test"
    right = views.predictions(hub, network.run_id)["correct"][held_out].mean()
    assert rows["corruption_accuracy", "none 0"].estimate.value == pytest.approx(right)
    assert "if confidence were right" in rows["corruption_ece", "fog 5"].note
    heard = Heard()
    (again,) = corruption_ladder(audit, [network], heard, kinds=KINDS)
    assert not again.new
    assert "computed before" in heard.text
    assert "60 images, mean of 3 kinds without an interval: accuracy, counted, " in heard.text
    error = np.mean([rows["calibration_error", f"{kind} 5"].estimate.value for kind in KINDS])
    assert (
        f"calibration error, estimated and debiased, {100 * rows['calibration_error', 'none 0'].estimate.value:.1f} %"
        in heard.text
    )
    assert f"{100 * error:.1f} % at severities 1 to 5\n" in f"{heard.text}\n"


def test_networks_that_take_the_same_pictures_share_them(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    made_worse = counted(monkeypatch)
    networks = choose_models(audit, every=True)
    assert len(networks) == 2
    corruption_ladder(audit, networks, Heard(), kinds=KINDS, images=30)
    assert made_worse == ["none", *KINDS]


def test_a_stopped_ladder_goes_on_where_it_was_and_ends_the_same(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = audit.runs("train")[0]
    shutil.copytree(audit.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    corruption_ladder(whole, [network], Heard(), kinds=KINDS)
    with pytest.raises(KeyboardInterrupt):
        corruption_ladder(audit, [network], Stopped(after=2), kinds=KINDS)
    assert audit.unfinished()
    assert not rows_of(audit, "corruption_")
    shown = counted(monkeypatch)
    corruption_ladder(audit, [network], Heard(), kinds=KINDS)
    assert shown == list(KINDS[1:])
    ended, straight = rows_of(audit, "corruption_"), rows_of(whole, "corruption_")
    assert repr(ended) == repr(straight)  # NaN, which some have for ends, equals nothing
    assert not audit.unfinished()
