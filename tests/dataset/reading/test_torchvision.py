"""Data sets of torchvision, by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from core.images.pixels import PixelSource
from tests.dataset.inputs import read
from tests.dataset.reading.by_key import column


def test_torchvision_data_is_read_by_name_and_fetched_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for prefix, n in (("train", 12), ("t10k", 3)):
        images = np.arange(n * 28 * 28, dtype=np.uint32).astype(np.uint8)
        sizes = b"".join(size.to_bytes(4, "big") for size in (n, 28, 28))
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes + images.tobytes())
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + n.to_bytes(4, "big") + bytes([9] * n))
    dataset = read("torchvision:FashionMNIST", root=str(tmp_path))
    assert column(dataset, "key")[:4] == ["test/0", "test/1", "test/2", "train/00"]
    assert dataset.classes[9] == "Ankle boot"
    assert column(dataset, "label") == [9] * 15
    source = PixelSource(column(dataset, "path"), column(dataset, "row"), column(dataset, "content_hash"))
    assert source.rgb(4).size == (28, 28)
    with pytest.raises(BadInput, match=r"CIFAR10 is not there.*--download"):
        read("torchvision:CIFAR10", root=str(tmp_path))
    with pytest.raises(BadInput, match="torchvision:Nope is not known; known are: CIFAR10"):
        read("torchvision:Nope")
