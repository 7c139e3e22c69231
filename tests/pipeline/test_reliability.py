"""What can go wrong while an audit is scored: a full disk, two commands at once, vectors that say nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import core.maths.vectors
from core.encoders.embed_rows import embed_rows
from core.errors import BadInput, TooFewRows
from core.maths.arithmetic import NUMPY
from core.pipeline.scoring.score import score
from core.progress import Quiet
from core.store import views
from core.store.audit import Audit, create_audit
from core.store.vectors import StoredVectors
from core.store.writer import open_run
from core.types import Floats, Ints, RunSpec
from tests.benchmarks.synthetic import ITEMS, write_items
from tests.encoders.test_embed_rows import Grey, Kept, MeanColour

ROOT = Path(__file__).parents[2]
SPEC = RunSpec("embed", "given", {"items": ITEMS}, {})


def audit_of(folder: Path, vectors: Floats, labels: Ints, name: str = "a") -> Audit:
    """An audit with these vectors as its embedding, every image in the training split."""
    audit = create_audit(name, folder)
    write_items(audit, labels, int(labels.max()) + 1)
    with open_run(audit, SPEC, d=vectors.shape[1]) as writer:
        ids = np.arange(len(vectors), dtype=np.int32)
        writer.commit("all", {"embedding": {"image_id": ids, "vector": vectors.astype(np.float32)}})
        writer.publish()
    return audit


def scored(audit: Audit, scorer: str = "rmd", **parameters: object) -> tuple[dict[str, Floats], dict[str, str]]:
    """Values and reasons of a scorer's columns, read back from the store."""
    run_id = score(audit, scorer, Quiet(), parameters=parameters).run_id
    hub = views.open_hub(audit)
    infos = [info for info in views.score_infos(hub) if info.run_id == run_id]
    return {one.name: views.score(hub, one.address) for one in infos}, {one.name: one.reason for one in infos}


def blobs(n: int = 600, d: int = 8, k: int = 3) -> tuple[Floats, Ints]:
    rng = np.random.default_rng(0)
    labels = np.arange(n) % k
    return (2 * np.eye(k, d)[labels] + rng.normal(size=(n, d))).astype(np.float32), labels


