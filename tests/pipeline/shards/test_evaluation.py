"""What a model is worth over shards is what an audit's evaluation says, whoever adds it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.given import store_vectors
from core.pipeline.ingest import ingest, sample_options, sample_path
from core.pipeline.scoring.score_any import score_any
from core.pipeline.shards.begun import stages_of
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.evaluation.rows import rows_of
from core.pipeline.shards.evaluation.sums import from_arrays
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.predict import of_columns
from core.pipeline.shards.stage import read_part
from core.pipeline.training.import_model import import_model
from core.pipeline.training.import_predictions import import_predictions
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit
from core.store.metrics import ACCURACY, BRIER, ECE_WIDTH, ERROR_BY_DECILE, NLL, WHOLE, Metric, read_metrics
from core.training.networks.factory import build_from_factory
from tests.pipeline.shards.made import SMALL, files, table, vectors
from tests.pipeline.shards.modelled import (
    SAID,
    described,
    described_columns,
    divided,
    in_shares,
    modelled,
    project,
)

STAGES = ("ingest", "embed", "folds", "rmd-sums", "rmd", "predict", "deciles", "evaluate")
FIGURES = {ACCURACY, BRIER, ECE_WIDTH, ERROR_BY_DECILE, NLL}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with project(tmp_path_factory.mktemp("project")) as made:
        yield made


def evaluated(folder: ShardFolder, columns: bool = False, workers: int = 1) -> list[Metric]:
    """The rows of a model, with the deciles of RMD."""
    with Drive(folder, Quiet(), workers) as drive:
        drive.embed("embedded", SMALL)
        drive.score(["rmd"])
        drive.predict(described_columns if columns else described(folder))
        ((spec, numbers),) = drive.score(["evaluate"])
    assert drive.missing == {}
    return rows_of(folder, spec, numbers)[1]


@pytest.fixture(scope="module")
def whole(place: Path) -> ShardFolder:
    """Evaluated shards, which no test changes."""
    folder = divided(place)
    evaluated(folder)
    return folder


def ordinary(place: Path, folder: ShardFolder, to: Path) -> Audit:
    """The ordinary audit of the same images, with the same vectors."""
    audit = ingest(str(place / "images.csv"), Quiet(), name="ordinary", options=IngestOptions(), folder=to)
    usable = np.array([one is None for one in table(folder, "ingest")["reason"].to_pylist()])
    store_vectors(audit, vectors(folder)[usable], Quiet())
    score_any(audit, "rmd", Quiet())
    return audit


def by_figure(rows: list[Metric]) -> dict[tuple[str, str], Metric]:
    """The rows that both have, of a model and of the difficulty's deciles."""
    wanted = [row for row in rows if row.name in FIGURES and "scaling" not in row.slice]
    return {
        (row.name, row.slice): row for row in wanted if row.name != ERROR_BY_DECILE or row.subject.endswith(":rmd_oof")
    }


def agree(here: list[Metric], there: list[Metric]) -> None:
    """Counts are equal, and every figure and every end of an interval to rounding."""
    ours, theirs = by_figure(here), by_figure(there)
    assert set(ours) == set(theirs)
    assert len(ours) > 10
    for key, row in ours.items():
        other = theirs[key].estimate
        assert (row.estimate.n, row.estimate.unit) == (other.n, other.unit), key
        np.testing.assert_allclose(row.estimate.numbers, other.numbers, rtol=1e-9, atol=1e-12, err_msg=str(key))


def test_a_models_figures_are_those_of_the_ordinary_evaluation(whole: ShardFolder, place: Path, tmp_path: Path) -> None:
    audit = ordinary(place, whole, tmp_path)
    model = import_model(audit, Quiet(), **SAID, name="mine", trained_on="train")
    run = evaluate(audit, Quiet()).run
    (spec,) = stages_of(whole, "evaluate")
    rows = rows_of(whole, spec, list(range(whole.count)))[1]
    predicted = views.predictions(views.open_hub(audit), model.run_id)["predicted"]
    usable = np.array([one is None for one in table(whole, "ingest")["reason"].to_pylist()])
    np.testing.assert_array_equal(table(whole, "predict")["predicted"].to_numpy()[usable], predicted)
    agree(rows, read_metrics(views.open_hub(audit, [run])))


