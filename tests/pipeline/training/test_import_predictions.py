"""A file of predictions becomes a network's run, which evaluation, scores and answers read like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from core.answers.image.detail import detail
from core.answers.overview.dataset import class_table
from core.answers.view.reader import open_reader
from core.cli.app import main
from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.pipeline.evaluation.evaluate import evaluate
from core.pipeline.given import store_vectors
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.training.import_predictions import import_predictions
from core.store import lookups, views
from core.store.audit import Audit
from core.store.metrics import by_subject, read_metrics
from core.types import UNLABELLED, Floats
from tests.killed import MOMENTS, killed_and_again
from tests.pictures import Heard, write_halves

PER_CLASS = 8


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """48 images of three classes, half in split "train" and half in "test"."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return ingest(str(write_halves(tmp_path / "photos", PER_CLASS)), Heard(), options=IngestOptions())


def logits_of(audit: Audit, seed: int = 0) -> Floats:
    """(n, 3) in the audit's order, right for most images."""
    labels = views.labels(views.open_hub(audit))
    return np.eye(3)[labels] * 3 + np.random.default_rng(seed).normal(size=(len(labels), 3))


def softmax(logits: Floats) -> Floats:
    p = np.exp(logits)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def test_logits_by_order_are_kept_as_probabilities(audit: Audit, tmp_path: Path) -> None:
    logits, heard = logits_of(audit), Heard()
    np.save(tmp_path / "vit.npy", logits)
    done = import_predictions(audit, tmp_path / "vit.npy", heard)
    hub = views.open_hub(audit)
    np.testing.assert_allclose(views.probabilities(hub, done.run_id), softmax(logits), atol=1e-6)
    found = views.predictions(hub, done.run_id)
    np.testing.assert_array_equal(found["predicted"], logits.argmax(axis=1))
    np.testing.assert_allclose(found["max_logit"], logits.max(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(found["trained_on"], views.column(hub, "split") == "train")
    assert (done.run.kind, done.run.name) == ("train", "vit")
    for line in ("48 of 48 images", "ids: none, rows are in", "class order: in the audit's order", "format: logits"):
        assert line in heard.text
    assert "the first row is taken for 'test/blue/1-0.png'" in heard.text
    assert "warning" not in heard.text


def test_probabilities_by_id_and_class_name_find_their_places(audit: Audit, tmp_path: Path) -> None:
    p, keys = softmax(logits_of(audit)), views.column(views.open_hub(audit), "key")
    shuffled = np.random.default_rng(1).permutation(len(p))
    columns = {"key": keys[shuffled], "red": p[shuffled, 2], "blue": p[shuffled, 0], "green": p[shuffled, 1]}
    pyarrow.csv.write_csv(pa.table(columns), tmp_path / "p.csv")
    heard = Heard()
    done = import_predictions(audit, tmp_path / "p.csv", heard, name="mine")
    hub = views.open_hub(audit)
    np.testing.assert_allclose(views.probabilities(hub, done.run_id), p, atol=1e-6)
    for line in ("ids: from 'key', matched by id", "class order: by name", "number format: probabilities"):
        assert line in heard.text
    assert np.isnan(views.predictions(hub, done.run_id)["max_logit"]).all()


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_import_and_an_evaluation_killed_before_they_are_published_have_each_row_once(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    np.save(tmp_path / "p.npy", logits_of(audit))
    done = killed_and_again(lambda: import_predictions(audit, tmp_path / "p.npy", Heard()), moment, monkeypatch)
    assert len(views.predictions(views.open_hub(audit), done.run_id)["predicted"]) == 6 * PER_CLASS
    done = killed_and_again(lambda: evaluate(audit, Heard()), moment, monkeypatch)
    hub = views.open_hub(audit, [done.run])
    (stored,) = hub.rows(f"SELECT count(*) AS n FROM {hub.alias(done.run_id)}.metric")
    assert stored["n"] == len(read_metrics(hub)) > 0


def test_the_same_file_again_is_nothing_to_do(audit: Audit, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", logits_of(audit))
    assert import_predictions(audit, tmp_path / "p.npy", Heard()).new
    assert not import_predictions(audit, tmp_path / "p.npy", Heard()).new
    np.save(tmp_path / "p.npy", logits_of(audit, seed=1))
    assert import_predictions(audit, tmp_path / "p.npy", Heard()).new


def test_evaluation_and_scores_of_predictions_run_on_them(audit: Audit, tmp_path: Path) -> None:
    logits = logits_of(audit)
    np.save(tmp_path / "p.npy", logits)
    done = import_predictions(audit, tmp_path / "p.npy", Heard())
    for scorer in ("entropy", "margin", "max_confidence", "self_confidence", "loss"):
        score_any(audit, scorer, Heard())
    evaluate(audit, Heard())
    hub = views.open_hub(audit)
    unseen = views.column(hub, "split") == "test"
    right = (logits.argmax(axis=1) == views.labels(hub))[unseen].mean()
    (accuracy,) = [row for row in read_metrics(hub, "accuracy") if row.slice == "all"]
    assert (accuracy.subject, accuracy.estimate.n) == (done.run_id, 24)
    assert accuracy.estimate.value == pytest.approx(right)


def test_images_that_a_file_leaves_out_have_no_prediction_anywhere(audit: Audit, tmp_path: Path) -> None:
    p, keys = softmax(logits_of(audit)), views.column(views.open_hub(audit), "key")
    np.savez(tmp_path / "p.npz", probs=p[5:], ids=keys[5:].astype(str))
    heard = Heard()
    done = import_predictions(audit, tmp_path / "p.npz", heard)
    assert f"warning: 5 images have no prediction: {keys[0]!r}" in heard.text
    hub = views.open_hub(audit)
    found = views.predictions(hub, done.run_id)
    assert (found["predicted"][:5] == UNLABELLED).all()
    assert not found["correct"][:5].any()
    assert np.isnan(views.probabilities(hub, done.run_id)[:5]).all()
    score_any(audit, "margin", Heard())
    evaluate(audit, Heard())
    hub = views.open_hub(audit)
    (info,) = views.score_infos(hub)
    assert np.isnan(views.score(hub, info.address)).sum() == 5
    assert info.reason == "5 without a prediction"
    (accuracy,) = [row for row in read_metrics(hub, "accuracy") if row.slice == "all"]
    assert accuracy.estimate.n == 24 - 5
    assert lookups.prediction_of(hub, done.run_id, 0) is None
    assert lookups.prediction_rows(hub, done.run_id, [0]) == {}
    shown = detail(open_reader(audit), 0, [])
    assert shown is not None
    assert shown.models == ()
    rows = class_table(open_reader(audit), None, done.run_id, None).rows
    assert sum(row.n_evaluated for row in rows) == 24 - 5


def test_ids_of_no_image_and_columns_of_no_class_are_said(audit: Audit, tmp_path: Path) -> None:
    p, keys = softmax(logits_of(audit)), views.column(views.open_hub(audit), "key")
    ids = np.where(np.arange(len(keys)) == 3, "elsewhere.png", keys)
    columns = {"key": ids, "blue": p[:, 0], "green": p[:, 1], "red": p[:, 2], "loss": p[:, 0], "note": ids}
    pyarrow.csv.write_csv(pa.table(columns), tmp_path / "p.csv")
    heard = Heard()
    import_predictions(audit, tmp_path / "p.csv", heard)
    assert "1 ids are no image of the audit and are left out: 'elsewhere.png'" in heard.text
    assert "2 columns are no class and are left out: 'note', 'loss'" in heard.text


def test_an_order_that_gives_chance_is_warned_of(audit: Audit, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.random.default_rng(0).permutation(logits_of(audit)))
    heard = Heard()
    import_predictions(audit, tmp_path / "p.npy", heard)
    assert "about chance, as counted: check the order" in heard.text


@pytest.mark.parametrize(
    ("trained_on", "altered", "warned"),
    [("none", 0, True), ("none", 1, False), ("all", 0, False), ("train", 0, False)],
)
def test_labels_repeated_by_a_model_that_is_said_not_to_know_them_are_warned_of(
    audit: Audit, tmp_path: Path, trained_on: str, altered: int, warned: bool
) -> None:
    predicted = views.labels(views.open_hub(audit)).copy()
    predicted[:altered] = (predicted[:altered] + 1) % 3
    np.save(tmp_path / "p.npy", np.eye(3)[predicted])
    heard = Heard()
    import_predictions(audit, tmp_path / "p.npy", heard, trained_on=trained_on)
    assert ("agree with all 48 labels, none of which the model is said" in heard.text) == warned


def test_which_images_it_was_trained_on_is_asked_for_by_split(audit: Audit, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", logits_of(audit))
    for asked, count in (("test", 24), ("none", 0), ("all", 48)):
        heard = Heard()
        done = import_predictions(audit, tmp_path / "p.npy", heard, trained_on=asked)
        assert views.predictions(views.open_hub(audit), done.run_id)["trained_on"].sum() == count
        assert ("cannot be measured" in heard.text) == (asked == "all")
    with pytest.raises(BadInput, match="no split 'val'; there is: 'test', 'train'"):
        import_predictions(audit, tmp_path / "p.npy", Heard(), trained_on="val")


def test_scores_that_need_a_network_say_that_predictions_are_not_one(audit: Audit, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", logits_of(audit))
    import_predictions(audit, tmp_path / "p.npy", Heard())
    for scorer in ("vog", "aum"):
        with pytest.raises(MissingRun, match="'p' is imported predictions"):
            score_any(audit, scorer, Heard())


def test_bad_rows_leave_no_run_behind(audit: Audit, tmp_path: Path) -> None:
    p = softmax(logits_of(audit))
    p[7, 0] = np.nan
    np.save(tmp_path / "p.npy", p)
    with pytest.raises(BadInput, match=r"1 rows of probabilities that are not finite in 32 bits, counted from 0: 7\."):
        import_predictions(audit, tmp_path / "p.npy", Heard())
    assert audit.runs("train") == []
    assert audit.unfinished() == []


def test_the_command_imports_and_explains(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "p.npy", logits_of(audit))
    monkeypatch.setattr("sys.argv", ["hardlook", "import-predictions", str(tmp_path / "p.npy"), "--kind", "logits"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert "48 of 48 images have a prediction" in capsys.readouterr().out
    np.save(tmp_path / "p.npy", logits_of(audit)[:-1])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert "47 rows and the audit 48 images" in capsys.readouterr().err


@pytest.mark.parametrize("refused", ["another order", "sigmoids", "no columns"])
def test_a_refused_import_leaves_nothing_behind(audit: Audit, tmp_path: Path, refused: str) -> None:
    p = softmax(logits_of(audit))
    values = {"another order": p[:, [1, 0, 2]], "sigmoids": p * 0.5, "no columns": p[:, :2]}[refused]
    np.save(tmp_path / "p.npy", values)
    with pytest.raises(BadInput):
        import_predictions(audit, tmp_path / "p.npy", Heard())
    assert audit.runs("train") == []
    assert audit.unfinished() == []


def test_sigmoids_are_evaluated_as_what_was_made_of_them_and_a_top_k_that_is_none_is_refused(
    audit: Audit, tmp_path: Path
) -> None:
    p = softmax(logits_of(audit))
    np.save(tmp_path / "s.npy", p / p.max(axis=1, keepdims=True) * 0.9)
    np.save(tmp_path / "t.npy", np.where(p == p.max(axis=1, keepdims=True), 0.2, 0.0))
    done = import_predictions(audit, tmp_path / "s.npy", Heard(), kind="sigmoid")
    np.testing.assert_allclose(views.probabilities(views.open_hub(audit), done.run_id), p, atol=1e-6)
    with pytest.raises(BadInput, match="rows of top-k that"):
        import_predictions(audit, tmp_path / "t.npy", Heard(), kind="top-k")
    evaluate(audit, Heard())
    (accuracy,) = by_subject(read_metrics(views.open_hub(audit), "accuracy")).values()
    assert accuracy.value > 0.5


def test_predictions_that_heard_no_label_are_a_view_of_suspicion(audit: Audit, tmp_path: Path) -> None:
    hub = views.open_hub(audit)
    vectors = np.random.default_rng(2).normal(size=(len(views.labels(hub)), 6)).astype(np.float32)
    store_vectors(audit, vectors, Heard())  # that tell nothing
    np.save(tmp_path / "vit.npy", logits_of(audit))
    learned = import_predictions(audit, tmp_path / "vit.npy", Heard(), name="learned", trained_on="all")
    unheard = import_predictions(audit, tmp_path / "vit.npy", Heard(), name="unheard", trained_on="none")
    alone = score_any(audit, "suspicion", Heard())
    together = score_any(audit, "suspicion", Heard(), model_run="unheard")
    assert "train" not in alone.run.inputs
    assert together.run.inputs["train"] == unheard.run_id
    values = views.score(views.open_hub(audit), f"{together.run_id}:suspicion_from_model")
    assert np.isfinite(values).all()
    assert (values < 0).mean() > 0.8  # it speaks for the labels, which are right
    with pytest.raises(BadInput, match=r"was trained on 48.*--trained-on none"):
        score_any(audit, "suspicion", Heard(), model_run=learned.run_id)
