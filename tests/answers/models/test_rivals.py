"""RMD beside MD and K-means, as the page says it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.answers.models.rivals import rivals_of
from core.answers.view.reader import open_reader
from tests.audits import Made, build_audit, publish


def score(made: Made, name: str, embedding: str) -> str:
    n = len(made.labels)
    column = {"name": [name] * n, "image_id": np.arange(n, dtype=np.int32), "value": np.zeros(n, np.float32)}
    about = {"name": [name], "scorer": [name], "parameters": ["{}"], "encoder_run": [embedding], "model_run": [""],
             "direction": [1], "fitted_on": [""], "reason": [""]}  # fmt: skip
    return publish(made.audit, "score", name, {"score": column, "score_column": about}, inputs={"embed": embedding})


def test_rivals_are_the_scores_of_the_same_vectors_with_their_stored_difference(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=60, evaluated=False)
    (embedding,), (model,) = made.audit.runs("embed"), made.audit.runs("train")
    rmd = made.audit.latest("score", "rmd").run_id
    assert rivals_of(open_reader(made.audit), f"{rmd}:rmd") is None  # there is none
    md, elsewhere = score(made, "md", embedding.run_id), score(made, "kmeans", "embed-other")
    names = ("name", "subject", "slice", "value", "low", "high", "n", "note")
    others = {f"{md}:md": -0.01, "score-older:md": 0.04, f"{elsewhere}:kmeans": 0.05}
    rows = [("error_auroc_difference", f"{rmd}:rmd", f"less {other}", 0.1, low, 0.2, 40, "")
            for other, low in others.items()]  # fmt: skip
    table = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    publish(made.audit, "evaluate", "resnet8", {"metric": table}, inputs={"train": model.run_id})
    reader = open_reader(made.audit)
    found = rivals_of(reader, f"{rmd}:rmd")
    assert found is not None
    assert found.addresses == (f"{md}:md",)
    assert found.in_words == (
        "AUROC of RMD for errors, on all held-out images: less that of MD 0.100 [−0.0100, 0.200], not told apart."
    )
    assert rivals_of(reader, f"{md}:md") is None
    assert rivals_of(reader, f"{elsewhere}:kmeans") is None
