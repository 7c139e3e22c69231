"""Which builds of faiss are installed, read from what they say of their files."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from core.processes import gpus
from core.processes.gpus import builds_of_faiss
from core.store.writer import library_versions


class Distribution:
    def __init__(self, name: str, folder: str) -> None:
        self.name, self.version, self.files = name, "1.2", [Path(folder) / "__init__.py"]


def test_the_build_that_is_here_is_recorded_with_every_run() -> None:
    found = builds_of_faiss()
    assert len(found) == 1, "two builds of faiss overwrite each other: hardlook doctor says what to do"
    ((name, number),) = found.items()
    assert number == version(name)
    library_versions.cache_clear()
    assert library_versions()[name] == number


def test_every_build_counts_and_what_only_sounds_like_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [
        Distribution("faiss-cpu", "faiss"), Distribution("faiss-gpu-cuvs", "faiss"),
        Distribution("faiss-haystack", "haystack"), Distribution("faissless", "faiss"),
    ]  # fmt: skip
    monkeypatch.setattr(gpus, "distributions", lambda: there)
    assert builds_of_faiss() == {"faiss-cpu": "1.2", "faiss-gpu-cuvs": "1.2"}
    monkeypatch.setattr(gpus, "distributions", list)
    assert builds_of_faiss() == {}
