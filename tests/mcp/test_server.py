"""`hardlook mcp` asked by the protocol's own client, over the standard streams of a process of its own."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import ExtraMissing
from core.mcp.command import mcp
from tests.audits import Made
from tests.mcp.conftest import contents

ROOT = Path(__file__).parents[2]
HERE = importlib.util.find_spec("mcp") is not None
asks = pytest.mark.skipif(not HERE and "CI" not in os.environ, reason="pip install 'hardlook[mcp]' for the real client")


def talk(questions: Callable[[Any], Awaitable[Any]]) -> Any:
    """What a client of the server gets."""
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(command=sys.executable, args=["-m", "core", "mcp"], env=dict(os.environ), cwd=ROOT)

    async def asked() -> Any:
        async with Client(stdio_client(server)) as client:
            return await questions(client)

    with ThreadPoolExecutor(1) as thread:  # a thread of its own: in this one a browser's tests may have a loop running
        return thread.submit(asyncio.run, asked()).result()


@asks
def test_the_real_client_gets_every_answer_and_the_audit_stays_as_it_was(made: Made, audits: Path) -> None:
    before = contents(audits)

    async def questions(client: Any) -> Any:
        tools = (await client.list_tools()).tools
        asked = {"audits": {}, "headlines": {"audit": "a"}, "suspects": {"audit": "a", "most": 3},
                 "deciles": {"audit": "a"}, "estimates": {"audit": "a", "metric": "accuracy"},
                 "image": {"audit": "a", "key": made.keys[3]}}  # fmt: skip
        return tools, {name: await client.call_tool(name, given) for name, given in asked.items()}

    tools, told = talk(questions)
    assert {tool.name for tool in tools} == set(told)
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)
    assert not [name for name, answer in told.items() if answer.is_error]
    assert told["audits"].structured_content["audits"] == [{"name": "a", "images": 60}]
    assert len(told["suspects"].structured_content["suspects"]) == 3
    (accuracy, *_) = told["estimates"].structured_content["estimates"]
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]
    assert accuracy["provenance"].startswith("counted")
    words, picture = told["image"].content
    assert json.loads(words.text)["verdict"] == "confirmed"
    assert picture.mime_type == "image/webp"
    assert Image.open(io.BytesIO(base64.b64decode(picture.data))).size[0] > 0
    assert contents(audits) == before


@asks
def test_errors_reach_the_client_in_words_with_the_next_command() -> None:
    async def questions(client: Any) -> Any:
        asked = [("headlines", {"audit": "../a"}), ("estimates", {"audit": "a", "metric": "f1"}),
                 ("suspects", {"audit": "a", "most": 10_000}), ("image", {"audit": "a", "key": "/etc/x"})]  # fmt: skip
        return [await client.call_tool(name, given) for name, given in asked]

    told = talk(questions)
    assert all(answer.is_error for answer in told)
    words = [answer.content[0].text for answer in told]
    assert "There is no audit '../a'" in words[0]
    assert "Run: hardlook evaluate --audit a" in words[1]
    assert "200" in words[2]
    assert "There is no image '/etc/x'" in words[3]


def test_without_the_package_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("mcp", "mcp_types")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "core.mcp.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'hardlook\[mcp\]'"):
        mcp()
