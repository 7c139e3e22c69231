"""What lies at a URL, or in words why not: not there, not to be read, or out of reach."""

from __future__ import annotations

import builtins
import gzip
from pathlib import Path
from typing import Any

import pytest

from core.errors import ExtraMissing, Unreachable
from core.images.pixels import PixelSource, Refusal
from core.remote import systems
from core.remote.fetching import WAITS, fetch, not_answered
from tests.remote.serving import FOREVER, Site


def test_an_object_comes_whole_and_is_asked_for_once(site: Site) -> None:
    (site.folder / "a b ö.bin").write_bytes(bytes(range(256)) * 4096)
    assert fetch(site.url + "a b ö.bin") == bytes(range(256)) * 4096
    assert list(site.asked.values()) == [1]


@pytest.mark.parametrize("fault", [500, 502, 503, 429, 408, "cut"])
def test_what_may_pass_is_tried_again(site: Site, fault: int | str) -> None:
    (site.folder / "a.png").write_bytes(b"whole" * 100)
    site.fails("a.png", fault, times=3)
    assert fetch(site.url + "a.png") == b"whole" * 100
    assert site.asked["a.png"] == 4


def test_what_is_not_there_or_forbidden_is_asked_for_once(site: Site) -> None:
    with pytest.raises(FileNotFoundError):
        fetch(site.url + "none.png")
    for status in (403, 400, 405):
        site.fails("a.png", status)
        with pytest.raises(PermissionError, match=str(status)):
            fetch(site.url + "a.png")
    assert site.asked == {"none.png": 1, "a.png": 3}


def test_a_redirect_is_followed_nowhere(site: Site) -> None:
    (site.folder / "a.png").write_bytes(b"body")
    (site.folder / "b.png").write_bytes(b"other")
    for place in (f"{site.url}b.png", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"):
        site.fails("a.png", f"to {place}")
        with pytest.raises(PermissionError, match=r"302\), which is not followed"):
            fetch(site.url + "a.png")
    assert site.asked == {"a.png": 3}


def test_a_place_that_gives_no_answer_is_out_of_reach_and_no_object_is_to_blame(site: Site) -> None:
    site.fails("a.png", 503, times=FOREVER)
    with pytest.raises(Unreachable, match=r"a\.png could not be reached: the server answers 503"):
        fetch(site.url + "a.png")
    assert site.asked["a.png"] == len(WAITS) + 1
    with pytest.raises(Unreachable):
        fetch("http://127.0.0.1:1/b.png")  # where nobody listens


def test_an_answer_that_does_not_come_is_waited_for_so_long_and_no_longer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.folder / "a.png").write_bytes(b"late")
    monkeypatch.setattr(systems, "READ_S", 0.2)
    systems._system.cache_clear()
    try:
        site.fails("a.png", "slow", times=FOREVER)
        with pytest.raises(Unreachable):
            fetch(site.url + "a.png")
    finally:
        systems._system.cache_clear()


def test_an_answer_that_never_ends_is_given_up_though_bytes_come(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.folder / "a.png").write_bytes(b"drop by drop" * 5)
    monkeypatch.setattr(systems, "WHOLE_S", 0.2)
    systems._system.cache_clear()
    try:
        site.fails("a.png", "drip", times=FOREVER)
        with pytest.raises(Unreachable):
            fetch(site.url + "a.png")
        assert site.asked["a.png"] == len(WAITS) + 1
    finally:
        systems._system.cache_clear()


def test_what_a_server_says_is_packed_comes_as_it_is_stored(site: Site) -> None:
    stored = gzip.compress(bytes(10**6))
    (site.folder / "a.png").write_bytes(stored)
    site.fails("a.png", "packed")
    assert fetch(site.url + "a.png") == stored


def test_credentials_of_s3_that_ended_are_said_of_the_place_and_a_refusal_of_the_object() -> None:
    def refusal(code: str) -> Exception:
        refused = PermissionError("no")
        refused.__cause__ = _Boto(code)
        return refused

    assert isinstance(not_answered(refusal("ExpiredToken"), "s3://b/a"), Unreachable)
    with pytest.raises(PermissionError):
        not_answered(refusal("AccessDenied"), "s3://b/a")


class _Boto(Exception):
    def __init__(self, code: str) -> None:
        self.response = {"Error": {"Code": code}}


@pytest.mark.parametrize(
    ("scheme", "install"),
    [("s3", "pip install 'hardlook[cloud]'"), ("https", "pip install 'hardlook[cloud]'"),
     ("gs", "pip install 'hardlook[cloud]' gcsfs"), ("az", "pip install 'hardlook[cloud]' adlfs")],
)  # fmt: skip
def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, scheme: str, install: str
) -> None:
    imported = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.split(".")[0] in ("fsspec", "aiohttp", "s3fs", "gcsfs", "adlfs"):
            raise ImportError(name)
        return imported(name, *more)

    systems._system.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExtraMissing) as missing:
        fetch(f"{scheme}://bucket/a.png")
    assert missing.value.hint == f"Run: {install}"


# one image, or its place


def sources(site: Site, n: int = 40) -> PixelSource:
    for i in range(n):
        (site.folder / f"{i}.png").write_bytes(f"image {i}".encode())
    return PixelSource([f"{site.url}{i}.png" for i in range(n)], [None] * n)


@pytest.mark.parametrize("fault", [503, "cut"])
def test_one_image_that_never_comes_whole_is_left_out_where_others_do(site: Site, fault: int | str) -> None:
    source = sources(site)
    site.fails("0.png", fault, times=FOREVER)
    with pytest.raises(Refusal) as refused:
        source.read(0)
    assert refused.value.reason == "unreadable"
    assert "while others there were" in refused.value.detail
    assert source.read(1) == b"image 1"


def test_a_server_that_is_down_leaves_no_image_out(site: Site) -> None:
    source = sources(site)
    assert source.read(0) == b"image 0"
    site.down = True
    with pytest.raises(Unreachable):
        source.read(1)
    site.down = False
    assert source.read(1) == b"image 1"


def test_reasons_of_one_image_are_its_own(site: Site, tmp_path: Path) -> None:
    source = sources(site)
    (site.folder / "1.png").unlink()
    site.fails("2.png", 403)
    for row, reason in ((1, "missing file"), (2, "forbidden")):
        with pytest.raises(Refusal) as refused:
            source.read(row)
        assert refused.value.reason == reason
