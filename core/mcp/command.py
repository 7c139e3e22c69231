"""The command `mcp`. Registered in the command line's app.py."""

from __future__ import annotations

from ..errors import ExtraMissing


def mcp() -> None:
    """Let an assistant read audits, by the Model Context Protocol over standard input and output. It changes nothing.

    An assistant that speaks the protocol starts this command itself: docs/ecosystem.md says where it is entered.
    Needs pip install 'hardlook[mcp]'.
    """
    try:
        from .server import make_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise ExtraMissing("The MCP server needs the package mcp.", "Run: pip install 'hardlook[mcp]'") from error
    make_server().run("stdio")
