"""The commands to start with: `demo`, `audit` and `dashboard`. Registered in app.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .choices import Device
from .console import make_reporter
from .options import (
    AuditOption,
    DeviceOption,
    EncoderOption,
    ImageSizeOption,
    LayersOption,
    NewAuditOption,
    PathArgument,
    PlanOption,
    QuietOption,
    chosen_audit,
    new_audit,
    refuse_without,
)
from .reading import taking_ingest_options
from .shards.options import (
    EngineOption,
    GpusOption,
    RayAddressOption,
    RetryOption,
    WorkersOption,
    encoder_given,
    is_folder_of_shards,
    refuse_without_folder,
)
from .shards.over import Over

if TYPE_CHECKING:
    from ..store.audit import Audit


def demo(
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the dashboard; a free one if left out.")] = None,
    no_dashboard: Annotated[bool, typer.Option("--no-dashboard", help="Stop after the audit.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Audit the bundled images (Fashion-MNIST with 8 % planted wrong labels) and open the dashboard."""
    from ..answers.overview.summary import summary
    from ..encoders.usual import MIDDLES, REDUCED
    from ..pipeline.audit import audit_everything
    from ..pipeline.ingest import SAMPLE_NOTE, sample_options, sample_path

    reporter = make_reporter(quiet=quiet)
    made = audit_everything(
        str(sample_path()), reporter, name=new_audit("demo", ""), options=sample_options(), note=SAMPLE_NOTE,
        summary=summary, image_size=REDUCED, layers=MIDDLES,  # who tries it should not wait for the last percent
    )  # fmt: skip
    if not no_dashboard:
        _serve(made, "127.0.0.1", port, no_browser)


@taking_ingest_options
def audit_command(
    context: typer.Context,
    path: PathArgument,
    audit: NewAuditOption = None,
    encoder: EncoderOption = "auto",
    image_size: ImageSizeOption = None,
    layers: LayersOption = None,
    no_train: Annotated[bool, typer.Option("--no-train", help="Leave the training out, and what needs it.")] = False,
    model: Annotated[str | None, typer.Option(help="The model to train; chosen by image size if left out.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs; chosen in proportion to the data if left out.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    options: Any = None,
    plan: PlanOption = False,
    device: DeviceOption = Device.auto,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    gpus_per_worker: GpusOption = None,
    workers: WorkersOption = None,
    retry: RetryOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do it all: ingest, embed, train, score, evaluate, and say what was found.

    PATH may be a folder that `hardlook shard` made: its images are opened, embedded and scored, by processes side by
    side, and nothing is trained (docs/scale.md).
    """
    from ..answers.overview.summary import summary
    from ..pipeline.audit import audit_everything
    from ..pipeline.ingest_plan import plan_ingest

    reporter = make_reporter(quiet=quiet)
    if engine is not None or is_folder_of_shards(path):
        over = Over(path, reporter, workers, retry, engine, ray_address, gpus_per_worker)
        over.refuse_beside(context, {"path", "encoder", "image_size", "layers", "device", "download"})
        given = encoder_given(context, encoder)
        over.everything(given, image_size, layers, device.value, options.download)
        return
    refuse_without_folder(context)
    refuse_without(
        context, dict.fromkeys(("model", "epochs"), (not no_train, "a training, which --no-train leaves out"))
    )
    if plan:
        plan_ingest(path, reporter, options)
        return
    audit_everything(
        path,
        reporter,
        name=new_audit(audit, path),
        options=options,
        encoder=encoder,
        image_size=image_size,
        layers=layers,
        train_network=not no_train,
        model=model,
        epochs=epochs,
        seed=seed,
        device=device.value,
        download=options.download,
        summary=summary,
    )


def dashboard(
    audit: AuditOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is this machine alone.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port; a free one from 8501 on if left out.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    allow_host: Annotated[list[str] | None, typer.Option(help="A name it answers to beside localhost.")] = None,
) -> None:
    """Show the audits in a browser."""
    _serve(chosen_audit(audit), host, port, no_browser, allow_host or [])


def _serve(audit: Audit, host: str, port: int | None, no_browser: bool, names: Sequence[str] = ()) -> None:
    from .serve import serve

    raise typer.Exit(serve(audit.name, host=host, port=port, open_browser=not no_browser, names=names))