def test_columns_of_the_manifest_are_evaluated_as_imported_predictions_are(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    rows = evaluated(folder, columns=True)
    audit = ordinary(place, folder, tmp_path)
    import_predictions(audit, place / "images.csv", Quiet(), name="theirs", trained_on="train", id_key="path")
    agree(rows, read_metrics(views.open_hub(audit, [evaluate(audit, Quiet()).run])))


def test_confusions_are_counted_and_kept_beside_the_figures(whole: ShardFolder) -> None:
    (spec,) = stages_of(whole, "evaluate")
    name, rows, kept = rows_of(whole, spec, list(range(whole.count)))
    assert name == "mine"
    cells = pq.read_table(kept[1]).to_pylist()
    labels = [label for number in range(whole.count) for label in whole.items(number)["label"].to_pylist()]
    predicted, held = (table(whole, "predict")[column].to_pylist() for column in ("predicted", "outside"))
    counted = Counter(
        (whole.classes[a], whole.classes[b]) for a, b, c in zip(labels, predicted, held, strict=True) if c
    )
    assert {(cell["label"], cell["predicted"]): cell["images"] for cell in cells} == counted
    accuracy = next(row.estimate for row in rows if (row.name, row.slice) == (ACCURACY, WHOLE))
    assert accuracy.n == sum(counted.values()) == 17  # 18 of the split test, less the one without a label
    assert pq.read_table(kept[0])["value"].to_pylist()[0] == accuracy.value


def test_two_processes_make_the_same_files_as_one(whole: ShardFolder, place: Path) -> None:
    two = divided(place, "two")
    evaluated(two, workers=2)
    assert files(two) == files(whole)


@pytest.mark.slow
def test_shares_of_stages_make_the_same_files_as_one_command(whole: ShardFolder, place: Path) -> None:
    shares = divided(place, "shares")
    in_shares(shares, STAGES)
    with Drive(shares, Quiet(), 1) as drive:
        drive.score(["evaluate"])  # the command that prints what they add up to
    assert files(shares) == files(whole)


def test_without_a_difficulty_there_are_no_deciles_and_the_rest_stands(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    drive = modelled(folder, "evaluate", workers=1)
    assert drive.missing == {}
    (spec,) = stages_of(folder, "evaluate")
    rows = rows_of(folder, spec, list(range(folder.count)))[1]
    assert {row.name for row in rows} == FIGURES - {ERROR_BY_DECILE}
    assert not any(row.slice.startswith("decile") for row in rows)


def test_a_quarantined_shard_is_left_out_of_the_sums_and_named(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    folder.item_file(4).write_bytes(b"")
    drive = modelled(folder, "evaluate", workers=1)
    assert [one.split(",")[0] for one in drive.missing.values()] == ["ingest part-00004.parquet"]
    (spec,) = stages_of(folder, "evaluate")
    (merged,) = (folder.path / spec.name).glob("merged-*")
    held = sum(
        label is not None and split == "test" and "zz" not in path
        for number in (0, 1, 2, 3, 5)
        for label, split, path in zip(
            *(folder.items(number)[name].to_pylist() for name in ("label", "split", "path")), strict=True
        )
    )
    assert from_arrays(read_part(merged)).n(0) == held > 0


def test_a_model_that_was_trained_on_everything_is_not_evaluated(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    with Drive(folder, Quiet(), 1) as drive:
        with pytest.raises(MissingRun, match="has no model"):
            drive.score(["evaluate"])
        drive.predict(lambda ground: of_columns(ground, "", "auto", "theirs", ["test", "train"]))
        with pytest.raises(BadInput, match=r"theirs cannot be evaluated.*'test', 'train'"):
            drive.score(["evaluate"])


def test_numbers_that_are_no_predictions_are_refused_by_name(place: Path, tmp_path: Path) -> None:
    folder = divided(place, str(tmp_path / "shards"))
    with Drive(folder, Quiet(), 1) as drive:
        with pytest.raises(BadInput, match="no columns 'p_\\*'"):
            drive.predict(lambda ground: of_columns(ground, "p_*", "auto", "theirs", []))
        drive.predict(lambda ground: of_columns(ground, "", "percent", "theirs", []))
    assert "rows of percent that do not sum to 100" in str(drive.said())


@pytest.mark.slow
def test_of_the_bundled_images_every_count_is_that_of_the_ordinary_evaluation(place: Path, tmp_path: Path) -> None:
    folder = shard(str(sample_path()), Quiet(), to=tmp_path / "shards", rows=209, options=sample_options())
    assert folder.count == 24
    said = SAID | {"factory": "sharded_nets:of_ten", "checkpoints": "of_ten.pt"}
    torch.manual_seed(0)
    torch.save(build_from_factory("sharded_nets:of_ten").state_dict(), "of_ten.pt")
    with Drive(folder, Quiet(), 2) as drive:
        drive.predict(described(folder, **said))
        ((spec, numbers),) = drive.score(["evaluate"])
    audit = ingest(str(sample_path()), Quiet(), name="bundled", options=sample_options(), folder=tmp_path)
    import_model(audit, Quiet(), **said, name="mine", trained_on="train")
    agree(rows_of(folder, spec, numbers)[1], read_metrics(views.open_hub(audit, [evaluate(audit, Quiet()).run])))
