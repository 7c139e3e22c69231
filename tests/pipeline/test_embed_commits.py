"""How batches become commits: thousands of rows at a time, reused ones among them, in the order of the ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.pipeline import embed
from core.pipeline.embed import Commits
from core.store.audit import create_audit
from core.store.writer import RunWriter, open_run
from core.types import Floats, Ints, RunSpec

SPEC = RunSpec("embed", "fake", {"items": "abc"}, {})
NOTHING = np.empty(0, np.int32)


def vectors_of(ids: Ints) -> Floats:
    return np.repeat(ids[:, None], 3, axis=1).astype(np.float32)


def batches(ids: Ints, size: int) -> list[tuple[str, Ints]]:
    return [(f"{start}-{start + size}", ids[start : start + size]) for start in range(0, len(ids), size)]


def stored_ids(writer: RunWriter) -> list[int]:
    """Ids as they lie in the file, whose vectors are checked on the way."""
    table = writer.read("SELECT image_id, vector[1] AS first FROM embedding")
    assert table["image_id"].to_pylist() == table["first"].to_pylist()
    return table["image_id"].to_pylist()  # type: ignore[no-any-return]


def test_small_batches_are_committed_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "MOST_SECONDS", 1e9)
    with open_run(create_audit("a", tmp_path), SPEC, d=3) as writer:
        commits = Commits(writer, NOTHING, vectors_of(NOTHING))
        seen = []
        for unit, ids in batches(np.arange(5000), 100):
            commits.add(unit, ids, vectors_of(ids))
            seen.append(len(writer.finished()))
        assert sorted(set(seen)) == [0, 21, 42]  # 2,100 rows is the first multiple of 100 above a row group
        commits.finish()
        assert len(writer.finished()) == 50
        assert stored_ids(writer) == list(range(5000))


def test_a_slow_encoder_commits_every_few_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "MOST_SECONDS", -1.0)
    with open_run(create_audit("a", tmp_path), SPEC, d=3) as writer:
        commits = Commits(writer, NOTHING, vectors_of(NOTHING))
        for done, (unit, ids) in enumerate(batches(np.arange(30), 10)):
            commits.add(unit, ids, vectors_of(ids))
            assert len(writer.finished()) == done + 1


@pytest.mark.parametrize("stopped_after", [0, 1, 3, 4])
def test_reused_vectors_lie_among_new_ones_also_after_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_after: int
) -> None:
    monkeypatch.setattr(embed, "MOST_SECONDS", -1.0)
    audit = create_audit("a", tmp_path)
    reused = np.array([39, 0, 5, 6, 17, 38], np.int32)  # in any order, the last after every new one
    work = batches(np.setdiff1d(np.arange(40), reused), 10)
    with open_run(audit, SPEC, d=3) as writer:
        commits = Commits(writer, reused, vectors_of(reused))
        for unit, ids in work[:stopped_after]:
            commits.add(unit, ids, vectors_of(ids))
    with open_run(audit, SPEC, d=3) as writer:
        commits = Commits(writer, reused, vectors_of(reused))
        for unit, ids in work[stopped_after:]:
            commits.add(unit, ids, vectors_of(ids))
        commits.finish()
        assert stored_ids(writer) == list(range(40))
        assert writer.finished() == {unit for unit, _ in work}


def test_nothing_new_to_embed_keeps_what_is_reused(tmp_path: Path) -> None:
    with open_run(create_audit("a", tmp_path), SPEC, d=3) as writer:
        Commits(writer, np.arange(7), vectors_of(np.arange(7))).finish()
        assert stored_ids(writer) == list(range(7))
