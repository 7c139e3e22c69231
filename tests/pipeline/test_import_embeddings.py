"""Vectors from elsewhere become an embedding that scores, maps, searches and exports read like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import core.api as hardlook
from core.answers.labels.duplicates import duplicate_summary
from core.answers.runs.reproduce import reproduction
from core.answers.view.reader import open_reader
from core.answers.view.searches import imported_texts, search_of, text_run
from core.answers.view.subsets import subset_ids
from core.answers.view.uploads import keep_upload
from core.cli.app import main
from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.export.arrays import write_arrays
from core.export.rows import collect
from core.maths.vectors import unit_rows
from core.pipeline.evaluation.difficulty_checks import difficulty_checks
from core.pipeline.given import store_vectors
from core.pipeline.import_embeddings import import_embeddings
from core.pipeline.ingest import ingest
from core.pipeline.project import project
from core.pipeline.scoring.score_any import score_all, score_any
from core.store import views
from core.store.audit import Audit
from core.store.suggestions import suggested_labels
from core.store.vectors import text_vectors
from core.types import Floats
from tests.killed import MOMENTS, killed_and_again
from tests.pictures import Heard, write_halves, write_images

PER_CLASS, D = 16, 6


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """96 images of three classes, half in split "train" and half in "test"."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    return ingest(str(write_halves(tmp_path / "photos", PER_CLASS)), Heard(), options=IngestOptions())


@pytest.fixture
def vectors(audit: Audit) -> Floats:
    """(n, D) float32 in the audit's order, near their class's axis."""
    labels = views.labels(views.open_hub(audit))
    noise = np.random.default_rng(0).normal(size=(len(labels), D))
    return (3 * np.eye(3, D)[labels] + noise).astype(np.float32)


def keys_of(audit: Audit) -> list[str]:
    return [str(key) for key in views.column(views.open_hub(audit), "key")]


def stored(audit: Audit, run_id: str) -> Floats:
    return views.embedding(views.open_hub(audit), run_id)


def saved(tmp_path: Path, values: Any, name: str = "mine.npy") -> Path:
    np.save(tmp_path / name, values)
    return tmp_path / name


def scored(audit: Audit, scorer: str) -> dict[str, Floats]:
    run = score_any(audit, scorer, Heard()).run_id
    hub = views.open_hub(audit)
    return {info.name: views.score(hub, info.address) for info in views.score_infos(hub) if info.run_id == run}


@pytest.mark.parametrize("scorer", ["rmd", "knn", "md", "centroid", "outlier", "suspicion", "probe", "kmeans"])
def test_scores_are_those_that_the_python_library_gives_the_same_vectors(
    audit: Audit, vectors: Floats, tmp_path: Path, scorer: str
) -> None:
    import_embeddings(audit, saved(tmp_path, vectors.astype(np.float64)), Heard())
    hub = views.open_hub(audit)
    given = {"features": vectors, "labels": views.labels(hub), "fit": views.column(hub, "split") == "train"}
    expected = hardlook.score(scorer, **given)
    found = scored(audit, scorer)
    assert found
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_rows_find_their_images_by_key_whatever_their_order(audit: Audit, vectors: Floats, tmp_path: Path) -> None:
    keys, order = keys_of(audit), np.random.default_rng(1).permutation(len(vectors))
    shuffled = [keys[i] for i in order]
    np.savez(tmp_path / "a.npz", features=vectors[order], key=shuffled)
    pd.DataFrame({"path": shuffled, "emb": list(vectors[order])}).to_parquet(tmp_path / "a.parquet")
    for name in ("a.npz", "a.parquet"):
        heard = Heard()
        done = import_embeddings(audit, tmp_path / name, heard)
        np.testing.assert_array_equal(stored(audit, done.run_id), vectors)
        assert "matched by id" in heard.text
    assert list(audit.cache.glob(".*.part")) == []


def test_images_without_a_vector_are_said_by_every_score(audit: Audit, vectors: Floats, tmp_path: Path) -> None:
    keys, heard = keys_of(audit), Heard()
    np.savez(tmp_path / "a.npz", features=vectors[5:], key=[*keys[6:], "nobody.png"])
    done = import_embeddings(audit, tmp_path / "a.npz", heard)
    assert "90 of 96 images have a vector" in heard.text
    assert f"6 images have no vector: {keys[0]!r}" in heard.text
    assert "1 ids are no image of the audit and are left out: 'nobody.png'" in heard.text
    found = stored(audit, done.run_id)
    assert np.isnan(found[:6]).all()
    np.testing.assert_array_equal(found[6:], vectors[5:-1])
    values = scored(audit, "knn")["knn"]
    assert np.flatnonzero(np.isnan(values)).tolist() == list(range(6))


def test_order_is_taken_only_for_as_many_rows_as_images_and_is_said(
    audit: Audit, vectors: Floats, tmp_path: Path
) -> None:
    keys, heard = keys_of(audit), Heard()
    import_embeddings(audit, saved(tmp_path, vectors), heard)
    assert f"the first row is taken for {keys[0]!r} and the last for {keys[-1]!r}" in heard.text
    with pytest.raises(BadInput, match="95 rows and the audit 96 images, so they cannot be matched by order"):
        import_embeddings(audit, saved(tmp_path, vectors[1:]), Heard(), name="other")
    assert len(audit.runs("embed")) == 1


