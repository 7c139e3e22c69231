from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import open_clip
import pytest
import timm
import torch
from open_clip.pretrained import get_pretrained_cfg
from torchvision.models import get_model, get_model_weights

from core.encoders import list_encoders, load_encoder
from core.encoders.blocks import blocks_of
from core.encoders.embedded import classifier
from core.encoders.registry import all_families, reads_text, register, why_no_text
from core.errors import BadInput, WeightsUnavailable


@pytest.fixture
def empty_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has never downloaded anything."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


LIBRARIES = ("open_clip", "timm", "torchvision")
NEED_WEIGHTS = {
    family.spec_of(known): (family, known)
    for family in all_families() if family.published
    for known in family.known
}  # fmt: skip


@pytest.mark.parametrize("spec", NEED_WEIGHTS)
def test_the_catalogue_says_what_the_libraries_say(spec: str) -> None:
    family, known = NEED_WEIGHTS[spec]
    model, place, dimension, size = known.model, known.place, known.dimension, known.image_size
    if family.prefix == "open_clip":
        name, _, tag = model.partition("/")
        config = open_clip.get_model_config(name)
        expected = (config["embed_dim"], config["vision_cfg"]["image_size"])
        assert get_pretrained_cfg(name, tag)["hf_hub"] == f"{place}/"
    elif family.prefix == "timm":
        cfg = timm.get_pretrained_cfg(model)
        assert cfg is not None
        expected = (768, cfg.input_size[-1])  # all three are ViT-B
        assert cfg.hf_hub_id == place
    else:
        weights = get_model_weights(model).DEFAULT
        expected = (dimension, weights.transforms().crop_size[0])
        assert family.published is not None
        assert weights.url == family.published(place).url
    assert (dimension, size) == expected


def test_the_catalogue_says_how_the_libraries_number_the_blocks() -> None:
    for spec, (family, known) in NEED_WEIGHTS.items():
        name = known.model.partition("/")[0]
        if family.prefix == "open_clip":
            layers = open_clip.get_model_config(name)["vision_cfg"]["layers"]
            numbered = isinstance(layers, int)
            count = layers if numbered else len(layers)
        else:
            with torch.device("meta"):
                numbered = family.prefix == "timm"
                model: Any = timm.create_model(name) if numbered else get_model(name)
            count = len(model.blocks) if numbered else sum(hasattr(model, f"layer{n}") for n in range(9))
        assert known.blocks == (f"0–{count - 1}" if numbered else f"layer1–layer{count}"), spec
    embedded = next(info for info in list_encoders() if info.spec == "embedded")
    blocks = [block.name for block in blocks_of(classifier().eval(), 32)]
    assert embedded.blocks == f"{blocks[0]}–{blocks[-1]}"


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
    assert by_spec["embedded"] == "bundled"
    assert {by_spec[spec] for spec in NEED_WEIGHTS} == {"needs download"}


def test_weights_in_a_cache_are_at_hand(empty_caches: Path) -> None:
    folder = empty_caches / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "resnet18-f37072fd.pth").write_bytes(b"weights")
    (folder / "resnet50-11ad3fa6.pth").touch()  # a download that broke off leaves nothing to load
    revision = empty_caches / "hub" / "models--timm--vit_base_patch32_clip_224.openai"
    (revision / "snapshots" / "abc").mkdir(parents=True)
    (revision / "snapshots" / "abc" / "open_clip_model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (revision / "refs").mkdir()
    (revision / "refs" / "main").write_text("abc")
    at_hand = {info.spec for info in list_encoders() if info.weights == "at hand"}
    assert at_hand == {"torchvision:resnet18", "open_clip:ViT-B-32/openai"}


@pytest.mark.usefixtures("empty_caches")
@pytest.mark.parametrize("spec", NEED_WEIGHTS)
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


@pytest.mark.parametrize("family", LIBRARIES)
def test_a_file_that_holds_no_weights_is_refused(family: str, tmp_path: Path) -> None:
    model = {"open_clip": "ViT-B-32", "timm": "resnet10t", "torchvision": "resnet18"}[family]
    path = tmp_path / "weights.pth"
    path.write_bytes(b"not weights at all")
    with pytest.raises(BadInput, match="cannot be loaded into their model"):
        load_encoder(f"{family}:{model}@{path}")


@pytest.mark.parametrize(
    ("prefix", "form", "says"),
    [
        ("timm", "timm:MODEL", "'timm' is registered twice"),
        ("lite0", "lite0", "'lite0' is registered twice"),
        ("mine", "other:MODEL", "'mine': its form is 'other:MODEL'"),
    ],
)
def test_a_family_is_registered_once_under_its_own_prefix(prefix: str, form: str, says: str) -> None:
    all_families()
    with pytest.raises(ValueError, match=says):
        register(prefix, form=form)
    assert "mine" not in {family.prefix for family in all_families()}


@pytest.mark.parametrize("spec", ["embedded", "timm:resnet18", "torchvision:resnet18"])
@pytest.mark.parametrize("side", [-5, 0, 7, 4097])
def test_a_side_that_no_encoder_is_given_is_refused(spec: str, side: int) -> None:
    with pytest.raises(BadInput, match=f"An image size of {side} pixels cannot be used"):
        load_encoder(spec, device="cpu", image_size=side)


def test_another_name_of_a_family_of_one_model_gives_the_same_encoder() -> None:
    assert load_encoder("lite0", device="cpu", image_size=32).name == "embedded"


def test_only_encoders_with_a_text_side_are_searched_by_words() -> None:
    specs = ("embedded", "open_clip:ViT-B-32/openai", "timm:resnet18", "", "x")
    assert [spec for spec in specs if reads_text({"encoder": spec})] == ["open_clip:ViT-B-32/openai"]


def test_only_the_projected_last_layer_is_compared_with_texts() -> None:
    clip = "open_clip:ViT-B-32/openai"
    assert reads_text({"encoder": clip, "feature": "projected"})
    for kept, said in (({"layers": "4,last"}, "layers 4,last"), ({"feature": "pooled"}, "pooled feature")):
        assert not reads_text({"encoder": clip, **kept})
        why, words = why_no_text("mine", {"encoder": clip, **kept})
        assert said in why
        assert words == ["embed", "--encoder", clip]
    assert why_no_text("embedded", {"encoder": "embedded", "layers": "4,last"})[0].endswith("has no text tower")
