"""The `hardlook` command: arguments in, one pipeline call, exit code out. Heavy imports stay inside the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from .arguments import (
    AuditOption,
    Classes,
    Control,
    Device,
    DeviceOption,
    DownloadOption,
    EncoderOption,
    Feature,
    IdKey,
    ImageKey,
    Kind,
    LabelKey,
    Labels,
    ModelRunOption,
    Normalise,
    Projection,
    QuietOption,
    RootOption,
    Schedule,
    SplitKey,
    TrainedOnOption,
    Transform,
    TrueLabelKey,
    class_names,
    ingest_options,
    numbers,
    refuse_beside_grid,
    settings_of,
)
from .errors import BadInput, HardlookError
from .listing import make_table, show
from .progress import Reporter, duration, make_reporter
from .proof_commands import prove, report
from .review_commands import export, import_decisions, rerank, reviews
from .store.audit import Audit, find_audit

app = typer.Typer(
    name="hardlook",
    help="Take a hard look at your image dataset. Start with: hardlook demo, or: hardlook audit PATH",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(epilog="Example: hardlook demo --no-browser", rich_help_panel="Start here")
def demo(
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the dashboard; a free one if left out.")] = None,
    no_dashboard: Annotated[bool, typer.Option("--no-dashboard", help="Stop after the audit.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Audit the bundled images (Fashion-MNIST with 8 % planted wrong labels) and open the dashboard."""
    from .pipeline.audit import audit_everything
    from .pipeline.ingest import SAMPLE_NOTE, sample_options, sample_path

    reporter = make_reporter(quiet=quiet)
    made = audit_everything(str(sample_path()), reporter, name="demo", options=sample_options(), note=SAMPLE_NOTE)
    if not no_dashboard:
        _serve(made, "127.0.0.1", port, no_browser)


