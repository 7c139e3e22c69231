"""The noise self-test: told where one score must win, not told where none can, and nothing of the labels written."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, MissingRun, TooFewRows
from core.experiments.self_test import SelfTest, read_self_test
from core.kinds.evaluate import evaluate_again
from core.pipeline.self_test import self_test as module
from core.pipeline.self_test.data import ranking_columns, read_data, scorers_of_labels
from core.pipeline.self_test.self_test import self_test
from core.pipeline.steps import Done
from core.pipeline.training.labels import labels_version
from core.progress import Advance
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.scorers.inputs import Inputs
from core.scorers.registry import get_scorer
from core.store import views
from core.store.audit import Audit
from core.store.metrics import Metric, read_metrics
from core.types import Floats
from tests.audits import Made, build_audit, publish
from tests.pictures import Heard

N = 400
RATES = (10.0, 20.0)


def ends_of_axes(labels: np.ndarray, rng: np.random.Generator) -> Floats:
    """Each class at both ends of an axis of its own: neighbours know it, and means, all at the origin, do not."""
    vectors = rng.normal(size=(len(labels), 4))
    vectors[np.arange(len(labels)), labels] += np.where(rng.random(len(labels)) < 0.5, 12.0, -12.0)
    return np.asarray(vectors, np.float32)


def with_vectors(folder: Path, kind: str) -> Made:
    """An audit of four classes with one embedding: "axes" as above, or "noise", which says nothing of any class."""
    made = build_audit(folder, n=N, n_classes=4, runs=False)
    rng = np.random.default_rng(1)
    vectors = ends_of_axes(made.labels, rng) if kind == "axes" else rng.normal(size=(N, 4)).astype(np.float32)
    publish(made.audit, "embed", "embedded", {
        "embedding": {"image_id": np.arange(N, dtype=np.int32), "vector": vectors},
    })  # fmt: skip
    return made


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three scorers, of which one knows neighbours."""
    chosen = [get_scorer(name) for name in ("centroid", "knn", "md")]
    monkeypatch.setattr(module, "scorers_of_labels", lambda run: chosen)


def stored(audit: Audit, done: Done) -> SelfTest:
    return read_self_test(done.run, read_metrics(views.open_hub(audit, [done.run])))


def rows_of(audit: Audit, done: Done) -> set[tuple[object, ...]]:
    rows: list[Metric] = read_metrics(views.open_hub(audit, [done.run]))
    return {(row.name, row.subject, row.slice, str(row.estimate.numbers), row.estimate.n, row.note) for row in rows}


@pytest.mark.usefixtures("few")
def test_the_score_that_must_win_by_construction_wins(tmp_path: Path) -> None:
    made = with_vectors(tmp_path, "axes")
    found = stored(made.audit, self_test(made.audit, Heard(), rates=RATES, draws=2))
    assert [(noise.kind, noise.rate) for noise in found.noises] == [
        (kind, rate) for kind in ("symmetric", "pair", "instance-dependent") for rate in RATES
    ]
    for noise in found.noises:
        first, *others = noise.scores
        assert first.name == "knn"
        assert {one.name for one in others} == {"centroid", "md"}
        assert noise.can_be_told
        assert noise.scores[0].average_precision.value > 0.8
        assert first.behind is None
        assert all(one.behind and one.behind.low > 0 for one in others)
        assert "highest average precision of 3: knn" in noise.verdict
        assert first.suggested is not None
        assert first.suggested.value > 0.9
        assert first.found[20].value == pytest.approx(1.0, abs=0.05)
        assert len(first.draws) == 2
        assert min(first.draws) <= first.average_precision.value <= max(first.draws)
    assert all(noise.apart for noise in found.noises if noise.rate == 20)
    assert "knn at 6" in found.verdict


@pytest.mark.usefixtures("few")
def test_vectors_that_say_nothing_cannot_tell(tmp_path: Path) -> None:
    made = with_vectors(tmp_path, "noise")
    found = stored(made.audit, self_test(made.audit, Heard(), rates=(10.0, 20.0), draws=3))
    assert not any(noise.can_be_told for noise in found.noises if noise.kind != "instance-dependent")
    assert all("cannot be told" in noise.verdict for noise in found.noises if not noise.can_be_told)
    assert not any(noise.apart for noise in found.noises)


@pytest.mark.usefixtures("few")
def test_nothing_but_the_run_is_written(tmp_path: Path) -> None:
    made = with_vectors(tmp_path, "axes")

    def contents() -> dict[Path, str]:
        files = (path for path in tmp_path.rglob("*") if path.is_file())
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = contents()
    done = self_test(made.audit, Heard(), rates=(20.0,), draws=1)
    after = contents()
    assert set(after) - set(before) == {made.audit.run_path(done.run_id)}
    assert {path: after[path] for path in before} == before


