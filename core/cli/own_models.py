"""The commands for what you have already: `import-predictions`, `-embeddings`, `-scores`, `-model`; see app.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import ColumnOrder, Device, PredictionKind, Transform
from .console import make_reporter
from .options import AuditOption, DeviceOption, QuietOption, TrainedOnOption, class_names, named_audit, numbers
from .shards.options import (
    BeginOption,
    EngineOption,
    FolderArgument,
    GpusOption,
    RayAddressOption,
    RetryOption,
    WorkersOption,
    is_folder_of_shards,
    refuse_without_folder,
)
from .shards.over import Over


def import_predictions(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(help="An .npy, .npz, CSV, TSV or Parquet file, or a FOLDER of shards.", metavar="FILE|FOLDER"),
    ],
    audit: AuditOption = None,
    name: Annotated[str | None, typer.Option(help="What to call the model; the file's name if left out.")] = None,
    kind: Annotated[
        PredictionKind, typer.Option(help="What the numbers are; auto looks, or asks.")
    ] = PredictionKind.auto,
    class_order: Annotated[
        ColumnOrder | None,
        typer.Option(help="In which order the columns are the classes, whatever the labels say.", show_default=False),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(help="The class of each column in order: commas, or a file with one a line.", show_default=False),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Array or list column of the numbers, or columns 'prob_*'.", show_default=False),
    ] = None,
    id_key: Annotated[str | None, typer.Option(help="Array or column of the images' keys.", show_default=False)] = None,
    by_order: Annotated[bool, typer.Option("--by-order", help="Row i is the audit's image i; use no ids.")] = False,
    trained_on: TrainedOnOption = None,
    engine: EngineOption = None,
    workers: WorkersOption = None,
    ray_address: RayAddressOption = None,
    gpus_per_worker: GpusOption = None,
    retry: RetryOption = False,
    begin: BeginOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read the predictions of a model that ran elsewhere: one row per image, one column per class.

    Rows find their images by a column of keys, else by order. Columns find their classes by name, else by order, and
    an order that another agrees with the labels better than is refused. What was understood is said.
    `evaluate` and every score of predictions then work on it.
    FOLDER: the columns are those of the manifest that was divided, and `evaluate FOLDER` works on them.
    """
    from ..pipeline.training.import_predictions import import_predictions as run

    reporter = make_reporter(quiet=quiet)
    if engine is not None or is_folder_of_shards(file):
        over = Over(file, reporter, workers, retry, engine, ray_address, gpus_per_worker)
        over.refuse_beside(context, {"file", "name", "kind", "key", "trained_on"})
        over.import_predictions(name=name, trained_on=trained_on, begin=begin, key=key or "", kind=kind.value)
        return
    refuse_without_folder(context)
    run(
        named_audit(audit, reporter), Path(file), reporter, name=name, kind=kind.value, key=key or "",
        id_key=id_key or "", by_order=by_order, trained_on=trained_on,
        class_order=class_order.value if class_order else "", classes=class_names(classes),
    )  # fmt: skip


