"""Every run of every kind is computed again, by the command that is printed for it, under the same id."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from core.answers.overview.summary import summary
from core.answers.runs.reproduce import reproduction
from core.cli.app import app
from core.cli.options import class_names
from core.kinds.option_text import names_text
from core.metrics.intervals import wilson
from core.report.write import gathered, rendered
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store import views
from core.store.audit import Audit
from core.store.metrics import read_metrics
from core.store.provenance import COUNTED, provenance_of
from tests.pages.conftest import show as show_page
from tests.pages.figures_said import shown_in, unsaid, unsaid_in_text
from tests.pages.test_provenance import all_unsaid
from tests.pictures import write_images
from tests.serving import PAGES

GRID = """
[grid]
name = "losses, two"
models = ["lenet"]
seeds = 2
epochs = 1
image_size = 16
checkpoints = 1

[[embedding]]
label = "smaller"
encoder = "embedded"
image_size = 16

[[method]]
label = "CE"
loss = "cross_entropy"

[[method]]
label = "DA"
loss = "difficulty_aware_entropy"
difficulty = "rmd"
difficulty_from = "smaller"
temperature = 1
"""
FACTORY = """
import torch

def net():
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 3))
"""
SMALL = "--epochs 1 --image-size 16"
COMMANDS = [
    "embed --encoder embedded --image-size 32",
    "embed --encoder embedded --image-size 24 --l2norm",
    "embed --encoder embedded --image-size 24 --layers 4,last",
    "score rmd --set pca=8",
    f"train --model lenet {SMALL} --seed 1 --checkpoints 3 --no-flip",
    f"train --model lenet {SMALL} --hold-out-classes green",
    "score all",
    "project --method pca",
    "project --method lda",
    "evaluate --ood held-out",
    "import-predictions probs.npz --name 'vit, imported' --trained-on train --key p --classes blue,green,red",
    "import-embeddings vectors.parquet --name 'mine, too' --key 'f*' --id-key which --text-features texts.npz",
    "import-embeddings vectors.npy --by-order",
    "import-scores scores.csv --by-order --higher-is-harder loss --lower-is-harder quality --name 'from, elsewhere'",
    "import-model --factory nets:net --checkpoints 'e*.pt' --image-size 16 --mean 0.5 --std 0.25 --trained-on train",
    "evaluate --corruptions --kinds fog,contrast --images 20 --all",
    "evaluate --ood other --images 30",
    "evaluate --ood {folder}/third --images 30",
    "evaluate --ood corruptions --kinds contrast,fog --images 20",
    "evaluate --ood gaussian-noise --images 20 --odin-eps 0.01",
    "evaluate --difficulty-checks --kinds fog --images 12",
    "evaluate --vog-checks toy",
    "evaluate --vog-checks memorisation --images 60 --model lenet",
    "score vog --set form=eq3",
    "score second_split_forgetting --set model=lenet --set epochs=2 --set second_epochs=1",
    "words --share 20 --against all",
    "words --only ids:3-40 --words list.txt",
    "train --grid grid.toml --workers 1",
    f"prove --model lenet {SMALL} --seeds 2 --control both --workers 1 --markdown proof.md",
    f"prove --prune --model lenet {SMALL} --keep 60 --which easiest --seeds 2 --seed 1 --workers 1 --markdown cut.md",
    "rerank --base rmd",
    "selftest --rates 10,20 --seeds 2 --images 90 --encoder-run embedded --markdown planted.md",
    "evaluate",
    "evaluate --all",
    "evaluate --grid 'losses, two' --markdown grid.md",
]  # fmt: skip


PRINTED = "printed.txt"
show = show_page  # a fixture of the pages' own tests
WITHOUT_DEVICE = {"project", "import-predictions", "import-embeddings", "import-scores", "rerank", "selftest"}


def hardlook(command: str | list[str]) -> str:
    """Run a command in this process; what it printed."""
    words = shlex.split(command) if isinstance(command, str) else command
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, f"{words}: {done.output}\n{done.exception!r}"
    # What is said on the way is read line by line: a table that follows explains none of it.
    return "\n\n".join([*done.stderr.splitlines(), done.stdout])


def review(audit: Audit) -> None:
    """Images far from their neighbours are given another class, near ones are confirmed: that can be learned."""
    hub = views.open_hub(audit)
    names, labels = views.classes(hub), views.labels(hub)
    keys, hashes = views.column(hub, "key"), views.column(hub, "content_hash")
    scores = views.score(hub, next(info.address for info in views.score_infos(hub) if info.scorer == "outlier"))
    hardest = np.argsort(-np.nan_to_num(scores, nan=-np.inf))
    journal = open_journal(audit)
    for place, row in enumerate([*hardest[:30], *hardest[-30:]]):
        picture = ReviewedImage(keys[row], hashes[row], names[labels[row]])
        label = names[(labels[row] + (place < 30)) % len(names)]
        verdict = "relabelled" if place < 30 else "confirmed"
        decide(journal, Decision(picture, verdict, label, seen=journal.last), By("ann"))
    journal.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an audit `a` of 180 small pictures that every command was run on, and what they read."""
    folder = tmp_path_factory.mktemp("repeat")
    for seed, split in enumerate(("train", "train", "test")):
        write_images(folder / "data" / split, 20, seed=seed, size=16)
    for seed, name in enumerate(("other", "third"), 7):
        write_images(folder / name, 12, seed=seed, size=16)
    (folder / "grid.toml").write_text(GRID)
    (folder / "list.txt").write_text("red\nblue\n")
    (folder / "nets.py").write_text(FACTORY)
    torch.manual_seed(0)
    for epoch in (1, 2):
        weights = {"1.weight": torch.randn(3, 768), "1.bias": torch.zeros(3)}
        torch.save(weights, folder / f"e{epoch}.pt")
    chances = np.random.default_rng(0).dirichlet(np.ones(3), 180)
    np.savez(folder / "probs.npz", p=chances, q=chances[:, ::-1])
    vectors = np.random.default_rng(1).normal(size=(180, 6)).astype(np.float32)
    np.save(folder / "vectors.npy", vectors)
    np.savez(folder / "texts.npz", texts=["red", "green", "blue", "a cat"], features=np.eye(4, 6))
    np.savetxt(folder / "scores.csv", chances[:, :2], delimiter=",", header="loss,quality", comments="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(folder / "audits"))
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        hardlook("ingest other --audit other")
        hardlook("ingest data --audit a")
        keys = views.column(views.open_hub(Audit(folder / "audits" / "a")), "key").tolist()
        table = {"which": keys, **{f"f{i}": column for i, column in enumerate(vectors.T)}, "g0": chances[:, 0]}
        pq.write_table(pa.table(table), folder / "vectors.parquet")
        for command in COMMANDS:
            if command.startswith("prove --model"):
                review(Audit(folder / "audits" / "a"))
            words = [*shlex.split(command.format(folder=folder)), "--audit", "a"]
            printed = hardlook(words if words[0] in WITHOUT_DEVICE else [*words, "--device", "cpu"])
            with (folder / PRINTED).open("a", encoding="utf-8") as file:
                file.write(f"$ {command}\n\n{printed}\n\n")
    return folder


def put_aside(audit: Audit, run_id: str, folder: Path) -> dict[Path, Path]:
    """Move a run's file and its checkpoints away: where each was -> where it is."""
    folder.mkdir(exist_ok=True)
    moved = {audit.run_path(run_id): folder / "run"}
    moved |= {audit.checkpoints(run_id): folder / "checkpoints"} if audit.checkpoints(run_id).exists() else {}
    for there, aside in moved.items():
        there.rename(aside)
    return moved


@pytest.mark.slow
@pytest.mark.timeout(1800)  # some sixty commands, one after the other
def test_every_run_is_computed_again_under_its_own_id(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is taken away with what of it is on disk, and its command brings it back and brings nothing else."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made / "audits"))
    monkeypatch.chdir(made)
    monkeypatch.syspath_prepend(str(made))
    audit = Audit(made / "audits" / "a")
    runs = audit.runs()
    assert {run.kind for run in runs} >= {"embed", "evaluate", "project", "score", "train"}
    names = {run.run_id for run in runs}
    wrong = []
    for run in runs:
        kept = put_aside(audit, run.run_id, made / "aside")
        command = reproduction(run, "a").command
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        now = {each.run_id for each in audit.runs()}
        if done.exit_code or now != names:
            wrong.append((run.run_id, command, repr(done.exception), done.output[-400:], sorted(now - names)))
        for extra in now - names:
            audit.run_path(extra).unlink()
        # Back as it was, with the time it was made: what is the newest of its kind decides what others read.
        for there, was in kept.items():
            shutil.rmtree(there) if there.is_dir() else there.unlink(missing_ok=True)
            was.rename(there)
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("names", [("a", "b"), ("a, b", "c"), (" a", "b"), ("[a", "b]"), ('"q"', "ü"), ("[1]",)])
def test_names_are_read_as_they_were_written(names: tuple[str, ...]) -> None:
    assert class_names(names_text(names)) == names


@pytest.mark.slow
def test_every_stored_figure_says_where_it_comes_from(made: Path) -> None:
    """Of every kind of evaluation: one without a provenance, or counted without Wilson's interval, fails."""
    audit = Audit(made / "audits" / "a")
    rows = [row for run in audit.runs("evaluate") for row in read_metrics(views.open_hub(audit, [run]))]
    assert {row.name for row in rows} >= {"accuracy", "ece", "ood_auroc", "corruption_ece", "seed_mean", "model_place"}
    assert not {row.name for row in rows if provenance_of(row.name) is None}
    for row in rows:
        estimate = row.estimate
        if provenance_of(row.name) == COUNTED and estimate.n:
            low, high = wilson(estimate.value * estimate.n, estimate.n)
            assert (estimate.low, estimate.high) == pytest.approx((float(low), float(high))), row


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES.values())
def test_every_figure_of_every_page_says_what_it_is(
    made: Path, show: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made / "audits"))
    monkeypatch.setenv("HARDLOOK_AUDIT", "a")
    assert not all_unsaid(show, name)