class Stopped(Heard):
    """Stops the process it listens to after so many draws, as Ctrl-C would."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        def advance(done: int, total: int) -> None:
            if done == self.after:
                raise KeyboardInterrupt

        yield advance


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("after", [1, 5])
def test_a_killed_self_test_goes_on_and_ends_as_one_that_was_not(tmp_path: Path, after: int) -> None:
    made = with_vectors(tmp_path / "one", "axes")
    shutil.copytree(made.audit.path, tmp_path / "whole")
    whole = Audit(tmp_path / "whole")
    asked = {"rates": (20.0,), "draws": 2}
    uninterrupted = self_test(whole, Heard(), **asked)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        self_test(made.audit, Stopped(after), **asked)  # type: ignore[arg-type]
    heard = Heard()
    done = self_test(made.audit, heard, **asked)  # type: ignore[arg-type]
    assert f"{6 - after} draw" in heard.text
    assert done.run_id == uninterrupted.run_id
    assert rows_of(made.audit, done) == rows_of(whole, uninterrupted)
    again = Heard()
    assert not self_test(made.audit, again, **asked).new  # type: ignore[arg-type]


@pytest.mark.usefixtures("few")
def test_other_draws_are_another_run_and_its_command_says_all_of_it(tmp_path: Path) -> None:
    made = with_vectors(tmp_path, "axes")
    first = self_test(made.audit, Heard(), rates=(20.0, 12.5), draws=1, images=200)
    assert evaluate_again(first.run).words == [
        "selftest", "--encoder-run", first.run.inputs["embed"], "--rates", "12.5,20.0", "--seeds", "1",
        "--images", "200",
    ]  # fmt: skip
    assert self_test(made.audit, Heard(), rates=(20.0, 12.5), draws=2, images=200).run_id != first.run_id


@pytest.mark.usefixtures("few")
def test_reviewed_labels_are_started_from_and_excluded_images_left_out(tmp_path: Path) -> None:
    made = with_vectors(tmp_path, "axes")
    hub = views.open_hub(made.audit)
    names, hashes = views.classes(hub), views.column(hub, "content_hash")
    training = np.flatnonzero(made.splits == "train")
    relabelled, excluded = training[0], training[1]
    label = (made.labels[relabelled] + 1) % 4
    journal = open_journal(made.audit)
    for row, verdict, now in ((relabelled, "relabelled", names[label]), (excluded, "excluded", None)):
        picture = ReviewedImage(made.keys[row], hashes[row], names[made.labels[row]])
        decide(journal, Decision(picture, verdict, now, seen=journal.last), By("ann"))
    journal.close()
    version = labels_version(made.audit, "reviewed")
    data = read_data(made.audit, made.audit.latest("embed"), version, 1000, Heard())
    assert len(data.labels) == len(training) - 1
    assert data.labels[0] == label
    heard = Heard()
    done = self_test(made.audit, heard, rates=(20.0,), draws=1)
    assert "the labels as reviewed" in heard.text
    assert done.run.inputs["labels"] == version.name
    assert stored(made.audit, done).reviewed


@pytest.mark.usefixtures("few")
def test_a_part_of_the_images_takes_part_above_their_number_and_that_is_said(tmp_path: Path) -> None:
    made, heard = with_vectors(tmp_path, "axes"), Heard()
    done = self_test(made.audit, heard, rates=(20.0,), draws=1, images=60)
    assert "60 of" in heard.text
    assert "About" in heard.text
    assert stored(made.audit, done).images == 60


@pytest.mark.parametrize("rate", [0.0, -5.0, 50.1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused_before_any_work(tmp_path: Path, rate: float) -> None:
    made = with_vectors(tmp_path, "axes")
    with pytest.raises(BadInput, match="up to 50 per cent"):
        self_test(made.audit, Heard(), rates=(10.0, rate))
    assert not made.audit.runs("evaluate")


def test_without_an_embedding_or_enough_labels_it_says_what_is_missing(tmp_path: Path) -> None:
    bare = build_audit(tmp_path / "bare", n=30, runs=False)
    with pytest.raises(MissingRun, match="embed"):
        self_test(bare.audit, Heard())
    one_class = build_audit(tmp_path / "one", n=60, n_classes=1, computable=True)
    with pytest.raises(TooFewRows, match="two classes or more"):
        self_test(one_class.audit, Heard())
    made = with_vectors(tmp_path / "two", "axes")
    with pytest.raises(TooFewRows, match="is not two"):
        self_test(made.audit, Heard(), rates=(0.5,))
    assert not list(made.audit.path.rglob("*.partial"))


def test_scorers_and_columns_are_chosen_by_what_they_declare(tmp_path: Path) -> None:
    run = with_vectors(tmp_path, "axes").audit.latest("embed")
    names = {scorer.name for scorer in scorers_of_labels(run)}
    assert names >= {"centroid", "cleanlab", "confident", "knn", "md", "probe", "rmd", "suspicion"}
    assert not names & {"zero_shot", "augmented_rmd", "kmeans", "outlier", "loss", "vog", "rmd_supervised"}
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 20)
    inputs = Inputs(labels, 4, np.ones(80, bool), features=ends_of_axes(labels, rng))
    ranking = {name: [c.name for c in ranking_columns(get_scorer(name).run(inputs))] for name in ("rmd", "suspicion")}
    assert ranking == {"rmd": ["rmd_oof", "rmd_nearest", "rmd_margin"], "suspicion": ["suspicion"]}
    assert [column.name for column in ranking_columns(get_scorer("md").run(inputs))] == ["md"]
