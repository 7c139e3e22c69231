"""The correlation over classes says of which other images or classes each of its intervals is."""

from __future__ import annotations

from pathlib import Path

from core.answers.models.class_correlation import class_correlation
from core.answers.view.reader import open_reader
from core.store.metrics import FALSE_NEGATIVE_CORRELATION, OVER_CLASSES, WHOLE, Metric, metric_table
from core.types import Estimate
from tests.audits import build_audit, publish


def test_both_intervals_say_what_they_are_of(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=30)
    assert class_correlation(open_reader(made.audit), "a:rmd") == ""
    rows = [
        Metric(FALSE_NEGATIVE_CORRELATION, "a:rmd", WHOLE, Estimate(0.62, 0.5, 0.7, 900), "10 classes"),
        Metric(FALSE_NEGATIVE_CORRELATION, "a:rmd", OVER_CLASSES, Estimate(0.62, -0.02, 0.9, 10), "10 classes"),
        Metric(FALSE_NEGATIVE_CORRELATION, "a:vog", WHOLE, Estimate(0.3, 0.2, 0.4, 900), "10 classes"),
    ]
    models = {
        name: publish(
            made.audit, "train", name, {"prediction": {"image_id": range(30), "predicted": made.predicted}}, k=5
        )
        for name in ("net", "other")
    }
    publish(made.audit, "evaluate", "net", metric_table(rows), inputs={"train": models["net"]})
    reader = open_reader(made.audit)
    assert class_correlation(reader, "a:rmd") == (
        "Over 10 classes, mean score and the share that net misses correlate by 0.620 (Spearman): [0.500, 0.700] with "
        "other images of these classes, [−0.0200, 0.900] with other classes; by its newest evaluation."
    )
    assert "other classes" not in class_correlation(reader, "a:vog")  # as an earlier version kept it
    made.audit.run_path(models["net"]).unlink()
    assert f"the share that {models['net']} misses" in class_correlation(open_reader(made.audit), "a:rmd")