@pytest.mark.slow
def test_every_figure_that_a_command_prints_says_what_it_is(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made / "audits"))
    printed = (made / PRINTED).read_text("utf-8")
    printed += "\n\n".join(summary(Audit(made / "audits" / "a")))
    assert not unsaid_in_text(printed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["proof.md", "grid.md", "planted.md"])
def test_every_figure_of_a_markdown_file_says_what_it_is(made: Path, name: str) -> None:
    """Of each of its sections, in which a table cannot be without a blank line below it."""
    sections = re.split(r"^##? ", (made / name).read_text("utf-8"), flags=re.MULTILINE)
    assert len(sections) > 3
    assert not unsaid_in_text("\n\n".join(re.sub(r"\n+", "\n", one) for one in sections))


@pytest.mark.slow
def test_every_figure_of_the_report_says_what_it_is(made: Path) -> None:
    assert not unsaid(shown_in(rendered(gathered(Audit(made / "audits" / "a")))))


@pytest.mark.slow
def test_evaluate_prints_every_figure_with_its_interval_its_number_and_what_it_is(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made / "audits"))
    monkeypatch.chdir(made)
    one = hardlook("evaluate --audit a")
    for says in ("accuracy", "ECE, equal mass", "AUROC of misclassification by MSP", "decile 10", "AUROC of errors"):
        assert says in one
    figures = [line for line in one.splitlines() if line.startswith(("accuracy ", "Brier", "NLL", "decile"))]
    assert len(figures) == 13
    assert all(re.search(r"\[.+, .+\] .* \d+ +(counted|estimated)", line) for line in figures), figures
    several = hardlook("evaluate --all --audit a")
    assert "Models, on images they were not trained on" in several
    assert "lenet · DA · seed 1" in several
    assert "by severity" in hardlook("evaluate --corruptions --kinds fog,contrast --images 20 --audit a --device cpu")
    ood = hardlook("evaluate --ood other --images 30 --audit a --device cpu")
    assert "against other: 60 images, 50 % in-distribution" in ood
    figures = [line for line in ood.splitlines() if line.startswith(("MSP ", "Mahalanobis ", "ODIN ", "decile"))]
    assert figures
    assert all(re.search(r"\[.+, .+\]", line) for line in figures), figures
    assert "ECE, equal mass" not in hardlook("evaluate --audit a --quiet")