def import_embeddings(
    file: Annotated[Path, typer.Argument(help="An .npy, .npz or Parquet file.", metavar="FILE")],
    audit: AuditOption = None,
    name: Annotated[str, typer.Option(help="What to call the embedding; the file's name if left out.")] = "",
    key: Annotated[str, typer.Option(help="Array or list column of the vectors, or columns 'f*'.")] = "",
    id_key: Annotated[str, typer.Option(help="Array or column of the images' keys.")] = "",
    by_order: Annotated[bool, typer.Option("--by-order", help="Row i is the audit's image i; use no ids.")] = False,
    text_features: Annotated[
        Path | None,
        typer.Option(help="Vectors of texts in the same space, such as one a class.", metavar="FILE"),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Read vectors that an encoder made elsewhere: one row of numbers per image, in place of `embed`.

    Rows find their images by a column of keys, else by order, and there must then be as many as images. Every score,
    map and search of vectors then works on them, and zero-shot scores on vectors of the classes' names.
    """
    from ..pipeline.import_embeddings import import_embeddings as run

    reporter = make_reporter(quiet=quiet)
    run(
        named_audit(audit, reporter), file, reporter, name=name, key=key, id_key=id_key, by_order=by_order,
        text_features=text_features,
    )  # fmt: skip


def import_scores(
    file: Annotated[Path, typer.Argument(help="A CSV, TSV or Parquet table, a row an image.", metavar="FILE")],
    audit: AuditOption = None,
    name: Annotated[str, typer.Option(help="What to call the scoring; the file's name if left out.")] = "",
    id_key: Annotated[str, typer.Option(help="Column of the images' keys; id or key if left out.")] = "",
    by_order: Annotated[bool, typer.Option("--by-order", help="Row i is the audit's image i; use no ids.")] = False,
    higher: Annotated[
        list[str] | None, typer.Option("--higher-is-harder", help="A column that is high for hard or suspect images.")
    ] = None,
    lower: Annotated[
        list[str] | None, typer.Option("--lower-is-harder", help="A column that is low for hard or suspect images.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Read scores that another program gave each image, such as the issues of cleanlab's Datalab.

    Each column says which way it points; cleanlab's are known by their names. Values are kept as they are.
    """
    from ..pipeline.scoring.import_scores import import_scores as run

    reporter = make_reporter(quiet=quiet)
    run(
        named_audit(audit, reporter), file, reporter, name=name, id_key=id_key, by_order=by_order, higher=higher or (),
        lower=lower or (),
    )  # fmt: skip


def import_model(
    context: typer.Context,
    factory: Annotated[str, typer.Option(help="The function that builds it.", metavar="MODULE:FUNCTION")],
    checkpoints: Annotated[str, typer.Option(help="Its weights, in order of training; quoted.", metavar="PATTERN")],
    image_size: Annotated[int, typer.Option(help="Pixels a side that it takes.", min=1)],
    mean: Annotated[str, typer.Option(help="Channel means of pixels in 0..1, as it was trained.", metavar="R,G,B")],
    std: Annotated[str, typer.Option(help="Channel standard deviations, likewise.", metavar="R,G,B")],
    audit: AuditOption = None,
    name: Annotated[str | None, typer.Option(help="What to call it; the function's name if left out.")] = None,
    transform: Annotated[
        Transform, typer.Option(help="To a square: stretch the whole image, or crop the centre (224 of 256).")
    ] = Transform.stretch,
    classes: Annotated[
        str | None,
        typer.Option(help="Its outputs in order, where not the audit's: commas, or a file.", show_default=False),
    ] = None,
    trained_on: TrainedOnOption = None,
    device: DeviceOption = Device.auto,
    folder: FolderArgument = None,
    engine: EngineOption = None,
    workers: WorkersOption = None,
    ray_address: RayAddressOption = None,
    gpus_per_worker: GpusOption = None,
    retry: RetryOption = False,
    begin: BeginOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take in a model that you trained: its predictions, and what each checkpoint said of every image.

    The module is imported from the current folder or the environment, and its code runs; a checkpoint's never does.
    `evaluate`, `score vog` and every score of training dynamics then work on it. See docs/own-models.md.
    FOLDER: the last checkpoint predicts the images of these shards; `evaluate FOLDER` and `score FOLDER vog` go on.
    """
    from ..pipeline.training.import_model import import_model as run

    reporter = make_reporter(quiet=quiet)
    if folder is not None:
        over = Over(folder, reporter, workers, retry, engine, ray_address, gpus_per_worker)
        described = ("factory", "checkpoints", "image_size", "mean", "std", "transform", "classes", "device")
        over.refuse_beside(context, {*described, "name", "trained_on"})
        over.import_model(
            name=name, trained_on=trained_on, begin=begin, factory=factory, checkpoints=checkpoints,
            image_size=image_size, mean=numbers(mean, "--mean"), sd=numbers(std, "--std"),
            transform=transform.value, classes=class_names(classes), device=device.value,
        )  # fmt: skip
        return
    refuse_without_folder(context)
    run(
        named_audit(audit, reporter), reporter, factory=factory, checkpoints=checkpoints, image_size=image_size,
        mean=numbers(mean, "--mean"), sd=numbers(std, "--std"), transform=transform.value,
        classes=class_names(classes), name=name, trained_on=trained_on, device=device.value,
    )  # fmt: skip
