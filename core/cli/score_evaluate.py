"""The commands that evaluate: `score` each image, `evaluate` a model. Registered in app.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BadInput, command
from ..progress import Reporter
from .choices import Device, VogCheck
from .console import make_reporter
from .options import (
    AuditOption,
    DeviceOption,
    EncoderRunOption,
    ModelRunOption,
    QuietOption,
    class_names,
    named_audit,
    refuse_without,
    settings_of,
)
from .shards.options import (
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
from .shell.names import scorer_names
from .text.markdown import refuse_taken, write_markdown

if TYPE_CHECKING:
    from ..pipeline.steps import Done
    from ..store.audit import Audit

DUPLICATES = "duplicates"
"""The scorer whose groups the command names one by one."""


def score(
    context: typer.Context,
    scorers: Annotated[
        list[str],
        typer.Argument(
            help="Scorers as `hardlook scorers` lists them, or all; after a FOLDER of shards, if there is one.",
            metavar="[FOLDER] SCORER",
            autocompletion=scorer_names,
        ),
    ],
    audit: AuditOption = None,
    encoder_run: EncoderRunOption = None,
    model: ModelRunOption = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A scorer's parameter, as name=value; repeatable.", metavar="P=V")
    ] = None,
    device: DeviceOption = Device.auto,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    gpus_per_worker: GpusOption = None,
    workers: WorkersOption = None,
    retry: RetryOption = False,
    quiet: QuietOption = False,
) -> None:
    """Give every image a score. Higher is harder, except where `hardlook scorers` says otherwise.

    Several scorers run one after the other; one that lacks something does not keep the others from running.
    `hardlook score all` runs every scorer that has what it needs, and says which were left out and why.
    FOLDER: of the images of these shards, every score that can be made of them if none is named (docs/scale.md).
    """
    from ..pipeline.scoring.score import refuse_unread
    from ..pipeline.scoring.score_any import ALL, score_all, score_any, score_several
    from ..scorers.registry import get_scorer

    reporter = make_reporter(quiet=quiet)
    if engine is not None or is_folder_of_shards(scorers[0]):
        over = Over(scorers[0], reporter, workers, retry, engine, ray_address, gpus_per_worker)
        over.refuse_beside(context, {"scorers", "encoder_run", "model"})
        over.score(scorers[1:], encoder_run, model)
        return
    refuse_without_folder(context)
    if ALL in scorers and len(scorers) > 1:
        raise BadInput("all is every scorer, and others were named beside it.", "Leave one of them out.")
    if settings and (len(scorers) > 1 or ALL in scorers):
        asked = "all" if ALL in scorers else f"{len(scorers)}"
        raise BadInput(
            f"--set is for one scorer, and {asked} were asked for.", "Run",
            command(None, "score", "SCORER", "--set", "P=V"),
        )  # fmt: skip
    of = named_audit(audit, reporter)
    if ALL in scorers:
        left_out = score_all(of, reporter, encoder_run=encoder_run, model_run=model, device=device.value)
        if DUPLICATES not in left_out:
            say_duplicates(of, reporter)
    elif len(scorers) > 1:
        score_several(of, scorers, reporter, encoder_run=encoder_run, model_run=model, device=device.value)
        if DUPLICATES in scorers:
            say_duplicates(of, reporter)
    else:
        refuse_unread(get_scorer(scorers[0]), encoder_run, model)
        done = score_any(
            of, scorers[0], reporter, encoder_run=encoder_run, model_run=model, parameters=settings_of(settings or []),
            device=device.value,
        )  # fmt: skip
        if scorers == [DUPLICATES]:
            say_duplicates(of, reporter, done.run_id)


def say_duplicates(audit: Audit, reporter: Reporter, run_id: str | None = None) -> None:
    """Name the images that are there more than once, as a run (None: the newest) has them."""
    from ..answers.labels.duplicates import duplicate_lines, duplicate_summary
    from ..answers.view.reader import open_reader

    reader = open_reader(audit)
    groups = duplicate_summary(reader, run_id=run_id)
    for line in duplicate_lines(reader, groups) if groups else ():
        reporter.say(line)


def evaluate(
    context: typer.Context,
    folder: FolderArgument = None,
    audit: AuditOption = None,
    model: ModelRunOption = None,
    every: Annotated[bool, typer.Option("--all", help="Every model of the audit.")] = False,
    grid: Annotated[str | None, typer.Option(help="Every model of that grid.", show_default=False)] = None,
    corruptions: Annotated[
        bool, typer.Option("--corruptions", help="Only this: on corrupted images, in 16 ways at 5 severities.")
    ] = False,
    kinds: Annotated[
        str | None, typer.Option(help="Only these corruptions, with commas between.", show_default=False)
    ] = None,
    ood: Annotated[
        str | None,
        typer.Option(
            help="Only this: telling in-distribution images from those of classes held out of training, from the "
            "audit's own corrupted at severity 5, from noise, or from those of an audit, folder or manifest.",
            metavar="held-out|corruptions|gaussian-noise|AUDIT|PATH",
            show_default=False,
        ),
    ] = None,
    odin_eps: Annotated[
        float | None,
        typer.Option(help="With --ood: ODIN's step, of pixels from 0 to 1; 0.0014 if left out.", show_default=False),
    ] = None,
    difficulty_checks: Annotated[
        bool,
        typer.Option(
            "--difficulty-checks", help="Only this: does RMD rise as images are corrupted and labels altered?"
        ),
    ] = False,
    vog_checks: Annotated[
        VogCheck | None,
        typer.Option(
            help="Only this: does VoG tell memorised labels, come out the same from other seeds and checkpoints, and "
            "rise at the boundary of a toy?",
            show_default=False,
        ),
    ] = None,
    without_scores: Annotated[
        bool, typer.Option("--without-scores", help="The model alone, as those of a grid are evaluated.")
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option(help="With --grid: write its tables into this file as well.", metavar="FILE", show_default=False),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(
            help="Images drawn at most for those; each has its own number if left out.", min=1, show_default=False
        ),
    ] = None,
    encoder_run: EncoderRunOption = None,
    device: DeviceOption = Device.auto,
    engine: EngineOption = None,
    workers: WorkersOption = None,
    ray_address: RayAddressOption = None,
    gpus_per_worker: GpusOption = None,
    retry: RetryOption = False,
    quiet: QuietOption = False,
) -> None:
    """Accuracy, calibration and error by difficulty, with intervals, on images the model was not trained on.

    --grid NAME compares a grid's methods over seeds, each with cross-entropy and difficulty with its controls.
    Robustness is asked for by name: --corruptions, --ood and --difficulty-checks (docs/robustness.md). So are the
    experiments on the variance of gradients: --vog-checks (docs/methods.md, section 4), which trains a model.
    FOLDER: of a model that `import-model FOLDER` or `import-predictions FOLDER` took in (docs/scale.md).
    """
    if folder is not None:
        over = Over(folder, make_reporter(quiet=quiet), workers, retry, engine, ray_address, gpus_per_worker)
        over.refuse_beside(context, {"model"})
        over.evaluate(model, quiet=quiet)
        return
    refuse_without_folder(context)
    from ..kinds.evaluate import CORRUPTIONS, HELD_OUT
    from ..pipeline.evaluation.choose_models import choose_models
    from ..pipeline.evaluation.evaluate import evaluate as run
    from ..pipeline.evaluation.evaluate import evaluate_models
    from .text.evaluation import show_evaluations
    from .text.grid import GRID

    if markdown is not None and grid is None:
        raise BadInput("--markdown writes the tables of a grid, and none is named.", "Add --grid NAME.")
    others = corruptions or difficulty_checks or vog_checks is not None or ood is not None
    refuse_without(context, {
        "odin_eps": (ood is not None, "--ood"),
        "encoder_run": (difficulty_checks or ood is not None, "--ood or --difficulty-checks"),
        "kinds": (corruptions or difficulty_checks or ood == CORRUPTIONS,
                  "--corruptions, --ood corruptions or --difficulty-checks"),
        "images": (corruptions or difficulty_checks or vog_checks not in (None, VogCheck.toy)
                   or ood not in (None, HELD_OUT),
                   "what draws some: --corruptions, --ood but held-out, --difficulty-checks or --vog-checks"),
        "without_scores": (not (others or every or grid is not None), "one model's own evaluation"),
    })  # fmt: skip
    if markdown is not None:
        refuse_taken(markdown, GRID)
    reporter = make_reporter(quiet=quiet)
    found = named_audit(audit, reporter)
    of_models = corruptions or ood is not None  # and not of an embedding alone, as difficulty checks are
    if vog_checks is not None:
        _refuse_beside_checks(of_models or difficulty_checks or every or grid is not None)
        done = _checks_of_vog(found, reporter, vog_checks, model, images, device)
        if not quiet:
            show_evaluations(found, [one.run for one in done])
        return
    if of_models or every or grid is not None:
        networks = choose_models(found, model=model, every=every, grid=grid)
    else:
        networks = []
    if of_models or difficulty_checks:
        from ..pipeline.evaluation.robustness import Robustness, evaluate_robustness

        wanted = Robustness(
            corruptions, ood, difficulty_checks, kinds=class_names(kinds), images=images, encoder_run=encoder_run,
            odin_eps=odin_eps, device=device.value,
        )  # fmt: skip
        done = evaluate_robustness(found, networks, wanted, reporter)
    elif networks:
        done = evaluate_models(found, networks, reporter)
    else:
        done = [run(found, reporter, model_run=model, every_score=not without_scores)]
    if not quiet:
        show_evaluations(found, [one.run for one in done])
    if grid is not None:
        _compare(found, grid, markdown, reporter, quiet)


def _refuse_beside_checks(others: bool) -> None:
    if others:
        raise BadInput(
            "--vog-checks is of one model and its seeds, and another evaluation was asked for beside it.",
            "Ask for one after the other",
            command(None, "evaluate", "--vog-checks", "all"),
        )


def _checks_of_vog(
    audit: Audit, reporter: Reporter, which: VogCheck, model: str | None, images: int | None, device: Device
) -> list[Done]:
    from ..pipeline.evaluation.vog_checks.checks import vog_checks

    return vog_checks(audit, reporter, which.value, model_run=model, images=images, device=device.value)


def _compare(audit: Audit, grid: str, markdown: Path | None, reporter: Reporter, quiet: bool) -> None:
    from ..pipeline.evaluation.compare import compare_grid
    from .text.grid import as_markdown, show_report

    report = compare_grid(audit, grid, reporter)
    if not quiet:
        show_report(report)
    if markdown is not None:
        write_markdown(as_markdown(report, audit.name), markdown, reporter)
