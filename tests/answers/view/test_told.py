"""What tells the images of a page: asked of the worker once, kept, asked anew when images or words change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection, in_view, scored
from core.answers.view.reader import Reader, open_reader
from core.answers.view.told import Question, kept_answer, of_ends, of_images, start_telling
from core.errors import HardlookError
from core.words.telling import CLASS, WORD
from core.worker import client
from core.worker.client import WorkerClient
from tests.audits import build_audit, publish
from tests.words.planted import TELLING, planted

OURS = """
import os
import numpy as np
from core.worker.messages import Frame
from core.pipeline.worker.process import serve

def encode_texts(frame, say):
    assert os.path.isdir(frame.message["audit"]) and frame.message["run"].startswith("embed-")
    vectors = np.random.default_rng(len(frame.message["texts"])).normal(size=(len(frame.message["texts"]), 4))
    # The images that are hard lie far along the last axis and so less along the others: of all words one is like them.
    vectors = np.abs(vectors) * [1, 1, 1, -1]
    vectors[[text == "a photo of a crack" for text in frame.message["texts"]]] = [0, 0, 0, 9]
    return Frame({}, {"vectors": vectors.astype(np.float32)})

answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
serve(os.fdopen(os.dup(0), "rb"), answers, lambda: {"encode_texts": encode_texts}, 30)
os._exit(0)
"""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerClient]:
    ours = WorkerClient([sys.executable, "-c", OURS])
    monkeypatch.setattr(client, "shared_worker", lambda: ours)
    yield ours
    ours.stop()


def ends(reader: Reader) -> Question:
    (score,) = [choice for choice in score_choices(reader) if choice.name in ("hardness", "rmd")]
    question = of_ends(reader, score, in_view(reader, scored(reader, score.address), Selection()))
    assert question is not None
    return question


def test_the_words_are_encoded_by_the_worker_and_the_answer_is_kept(tmp_path: Path, worker: WorkerClient) -> None:
    made = build_audit(tmp_path, n=200)
    vectors = np.abs(np.random.default_rng(0).normal(size=(200, 4)))
    vectors[np.argsort(np.nan_to_num(made.values["rmd"], nan=-1e9))[-25:], 3] += 3
    rows = {"image_id": np.arange(200, dtype=np.int32), "vector": vectors.astype(np.float32)}
    publish(made.audit, "embed", "open_clip:x", {"embedding": rows}, encoder="open_clip:x")
    (made.audit.path / "words.txt").write_text("\n".join(["crack", *(f"thing {i}" for i in range(300))]))
    reader = open_reader(made.audit)
    question = ends(reader)
    assert question.reads
    assert kept_answer(question) is None
    answer = start_telling(reader, question).result()
    assert list(answer) == ["hardest 10 %", "easiest 10 %"]
    assert answer["hardest 10 %"].beyond_chance(WORD)[0].name == "crack"
    worker.stop()
    assert kept_answer(ends(open_reader(made.audit))) == answer
    images = of_images(reader, np.array([5, 3, 9, 11, 20, 31]), Selection(split="train"))
    assert images is not None
    assert "these images" in start_telling(reader, images).result()  # the words are kept: no worker is needed
    assert worker.process_id is None
    (made.audit.path / "words.txt").write_text("other\nwords\n")
    assert kept_answer(ends(reader)) is None


def test_what_was_kept_and_damaged_is_found_again(tmp_path: Path) -> None:
    reader = open_reader(planted(tmp_path).audit)
    question = ends(reader)
    answer = start_telling(reader, question).result()
    assert answer["hardest 10 %"].beyond_chance(WORD)[0].name == TELLING  # by imported texts
    for damage in (b"{", b"[1]", b'{"a": {}}', b"\xff"):
        question.path.write_bytes(damage)
        assert kept_answer(question) is None
    assert start_telling(reader, question).result() == answer == kept_answer(question)


def test_where_no_text_is_read_the_classes_are_told(tmp_path: Path) -> None:
    reader = open_reader(planted(tmp_path, reads=False).audit)
    question = ends(reader)
    assert not question.reads
    assert len(start_telling(reader, question).result()["hardest 10 %"].of_kind(CLASS)) == 5
    nothing = open_reader(build_audit(tmp_path / "other", runs=False).audit)
    assert of_images(nothing, np.arange(9), Selection()) is None


def test_too_few_images_are_said(tmp_path: Path) -> None:
    reader = open_reader(planted(tmp_path).audit)
    question = of_images(reader, np.arange(3), Selection())
    assert question is not None
    with pytest.raises(HardlookError, match="3 images are to be told"):
        start_telling(reader, question).result()