@app.command("audit", epilog="Example: hardlook audit photos/ --encoder embedded", rich_help_panel="Start here")
def audit_command(
    path: Annotated[str, typer.Argument(help="A folder, manifest, array file or torchvision:NAME.", metavar="PATH")],
    audit: Annotated[
        str | None, typer.Option("--audit", help="Name of the audit; the path's name if left out.")
    ] = None,
    encoder: EncoderOption = "auto",
    no_train: Annotated[bool, typer.Option("--no-train", help="Leave the training out, and what needs it.")] = False,
    model: Annotated[str | None, typer.Option(help="The network to train; chosen by image size if left out.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs; chosen in proportion to the data if left out.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    image_key: ImageKey = None,
    label_key: LabelKey = None,
    true_label_key: TrueLabelKey = None,
    split_key: SplitKey = None,
    id_key: IdKey = None,
    classes: Classes = None,
    root: RootOption = None,
    device: DeviceOption = Device.auto,
    download: DownloadOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do it all: ingest, embed, train, score, evaluate, and say what was found."""
    from .pipeline.audit import audit_everything

    audit_everything(
        path,
        make_reporter(quiet=quiet),
        name=audit,
        options=ingest_options(image_key, label_key, true_label_key, split_key, id_key, classes, root, download),
        encoder=encoder,
        train_network=not no_train,
        model=model,
        epochs=epochs,
        seed=seed,
        device=device.value,
        download=download,
    )


@app.command(epilog="Example: hardlook ingest labels.csv --root /data/photos", rich_help_panel="Steps")
def ingest(
    path: Annotated[str, typer.Argument(help="A folder, manifest, array file or torchvision:NAME.", metavar="PATH")],
    audit: Annotated[
        str | None, typer.Option("--audit", help="Name of the audit; the path's name if left out.")
    ] = None,
    image_key: ImageKey = None,
    label_key: LabelKey = None,
    true_label_key: TrueLabelKey = None,
    split_key: SplitKey = None,
    id_key: IdKey = None,
    classes: Classes = None,
    root: RootOption = None,
    download: DownloadOption = False,
    quiet: QuietOption = False,
) -> None:
    """Open and check every image once; keep sizes, labels, hashes and thumbnails.

    PATH: an ImageFolder (with or without split folders), a CSV or Parquet manifest (path,label[,split,id] and more
    columns), Parquet with image bytes, a Hugging Face imagefolder, .npz or .npy arrays, or torchvision:CIFAR10.
    """
    from .pipeline.ingest import ingest as run

    options = ingest_options(image_key, label_key, true_label_key, split_key, id_key, classes, root, download)
    run(path, make_reporter(quiet=quiet), name=audit, options=options)


@app.command(epilog="Example: hardlook embed --encoder open_clip:ViT-B-32@weights.safetensors", rich_help_panel="Steps")
def embed(
    audit: AuditOption = None,
    encoder: EncoderOption = "auto",
    image_size: Annotated[int | None, typer.Option(help="Pixels a side; the encoder's own if left out.")] = None,
    feature: Annotated[Feature, typer.Option(help="After the projection, or pooled before it.")] = Feature.projected,
    l2norm: Annotated[bool, typer.Option("--l2norm", help="Scale every vector to length 1.")] = False,
    batch_size: Annotated[int | None, typer.Option(help="Images at once; by device if left out.")] = None,
    device: DeviceOption = Device.auto,
    download: DownloadOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compute one vector per image with a pretrained encoder."""
    from .pipeline.embed import embed as run

    reporter = make_reporter(quiet=quiet)
    run(
        _audit(audit, reporter), encoder, reporter, image_size=image_size, feature=feature.value, l2norm=l2norm,
        batch_size=batch_size, device=device.value, download=download,
    )  # fmt: skip


@app.command(epilog="Example: hardlook train --model resnet8 --epochs 20", rich_help_panel="Steps")
def train(
    context: typer.Context,
    audit: AuditOption = None,
    grid: Annotated[
        Path | None,
        typer.Option(
            help="A file of methods to compare: docs/training.md. Takes no other option but --workers and --device.",
            metavar="TOML",
            show_default=False,
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The network; chosen by image size if left out.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs; chosen in proportion to the data if left out.")] = None,
    loss: Annotated[
        str | None,
        typer.Option(help="cross_entropy if left out, difficulty_aware_entropy with --difficulty.", show_default=False),
    ] = None,
    loss_set: Annotated[
        list[str] | None,
        typer.Option(
            "--loss-set", help="A loss's parameter, as name=value; repeatable.", metavar="P=V", show_default=False
        ),
    ] = None,
    difficulty: Annotated[
        str | None,
        typer.Option(
            help="The score that weighs the images, by name or RUN:NAME; rmd if left out.",
            metavar="SCORE",
            show_default=False,
        ),
    ] = None,
    temperature: Annotated[float, typer.Option(help="Of the weights: lower, and fewer images have them.")] = 0.7,
    c: Annotated[float, typer.Option("--c", help="The constant that keeps the weights below 1.")] = 1e-3,
    normalise: Annotated[Normalise, typer.Option(help="How the score is scaled first.")] = Normalise.minmax,
    control: Annotated[
        Control | None,
        typer.Option(help="Weights of other images, or the same on all, to compare with.", show_default=False),
    ] = None,
    labels: Annotated[Labels, typer.Option(help="As given, or after people's reviews.")] = Labels.given,
    hold_out_classes: Annotated[
        str | None,
        typer.Option(
            help="Classes the network is not given, separated by commas.", metavar="NAMES", show_default=False
        ),
    ] = None,
    train_images: Annotated[int | None, typer.Option(help="At most so many, in each class the same share.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images in a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Pixels a side; by the images' size if left out.")] = None,
    schedule: Annotated[Schedule, typer.Option(help="Of the learning rate.")] = Schedule.cosine,
    no_flip: Annotated[
        bool, typer.Option("--no-flip", help="Never mirror an image: where left and right mean something.")
    ] = False,
    checkpoints: Annotated[int, typer.Option(help="Epochs whose weights are kept.")] = 8,
    last_look: Annotated[
        bool, typer.Option("--last-epoch-dynamics", help="Look at every image after the last epoch alone: faster.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of initial weights, order and augmentation.")] = 0,
    seeds: Annotated[int, typer.Option(help="Train this many, from --seed on, side by side.", min=1)] = 1,
    workers: Annotated[
        int | None, typer.Option(help="Processes side by side; one a core or GPU if left out.", min=1)
    ] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Train a network, keeping checkpoints and what it saw of each image after each epoch.

    With --difficulty, harder images are pushed towards less certainty. With --grid FILE, every method of the file with
    every seed: what is done is skipped, and a stopped grid goes on. See docs/training.md.
    """
    from .pipeline.grid import train_grid, train_seeds
    from .pipeline.request import DIFFICULTY_AWARE, DifficultyRequest, TrainRequest
    from .pipeline.train import train as run

    reporter = make_reporter(quiet=quiet or os.environ.get("RANK", "0") != "0")  # of torchrun's processes, one speaks
    if grid is not None:
        refuse_beside_grid(context)
        train_grid(_audit(audit, reporter), grid, reporter, workers=workers, device=device.value)
        return
    weighs = difficulty is not None or control is not None or loss == DIFFICULTY_AWARE
    asked = DifficultyRequest(difficulty or "rmd", temperature, c, normalise.value, control.value if control else "")
    request = TrainRequest(
        model, epochs, batch_size, learning_rate, image_size, seed, device.value, schedule.value, not no_flip,
        checkpoints, "last epoch" if last_look else "every epoch",
        loss or (DIFFICULTY_AWARE if weighs else "cross_entropy"), settings_of(loss_set or [], "--loss-set"),
        asked if weighs else None, labels.value, class_names(hold_out_classes), train_images,
    )  # fmt: skip
    found = _audit(audit, reporter)
    if seeds > 1:
        train_seeds(found, request, seeds, reporter, workers=workers)
    else:
        run(found, reporter, request)


@app.command(epilog="Example: hardlook score rmd --set pca=64", rich_help_panel="Steps")
def score(
    scorer: Annotated[str, typer.Argument(help="A scorer as `hardlook scorers` lists them, or all.", metavar="SCORER")],
    audit: AuditOption = None,
    encoder_run: Annotated[str | None, typer.Option("--encoder-run", help="An embedding's run, by name or id.")] = None,
    model: ModelRunOption = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A scorer's parameter, as name=value; repeatable.", metavar="P=V")
    ] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Give every image a score. Higher is harder, except where `hardlook scorers` says otherwise.

    `hardlook score all` runs every scorer that has what it needs, and says which were left out and why.
    """
    from .pipeline.score_any import ALL, score_all, score_any

    reporter = make_reporter(quiet=quiet)
    if scorer == ALL:
        if settings:
            raise BadInput("--set is for one scorer, and all were asked for.", "Run: hardlook score SCORER --set P=V")
        score_all(
            _audit(audit, reporter), reporter, encoder_run=encoder_run, model_run=model, device=device.value
        )  # fmt: skip
        return
    score_any(
        _audit(audit, reporter), scorer, reporter, encoder_run=encoder_run, model_run=model,
        parameters=settings_of(settings or []), device=device.value,
    )  # fmt: skip


@app.command(epilog="Example: hardlook evaluate --corruptions --model resnet8", rich_help_panel="Steps")
def evaluate(
    audit: AuditOption = None,
    model: ModelRunOption = None,
    every: Annotated[bool, typer.Option("--all", help="Every network of the audit.")] = False,
    grid: Annotated[str | None, typer.Option(help="Every network of that grid.", show_default=False)] = None,
    corruptions: Annotated[
        bool, typer.Option("--corruptions", help="Only this: on images made worse, in 16 ways at 5 severities.")
    ] = False,
    kinds: Annotated[
        str | None, typer.Option(help="Only these corruptions, with commas between.", show_default=False)
    ] = None,
    ood: Annotated[
        str | None,
        typer.Option(
            help="Only this: telling familiar images from those of classes held out of training, or of an audit, "
            "folder or manifest.",
            metavar="held-out|AUDIT|PATH",
            show_default=False,
        ),
    ] = None,
    difficulty_checks: Annotated[
        bool,
        typer.Option("--difficulty-checks", help="Only this: does RMD rise as images and labels are made worse?"),
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option(help="With --grid: write its tables into this file as well.", metavar="FILE", show_default=False),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(help="Images drawn for those three; 500, and 100 for the last, if left out.", show_default=False),
    ] = None,
    encoder_run: Annotated[str | None, typer.Option("--encoder-run", help="An embedding's run, by name or id.")] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Accuracy, calibration and error by difficulty, with intervals, on images the network was not trained on.

    --grid NAME compares a grid's methods over seeds, each with cross-entropy and difficulty with its controls.
    Robustness is asked for by name: --corruptions, --ood and --difficulty-checks (docs/robustness.md).
    """
    from .pipeline.choose_networks import choose_networks
    from .pipeline.evaluate import evaluate as run
    from .pipeline.evaluate import evaluate_networks
    from .pipeline.robustness import Robustness, evaluate_robustness

    if markdown is not None and grid is None:
        raise BadInput("--markdown writes the tables of a grid, and none is named.", "Add --grid NAME.")
    reporter = make_reporter(quiet=quiet)
    found = _audit(audit, reporter)
    wanted = Robustness(
        corruptions, ood, difficulty_checks, kinds=class_names(kinds), images=images, encoder_run=encoder_run,
        device=device.value,
    )  # fmt: skip
    if wanted.needs_networks or every or grid is not None:
        networks = choose_networks(found, model=model, every=every, grid=grid)
    else:
        networks = []
    if wanted.asked:
        evaluate_robustness(found, networks, wanted, reporter)
    elif networks:
        evaluate_networks(found, networks, reporter)
    else:
        run(found, reporter, model_run=model)
    if grid is not None:
        _compare(found, grid, markdown, reporter, quiet)


@app.command(epilog="Example: hardlook project --method pca", rich_help_panel="Steps")
def project(
    audit: AuditOption = None,
    method: Annotated[
        Projection, typer.Option(help="lda tells classes apart, pca needs no labels, umap keeps neighbours together.")
    ] = Projection.lda,
    encoder_run: Annotated[str | None, typer.Option("--encoder-run", help="An embedding's run, by name or id.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of umap.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Place every image on a plane, for the Map.

    lda are the coordinates of the relative Mahalanobis distance itself. umap needs: pip install 'hardlook[umap]'.
    """
    from .pipeline.project import project as run

    reporter = make_reporter(quiet=quiet)
    run(_audit(audit, reporter), reporter, method=method.value, encoder_run=encoder_run, seed=seed)


@app.command(
    "import-predictions",
    epilog="Example: hardlook import-predictions probabilities.csv --name vit --trained-on train",
    rich_help_panel="Your own models",
)
def import_predictions(
    file: Annotated[Path, typer.Argument(help="An .npy, .npz, CSV, TSV or Parquet file.", metavar="FILE")],
    audit: AuditOption = None,
    name: Annotated[str | None, typer.Option(help="What to call the model; the file's name if left out.")] = None,
    kind: Annotated[Kind, typer.Option(help="What the numbers are; auto looks whether rows sum to 1.")] = Kind.auto,
    key: Annotated[str | None, typer.Option(help="Array or list column of the numbers.", show_default=False)] = None,
    id_key: Annotated[str | None, typer.Option(help="Array or column of the images' keys.", show_default=False)] = None,
    by_order: Annotated[bool, typer.Option("--by-order", help="Row i is the audit's image i; use no ids.")] = False,
    trained_on: TrainedOnOption = None,
    quiet: QuietOption = False,
) -> None:
    """Read the predictions of a model that ran elsewhere: one row per image, one column per class.

    Rows find their images by a column of keys, else by order. Columns find their classes by name, else by order.
    `evaluate` and every score of predictions then work on it. What was understood is said; what is wrong is refused.
    """
    from .pipeline.import_predictions import import_predictions as run

    reporter = make_reporter(quiet=quiet)
    run(
        _audit(audit, reporter), file, reporter, name=name, kind=kind.value, key=key or "", id_key=id_key or "",
        by_order=by_order, trained_on=trained_on,
    )  # fmt: skip


@app.command(
    "import-model",
    epilog="Example: hardlook import-model --factory nets:resnet18 --checkpoints 'ckpt/*.pt' --image-size 32 "
    "--mean 0.49,0.48,0.45 --std 0.25,0.24,0.26",
    rich_help_panel="Your own models",
)
def import_model(
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
    quiet: QuietOption = False,
) -> None:
    """Take in a network that you trained: its predictions, and what each checkpoint said of every image.

    The module is imported from the current folder or the environment, and its code runs; a checkpoint's never does.
    `evaluate`, `score vog` and every score of training dynamics then work on it. See docs/own-models.md.
    """
    from .pipeline.import_model import import_model as run

    reporter = make_reporter(quiet=quiet)
    run(
        _audit(audit, reporter), reporter, factory=factory, checkpoints=checkpoints, image_size=image_size,
        mean=numbers(mean, "--mean"), sd=numbers(std, "--std"), transform=transform.value,
        classes=class_names(classes), name=name, trained_on=trained_on, device=device.value,
    )  # fmt: skip


@app.command(epilog="Example: hardlook dashboard --port 8600 --no-browser", rich_help_panel="Start here")
def dashboard(
    audit: AuditOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is this machine alone.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port; a free one from 8501 on if left out.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    allow_host: Annotated[list[str] | None, typer.Option(help="A name it answers to beside localhost.")] = None,
) -> None:
    """Show the audits in a browser."""
    _serve(find_audit(audit), host, port, no_browser, allow_host or [])


@app.command(epilog="Example: hardlook runs --audit demo", rich_help_panel="Look up")
def runs(
    audit: AuditOption = None,
    delete: Annotated[
        str | None,
        typer.Option(help="Delete the run of this id, with its checkpoints.", metavar="RUN_ID", show_default=False),
    ] = None,
) -> None:
    """List an audit's runs: what was computed, from what, when and how long it took. Or delete one.

    A run is not deleted while it, or one that reads it, is being written. What was computed from it stays and is named.
    """
    found = find_audit(audit)
    if delete is not None:
        from .housekeeping import delete_run

        gone = delete_run(found, delete)
        print(f"deleted {gone.run_id}: {gone.bytes / 1e6:.1f} MB are free again")
        for run in gone.dependents:
            print(f"  {run.run_id} was computed from it and stays")
        for run_id in gone.stopped:
            print(f"  {run_id} was stopped and cannot go on without it")
        return
    table = make_table(f"Runs of {found.name}", "run", "kind", "made", "took", "size", "from", "parameters")
    for run in found.runs(current=False):
        sources = ", ".join(f"{role} {value}" for role, value in run.inputs.items())
        made = run.created[:16].replace("T", " ")
        parameters = ", ".join(f"{name}={value}" for name, value in run.parameters.items())
        table.add_row(
            run.run_id, run.kind, made, duration(run.seconds), f"{run.bytes / 1e6:.1f} MB", sources, parameters
        )
    for unfinished in found.unfinished():
        table.add_row(unfinished, unfinished.split("-")[0], "not finished", "", "", "", "its command goes on from here")
    show(table)


@app.command(epilog="Example: hardlook encoders", rich_help_panel="Look up")
def encoders() -> None:
    """List the encoders with their dimension and whether their weights are at hand."""
    from .encoders import list_encoders

    table = make_table("Encoders", "name", "dimension", "image size", "weights", "note")
    for info in list_encoders():
        table.add_row(info.spec, str(info.dimension), str(info.image_size), info.weights, info.note)
    show(table)


@app.command(epilog="Example: hardlook scorers", rich_help_panel="Look up")
def scorers() -> None:
    """List the scorers: what they measure, which way they point, what they need and where they come from."""
    from .scorers.registry import all_scorers, needs_in_words

    directions = {1: "higher is harder", -1: "lower is harder", None: "measured on the data"}
    table = make_table("Scorers", "name", "what it is", "direction", "needs", "source")
    for scorer in all_scorers():
        table.add_row(scorer.name, scorer.summary, directions[scorer.direction], needs_in_words(scorer), scorer.source)
    show(table)


_REVIEW = "Review"
app.command(epilog="Example: hardlook reviews --at 120", rich_help_panel=_REVIEW)(reviews)
app.command(epilog="Example: hardlook rerank", rich_help_panel=_REVIEW)(rerank)
app.command(epilog="Example: hardlook export --format manifest --to corrected.csv", rich_help_panel=_REVIEW)(export)
app.command("import-decisions", epilog="Example: hardlook import-decisions decisions.csv", rich_help_panel=_REVIEW)(
    import_decisions
)
app.command(epilog="Example: hardlook prove --markdown proof.md", rich_help_panel=_REVIEW)(prove)
app.command(epilog="Example: hardlook report --to report.html", rich_help_panel=_REVIEW)(report)


def _audit(name: str | None, reporter: Reporter) -> Audit:
    audit = find_audit(name)
    reporter.say(f"audit {audit.name} ({audit.path})")
    return audit


def _compare(audit: Audit, grid: str, markdown: Path | None, reporter: Reporter, quiet: bool) -> None:
    from .grid_text import as_markdown, show_report
    from .pipeline.compare import compare_grid

    report = compare_grid(audit, grid, reporter)
    if not quiet:
        show_report(report)
    if markdown is not None:
        try:
            markdown.write_text(as_markdown(report, audit.name), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{markdown} cannot be written: {error.strerror}.", "Name another --markdown.") from error
        reporter.say(f"written: {markdown}")


def _serve(audit: Audit, host: str, port: int | None, no_browser: bool, names: Sequence[str] = ()) -> None:
    from .server import serve

    raise typer.Exit(serve(audit.name, host=host, port=port, open_browser=not no_browser, names=names))


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 an error the message explains, 2 wrong usage, 130 stopped."""
    try:
        app()
    except HardlookError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("\nStopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        raise SystemExit(130) from None
