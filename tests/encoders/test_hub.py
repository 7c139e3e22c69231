"""CLIP as users have it: offered once with its size, fetched where that is allowed, and every way to fail in words.

The hub's own client asks a server on this machine, in a process of its own: it reads its settings when it is imported.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import pytest
from PIL import Image

from core.encoders.families.open_clip import KNOWN
from core.encoders.registry import EMBEDDED, READS_TEXT
from core.encoders.weights import is_whole
from tests.encoders.hub import FILE, Hub, hub_of, keep

ROOT = Path(__file__).parents[2]
OBTAIN = (
    "import sys\nfrom core.encoders.registry import all_families, READS_TEXT\n"
    "from core.encoders.weights import obtain\n"
    "family, known = next((f, k) for f in all_families() for k in f.known if f.spec_of(k) == READS_TEXT)\n"
    "print(obtain(family.published(known.place), READS_TEXT, download='download' in sys.argv))"
)
COMMAND = (
    "import sys; from pathlib import Path; from tests.encoders.hub import make_clip_tiny\n"
    "make_clip_tiny(Path(sys.argv.pop(1)))\n"
    "import core.__main__; core.__main__.main()"
)


def safetensors(length: int = 40) -> bytes:
    """A file of one tensor, whole."""
    header = json.dumps({"a": {"dtype": "F32", "shape": [length], "data_offsets": [0, 4 * length]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(4 * length)


@dataclass
class Place:
    """A hub, and where a process keeps what it fetches."""

    hub: Hub
    home: Path

    def obtain(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run([OBTAIN, *words], environment)

    def run(self, code: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", *code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
            env={**self.hub.environment(self.home), **(environment or {})},
        )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with hub_of(safetensors()) as hub:
        yield Place(hub, tmp_path / "home")


def test_what_is_fetched_is_kept_and_found_without_asking_again(place: Place) -> None:
    first = place.obtain("download")
    assert first.returncode == 0, first.stderr
    path = Path(first.stdout.strip())
    assert path.read_bytes() == place.hub.content
    asked = len(place.hub.asked)
    assert place.obtain().stdout == first.stdout
    assert place.obtain("download", HF_HUB_OFFLINE="1").stdout == first.stdout
    assert len(place.hub.asked) == asked


def test_nothing_is_asked_where_nothing_may_be_fetched(place: Place) -> None:
    done = place.obtain()
    assert "are not on this machine" in done.stderr
    assert f"hardlook embed --encoder {READS_TEXT} --download, or: hardlook embed --encoder {EMBEDDED}" in done.stderr
    assert place.hub.asked == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set; unset it to fetch them"),
        ({"NO_PROXY": "", "http_proxy": "http://me:secret@127.0.0.1:9"},
         "through the proxy 127.0.0.1:9 (http_proxy), cannot be reached: [Errno 111] Connection refused"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached: [Errno 111] Connection refused"),
    ],
)  # fmt: skip
def test_a_hub_out_of_reach_is_said_with_the_next_command(place: Place, environment: dict[str, str], said: str) -> None:
    done = place.obtain("download", **environment)
    assert f"The weights of encoder '{READS_TEXT}' could not be downloaded: " in done.stderr
    assert said in done.stderr
    assert f"hardlook embed --encoder {EMBEDDED}" in done.stderr.splitlines()[-1]
    assert "secret" not in done.stderr


@pytest.mark.parametrize("status", [407, 502, 503, 504])
def test_a_proxy_that_lets_nothing_through_is_named_without_its_password(place: Place, status: int) -> None:
    place.hub.as_proxy = status
    proxy = place.hub.address.replace("//", "//me:secret@")
    done = place.obtain("download", NO_PROXY="", http_proxy=proxy, HF_ENDPOINT="http://hub.example")
    named = (
        f"http://hub.example, through the proxy {place.hub.address.partition('//')[2]} (http_proxy), answers {status}"
    )
    assert named in done.stderr
    assert f"hardlook embed --encoder {EMBEDDED}" in done.stderr.splitlines()[-1]
    assert "secret" not in done.stderr
    assert len(place.hub.asked) == 1  # no minutes of retries


@pytest.mark.parametrize("length", [0, 5, 60, len(safetensors()) - 1])
def test_half_a_file_is_none_and_is_fetched_again(place: Place, length: int) -> None:
    snapshot = keep(place.home, place.hub.content)
    snapshot.resolve().write_bytes(place.hub.content[:length])
    without = place.obtain()
    assert f"are in part on this machine ({snapshot}: a download was broken off)" in without.stderr
    fetched = place.obtain("download")
    assert fetched.returncode == 0, fetched.stderr
    assert Path(fetched.stdout.strip()).read_bytes() == place.hub.content


def test_a_link_to_a_file_that_is_gone_is_none_and_is_fetched_again(place: Place) -> None:
    keep(place.home, place.hub.content).resolve().unlink()
    assert "a download was broken off" in place.obtain().stderr
    fetched = place.obtain("download")
    assert Path(fetched.stdout.strip()).read_bytes() == place.hub.content


def test_what_a_broken_download_left_is_said_and_a_later_one_is_whole(place: Place) -> None:
    place.hub.broken_after = 50
    broken = place.obtain("download")
    assert "could not be downloaded: " in broken.stderr
    assert f"hardlook embed --encoder {EMBEDDED}" in broken.stderr.splitlines()[-1]
    blobs = place.home / "hub" / "models--timm--vit_base_patch32_clip_224.openai" / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / "abc.incomplete").write_bytes(b"half")
    assert "abc.incomplete: a download was broken off" in place.obtain().stderr
    place.hub.broken_after = None
    assert Path(place.obtain("download").stdout.strip()).read_bytes() == place.hub.content


def test_other_forms_of_weights_are_whole_where_they_end_as_they_should(tmp_path: Path) -> None:
    import torch

    file = tmp_path / "weights.pth"
    torch.save({"a": torch.ones(30)}, file)
    assert is_whole(file)
    file.write_bytes(file.read_bytes()[:-9])
    assert not is_whole(file)
    torch.save({"a": torch.ones(3)}, file, _use_new_zipfile_serialization=False)
    assert is_whole(file)
    assert not is_whole(tmp_path / "none.pth")
    file.write_bytes(b"")
    assert not is_whole(file)


@pytest.mark.parametrize(
    "header",
    [b"", b"[]", b"3", b'{"a": 3}', b'{"a": {"data_offsets": []}}', b'{"a": {"data_offsets": [0, "4"]}}', b"[" * 9999],
)
def test_what_is_no_header_of_weights_is_no_file_of_them(tmp_path: Path, header: bytes) -> None:
    file = tmp_path / FILE
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    assert not is_whole(file)
    file.write_bytes(b"\xff" * 40)
    assert not is_whole(file)


def test_what_is_beside_the_weights_is_not_taken_for_half_of_them(place: Place) -> None:
    snapshot = keep(place.home, place.hub.content)
    (snapshot.parent / "folder").mkdir()
    (snapshot.parent / "config.json").write_text("{}")
    snapshot.unlink()
    assert "are not on this machine" in place.obtain().stderr


def test_the_size_that_is_offered_is_that_of_its_weights() -> None:
    (clip,) = [known for known in KNOWN if READS_TEXT.endswith(known.model)]
    with_weights = open_clip.create_model("ViT-B-32", force_quick_gelu=True, pretrained=None)
    bytes_of_all = sum(tensor.numel() * tensor.element_size() for tensor in with_weights.state_dict().values())
    assert clip.megabytes == round(bytes_of_all / 1e6)


@pytest.mark.slow
def test_an_audit_offers_clip_once_and_goes_on_with_it_where_it_may_be_fetched(tmp_path: Path) -> None:
    make = [
        "import sys; from pathlib import Path; from tests.encoders.hub import make_clip_tiny, tiny_weights\n"
        "make_clip_tiny(Path(sys.argv[1])); tiny_weights(Path(sys.argv[1]))",
        str(tmp_path),
    ]
    rng, folder = np.random.default_rng(0), tmp_path / "images"
    for number in range(24):
        picture = folder / f"class {number % 2}" / f"{number}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(picture)
    with hub_of(b"") as hub:
        place = Place(hub, tmp_path / "home")
        made = place.run(make)
        assert made.returncode == 0, made.stderr
        hub.content = (tmp_path / FILE).read_bytes()
        audit = [COMMAND, str(tmp_path), "audit", str(folder), "--audit", "pictures", "--no-train", "--device", "cpu"]
        audits = {"HARDLOOK_AUDITS": str(tmp_path / "audits"), "HARDLOOK_THREADS": "1"}
        offer = f"encoder: {EMBEDDED} (needs no internet). CLIP finds more"
        said = [place.run([*audit, *more], audits) for more in ([], [], ["--download"])]
    assert [done.returncode for done in said] == [0] * 3, [done.stderr for done in said]
    printed = [done.stdout + done.stderr for done in said]
    assert [text.count(offer) for text in printed] == [1, 0, 0]
    assert "--download fetches them once, 605 MB" in printed[0]
    assert f"encoder: {READS_TEXT}; its weights, 605 MB, are fetched once" in printed[2]
    runs = place.run([COMMAND, str(tmp_path), "runs", "--audit", "pictures"], audits).stdout
    assert READS_TEXT in runs
    assert EMBEDDED in runs
