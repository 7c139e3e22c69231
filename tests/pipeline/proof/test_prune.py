"""Pruning from end to end: where leaving easy images out is free, where it is not, and what is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from core.answers.runs.reproduce import reproduction
from core.cli.text.proof import pruning_as_markdown
from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.experiments.papers.further.pruning import pruning as section
from core.experiments.papers.section import FAILS, HOLDS, Findings
from core.experiments.pruning import stored_pruning
from core.experiments.pruning_tables import pruning_tables, verdict
from core.kinds.proof import PRUNING
from core.pipeline.ingest import ingest
from core.pipeline.proof.prune import PruningAsked, prove_pruning
from core.pipeline.scoring.import_scores import import_scores
from core.pipeline.scoring.score import score
from core.pipeline.training.request import PruneRequest, TrainRequest
from core.pipeline.training.train import prepare, train
from core.progress import Quiet
from core.report.write import gathered, rendered
from core.store import views
from core.store.audit import Audit
from core.store.metrics import read_metrics
from tests.audits import Made, build_audit
from tests.pictures import Heard

SIDE, PER_CLASS, TESTED, BRIGHTER = 12, 60, 900, 60
TINY = TrainRequest("lenet", 1, 16, 0.05, SIDE, checkpoints=1, dynamics="last epoch", device="cpu")


def pictures(generator: np.random.Generator, labels: NDArray[np.int_]) -> NDArray[np.uint8]:
    """Noise that is brighter in the class's own channel."""
    pixels = generator.integers(0, 256 - BRIGHTER, (len(labels), SIDE, SIDE, 3))
    pixels[np.arange(len(labels)), :, :, labels] += BRIGHTER
    return pixels.astype(np.uint8)


def by_place(generator: np.random.Generator, labels: NDArray[np.int_]) -> NDArray[np.uint8]:
    """Noise that is brighter in the class's own third, in every channel."""
    pixels = generator.integers(0, 256 - BRIGHTER, (len(labels), SIDE, SIDE, 3))
    for image, label in zip(pixels, labels, strict=True):
        image[4 * label : 4 * label + 4] += BRIGHTER
    return pixels.astype(np.uint8)


def with_easy_images(folder: Path, easy_are: str) -> Audit:
    """Three classes whose easy 30 % are copies of one grey picture, or are the only ones like the held-out images.

    The others are then told by a bright third, and not by their channel. Some held-out images are noise, on which
    models differ: where none ever does, there is no interval.
    """
    generator = np.random.default_rng(0)
    labels, tested = np.arange(3 * PER_CLASS) % 3, np.arange(TESTED) % 3
    images, held_out = (pictures(generator, each) for each in (labels, tested))
    easy = np.arange(3 * PER_CLASS) // 3 < 0.3 * PER_CLASS
    if easy_are == "copies":
        images[easy] = 128
    else:
        images[~easy] = by_place(generator, labels[~easy])
    held_out[:40] = generator.integers(0, 256, held_out[:40].shape)
    np.savez(folder / "images.npz", x_train=images, y_train=labels, x_test=held_out, y_test=tested)
    audit = ingest(str(folder / "images.npz"), Quiet(), options=IngestOptions(), folder=folder / "audits")
    hard = np.concatenate([np.ones(TESTED, bool), ~easy]).astype(float)  # "test" comes before "train"
    np.savetxt(folder / "scores.csv", hard, header="hard", comments="")
    import_scores(audit, folder / "scores.csv", Quiet(), by_order=True, higher=["hard"])
    hub = views.open_hub(audit)
    given = views.score(hub, views.score_infos(hub)[-1].address)[views.column(hub, "split") == "train"]
    np.testing.assert_array_equal(given, ~easy)
    return audit


