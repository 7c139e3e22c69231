from __future__ import annotations

from pathlib import Path

import numpy as np

from core.answers.labels.mistaken_pairs import mistaken_pairs
from core.answers.view.reader import open_reader
from core.pipeline.scoring.score import commit_columns
from core.report.write import gathered, rendered
from core.store.writer import open_run
from core.types import HARDER_HIGH, RunSpec, ScoreColumn
from tests.audits import FINGERPRINT, build_audit


def test_the_pairs_of_the_newest_estimate_are_named_and_listed_in_the_report(tmp_path: Path) -> None:
    audit = build_audit(tmp_path, n=40, n_classes=5).audit
    assert mistaken_pairs(open_reader(audit)) == ((), 0)
    pairs = [
        {"given": 0, "true": 3, "images": 2, "share": 0.125},
        {"given": 4, "true": 2, "images": 7, "share": 0.5},
    ]
    values = np.linspace(-1, 1, 40, dtype=np.float32)
    column = ScoreColumn(
        name="confident", values=values, direction=HARDER_HIGH, scorer="confident", fitted_on="all",
        parameters={"noise_pairs": pairs, "noise_pairs_in_all": 12}, suggested_label=np.zeros(40, np.int64), reason="",
    )  # fmt: skip
    with open_run(audit, RunSpec("score", "confident", {"items": FINGERPRINT}, {})) as writer:
        commit_columns(writer, [column], None, None, seconds=1.0)
        writer.publish()
    reader = open_reader(audit)
    found, n = mistaken_pairs(reader)
    assert n == 12
    assert [(one.images, one.share) for one in found] == [(7, 0.5), (2, 0.125)]
    assert (found[0].true, found[0].given) == (reader.class_names[2], reader.class_names[4])
    text = rendered(gathered(audit))
    assert "Classes mistaken for others, by confident learning" in text
    assert "share of all that are truly so" in text
