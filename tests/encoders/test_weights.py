"""Fetching, against a closed port or a file: no test here reaches a network."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.encoders.weights import Published, local_path, obtain
from core.errors import BadInput, WeightsUnavailable

CLOSED = "http://127.0.0.1:9"  # the discard port, where nobody listens


def served(tmp_path: Path, content: bytes, digest: str) -> Published:
    source = tmp_path / f"net-{digest[:8]}.pth"
    source.write_bytes(content)
    return Published(url=source.as_uri(), folder=tmp_path / "cache")


def test_a_url_is_fetched_once_into_its_folder(tmp_path: Path) -> None:
    published = served(tmp_path, b"weights", hashlib.sha256(b"weights").hexdigest())
    assert published.find() is None
    path = obtain(published, "x:y", download=True)
    assert path.read_bytes() == b"weights"
    assert published.find() == path
    assert obtain(published, "x:y", download=False) == path


def test_a_damaged_download_leaves_nothing_behind(tmp_path: Path) -> None:
    published = served(tmp_path, b"damaged", hashlib.sha256(b"weights").hexdigest())
    with pytest.raises(WeightsUnavailable, match="arrived damaged"):
        obtain(published, "x:y", download=True)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("offline", "says"),
    [("1", "HF_HUB_OFFLINE is set"), ("0", "through the proxy 127.0.0.1:9 (https_proxy), cannot be reached")],
)
@pytest.mark.parametrize("spec", ["open_clip:ViT-B-32/openai", "timm:vit_base_patch16_224.mae"])
def test_a_download_without_a_network_fails_in_seconds(tmp_path: Path, spec: str, offline: str, says: str) -> None:
    # A process of its own: the hub's client reads these variables once, when it is imported.
    environment = {
        **os.environ, "HF_HOME": str(tmp_path), "HOME": str(tmp_path), "HF_HUB_OFFLINE": offline,
        "https_proxy": CLOSED, "HTTPS_PROXY": CLOSED, "no_proxy": "", "NO_PROXY": "",
    }  # fmt: skip
    script = (
        "import sys\nfrom core.encoders.weights import obtain\n"
        "from core.encoders.registry import all_families\n"
        "family, known = next((family, known) for family in all_families() for known in family.known\n"
        "                     if family.spec_of(known) == sys.argv[1])\n"
        "obtain(family.published(known.place), sys.argv[1], download=True)"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, spec], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert time.monotonic() - started < 15  # the hub's own client takes 24 s to give up
    assert f"WeightsUnavailable: The weights of encoder '{spec}' could not be downloaded" in done.stderr
    assert says in done.stderr
    assert f"--encoder {spec}@/path/to/weights" in done.stderr


def test_a_local_path_has_to_exist(tmp_path: Path) -> None:
    assert local_path(str(tmp_path), "x:y") == tmp_path
    with pytest.raises(BadInput, match="there is no"):
        local_path(str(tmp_path / "none"), "x:y")