@pytest.mark.slow
@pytest.mark.parametrize(("easy_are", "expected"), [("copies", HOLDS), ("all there is", FAILS)])
def test_leaving_easy_images_out_is_free_where_they_are_copies_and_costs_where_they_are_all_there_is(
    tmp_path: Path, easy_are: str, expected: str
) -> None:
    audit = with_easy_images(tmp_path, easy_are)
    asked = PruningAsked("hard", (70.0,), ("hardest",), seeds=3)
    request = TrainRequest("resnet8_w8", 10, 16, 0.05, SIDE, checkpoints=1, dynamics="last epoch", device="cpu")
    proof = prove_pruning(audit, Quiet(), request, asked, workers=1)
    hub = views.open_hub(audit)
    outcome = section(Findings(audit.name, hub.runs, read_metrics(hub)))
    assert outcome is not None
    assert outcome.verdict == expected, verdict(proof)
    assert [one.images for one in proof.kept] == [126, 126]
    assert [one.epochs for one in (proof.whole, *proof.kept)] == [10, 15, 15]  # of 12 steps, and of 8


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An audit with a training and a test split, an embedding and what is scored of it."""
    made = build_audit(tmp_path_factory.mktemp("audits"), n=150, n_classes=3, computable=True)
    score(made.audit, "rmd", Quiet())
    return made


@pytest.fixture(scope="module")
def asked() -> PruningAsked:
    return PruningAsked(keep=(40.0, 80.0), which=("easiest", "hardest"), seeds=2, equal="epochs")


def test_what_is_trained_is_said_first_and_every_model_is_evaluated_on_the_same_images(
    made: Made, asked: PruningAsked
) -> None:
    heard = Heard()
    proof = prove_pruning(made.audit, heard, TINY, asked, workers=1)
    said = heard.text
    assert said.index("easiest, hardest, random, each 40, 80 % of every class") < said.index("1 of 14: ")
    assert "14 runs; 1 side by side; about " in said
    assert "out of fold" in said or "folds, each by the others" in said
    held_out = made.splits == "test"
    assert proof.held_out == int(held_out.sum())
    hub = views.open_hub(made.audit)
    (run,) = [run for run in hub.runs if run.run_id == proof.run_id]
    of_slice = {row.slice: row.estimate for row in read_metrics(hub, "pruned_accuracy")}
    for name, arm in run.parameters["pruning"]["arms"].items():
        right = []
        for run_id in arm["runs"].values():
            prediction = views.predictions(hub, run_id)
            assert not (prediction["trained_on"] & held_out).any()
            assert prediction["trained_on"].sum() == arm["images"]
            right.append((prediction["predicted"] == made.labels)[held_out].mean())
        assert of_slice[name].value == pytest.approx(np.mean(right))


def test_the_hardest_kept_are_the_hardest_of_their_class(made: Made, asked: PruningAsked) -> None:
    prove_pruning(made.audit, Quiet(), TINY, asked, workers=1)
    hub = views.open_hub(made.audit)
    (run,) = [run for run in hub.runs if run.grid == PRUNING and run.seed == 1
              and run.parameters["method"] == "hardest 40 %"]  # fmt: skip
    address = f"{run.parameters['prune']['run']}:{run.parameters['prune']['score']}"
    difficulty, kept = views.score(hub, address), views.predictions(hub, run.run_id)["trained_on"]
    for label in range(3):
        theirs = (made.splits == "train") & (made.labels == label)
        assert difficulty[theirs & kept].min() >= difficulty[theirs & ~kept].max()


def test_a_second_proof_trains_nothing_and_one_by_another_score_trains_nothing_at_random_again(
    made: Made, asked: PruningAsked
) -> None:
    first = prove_pruning(made.audit, Quiet(), TINY, asked, workers=1)
    runs = {run.run_id for run in made.audit.runs("train")}
    heard = Heard()
    again = prove_pruning(made.audit, heard, TINY, asked, workers=1)
    assert {run.run_id for run in made.audit.runs("train")} == runs
    assert repr(again) == repr(first)  # NaN is not equal to itself
    stored = stored_pruning(views.open_hub(made.audit).runs, read_metrics(views.open_hub(made.audit)))
    assert repr(stored) == repr(first)
    by_other = PruningAsked("rmd_margin", (40.0,), ("hardest",), "epochs", 2)
    heard = Heard()
    prove_pruning(made.audit, heard, TINY, by_other, workers=1)
    assert "6 runs, 4 of them there already" in heard.text


def test_the_commands_that_repeat_it_are_known(made: Made, asked: PruningAsked) -> None:
    proof = prove_pruning(made.audit, Quiet(), TINY, asked, workers=1)
    runs = made.audit.runs()
    (of_all,) = [run for run in runs if run.run_id == proof.run_id]
    assert (
        "hardlook prove --prune --keep 40.0,80.0 --which easiest,hardest,random --by"
        in reproduction(of_all, "sample").command
    )
    (one,) = [run for run in runs if run.grid == PRUNING and run.seed == 0
              and run.parameters["method"] == "easiest 80 %"]  # fmt: skip
    assert "--keep 80.0 --which easiest --by score-rmd" in reproduction(one, "sample").command


def test_the_document_and_the_report_show_it(made: Made, asked: PruningAsked) -> None:
    proof = prove_pruning(made.audit, Quiet(), TINY, asked, workers=1)
    text, page = pruning_as_markdown(proof, "sample"), rendered(gathered(made.audit))
    for said in ("other held-out images", "It does not cover other training images", "hardest 40 %", "equal epochs"):
        assert said in text, said
    assert "Accuracy by share of the training images kept" in page
    assert verdict(proof).startswith("At 80 %, the hardest are ")
    assert [table.title for table in pruning_tables(proof)][1] == "Differences"


def test_a_score_whose_model_was_trained_on_held_out_images_is_refused(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=90, n_classes=3, runs=False)
    splitless(made)
    model = train(made.audit, Quiet(), TrainRequest("lenet", 2, 16, 0.05, 12, seed=3, device="cpu"))
    score(made.audit, "loss", Quiet())
    with pytest.raises(BadInput, match=rf"its model {model.run_id} was trained on \d+ of the \d+ held-out images"):
        prove_pruning(made.audit, Quiet(), TINY, PruningAsked("loss", seeds=2))
    request = TrainRequest("lenet", 2, 16, 0.05, 12, seed=3, device="cpu", prune=PruneRequest("hardest", 50, "loss"))
    assert prepare(made.audit, Quiet(), request).split.train.sum() < 45  # the model's own held-out images: no leak


def test_without_a_split_all_seeds_hold_the_same_images_out_and_the_score_is_fitted_to_the_others(
    tmp_path: Path,
) -> None:
    made = build_audit(tmp_path, n=150, n_classes=3, computable=True)
    splitless(made)
    score(made.audit, "rmd", Quiet())
    heard = Heard()
    proof = prove_pruning(made.audit, heard, TINY, PruningAsked(keep=(50.0,), which=("hardest",), seeds=2), workers=1)
    assert "fitted anew to the 120 training images alone" in heard.text
    hub = views.open_hub(made.audit)
    used = [views.predictions(hub, run.run_id)["trained_on"] for run in hub.runs if run.grid == PRUNING]
    assert len(used) == 6
    assert (~np.any(used, axis=0)).sum() == proof.held_out == 30
    (other,) = [run for run in hub.runs if run.grid == PRUNING and run.seed == 1 and not run.parameters.get("prune")]
    assert "--held-out-seed 0" in reproduction(other, "sample").command


def test_what_cannot_be_meant_is_refused_in_words(made: Made) -> None:
    with pytest.raises(MissingRun, match="hardlook score rmd"):
        prove_pruning(build_audit(made.audit.path.parent, "bare", n=30, n_classes=3, runs=False).audit, Quiet(), TINY,
                      PruningAsked())  # fmt: skip
    with pytest.raises(BadInput, match="vog_logit_late does not say which end is hard"):
        prove_pruning(made.audit, Quiet(), TINY, PruningAsked("vog_logit_late"))
    for wrong in ({"keep": (0.0,)}, {"keep": (100.0,)}, {"keep": (50.0, 50.0)}, {"which": ("nicest",)}, {"keep": ()}):
        with pytest.raises(BadInput, match=r"Give|Name"):
            PruningAsked(**wrong)


def splitless(made: Made) -> None:
    """Every image is of the training split."""
    with duckdb.connect(str(made.audit.items_path)) as connection:
        connection.execute("UPDATE images SET split = 'train'")
