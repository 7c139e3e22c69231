from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import open_clip
import pytest
import timm
from open_clip.pretrained import get_pretrained_cfg
from torchvision.models import get_model_weights

from core.encoders import list_encoders, load_encoder
from core.encoders.catalogue import CATALOGUE, published
from core.encoders.registry import FAMILIES
from core.errors import BadInput, WeightsUnavailable


@pytest.fixture
def empty_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has never downloaded anything."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("line", CATALOGUE, ids=lambda line: line[0])
def test_the_catalogue_says_what_the_libraries_say(line: tuple[str, int, int, str, str]) -> None:
    spec, dimension, size, place, _ = line
    family, _, model = spec.partition(":")
    if family == "open_clip":
        name, _, tag = model.partition("/")
        config = open_clip.get_model_config(name)
        expected = (config["embed_dim"], config["vision_cfg"]["image_size"])
        assert get_pretrained_cfg(name, tag)["hf_hub"] == f"{place}/"
    elif family == "timm":
        cfg = timm.get_pretrained_cfg(model)
        assert cfg is not None
        expected = (768, cfg.input_size[-1])  # all three are ViT-B
        assert cfg.hf_hub_id == place
    else:
        weights = get_model_weights(model).DEFAULT
        expected = (dimension, weights.transforms().crop_size[0])
        assert weights.url == published(spec, place).url
    assert (dimension, size) == expected


def test_listing_loads_neither_torch_nor_a_model_library() -> None:
    script = (
        "import sys; from core.encoders import list_encoders; found = list_encoders();"
        "print(found[0].spec, found[0].weights, [m for m in ('torch', 'timm', 'open_clip') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "embedded bundled []"


@pytest.mark.usefixtures("empty_caches")
def test_weights_that_are_not_here_need_a_download() -> None:
    by_spec = {info.spec: info.weights for info in list_encoders()}
    assert by_spec.pop("embedded") == "bundled"
    assert set(by_spec.values()) == {"needs download"}


def test_weights_in_a_cache_are_at_hand(empty_caches: Path) -> None:
    folder = empty_caches / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "resnet18-f37072fd.pth").touch()
    revision = empty_caches / "hub" / "models--timm--vit_base_patch32_clip_224.openai"
    (revision / "snapshots" / "abc").mkdir(parents=True)
    (revision / "snapshots" / "abc" / "open_clip_model.safetensors").touch()
    (revision / "refs").mkdir()
    (revision / "refs" / "main").write_text("abc")
    at_hand = {info.spec for info in list_encoders() if info.weights == "at hand"}
    assert at_hand == {"torchvision:resnet18", "open_clip:ViT-B-32/openai"}


@pytest.mark.usefixtures("empty_caches")
@pytest.mark.parametrize("spec", [line[0] for line in CATALOGUE])
def test_nothing_is_downloaded_unasked_and_the_error_names_the_ways_out(spec: str) -> None:
    with pytest.raises(WeightsUnavailable) as raised:
        load_encoder(spec)
    for way in (f"--encoder {spec}@/path/to/weights", "--encoder embedded", "--download"):
        assert way in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("ViT-B-32/openai", "Did you mean open_clip:ViT-B-32/openai"),
        ("clip", "an encoder is one of embedded, open_clip:MODEL/TAG"),
        ("embedded:large", "There is no encoder 'embedded:large'"),
        ("timm:", "There is no encoder 'timm:'"),
        ("open_clip:ViT-B-33/openai", "no model 'ViT-B-33'. Did you mean ViT-B-32"),
        ("open_clip:ViT-B-32/opnai", "no weights 'opnai'. Did you mean openai"),
        ("open_clip:ViT-B-32", "does not say which weights: openai, "),
        ("timm:resnt50", "no model 'resnt50'. Did you mean resnet50"),
        ("timm:vit_base_patch16_224.mea", "no weights 'mea'. Did you mean mae"),
        ("torchvision:resnet51", "no model 'resnet51'. Did you mean resnet50"),
        ("torchvision:resnet50/IMAGENET", "no weights 'IMAGENET'"),
        ("timm:resnet18@/no/such/file", "there is no /no/such/file"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_the_nearest(spec: str, says: str) -> None:
    with pytest.raises(BadInput) as raised:
        load_encoder(spec)
    assert says in str(raised.value)


def test_unknown_feature_and_device_are_refused() -> None:
    with pytest.raises(BadInput, match="no feature 'last'"):
        load_encoder("embedded", feature="last")
    with pytest.raises(BadInput, match="no device 'tpu'"):
        load_encoder("embedded", device="tpu", image_size=32)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "embedded"])
def test_a_file_that_holds_no_weights_is_refused(family: str, tmp_path: Path) -> None:
    model = {"open_clip": "ViT-B-32", "timm": "resnet10t", "torchvision": "resnet18"}[family]
    path = tmp_path / "weights.pth"
    path.write_bytes(b"not weights at all")
    with pytest.raises(BadInput, match="cannot be loaded into their model"):
        load_encoder(f"{family}:{model}@{path}")
