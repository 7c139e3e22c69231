"""The command line's options, each said once, and what is read out of their texts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import BadInput, HardlookError
from ..progress import Reporter

if TYPE_CHECKING:
    from ..store.audit import Audit

PartOfOption = Annotated[
    str | None,
    typer.Option(
        "--part-of", help="The grid it is a part of: nothing takes it by default.", metavar="GRID", show_default=False
    ),
]
GRID_OPTIONS = {"grid", "audit", "workers", "device", "quiet"}


class Device(StrEnum):
    """Where models run."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Schedule(StrEnum):
    """How the learning rate falls: a cosine to 0, or a factor of ten twice."""

    cosine = "cosine"
    steps = "steps"


class Normalise(StrEnum):
    """How a difficulty is scaled before it weighs images."""

    minmax = "minmax"
    rank = "rank"
    raw = "raw"


class Control(StrEnum):
    """What takes the place of difficulty weights, to tell what they are worth."""

    permuted = "permuted"
    equal = "equal"


class Labels(StrEnum):
    """Which labels a model is trained on, or an export holds."""

    given = "given"
    reviewed = "reviewed"


class Projection(StrEnum):
    """How vectors come down to a plane."""

    lda = "lda"
    pca = "pca"
    umap = "umap"


class Feature(StrEnum):
    """Which of an encoder's outputs is kept."""

    projected = "projected"
    pooled = "pooled"


class PredictionKind(StrEnum):
    """What a file of predictions holds."""

    auto = "auto"
    probabilities = "probabilities"
    logits = "logits"
    percent = "percent"
    sigmoid = "sigmoid"
    top_k = "top-k"


class TrainedLabels(StrEnum):
    """Which labels a network is trained on; the last two are the controls of `hardlook prove`."""

    given = "given"
    reviewed = "reviewed"
    removals = "random removals"
    changes = "random changes"


class ColumnOrder(StrEnum):
    """In which order the columns of a file of predictions are the classes."""

    audit = "audit"
    header = "header"
    text = "text"
    natural = "natural"
    case = "case"
    appearance = "appearance"


class LabelReading(StrEnum):
    """What labels are: names of classes, or positions of them, counted from 0 or from 1."""

    names = "names"
    positions = "positions"
    positions_from_1 = "positions-from-1"


class Transform(StrEnum):
    """How an image becomes a square."""

    stretch = "stretch"
    crop = "crop"


PathArgument = Annotated[
    str, typer.Argument(help="A folder, manifest, array file or torchvision:NAME.", metavar="PATH")
]
AuditOption = Annotated[
    str | None, typer.Option("--audit", help="Which audit; the only one or the newest if left out.", show_default=False)
]
NewAuditOption = Annotated[str | None, typer.Option("--audit", help="Name of the audit; the path's name if left out.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only warnings and errors.")]
DeviceOption = Annotated[Device, typer.Option(help="Where models run; auto takes a GPU if there is one.")]
EncoderOption = Annotated[
    str, typer.Option("--encoder", "-e", help="An encoder as `hardlook encoders` lists them.", metavar="NAME")
]
DownloadOption = Annotated[bool, typer.Option("--download", help="Allow weights or data to be fetched.")]
EncoderRunOption = Annotated[str | None, typer.Option("--encoder-run", help="An embedding's run, by name or id.")]
ModelRunOption = Annotated[
    str | None, typer.Option("--model", help="A model's run, by name or id.", show_default=False)
]
TrainedOnOption = Annotated[
    str | None,
    typer.Option(help="The split it was trained on, or all, or none; train if left out.", show_default=False),
]
RootOption = Annotated[
    list[str] | None,
    typer.Option("--root", help="A folder a manifest may point into; torchvision's. Repeatable.", show_default=False),
]
ImageKey = Annotated[str | None, typer.Option(help="Column or array of the images.", show_default=False)]
LabelKey = Annotated[str | None, typer.Option(help="Column or array of the given labels.", show_default=False)]
TrueLabelKey = Annotated[
    str | None,
    typer.Option(help="Column or array of true labels, read only to evaluate the scores.", show_default=False),
]
SplitKey = Annotated[str | None, typer.Option(help="Column of the splits.", show_default=False)]
IdKey = Annotated[str | None, typer.Option(help="Column of your own ids.", show_default=False)]
Classes = Annotated[
    str | None,
    typer.Option(
        help="Class names in label order: separated by commas, or a file with one a line.", show_default=False
    ),
]
PixelRange = Annotated[
    str | None,
    typer.Option(
        help="The stored values shown black and white; each: every image by the usual range that holds it. "
        "Decided over the whole data set if left out.",
        metavar="LOW,HIGH|each", show_default=False,
    ),
]  # fmt: skip