def assert_same(found: dict[str, Floats], expected: dict[str, Floats]) -> None:
    """Equal to a millionth of the scores' size."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        size = float(np.nanmax(np.abs(values)))
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-6 * size, err_msg=name)


def test_two_scorers_at_once_on_one_audit_both_finish(tmp_path: Path) -> None:
    audit = audit_of(tmp_path, *blobs())
    environment = {**os.environ, "HARDLOOK_AUDITS": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from core.cli.app import main; main()", "score"]
    both = [subprocess.Popen([*command, scorer, "--quiet"], env=environment, cwd=ROOT) for scorer in ("rmd", "knn")]
    assert [child.wait(timeout=300) for child in both] == [0, 0]
    assert {run.name for run in audit.runs("score")} == {"rmd", "knn"}
    assert audit.unfinished() == []


def test_a_full_disk_is_said_and_the_run_goes_on_once_there_is_space(tmp_path: Path) -> None:
    # The largest file a process may write stands in for the disk: the write fails in the same place.
    script = f"""
        import resource, sys
        import numpy as np
        from pathlib import Path
        from core.errors import DiskFull
        from core.store.audit import Audit
        from core.store.writer import open_run
        from core.types import RunSpec
        spec = RunSpec("embed", "given", {{"items": {ITEMS!r}}}, {{}})
        with open_run(Audit(Path({str(tmp_path / "a")!r})), spec, d=64) as writer:
            if sys.argv[1] == "full":
                resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))
            for unit in map(str, range(40)):
                if unit in writer.finished():
                    continue
                ids = np.arange(1024, dtype=np.int32) + 1024 * int(unit)
                try:
                    writer.commit(unit, {{"embedding": {{"image_id": ids, "vector": np.ones((1024, 64), np.float32)}}}})
                except DiskFull as error:
                    sys.exit(f"full after {{unit}} units: {{error}}")
            writer.publish()
    """
    audit = create_audit("a", tmp_path)
    audit.write_manifest(items=ITEMS)
    run = [sys.executable, "-c", textwrap.dedent(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    full = subprocess.run([*run, "full"], capture_output=True, text=True, env=environment, check=False)
    assert full.returncode == 1, full.stderr
    assert "Everything committed so far is kept" in full.stderr
    assert "run the same command again" in full.stderr
    with open_run(audit, SPEC, d=64) as writer:
        committed = int(full.stderr.split()[2])
        assert committed > 0
        assert writer.finished() == set(map(str, range(committed)))
        assert writer.read("SELECT count(*) AS n FROM embedding")["n"][0].as_py() == 1024 * committed
    subprocess.run([*run, "space"], env=environment, check=True)
    (found,) = audit.runs("embed")
    assert np.asarray(StoredVectors(audit, found.run_id)).sum() == 40 * 1024 * 64


def test_an_image_without_a_vector_has_no_score_and_the_reason_is_kept(tmp_path: Path) -> None:
    vectors, labels = blobs()
    gone = np.arange(600) % 50 == 7
    expected, _ = scored(audit_of(tmp_path, vectors[~gone], labels[~gone], "without"))
    vectors[gone] = np.nan
    found, reasons = scored(audit_of(tmp_path, vectors, labels, "with"))
    for name, values in found.items():
        assert np.flatnonzero(np.isnan(values)).tolist() == np.flatnonzero(gone).tolist()
        assert reasons[name] == "12 without an embedding"
    assert_same({name: values[~gone] for name, values in found.items()}, expected)


def test_vectors_that_do_not_vary_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="do not vary within any class"):
        scored(audit_of(tmp_path, np.ones((60, 4), np.float32), np.arange(60) % 3))


def test_one_image_a_class_is_refused_in_words(tmp_path: Path) -> None:
    vectors, _ = blobs(40)
    with pytest.raises(TooFewRows, match="no class has two: 40 labelled images, 40 classes"):
        scored(audit_of(tmp_path, vectors, np.arange(40)))


def test_one_class_has_nothing_to_compare_with(tmp_path: Path) -> None:
    vectors, labels = blobs(60)
    with pytest.raises(TooFewRows, match="rmd needs 2 classes with a labelled image to learn from, and there is one"):
        scored(audit_of(tmp_path, vectors, np.zeros_like(labels)))


def test_more_dimensions_than_images_are_scored(tmp_path: Path) -> None:
    vectors, labels = blobs(n=90, d=200)
    for pca in ("auto", None):
        found, reasons = scored(audit_of(tmp_path, vectors, labels, f"pca {pca}"), pca=pca)
        assert all(np.isfinite(values).all() for values in found.values())
        assert not any(reasons.values())


def test_scores_do_not_depend_on_how_many_rows_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, labels = blobs(n=5000, d=24, k=7)
    expected, _ = scored(audit_of(tmp_path, vectors, labels, "large"))
    monkeypatch.setattr(core.maths.vectors, "BLOCK_BYTES", 1)
    monkeypatch.setattr(type(NUMPY), "rows_at_once", 100)
    found, _ = scored(audit_of(tmp_path, vectors, labels, "small"))
    assert_same(found, expected)


@pytest.mark.parametrize("scorer", ["rmd", "knn"])
def test_scores_do_not_depend_on_the_order_of_images(tmp_path: Path, scorer: str) -> None:
    vectors, labels = blobs(n=3000, d=24, k=7)
    order = np.random.default_rng(1).permutation(3000)
    expected, _ = scored(audit_of(tmp_path, vectors, labels, "one"), scorer)
    found, _ = scored(audit_of(tmp_path, vectors[order], labels[order], "other"), scorer)
    assert_same(found, {name: values[order] for name, values in expected.items()})


def test_vectors_do_not_depend_on_batches_or_workers() -> None:
    expected = None
    for batch_size, workers in ((1, 1), (7, 3), (50, 2)):
        kept = Kept()
        embed_rows(MeanColour(), Grey(), np.arange(50), batch_size=batch_size, workers=workers, commit=kept)
        found = np.stack([kept.vectors[i] for i in range(50)])
        np.testing.assert_array_equal(found, found if expected is None else expected)
        expected = found
