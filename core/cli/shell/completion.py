"""The command `completion`. Registered in app.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

PROGRAM = "hardlook"


class Shell(StrEnum):
    """The shells for which Typer writes a script."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Which shell.", metavar="SHELL")]) -> None:
    """Print what lets TAB complete commands, options and the names of audits, scorers and encoders.

    bash: put `eval "$(hardlook completion bash)"` into ~/.bashrc; zsh: the same with zsh into ~/.zshrc, after compinit;
    fish: `hardlook completion fish > ~/.config/fish/completions/hardlook.fish`. Or `hardlook --install-completion`.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # which its own options call

    print(get_completion_script(prog_name=PROGRAM, complete_var=f"_{PROGRAM.upper()}_COMPLETE", shell=shell.value))
