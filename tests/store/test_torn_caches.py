"""Thumbnails and kept arrays that cannot be read are made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.store.audit import Audit
from core.store.cache import read_arrays, write_arrays
from core.store.thumbnails import ThumbnailWriter, all_have_one, path_of
from tests.store.tearing import cut, noise, zeroed


@pytest.mark.parametrize("damage", [cut, zeroed, noise])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_torn_thumbnails_are_set_aside_and_made_again(audit: Audit, damage: object, share: float) -> None:
    pairs = [(f"{i:032x}", bytes(2000)) for i in range(100)]
    keys = [key for key, _ in pairs]
    with ThumbnailWriter(audit) as writer:
        writer.add(pairs)
    assert all_have_one(audit, keys)
    damage(path_of(audit), share)  # type: ignore[operator]
    said: list[str] = []
    assert not all_have_one(audit, keys)
    with ThumbnailWriter(audit, said.append) as writer:
        assert writer.known() == set()
        writer.add(pairs)
    assert len(said) == 1
    assert "thumbnails.sqlite.unreadable-1" in said[0]
    assert all_have_one(audit, keys)


def test_an_empty_file_of_thumbnails_is_no_damage(audit: Audit) -> None:
    path_of(audit).touch()
    said: list[str] = []
    with ThumbnailWriter(audit, said.append) as writer:
        writer.add([("a", b"x")])
    assert said == []
    assert not all_have_one(audit, ["a", "b"])


@pytest.mark.parametrize("damage", [cut, noise])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_torn_arrays_of_the_cache_count_as_none(tmp_path: Path, damage: object, share: float) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"x": np.arange(1000), "y": np.ones(3)})
    damage(path, share)  # type: ignore[operator]
    assert read_arrays(path, "xy") is None
    write_arrays(path, {"x": np.arange(3)})
    assert read_arrays(path, "x")["x"].tolist() == [0, 1, 2]  # type: ignore[index]


def test_arrays_of_another_kind_count_as_none(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.save(path.with_suffix(".npy"), np.arange(3))
    path.with_suffix(".npy").rename(path)
    assert read_arrays(path, "x") is None
