from __future__ import annotations

from pathlib import Path

import pytest

from core.answers.labels.listed_twice import Disagreement, in_words, listed_with_other_labels
from core.answers.overview.headlines import listed_twice
from core.answers.view.reader import Reader, open_reader
from core.cli.console import make_reporter
from core.dataset import IngestOptions
from core.pipeline.ingest import ingest
from tests.dataset.inputs import pictures, write_csv


def ingested(folder: Path, rows: list[tuple[str, str]]) -> Reader:
    table = write_csv(folder / "in.csv", ("path", "label"), rows)
    return open_reader(ingest(str(table), make_reporter(quiet=True), name="twice", options=IngestOptions()))


def test_an_image_listed_with_two_labels_is_a_headline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    names = pictures(tmp_path, 3)
    rows = [(names[0], "cat"), (names[1], "dog"), (names[2], "dog"), (names[0], "dog"), (names[2], "dog")]
    reader = ingested(tmp_path, rows)
    listed = listed_with_other_labels(reader)
    assert listed == [Disagreement(names[0], "cat", "dog")]
    assert in_words(listed) == f"1 image is listed twice with labels that differ: {names[0]} as cat and dog"
    (finding,) = listed_twice(reader)
    assert (finding.figure, finding.opens) == ("1", "suspects")


def test_an_input_without_contradictions_has_no_such_headline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    reader = ingested(tmp_path, [(name, "cat") for name in pictures(tmp_path, 2)])
    assert listed_with_other_labels(reader) == []
    assert listed_twice(reader) == []
