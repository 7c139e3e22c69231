from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pages.components.layout.host_guard import HEADERS, Doorway, allowed, names_from_environment


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8501", "LOCALHOST.", "a.localhost", "127.0.0.1:8501", "[::1]:8501", "[::1]", "192.168.1.5",
     "lab.example.org:443", "deep.lab.example.org"],
)  # fmt: skip
def test_addresses_localhost_and_given_names_are_answered(host: str) -> None:
    assert allowed(host, ["lab.example.org", "*.lab.example.org"])


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8501", "localhost.evil.example", "lab.example.org.evil", "xlab.example.org",
     "127.0.0.1.evil.example", "localhost:8501@evil.example", "localhost:x", "[::1", "a/localhost", "::1"],
)  # fmt: skip
def test_any_other_name_is_refused(host: str) -> None:
    assert not allowed(host, ["lab.example.org", "*.lab.example.org"])


def test_a_star_lets_any_name_in() -> None:
    assert allowed("anything.example", ["*"])


def test_further_names_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_HOSTS", "a.example, *.b.example,,")
    assert names_from_environment() == ["a.example", "*.b.example"]


def sent_by(kind: str, host: str) -> list[Any]:
    """What the doorway sends for a request to an application that answers 200 or accepts."""
    messages: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if kind == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"deny")]})
            await send({"type": "http.response.body", "body": b"data"})
        else:
            await send({"type": "websocket.accept"})

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {"type": kind, "headers": [(b"host", host.encode())]}

    async def passed() -> None:
        await Doorway(app, [])(scope, receive, send)

    # In a thread of its own: where browser tests ran before, this one has a loop that is running already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, passed()).result()
    return messages


def test_a_strange_name_gets_nothing_by_http_and_no_websocket() -> None:
    start, body = sent_by("http", "evil.example")
    assert start["status"] == 400
    assert b"data" not in body["body"]
    assert b"--allow-host" in body["body"]
    assert [message["type"] for message in sent_by("websocket", "evil.example")] == ["websocket.close"]


def test_an_answer_leaves_with_the_policy_and_its_own_headers() -> None:
    start, body = sent_by("http", "localhost:8501")
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert body["body"] == b"data"
    assert headers["x-frame-options"] == "deny"
    for name, value in HEADERS.items():
        assert headers[name.lower()] == value
    assert sent_by("websocket", "localhost:8501") == [{"type": "websocket.accept"}]