def test_rows_in_a_wrong_order_are_warned_of_as_far_as_the_labels_can_tell(
    audit: Audit, vectors: Floats, tmp_path: Path
) -> None:
    warned = "no better than rows in a random order"
    heard = Heard()
    import_embeddings(audit, saved(tmp_path, vectors + 1000), heard)
    assert warned not in heard.text
    for seed in range(5):
        heard = Heard()
        import_embeddings(audit, saved(tmp_path, np.random.default_rng(seed).permutation(vectors)), heard)
        assert warned in heard.text


def test_images_that_could_not_be_read_shift_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 4)
    first = sorted((tmp_path / "photos").rglob("*.png"))[0]
    first.write_bytes(b"no image")
    audit = ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    everything = np.random.default_rng(0).normal(size=(12, D))
    with pytest.raises(BadInput, match=r"12 rows and the audit 11 images \(1 more could not be read"):
        import_embeddings(audit, saved(tmp_path, everything), Heard())
    paths = sorted(path.relative_to(tmp_path / "photos").as_posix() for path in (tmp_path / "photos").rglob("*.png"))
    np.savez(tmp_path / "a.npz", features=everything, path=paths)
    done = import_embeddings(audit, tmp_path / "a.npz", Heard())
    np.testing.assert_array_equal(stored(audit, done.run_id), everything[1:].astype(np.float32))
    heard = Heard()
    import_embeddings(audit, saved(tmp_path, everything[1:]), heard)
    assert "1 images that could not be read when they were ingested have no row" in heard.text


BAD: dict[str, tuple[Any, dict[str, Any], str]] = {
    "nan": (np.full((96, D), np.nan), {}, "96 rows with NaN"),
    "zeros": (np.eye(96, D), {}, "90 rows of nothing but zeros"),
    "one": (np.ones(96), {}, "one number an image"),
    "key": (np.ones((96, D)), {"key": "x"}, "holds one array and no names"),
    "name": (np.ones((96, D)), {"name": "a\x00b"}, "embedding"),
    "texts": (np.ones((96, D)), {"text_features": Path("nonesuch.npy")}, "no file 'nonesuch.npy'"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_refused_import_leaves_nothing_behind(audit: Audit, tmp_path: Path, fault: str) -> None:
    values, options, said = BAD[fault]
    before = {path.relative_to(audit.path) for path in audit.path.rglob("*")}
    with pytest.raises(BadInput, match=said):
        import_embeddings(audit, saved(tmp_path, values), Heard(), **options)
    assert {path.relative_to(audit.path) for path in audit.path.rglob("*")} == before


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (lambda keys: [keys[0], *keys[:-1]], "more than once"),
        (lambda keys: [f"x{i}" for i in range(len(keys))], "None of the 96 ids"),
        (lambda keys: [*keys[1:], None], "row without an id"),
    ],
)
def test_ids_that_name_no_image_or_one_twice_are_refused(
    audit: Audit, vectors: Floats, tmp_path: Path, ids: Any, said: str
) -> None:
    table = pa.table({"key": ids(keys_of(audit)), "x": list(vectors)})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(BadInput, match=said):
        import_embeddings(audit, tmp_path / "a.parquet", Heard())
    assert audit.unfinished() == []


def test_the_same_file_is_the_same_run_and_other_numbers_are_another(
    audit: Audit, vectors: Floats, tmp_path: Path
) -> None:
    first = import_embeddings(audit, saved(tmp_path, vectors), Heard())
    again = import_embeddings(audit, saved(tmp_path, vectors), Heard())
    assert (again.run_id, again.new) == (first.run_id, False)
    assert import_embeddings(audit, saved(tmp_path, vectors * 2), Heard()).run_id != first.run_id
    texts = saved(tmp_path, np.eye(3, D), "texts.npy")
    with_texts = import_embeddings(audit, saved(tmp_path, vectors), Heard(), text_features=texts)
    assert with_texts.run_id != first.run_id
    made = reproduction(with_texts.run, "a")
    assert made.command == "hardlook import-embeddings mine.npy --name mine --text-features texts.npy --audit a"
    assert made.note == "In the folder where mine.npy and texts.npy lie."


