"""The command `doctor`. Registered in app.py."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: name, state, said and advice of each.")] = False,
) -> None:
    """Say what this machine has for an audit and what it lacks, each with the next step. Nothing is downloaded.

    Exit code 1 where an audit or the dashboard would stop, and 0 where all goes, if less well than it could.
    """
    from .looks import examine

    found = examine()
    failed = [one for one in found if one.state == "fail"]
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2))
    else:
        wide = max(len(one.name) for one in found)
        for one in found:
            print(f"{one.state:<4}  {one.name:<{wide}}  {one.said}")
            if one.advice:
                print(f"{'':<{wide + 8}}{one.advice}")
        stopping = f"{len(failed)} of {len(found)} would stop an audit: {', '.join(one.name for one in failed)}"
        print(stopping if failed else "Nothing here stops an audit.")
    raise typer.Exit(1 if failed else 0)
