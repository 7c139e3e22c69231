"""Which URLs are opened: those below an allowed prefix, in the form in which they are asked for, and no others."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.images.roots import Roots
from core.remote.address import MOST_ROUNDS, is_url, sound, without_secrets, wrong_with

WEB, BUCKET = "http://good.example:8080/images/", "s3://bucket/images/"
ATTACKS = [
    "http://good.example:8080/images/../secret.png",
    "http://good.example:8080/images/./../secret.png",
    "http://good.example:8080/images/a/..",
    "http://good.example:8080/images/%2e%2e/secret.png",
    "http://good.example:8080/images/%2E./secret.png",
    "http://good.example:8080/images/%252e%252e/secret.png",
    "http://good.example:8080/images/%25252e%25252e/secret.png",
    "http://good.example:8080/images/..%2fsecret.png",
    "http://good.example:8080/images/a%2f..%2f..%2fsecret.png",
    "http://good.example:8080/images/..%5csecret.png",
    "http://good.example:8080/images/..\\secret.png",
    "http://good.example:8080/images//secret.png",
    "http://good.example:8080//images/secret.png",
    "http://good.example:8080/images/",
    "http://good.example:8080/images",
    "http://good.example:8080/images-of-others/a.png",
    "http://good.example:8080/imagesa.png",
    "http://good.example:8080/Images/a.png",
    "http://good.example:8080/%69mages/a.png",
    "http://good.example/images/a.png",
    "http://good.example:80/images/a.png",
    "http://good.example:08080/images/a.png",
    "http://good.example:8080.evil.example/images/a.png",
    "http://good.example.:8080/images/a.png",
    "https://good.example:8080/images/a.png",
    "http://good.example:8080@evil.example/images/a.png",
    "http://good.example:8080%40evil.example/images/a.png",
    "http://user@good.example:8080/images/a.png",
    "http://user:word@good.example:8080/images/a.png",
    "http://evil.example/http://good.example:8080/images/a.png",
    "http://evil.example#@good.example:8080/images/a.png",
    "http://evil.example?@good.example:8080/images/a.png",
    "http://evil.example\\@good.example:8080/images/a.png",
    "http://[::1]/images/a.png",
    "http://127.0.0.1/images/a.png",
    "http://2130706433/images/a.png",
    "http:///good.example:8080/images/a.png",
    "http://good.example:8080/images/a.png?token=secret",
    "http://good.example:8080/images/a.png#x",
    "http://good.example:8080/images/%zz.png",
    "http://good.example:8080/images/a\n.png",
    "http://good.example:8080/images/a%0d%0aHost:%20evil.png",
    "http://good.example:8080/images/\u202e.png\x00",
    "http://g\u043e\u043ed.example:8080/images/a.png",
    "http://good\u3002example:8080/images/a.png",
    " http://good.example:8080/images/a.png",
    "s3://bucket/images/../secret.png",
    "s3://bucket/images/%2e%2e/secret.png",
    "s3://bucket/images//a.png",
    "s3://bucket/imagesecret/a.png",
    "s3://Bucket/images/a.png",
    "s3://bucket2/images/a.png",
    "s3://bucket@evil/images/a.png",
    "s3://bucket..evil/images/a.png",
    "s3://bucket/images/a.png?versionId=1",
    "s3://bucket/images/a.parquet::image",
    "s3a://bucket/images/a.png",
    "gs://bucket/images/a.png",
    "az://bucket/images/a.png",
    "memory://bucket/images/a.png",
    "local://images/a.png",
    "ftp://good.example/images/a.png",
    "github://good.example/images/a.png",
    "zip://a.png",
    "reference://a.png",
    "simplecache::s3://bucket/images/a.png",
    "http+unix://good.example/images/a.png",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http://good.example:8080/images/", "s3://bucket/images/"])
@pytest.mark.parametrize("rounds", range(8))
def test_what_is_escaped_more_than_four_times_over_is_not_opened(scheme: str, rounds: int) -> None:
    """a, %61, %2561, … in which only the last step gives the letter."""
    url = f"{scheme}{'%' + '25' * (rounds - 1) + '61' if rounds else 'a'}.png"
    assert wrong_with(url) == ("its path is escaped more than four times over" if rounds > 4 else "")


def test_escapes_of_escapes_cost_a_few_passes_and_not_one_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []

    def counted(text: str) -> str:
        passes.append(len(text))
        return unquote(text)

    monkeypatch.setattr("core.remote.address.unquote", counted)
    for path in ("%" + "25" * 2000 + "2e", "%25" * 1500, "%2525252e" * 400 + "/" + "%" + "25" * 3000):
        wrong_with(f"s3://bucket/{path}")
        assert 0 < len(passes) <= MOST_ROUNDS + 1
        passes.clear()


@pytest.mark.parametrize("url", ATTACKS)
def test_nothing_is_opened_but_what_lies_under_a_prefix(tmp_path: Path, url: str) -> None:
    roots = Roots(tmp_path, [WEB, BUCKET])
    assert roots.refuses(roots.find(url), as_given=url)


@pytest.mark.parametrize(
    ("given_as", "opened"),
    [
        ("http://good.example:8080/images/a.png", "http://good.example:8080/images/a.png"),
        ("HTTP://GOOD.Example:8080/images/a b/ö.png", "http://good.example:8080/images/a%20b/%C3%B6.png"),
        ("http://good.example:8080/images/a%20b.png", "http://good.example:8080/images/a%20b.png"),
        ("http://good.example:8080/images/..a.png", "http://good.example:8080/images/..a.png"),
        ("s3://bucket/images/50% off/ö @1.png", "s3://bucket/images/50% off/ö @1.png"),
        ("S3://bucket/images/a.png", "s3://bucket/images/a.png"),
        ("a/b.png", "http://good.example:8080/images/a/b.png"),
        ("./a.png", "http://good.example:8080/images/a.png"),
    ],
)
def test_what_lies_under_a_prefix_is_opened_as_it_was_checked(tmp_path: Path, given_as: str, opened: str) -> None:
    roots = Roots(tmp_path, [WEB, BUCKET])
    assert roots.find(given_as) == opened
    assert roots.refuses(opened, as_given=given_as) == ""
    assert sound(opened) == opened


@pytest.mark.parametrize("name", ["../a.png", "a/../../a.png", "%2e%2e/a.png", "a//b.png", "/etc/passwd", "a.png?x"])
def test_a_relative_name_leaves_no_prefix(name: str) -> None:
    roots = Roots(BUCKET, [])
    assert roots.refuses(roots.find(name), as_given=name)


@given(st.text(alphabet="ab./%2eE5fF\\@:?#", max_size=20))
def test_whatever_is_let_through_is_below_the_prefix_however_often_it_is_decoded(tail: str) -> None:
    from posixpath import normpath
    from urllib.parse import unquote, urlsplit

    roots = Roots(WEB, [])
    url = roots.find(WEB + tail)
    if roots.refuses(url):
        return
    assert (urlsplit(url).hostname, urlsplit(url).port) == ("good.example", 8080)
    path = urlsplit(url).path
    for _ in range(4):
        assert normpath(path).startswith("/images/")
        path = unquote(path)


@pytest.mark.parametrize(
    "root", ["s3://", "http://user:word@host/x", "ftp://host/x", "http://h/a?X-Amz-Signature=word"]
)
def test_a_prefix_that_is_none_is_refused_without_its_secret(tmp_path: Path, root: str) -> None:
    with pytest.raises(BadInput, match="is not opened") as refused:
        Roots(tmp_path, [root])
    assert "word" not in str(refused.value).replace("a name or password", "")


def test_a_prefix_ends_at_a_slash(tmp_path: Path) -> None:
    assert Roots(tmp_path, ["s3://bucket/images", "s3://other"]).prefixes == ("s3://bucket/images/", "s3://other/")


def test_paths_are_no_urls() -> None:
    for path in ("a.png", "/a/b.png", "C:\\a.png", "s3:/bucket/a.png", "file:///a.png", "simplecache::s3://b/a.png"):
        assert not is_url(path)
    assert is_url("s3://b/a.png")
    assert wrong_with("s3://b/a.png") == ""
    assert without_secrets("http://me:word@h/a?sig=word#x") == "http://h/a"
