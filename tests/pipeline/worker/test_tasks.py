"""What the worker computes, in this process: the numbers are those of the runs that the audit has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.dataset import IngestOptions
from core.errors import BadInput, MissingRun
from core.pipeline.embed import embed
from core.pipeline.ingest import ingest
from core.pipeline.scoring.score_any import score_any
from core.pipeline.training.import_model import import_model
from core.pipeline.worker.tasks import encode_image, encode_texts, gradient_maps_of
from core.store import views
from core.store.audit import Audit
from core.training.networks.factory import build_from_factory
from core.types import UNLABELLED
from core.worker.client import quiet
from core.worker.messages import Frame
from tests.pictures import Heard, write_images

MODULE = """
from torch import nn
def build():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(4, 3))
"""


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    """18 images with vectors, a network of three checkpoints, and VoG."""
    folder = tmp_path_factory.mktemp("on_demand")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(folder / "audits"))
        patch.chdir(folder)
        patch.setattr(sys, "path", list(sys.path))
        write_images(folder / "photos", 6)
        (folder / "a_network.py").write_text(MODULE)
        torch.manual_seed(0)
        model = build_from_factory("a_network:build").eval()
        for epoch in range(3):
            with torch.no_grad():
                for weight in model.parameters():
                    weight.add_(0.3 * torch.randn_like(weight))
            torch.save({"state_dict": model.state_dict(), "epoch": epoch}, f"epoch-{epoch}.pt")
        made = ingest(str(folder / "photos"), Heard(), options=IngestOptions())
        embed(made, "embedded", Heard(), image_size=64, device="cpu")
        import_model(
            made, Heard(), factory="a_network:build", checkpoints="epoch-*.pt", image_size=12, mean=(0.5,), sd=(0.25,)
        )
        score_any(made, "vog", Heard(), device="cpu")
        yield made
        sys.modules.pop("a_network", None)


def asked(audit: Audit, kind: str, **message: object) -> dict[str, object]:
    return {"audit": str(audit.path), "run": audit.runs(kind)[-1].run_id, **message}


def test_a_picture_gets_the_vector_that_embedding_gave_it(audit: Audit) -> None:
    hub = views.open_hub(audit)
    stored = views.embedding(hub, audit.runs("embed")[0].run_id)
    for image_id in (0, 7):
        with Image.open(views.images(hub, "path")["path"][image_id].as_py()) as image:
            rgb = np.asarray(image.convert("RGB"))
        vector = encode_image(Frame(asked(audit, "embed"), {"rgb": rgb}), quiet).arrays["vector"]
        np.testing.assert_allclose(vector, stored[image_id], rtol=1e-3, atol=1e-4)


def test_words_need_an_encoder_that_reads_them(audit: Audit) -> None:
    with pytest.raises(BadInput, match="has no text side"):
        encode_texts(Frame(asked(audit, "embed", texts=["a red square"])), quiet)


def test_the_mean_of_the_spread_is_the_image_s_stored_vog(audit: Audit) -> None:
    hub = views.open_hub(audit)
    stored = views.score(hub, f"{audit.runs('score')[-1].run_id}:vog_logit_all")
    labels = views.labels(hub)
    for image_id in (1, 9, 17):
        message = asked(audit, "train", image_id=image_id, label=int(labels[image_id]), target="logit")
        answer = gradient_maps_of(Frame(message), quiet)
        assert answer.arrays["maps"].shape == (3, 12, 12)
        assert answer.arrays["pixels"].shape == (12, 12, 3)
        assert answer.arrays["spread"].mean() == pytest.approx(stored[image_id], rel=1e-4)
        np.testing.assert_allclose(answer.arrays["maps"].std(axis=0), answer.arrays["spread"], rtol=1e-3, atol=1e-7)


def test_an_image_without_a_label_is_followed_to_what_the_last_checkpoint_predicts(audit: Audit) -> None:
    hub = views.open_hub(audit)
    predicted = views.predictions(hub, audit.runs("train")[0].run_id)["predicted"]
    answer = gradient_maps_of(Frame(asked(audit, "train", image_id=4, label=UNLABELLED, target="logit")), quiet)
    assert answer.message["label"] == predicted[4]


def test_a_run_or_an_image_that_is_gone_is_named(audit: Audit, tmp_path: Path) -> None:
    with pytest.raises(MissingRun, match="no run 'train-x'"):
        gradient_maps_of(Frame({"audit": str(audit.path), "run": "train-x"}), quiet)
    with pytest.raises(MissingRun, match="not in the audit"):
        gradient_maps_of(Frame(asked(audit, "train", image_id=99, label=0, target="logit")), quiet)
