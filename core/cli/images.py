"""The commands that take images in and place them: `ingest`, `embed` and `project`. Registered in app.py."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .choices import Device, Feature, Projection
from .console import make_reporter
from .options import (
    AuditOption,
    DeviceOption,
    DownloadOption,
    EncoderOption,
    EncoderRunOption,
    ImageSizeOption,
    LayersOption,
    NewAuditOption,
    PartOfOption,
    PathArgument,
    PlanOption,
    QuietOption,
    named_audit,
    new_audit,
)
from .reading import taking_ingest_options
from .shards.options import (
    EngineOption,
    FolderArgument,
    GpusOption,
    RayAddressOption,
    RetryOption,
    WorkersOption,
    encoder_given,
    refuse_without_folder,
)
from .shards.over import Over


@taking_ingest_options
def ingest(
    path: PathArgument,
    audit: NewAuditOption = None,
    options: Any = None,
    plan: PlanOption = False,
    quiet: QuietOption = False,
) -> None:
    """Open and check every image once; keep sizes, labels, hashes and thumbnails.

    PATH: an ImageFolder (with or without split folders), a CSV or Parquet manifest (path,label[,split,id] and more
    columns), Parquet with image bytes, a Hugging Face imagefolder, .npz or .npy arrays, a .zip or .tar of folders, or
    torchvision:CIFAR10. What was understood is said line by line, with the option that changes it.
    """
    from ..pipeline.ingest import ingest as run
    from ..pipeline.ingest_plan import plan_ingest

    if plan:
        plan_ingest(path, make_reporter(quiet=quiet), options)
        return
    run(path, make_reporter(quiet=quiet), name=new_audit(audit, path), options=options)


def embed(
    context: typer.Context,
    folder: FolderArgument = None,
    audit: AuditOption = None,
    encoder: EncoderOption = "auto",
    image_size: ImageSizeOption = None,
    layers: LayersOption = None,
    feature: Annotated[Feature, typer.Option(help="After the projection, or pooled before it.")] = Feature.projected,
    l2norm: Annotated[bool, typer.Option("--l2norm", help="Scale the last layer's vector to length 1.")] = False,
    part_of: PartOfOption = None,
    batch_size: Annotated[int | None, typer.Option(help="Images at once; by device if left out.")] = None,
    device: DeviceOption = Device.auto,
    download: DownloadOption = False,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    gpus_per_worker: GpusOption = None,
    workers: WorkersOption = None,
    retry: RetryOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compute one vector per image with a pretrained encoder. FOLDER: of the images of these shards (docs/scale.md)."""
    from ..pipeline.embed import embed as run

    reporter = make_reporter(quiet=quiet)
    if folder is not None:
        over = Over(folder, reporter, workers, retry, engine, ray_address, gpus_per_worker)
        over.refuse_beside(context, {"encoder", "image_size", "layers", "feature", "l2norm", "device", "download"})
        over.embed(encoder_given(context, encoder), image_size, layers, feature.value, l2norm, device.value, download)
        return
    refuse_without_folder(context)
    run(
        named_audit(audit, reporter), encoder, reporter, image_size=image_size, feature=feature.value, l2norm=l2norm,
        layers=layers, batch_size=batch_size, device=device.value, download=download, grid=part_of or "",
    )  # fmt: skip


def project(
    audit: AuditOption = None,
    method: Annotated[
        Projection, typer.Option(help="lda tells classes apart, pca needs no labels, umap keeps neighbours together.")
    ] = Projection.lda,
    encoder_run: EncoderRunOption = None,
    seed: Annotated[int, typer.Option(help="Seed of umap.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Place every image on a plane, for the Map.

    lda are the coordinates of the relative Mahalanobis distance itself. umap needs: pip install 'hardlook[umap]'.
    """
    from ..pipeline.project import project as run

    reporter = make_reporter(quiet=quiet)
    run(named_audit(audit, reporter), reporter, method=method.value, encoder_run=encoder_run, seed=seed)