LayoutOption = Annotated[
    str | None,
    typer.Option(
        "--layout",
        help="What the folders are, from the top: split/class, class/split, */class, flat …; found out if left out.",
        show_default=False,
        metavar="LAYOUT",
    ),
]
PlanOption = Annotated[
    bool, typer.Option("--plan", help="Say how PATH would be read, open no image, write nothing, and stop.")
]

LabelsAre = Annotated[
    LabelReading | None,
    typer.Option("--labels-are", help="What labels are that could be either.", show_default=False),
]
NoLabel = Annotated[
    list[str] | None,
    typer.Option(
        "--no-label",
        help="A label that means none, such as -1 or unknown; '' for no other than blanks. Repeatable.",
        show_default=False,
    ),
]
MergeNames = Annotated[
    bool,
    typer.Option("--merge-names", help="Make one class of names that differ in blanks, case or Unicode form only."),
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
        finally:
            _at_hand.reset(before)

    return run


def chosen_audit(name: str | None) -> Audit:
    """The audit that a command's --audit means. Raises AuditNotFound."""
    from ..store.audit import find_audit  # DuckDB and NumPy: a third of the time that --help takes

    audit = find_audit(name)
    _at_hand.set(audit.name)
    return audit


def new_audit(name: str | None, source: str) -> str | None:
    """The name that an audit of a source is asked to have, None to be named after it; errors name it either way."""
    from ..pipeline.ingest import default_name

    _at_hand.set(name or default_name(source))
    return name


def named_audit(name: str | None, reporter: Reporter) -> Audit:
    """The audit that --audit means, which is said, because the option may be left out. Raises AuditNotFound."""
    audit = chosen_audit(name)
    reporter.say(f"audit {audit.name} ({audit.path})")
    return audit


def ingest_options(
    image_key: str | None,
    label_key: str | None,
    true_label_key: str | None,
    split_key: str | None,
    id_key: str | None,
    classes: str | None,
    root: list[str] | None,
    download: bool,
    layout: str | None = None,
    labels_are: LabelReading | None = None,
    no_label: list[str] | None = None,
    merge_names: bool = False,
    pixel_range: str | None = None,
) -> Any:
    """The `IngestOptions` of a command's options; an option left out means the usual names of the format."""
    from ..dataset import IngestOptions

    folders = tuple(root or ())
    return IngestOptions(
        image_key=image_key or "", label_key=label_key or "", true_label_key=true_label_key or "",
        split_key=split_key or "", id_key=id_key or "", classes=class_names(classes), roots=folders,
        root=folders[0] if folders else "data", download=download, layout=layout or "",
        labels_are=labels_are.value if labels_are else "", no_label=tuple(no_label or ()), merge_names=merge_names,
        pixel_range=pixel_range_of(pixel_range),
    )  # fmt: skip


def pixel_range_of(given: str | None) -> tuple[float, float] | Literal["each"] | None:
    """What `--pixel-range` says. Raises BadInput unless it is two rising numbers or "each"."""
    if given is None or given == "each":
        return given  # type: ignore[return-value]
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(high - low) and low < high):
        raise BadInput(
            f"--pixel-range is {given!r}.", "Give the value of black and the higher one of white: --pixel-range 0,4095"
        )
    return low, high


def class_names(given: str | None) -> tuple[str, ...]:
    """Class names from a text: separated by commas, a JSON list of them, or the lines of the file of that name."""
    if given is None:
        return ()
    if given.startswith("["):
        try:
            listed = json.loads(given)
        except json.JSONDecodeError:
            listed = None  # a class whose name begins so, among others
        if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
            return tuple(listed)
    if Path(given).is_file():
        return tuple(line for line in Path(given).read_text(encoding="utf-8-sig").splitlines() if line.strip())
    return tuple(name.strip() for name in given.split(",") if name.strip())


def numbers(given: str, option: str) -> tuple[float, ...]:
    """Numbers separated by commas. option: its name, for the error."""
    try:
        return tuple(float(part) for part in given.split(","))
    except ValueError as error:
        raise BadInput(f"{option} is {given!r}.", f"Give numbers with commas between: {option} 0.5,0.5,0.5") from error


def refuse_beside_grid(context: typer.Context) -> None:
    """Raise BadInput if the command `train` was given an option that its grid file says instead."""
    given = [
        option.opts[0] for option in context.command.params
        if option.name not in GRID_OPTIONS
        and getattr(context.get_parameter_source(option.name or ""), "name", "") == "COMMANDLINE"
    ]  # fmt: skip
    if given:
        raise BadInput(
            f"{given[0]} was given beside --grid, whose file says it for each method.", "Write it into the file."
        )


def settings_of(given: list[str], option: str = "--set") -> dict[str, Any]:
    """`name=value` pairs; a value that is JSON (a number, true, null, a list) is read as such, else it is text."""
    found: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{option} takes name=value, and {pair!r} has no '='.", f"For example: {option} pca=64")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found
