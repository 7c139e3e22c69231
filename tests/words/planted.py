"""An audit whose hard images lie nearer to one text than the others of their classes do, by construction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.maths.vectors import unit_rows
from core.store.audit import Audit
from tests.audits import build_audit, publish

D = 24
TEXTS = tuple(f"word {i}" for i in range(60))
TELLING = "word 7"


@dataclass(frozen=True)
class Planted:
    """hard: (n,) of the hardest images by the score "hardness", a fifth. texts: (60, D) vectors."""

    audit: Audit
    labels: NDArray[np.int32]
    hard: NDArray[np.bool_]
    texts: NDArray[np.float32]


def planted(folder: Path, *, strength: float = 0.6, reads: bool = True, n: int = 200) -> Planted:
    """strength: how far the hard images lie towards TELLING. reads: whether vectors of TEXTS are imported beside."""
    made = build_audit(folder, n=n, runs=False)
    generator = np.random.default_rng(5)
    centres = 2 * unit_rows(generator.standard_normal((5, D)))
    texts = unit_rows(generator.standard_normal((len(TEXTS), D)))
    hard = np.zeros(n, bool)
    hard[generator.permutation(n)[: n // 5]] = True
    vectors = unit_rows(generator.standard_normal((n, D)) / 3 + centres[made.labels])
    vectors = vectors + strength * hard[:, None] * texts[TEXTS.index(TELLING)]
    ids = np.arange(n, dtype=np.int32)
    tables: dict[str, Any] = {"embedding": {"image_id": ids, "vector": vectors.astype(np.float32)}}
    if reads:
        tables["text_vector"] = {"text": list(TEXTS), "vector": texts.tolist()}
    also: dict[str, Any] = {
        "source": "file",
        "file": "vectors.npy",
        **({"text_features": "texts.npz"} if reads else {}),
    }
    publish(made.audit, "embed", "mine", tables, d=D, **also)
    score = {"name": ["hardness"] * n, "image_id": ids, "value": (hard + generator.random(n) / 2).astype(np.float32)}
    about = {"name": ["hardness"], "scorer": ["imported"], "parameters": ["{}"], "encoder_run": [""], "model_run": [""],
             "direction": [1], "fitted_on": [""], "reason": [""]}  # fmt: skip
    publish(made.audit, "score", "hardness", {"score": score, "score_column": about})
    return Planted(made.audit, made.labels, hard, texts)
