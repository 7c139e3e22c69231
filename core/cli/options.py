"""The command line's options, each said once, and what is read out of their texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import BadInput, HardlookError
from ..files.json_text import json_of
from ..progress import Quiet, Reporter
from .choices import Device
from .shell.names import audit_names, encoder_names

if TYPE_CHECKING:
    from ..store.audit import Audit

PartOfOption = Annotated[
    str | None,
    typer.Option(
        "--part-of", help="The grid it is a part of: nothing takes it by default.", metavar="GRID", show_default=False
    ),
]
GRID_OPTIONS = {"grid", "audit", "workers", "device", "quiet"}


PathArgument = Annotated[
    str, typer.Argument(help="A folder, manifest, array file or torchvision:NAME.", metavar="PATH")
]
AuditOption = Annotated[
    str | None, typer.Option(
        "--audit", help="Which audit; the only one or the newest if left out.", show_default=False,
        autocompletion=audit_names,
    ),
]  # fmt: skip
NewAuditOption = Annotated[str | None, typer.Option("--audit", help="Name of the audit; the path's name if left out.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only warnings and errors.")]
DeviceOption = Annotated[Device, typer.Option(help="Where models run; auto takes a GPU if there is one.")]
EncoderOption = Annotated[
    str,
    typer.Option(
        "--encoder", "-e", help="An encoder as `hardlook encoders` lists them.", metavar="NAME",
        autocompletion=encoder_names,
    ),
]  # fmt: skip
ImageSizeOption = Annotated[
    int | None,
    typer.Option(
        "--image-size", help="Pixels a side that the encoder sees; its own if left out, of embedded by the images.",
        show_default=False,
    ),
]  # fmt: skip
LayersOption = Annotated[
    str | None,
    typer.Option(
        "--layers", metavar="LAYERS", show_default=False,
        help="last, or blocks averaged beside it, as 4,6,last; a wrong one lists those there are. "
             "last if left out; of embedded by the images, where the size is left out too.",
    ),
]  # fmt: skip
DownloadOption = Annotated[bool, typer.Option("--download", help="Allow weights or data to be fetched.")]
EncoderRunOption = Annotated[str | None, typer.Option("--encoder-run", help="An embedding's run, by name or id.")]
ModelRunOption = Annotated[
    str | None, typer.Option("--model", help="A model's run, by name or id.", show_default=False)
]
TrainedOnOption = Annotated[
    str | None,
    typer.Option(help="The split it was trained on, or all, or none; train if left out.", show_default=False),
]


PlanOption = Annotated[
    bool, typer.Option("--plan", help="Say how PATH would be read, open no image, write nothing, and stop.")
]


_at_hand: ContextVar[str] = ContextVar("_at_hand", default="")
"""The name of the audit that the command now running works on, "" before it has chosen one."""


def naming_its_audit(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, whose errors name the audit it chose in the commands they advise."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        before = _at_hand.set("")
        try:
            return command(*arguments, **options)
        except HardlookError as error:
            error.name_audit(_at_hand.get())
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            if damaged := _damage_at_hand():
                raise damaged from error
            raise
        finally:
            _at_hand.reset(before)

    return run


def _damage_at_hand() -> HardlookError | None:
    """What is wrong with a file of the audit at hand: it may be what the command stumbled over."""
    from ..answers.runs.damage import damage_in
    from ..store.audit import Audit, audits_folder

    path = audits_folder() / _at_hand.get()
    return damage_in(Audit(path)) if _at_hand.get() and path.is_dir() else None


def chosen_audit(name: str | None) -> Audit:
    """The audit that a command's --audit means; runs of it that cannot be read are named. Raises AuditNotFound."""
    from ..store.audit import find_audit  # DuckDB and NumPy: a third of the time that --help takes
    from ..store.unfinished import remove_leftovers_of

    audit = find_audit(name)
    remove_leftovers_of(audit)
    _at_hand.set(audit.name)
    for damaged in audit.unreadable_runs():
        Quiet().warn(f"{damaged.message} It is passed over. {damaged.hint}")
    return audit


def new_audit(name: str | None, source: str) -> str | None:
    """The name that an audit of a source is asked to have, None to be named after it; errors name it either way."""
    from ..pipeline.ingest import default_name

    _at_hand.set(name or default_name(source))
    return name


def named_audit(name: str | None, reporter: Reporter) -> Audit:
    """The audit that --audit means, which is said, because the option may be left out. Raises AuditNotFound."""
    audit = chosen_audit(name)
    reporter.say(f"audit {audit.name} ({audit.place})")
    return audit


def class_names(given: str | None) -> tuple[str, ...]:
    """Class names from a text: separated by commas, a JSON list of them, or the lines of the file of that name."""
    if given is None:
        return ()
    if given.startswith("["):
        try:
            listed = json_of(given)
        except ValueError:
            listed = None  # a class whose name begins so, among others
        if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
            return tuple(listed)
    if os.path.isfile(given):  # a long list of names is no path that a system takes
        try:
            return tuple(line for line in Path(given).read_text(encoding="utf-8-sig").splitlines() if line.strip())
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"The file {given!r} cannot be read as names: {error}.", "Write one a line.") from error
    return tuple(name.strip() for name in given.split(",") if name.strip())


def numbers(given: str, option: str) -> tuple[float, ...]:
    """Numbers separated by commas. option: its name, for the error."""
    try:
        return tuple(float(part) for part in given.split(","))
    except ValueError as error:
        raise BadInput(f"{option} is {given!r}.", f"Give numbers with commas between: {option} 0.5,0.5,0.5") from error


def refuse_beside_grid(context: typer.Context) -> None:
    """Raise BadInput if the command `train` was given an option that its grid file says instead."""
    if given := given_beside(context, GRID_OPTIONS):
        raise BadInput(
            f"{given} was given beside --grid, whose file says it for each method.", "Write it into the file."
        )


def given_options(context: typer.Context) -> list[Any]:
    """The options that were given, and not left to their defaults."""
    return [
        option for option in context.command.params
        if getattr(context.get_parameter_source(option.name or ""), "name", "") == "COMMANDLINE"
    ]  # fmt: skip


def refuse_without(context: typer.Context, needs: Mapping[str, tuple[bool, str]]) -> None:
    """Raise BadInput on an option that was given without what it is about, since it would change nothing.

    needs: a parameter's name -> whether what it is about was asked for, and the options that ask for it.
    """
    for option in given_options(context):
        there, what = needs.get(option.name or "", (True, ""))
        if not there:
            raise BadInput(f"{option.opts[0]} was given without {what}.", f"Add that, or leave {option.opts[0]} out.")


def given_beside(context: typer.Context, allowed: Collection[str]) -> str:
    """The first option on the command line, as it is typed, whose parameter's name is not among these; "" for none."""
    return next((option.opts[0] for option in given_options(context) if option.name not in allowed), "")


def settings_of(given: list[str], option: str = "--set") -> dict[str, Any]:
    """`name=value` pairs; a value that is JSON (a number, true, null, a list) is read as such, else it is text."""
    found: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{option} takes name=value, and {pair!r} has no '='.", f"For example: {option} pca=64")
        try:
            found[name] = json_of(value)
        except ValueError:
            found[name] = value
    return found
