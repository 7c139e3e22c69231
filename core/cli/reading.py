"""How an input is read, as options: written once, and taken by every command that reads one."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Literal

import typer

from ..errors import BadInput
from .choices import LabelReading
from .options import DownloadOption, class_names

RootOption = Annotated[
    list[str] | None,
    typer.Option(
        "--root",
        help="A folder, or the prefix of URLs, that a manifest may point into; torchvision's folder. Repeatable.",
        show_default=False,
    ),
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


def ingest_options(
    image_key: ImageKey = None,
    label_key: LabelKey = None,
    true_label_key: TrueLabelKey = None,
    split_key: SplitKey = None,
    id_key: IdKey = None,
    classes: Classes = None,
    labels_are: LabelsAre = None,
    no_label: NoLabel = None,
    merge_names: MergeNames = False,
    root: RootOption = None,
    layout: LayoutOption = None,
    pixel_range: PixelRange = None,
    download: DownloadOption = False,
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


def taking_ingest_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command as the command line calls it: with the options of `ingest_options` in place of its own `options`.

    Two commands read inputs, and an option that only one of them took would read the same folder in two ways.
    """
    ours, spread = (inspect.signature(one, eval_str=True) for one in (command, ingest_options))

    @wraps(command)
    def run(**given: Any) -> Any:
        reading = {name: given.pop(name) for name in spread.parameters}
        return command(**given, options=ingest_options(**reading))

    parameters: list[inspect.Parameter] = []
    for one in ours.parameters.values():
        parameters += spread.parameters.values() if one.name == "options" else [one]
    run.__signature__ = ours.replace(parameters=parameters)  # type: ignore[attr-defined]
    return run


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