def test_vectors_of_the_classes_give_zero_shot_predictions_and_the_search_by_words(
    audit: Audit, vectors: Floats, tmp_path: Path
) -> None:
    names = views.classes(views.open_hub(audit))
    texts = np.eye(4, D, dtype=np.float32)
    np.savez(tmp_path / "t.npz", prompts=[*(f"a photo of a {name}" for name in names), "dusk"], x=texts)
    heard = Heard()
    done = import_embeddings(audit, saved(tmp_path, vectors), heard, text_features=tmp_path / "t.npz")
    assert "4 texts have vectors, names: from 'prompts'" in heard.text
    assert list(text_vectors(audit, done.run_id)) == [*(f"a photo of a {name}" for name in names), "dusk"]
    found = score_any(audit, "zero_shot", Heard()).run_id
    hub = views.open_hub(audit)
    expected = hardlook.score("zero_shot", features=vectors, labels=views.labels(hub), text_features=texts[:3])
    np.testing.assert_allclose(views.score(hub, f"{found}:zero_shot"), expected["zero_shot"], rtol=1e-4, atol=1e-4)
    cosine = unit_rows(vectors) @ unit_rows(texts).T
    others = np.where(np.arange(3) == views.labels(hub)[:, None], -np.inf, cosine[:, :3])
    np.testing.assert_array_equal(suggested_labels(hub, f"{found}:zero_shot"), others.argmax(axis=1))

    reader = open_reader(audit)
    assert imported_texts(reader)[-1] == "dusk"
    assert subset_ids(reader, "text: Dusk ")[0] == cosine[:, 3].argmax()
    with pytest.raises(MissingRun, match="by the texts that were imported, and no other: 'a photo of a"):
        search_of(reader, "text:dawn")


def test_without_vectors_of_texts_what_needs_them_says_how_to_give_them(
    audit: Audit, vectors: Floats, tmp_path: Path
) -> None:
    import_embeddings(audit, saved(tmp_path, vectors), Heard())
    with pytest.raises(MissingRun, match="--text-features"):
        score_any(audit, "zero_shot", Heard())
    np.savez(tmp_path / "t.npz", red=np.ones(D), dusk=np.ones(D))
    heard = Heard()
    import_embeddings(audit, saved(tmp_path, vectors), heard, text_features=tmp_path / "t.npz")
    assert "there is none for" in heard.text
    with pytest.raises(MissingRun, match="no vector for") as refused:
        score_any(audit, "zero_shot", Heard())
    assert "import-embeddings" in refused.value.hint


def test_maps_searches_duplicates_and_exports_read_them(audit: Audit, vectors: Floats, tmp_path: Path) -> None:
    vectors[7] = vectors[3]
    done = import_embeddings(audit, saved(tmp_path, vectors), Heard())
    assert project(audit, Heard(), method="pca").run.inputs["embed"] == done.run_id
    left_out = score_all(audit, Heard())
    assert {"rmd", "knn", "suspicion", "duplicates", "kmeans", "probe"}.isdisjoint(left_out)
    reader = open_reader(audit)
    groups = duplicate_summary(reader)
    assert groups is not None
    assert {3, 7} in [set(group.rows) for group in groups.groups]
    near = subset_ids(reader, f"near:{keys_of(audit)[3]}")
    assert set(near[:2].tolist()) == {3, 7}
    assert write_arrays(audit, collect(audit), tmp_path / "out.npz") == len(vectors)
    again = import_embeddings(audit, tmp_path / "out.npz", Heard(), name="again")
    np.testing.assert_array_equal(stored(audit, again.run_id), vectors)


def test_where_an_encoder_is_needed_an_embedding_of_one_is_taken(
    audit: Audit, vectors: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["hardlook", "embed", "--encoder", "embedded", "--image-size", "32"])
    main_ended()
    own = audit.latest("embed")
    import_embeddings(audit, saved(tmp_path, vectors), Heard())
    done = difficulty_checks(audit, Heard(), kinds=["fog"], images=12)
    assert done.run.inputs["embed"] == own.run_id
    reader = open_reader(audit)
    assert text_run(reader) is None
    Image.new("RGB", (9, 9)).save(tmp_path / "q.png")
    search = search_of(reader, f"upload:{keep_upload(audit, (tmp_path / 'q.png').read_bytes())}")
    assert search is not None
    assert search.run.run_id == own.run_id


def main_ended() -> None:
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_the_same_command_ends_with_the_same_vectors(
    audit: Audit, vectors: Floats, tmp_path: Path, moment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.dataset.vectors.rows.rows_at_once", lambda d: 10)
    np.savez(tmp_path / "a.npz", features=vectors[::-1], key=keys_of(audit)[::-1])
    run = killed_and_again(lambda: import_embeddings(audit, tmp_path / "a.npz", Heard()), moment, monkeypatch)
    np.testing.assert_array_equal(stored(audit, run.run_id), vectors)


def test_arrays_from_python_and_a_file_are_kept_alike(audit: Audit, vectors: Floats, tmp_path: Path) -> None:
    given = store_vectors(audit, vectors, Heard())
    imported = import_embeddings(audit, saved(tmp_path, vectors), Heard())
    np.testing.assert_array_equal(stored(audit, given.run_id), stored(audit, imported.run_id))


def test_the_command_says_what_was_read(
    audit: Audit, vectors: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path, vectors.astype(np.float16))
    monkeypatch.setattr("sys.argv", ["hardlook", "import-embeddings", str(file), "--name", "dino"])
    main_ended()
    said = "".join(capsys.readouterr())
    assert "6 numbers an image of type float16, kept as float32" in said
    assert audit.latest("embed").name == "dino"
