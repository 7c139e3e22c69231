"""Commands that work on arrays alone do without PyTorch, which takes seconds to load."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from tests.audits import Made, build_audit
from tests.cli.as_process import run_command

COMMANDS = (
    "score rmd", "score knn", "score suspicion", "evaluate", "evaluate --all", "runs",
    "report --to {folder}/report.html", "import-scores {folder}/scores.csv --higher-is-harder score",
    "import-predictions {folder}/predictions.npy --by-order --name theirs",
    "import-embeddings {folder}/vectors.npy --by-order --name given",
)  # fmt: skip


class _Refuse:
    """A finder of modules that finds no PyTorch."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        """As the import system asks it, first of all."""
        if name.partition(".")[0] in ("torch", "torchvision"):
            raise ImportError(f"{name} is not to be loaded")
        return None


def refuse_torch() -> None:
    """From here on nothing loads PyTorch."""
    assert "torch" not in sys.modules
    sys.meta_path.insert(0, _Refuse)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("audits")
    made = build_audit(folder, "sample", computable=True)
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(5), 120).astype(np.float32)
    np.save(folder / "predictions.npy", probabilities)
    np.save(folder / "vectors.npy", rng.normal(size=(120, 8)).astype(np.float32))
    Path(folder, "scores.csv").write_text("key,score\n" + "".join(f"{key},1\n" for key in made.keys[1:]))
    return made


@pytest.mark.parametrize("command", COMMANDS)
def test_what_works_on_arrays_never_loads_it(made: Made, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made.audit.path.parent
    monkeypatch.setenv("HARDLOOK_AUDITS", str(folder))
    ended = run_command([*command.format(folder=folder).split(), "--audit", "sample"], refuse_torch)
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
