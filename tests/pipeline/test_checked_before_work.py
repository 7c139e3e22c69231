"""Whatever an import can refuse it refuses before its work: nothing is decoded, predicted, kept or written by then."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.dataset import IngestOptions
from core.errors import HardlookError
from core.pipeline import import_embeddings as embeddings
from core.pipeline.export import import_decisions
from core.pipeline.import_embeddings import import_embeddings
from core.pipeline.ingest import ingest
from core.pipeline.scoring import import_scores as scores
from core.pipeline.scoring.import_scores import import_scores
from core.pipeline.training import import_model as model
from core.pipeline.training import import_predictions as predictions
from core.pipeline.training.import_model import import_model
from core.pipeline.training.import_predictions import import_predictions
from core.reviews import has_journal, open_journal
from core.store import views
from core.store.audit import Audit
from tests.pictures import Heard, write_halves

MODULE = """
from torch import nn
def build(classes=3):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, classes))
def four():
    return build(4)
"""


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audit]:
    """An audit of 12 images, three classes, in an empty folder to write files in."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_halves(tmp_path / "photos", 2)
    (tmp_path / "files").mkdir()
    monkeypatch.chdir(tmp_path / "files")
    Path("whose_nets_are_these.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "files"), *sys.path])
    yield ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    sys.modules.pop("whose_nets_are_these", None)


def table(names: str, rows: dict[str, str]) -> Path:
    Path("given.csv").write_text("\n".join([names, *(f"{key},{rest}" for key, rest in rows.items())]))
    return Path("given.csv")


def array(shape: tuple[int, ...]) -> Path:
    np.save("given.npy", np.random.default_rng(0).random(shape).astype(np.float32))
    return Path("given.npy")


def weights(last: str) -> str:
    """Checkpoints of three classes, and a last one of `last`."""
    import torch

    from core.training.networks.factory import build_from_factory

    for epoch in (1, 2):
        torch.save(build_from_factory("whose_nets_are_these:build").state_dict(), f"epoch-{epoch}.pt")
    if last == "damaged":
        Path("epoch-3.pt").write_bytes(b"no weights")
    else:
        torch.save(build_from_factory(f"whose_nets_are_these:{last}").state_dict(), "epoch-3.pt")
    return "epoch-*.pt"


def keys(audit: Audit) -> list[str]:
    return [str(key) for key in views.column(views.open_hub(audit, ()), "key")]


def modelled(audit: Audit, **changes: Any) -> Any:
    options: dict[str, Any] = {
        "factory": "whose_nets_are_these:build", "checkpoints": "", "image_size": 8, "mean": (0.5,), "sd": (0.25,),
    }  # fmt: skip
    return import_model(audit, Heard(), **{**options, **changes})


P3 = "0.2,0.3,0.5"
CASES: dict[str, Callable[[Audit], Any]] = {
    "predictions: no file": lambda a: import_predictions(a, Path("none.npy"), Heard()),
    "predictions: rows": lambda a: import_predictions(a, array((11, 3)), Heard(), by_order=True),
    "predictions: columns": lambda a: import_predictions(a, array((12, 4)), Heard(), by_order=True),
    "predictions: ids": lambda a: import_predictions(a, table("id,a,b,c", {"nobody": P3, "no one": P3}), Heard()),
    "predictions: classes": lambda a: import_predictions(
        a, table("id,x,y,z", dict.fromkeys(keys(a), P3)), Heard(), classes=["x", "y", "nonsense"]
    ),
    "predictions: no numbers": lambda a: import_predictions(
        a, table("id,a,b,c", dict.fromkeys(keys(a), "a,b,c")), Heard(), classes=["class 0", "class 1", "class 2"]
    ),
    "predictions: split": lambda a: import_predictions(a, array((12, 3)), Heard(), by_order=True, trained_on="nowhere"),
    "predictions: name": lambda a: import_predictions(a, array((12, 3)), Heard(), by_order=True, name="a\nb"),
    "embeddings: no file": lambda a: import_embeddings(a, Path("none.npy"), Heard()),
    "embeddings: rows": lambda a: import_embeddings(a, array((11, 3)), Heard(), by_order=True),
    "embeddings: ids": lambda a: import_embeddings(a, table("id,a,b,c", {"nobody": P3}), Heard()),
    "embeddings: name": lambda a: import_embeddings(a, array((12, 3)), Heard(), by_order=True, name="a\nb"),
    "embeddings: no texts": lambda a: import_embeddings(
        a, array((12, 3)), Heard(), by_order=True, text_features=Path("none.npz")
    ),
    "scores: no file": lambda a: import_scores(a, Path("none.csv"), Heard()),
    "scores: rows": lambda a: import_scores(a, table("a", {"0": "1"}), Heard(), by_order=True, higher=["a"]),
    "scores: ids": lambda a: import_scores(a, table("id,a", {"nobody": "1"}), Heard(), higher=["a"]),
    "scores: column": lambda a: import_scores(a, table("id,a", dict.fromkeys(keys(a), "1")), Heard(), higher=["b"]),
    "scores: no numbers": lambda a: import_scores(a, table("id,a", dict.fromkeys(keys(a), "x")), Heard(), higher=["a"]),
    "scores: name": lambda a: import_scores(
        a, table("id,a", dict.fromkeys(keys(a), "1")), Heard(), higher=["a"], name="a\nb"
    ),
    "model: no file": lambda a: modelled(a, checkpoints="none-*.pt"),
    "model: damaged": lambda a: modelled(a, checkpoints=weights("damaged")),
    "model: a last one of other classes": lambda a: modelled(a, checkpoints=weights("four")),
    "model: outputs": lambda a: modelled(a, checkpoints=weights("build"), classes=["x", "y", "z"]),
    "model: factory": lambda a: modelled(a, checkpoints=weights("build"), factory="whose_nets_are_these:nothing"),
    "model: split": lambda a: modelled(a, checkpoints=weights("build"), trained_on="nowhere"),
    "model: name": lambda a: modelled(a, checkpoints=weights("build"), name="a\nb"),
    "decisions: no file": lambda a: import_decisions(a, Heard(), Path("none.csv")),
    "decisions: columns": lambda a: import_decisions(a, Heard(), table("a,b", {"1": "2"})),
    "decisions: classes": lambda a: import_decisions(
        a, Heard(), table("id,label", dict.fromkeys(keys(a), "nonsense")), reviewer="me"
    ),
    "decisions: ids": lambda a: import_decisions(a, Heard(), table("id,label", {"nobody": "x"}), reviewer="me"),
}  # fmt: skip


def state(folder: Path) -> dict[str, str]:
    """Every file's content; of a journal, which is made when it is first opened, what was decided."""
    decided = {"reviews": str(last_entry(folder))}
    return decided | {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("reviews.sqlite")
    }


def last_entry(folder: Path) -> int:
    if not has_journal(Audit(folder)):
        return 0
    with closing(open_journal(Audit(folder))) as journal:
        return journal.last


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    case: str, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def works(*_: Any, **__: Any) -> None:
        raise AssertionError(f"{case}: the work had begun")

    for module, name in (
        (predictions, "prediction_tables"), (embeddings, "ClassesApart"), (scores, "commit_columns"),
        (model, "training_pixels"), (model, "predict"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, works)
    before = state(audit.path)
    with pytest.raises(HardlookError) as refused:
        CASES[case](audit)
    assert refused.value.hint
    assert state(audit.path) == before


def test_a_split_that_is_not_there_is_refused_before_a_long_file_is_read(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "fit_to_audit", lambda *_: pytest.fail("the file was read"))
    with pytest.raises(HardlookError, match="There is no split 'nowhere'"):
        import_predictions(audit, array((12, 3)), Heard(), trained_on="nowhere")


def test_texts_that_are_not_there_are_refused_before_the_vectors_are_read(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "read_vectors", lambda *_, **__: pytest.fail("the file was read"))
    with pytest.raises(HardlookError, match=r"none\.npz"):
        import_embeddings(audit, array((12, 3)), Heard(), text_features=Path("none.npz"))
