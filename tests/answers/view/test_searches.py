"""Searches with a worker of our own in the place of the real one: what is asked of it, and what is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.answers.view.ranking import Selection, chosen_in_view
from core.answers.view.reader import Reader, open_reader
from core.answers.view.searches import kept_result, search_of, start_search, text_run
from core.answers.view.subsets import subset_ids, subset_words
from core.answers.view.uploads import keep_upload
from core.errors import BadInput, MissingRun
from core.types import Floats
from core.worker import client
from core.worker.client import WorkerClient
from tests.audits import Made, build_audit, publish

OURS = """
import os, sys
import numpy as np
from core.worker.messages import Frame
from core.pipeline.worker.process import serve

def encode_texts(frame, say):
    assert os.path.isdir(frame.message["audit"]) and frame.message["run"].startswith("embed-")
    return Frame({}, {"vectors": np.array([[1, 0, 0, len(text) > 9] for text in frame.message["texts"]], np.float32)})

def encode_image(frame, say):
    return Frame({}, {"vector": np.append(frame.arrays["rgb"][0, 0], 0).astype(np.float32)})

answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
serve(os.fdopen(os.dup(0), "rb"), answers, lambda: {"encode_texts": encode_texts, "encode_image": encode_image}, 30)
os._exit(0)
"""


@pytest.fixture
def vectors() -> Floats:
    return np.abs(np.random.default_rng(1).normal(size=(120, 4))).astype(np.float32)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, runs=False)


def embedded(made: Made, vectors: Floats, encoder: str, **options: Any) -> Reader:
    rows = {"image_id": np.arange(len(vectors), dtype=np.int32), "vector": vectors}
    publish(made.audit, "embed", encoder, {"embedding": rows}, encoder=encoder, **options)
    return open_reader(made.audit)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerClient]:
    ours = WorkerClient([sys.executable, "-c", OURS])
    monkeypatch.setattr(client, "shared_worker", lambda: ours)
    yield ours
    ours.stop()


def by_similarity(vectors: Floats, query: Floats) -> list[int]:
    cosine = vectors @ query / np.linalg.norm(vectors, axis=1)
    return [int(i) for i in np.argsort(-cosine, kind="stable")]


def test_images_like_an_image_come_most_similar_first_without_the_worker(
    made: Made, vectors: Floats, worker: WorkerClient
) -> None:
    reader = embedded(made, vectors, "embedded")
    only = f"near:{made.keys[5]}"
    found = subset_ids(reader, only)
    assert found.tolist() == by_similarity(vectors, vectors[5])
    assert found[0] == 5
    assert subset_words(reader, only) == f"the most similar to {made.keys[5]}"
    train = chosen_in_view(reader, only, Selection(split="train"))
    assert train.tolist() == [i for i in found if made.splits[i] == "train"]
    assert worker.process_id is None


def test_a_search_is_kept_and_answered_again_without_the_worker(
    made: Made, vectors: Floats, worker: WorkerClient
) -> None:
    reader = embedded(made, vectors, "open_clip:ViT-B-32/openai")
    search = search_of(reader, "text: red ")
    assert search is not None
    assert search.payload == "red"
    assert kept_result(reader, search) is None
    found = start_search(reader, search).result()
    assert found.ids.tolist() == by_similarity(vectors, np.array([1, 0, 0, 0], np.float32))
    worker.stop()
    kept = kept_result(reader, search)
    assert kept is not None
    np.testing.assert_array_equal(kept.ids, found.ids)
    assert subset_ids(reader, "text:red").tolist() == found.ids.tolist()
    assert worker.process_id is None


def test_an_upload_is_searched_by_its_pixels(made: Made, vectors: Floats, worker: WorkerClient, tmp_path: Path) -> None:
    reader = embedded(made, vectors, "embedded")
    path = tmp_path / "mine.png"
    Image.new("RGB", (9, 9), (200, 100, 50)).save(path)
    name = keep_upload(made.audit, path.read_bytes())
    found = subset_ids(reader, f"upload:{name}")
    worker.stop()
    assert found.tolist() == by_similarity(vectors, np.array([200, 100, 50, 0], np.float32))


def test_an_encoder_without_text_says_so_and_the_worker_is_not_started(
    made: Made, vectors: Floats, worker: WorkerClient
) -> None:
    clip = "open_clip:ViT-B-32/openai"
    cases: list[tuple[str, dict[str, str], str]] = [
        ("embedded", {}, "embedded has no text tower, so"),
        ("embedded", {"layers": "4,last"}, "embedded has no text tower, so"),
        (clip, {"feature": "pooled"}, "the pooled feature, which texts are not compared with"),
        (clip, {"layers": "4,last"}, "the layers 4,last, which texts are not compared with"),
    ]
    for name, options, says in cases:
        reader = embedded(made, vectors, name, **options)
        assert text_run(reader) is None
        with pytest.raises(MissingRun, match=says) as caught:
            subset_ids(reader, "text:red")
        assert f"hardlook embed --encoder {clip}" in caught.value.hint
    assert worker.process_id is None


def test_without_an_embedding_the_command_is_named(made: Made) -> None:
    with pytest.raises(MissingRun) as caught:
        subset_ids(open_reader(made.audit), "near:000005.png")
    assert caught.value.hint == "Run: hardlook embed --audit sample"


@pytest.mark.parametrize(
    ("only", "said"),
    [
        ("near:nonesuch.png", "no image 'nonesuch.png'"), ("near:", "1 to 200 characters"),
        ("text:" + "x" * 201, "1 to 200 characters"), ("upload:../../etc/passwd", "no longer kept"),
    ],
)  # fmt: skip
def test_a_search_that_is_not_possible_is_refused_in_words(made: Made, vectors: Floats, only: str, said: str) -> None:
    reader = embedded(made, vectors, "open_clip:ViT-B-32/openai")
    with pytest.raises(BadInput, match=said):
        subset_ids(reader, only)


def test_an_image_without_a_vector_has_none_like_it(made: Made, vectors: Floats) -> None:
    vectors[5] = np.nan
    reader = embedded(made, vectors, "embedded")
    with pytest.raises(BadInput, match="has no vector"):
        subset_ids(reader, f"near:{made.keys[5]}")
    assert 5 not in subset_ids(reader, f"near:{made.keys[6]}")
    assert search_of(reader, "ids:3") is None
