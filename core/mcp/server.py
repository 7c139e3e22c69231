"""The answers as tools of the Model Context Protocol, which all say that they only read."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from ..cli.failures import refused_by_system
from ..errors import HardlookError
from . import answers
from .answers import MOST, Answer

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
INSTRUCTIONS = (
    "Hardlook audits image data sets for difficulty, wrong labels and calibration. These tools read finished audits. "
    f"{answers.PROPOSAL}. No tool changes anything. Say of each figure what its provenance says, with its interval."
)

AuditName = Annotated[str, Field(description="The audit's name, as `audits` lists it.")]
ScoreName = Annotated[str, Field(description="The score's name; left out, the one that the dashboard opens with.")]


def make_server() -> MCPServer:
    """The server with its tools."""
    server = MCPServer("hardlook", instructions=INSTRUCTIONS, log_level="WARNING")
    for tool in (audits, headlines, suspects, deciles, image, estimates):
        server.add_tool(in_words(tool), annotations=READS, structured_output=tool is not image)  # a picture is no JSON
    return server


def in_words(tool: Callable[..., Any]) -> Callable[..., Any]:
    """The tool, whose errors reach the client as the words and the next command that a person gets."""

    @wraps(tool)
    def answer(*arguments: Any, **named: Any) -> Any:
        try:
            return tool(*arguments, **named)
        except HardlookError as error:
            error.name_audit(str(named.get("audit", "")))
            raise ToolError(str(error)) from error
        except (OSError, MemoryError) as error:
            raise ToolError(str(refused_by_system(error) or error)) from error

    return answer


def audits() -> Answer:
    """List the audits, with how many images each has, the newest last."""
    return answers.all_audits()


def headlines(audit: AuditName) -> Answer:
    """Say what an audit found, in a dozen lines: the model, difficulty, hard classes, wrong labels, duplicates."""
    return answers.headlines(audit)


def suspects(
    audit: AuditName,
    score: ScoreName = "",
    most: Annotated[int, Field(ge=1, le=MOST, description="How many.")] = 20,
    skip: Annotated[int, Field(ge=0, description="How many of the most suspect to leave out.")] = 0,
) -> Answer:
    """List images whose label is possibly wrong, most suspect first, with the likeliest other label by the score."""
    return answers.suspect_images(audit, score, most, skip)


def deciles(audit: AuditName, score: ScoreName = "") -> Answer:
    """Say how often a model errs in each decile of a difficulty score, each with its interval."""
    return answers.deciles(audit, score)


def estimates(
    audit: AuditName,
    metric: Annotated[str, Field(description="One metric, with its slices; left out, all of the whole data.")] = "",
) -> Answer:
    """List what was measured: accuracy, calibration error, AUROC and others, with intervals and provenance."""
    return answers.estimates(audit, metric)


def image(audit: AuditName, key: Annotated[str, Field(description="Its key, as `suspects` has it.")]) -> list[Any]:
    """Show one image: its thumbnail, its labels, what every score and model says of it, and a person's verdict."""
    known, thumbnail = answers.one_image(audit, key)
    return [json.dumps(known, ensure_ascii=False), *([Image(data=thumbnail, format="webp")] if thumbnail else [])]
