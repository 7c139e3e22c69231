"""The commands that evaluate: `score` each image, `evaluate` a model. Registered in app.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BadInput, command
from ..progress import Reporter
from .choices import Device
from .console import make_reporter
from .options import (
    AuditOption,
    DeviceOption,
    EncoderRunOption,
    ModelRunOption,
    QuietOption,
    class_names,
    named_audit,
    settings_of,
)
from .shell.names import scorer_names
from .text.markdown import refuse_taken, write_markdown

if TYPE_CHECKING:
    from ..store.audit import Audit

DUPLICATES = "duplicates"
"""The scorer whose groups the command names one by one."""


def score(
    scorers: Annotated[
        list[str],
        typer.Argument(
            help="Scorers as `hardlook scorers` lists them, or all.", metavar="SCORER", autocompletion=scorer_names
        ),
    ],
    audit: AuditOption = None,
    encoder_run: EncoderRunOption = None,
    model: ModelRunOption = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A scorer's parameter, as name=value; repeatable.", metavar="P=V")
    ] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Give every image a score. Higher is harder, except where `hardlook scorers` says otherwise.

    Several scorers run one after the other; one that lacks something does not keep the others from running.
    `hardlook score all` runs every scorer that has what it needs, and says which were left out and why.
    """
    from ..pipeline.scoring.score_any import ALL, score_all, score_any, score_several

    reporter = make_reporter(quiet=quiet)
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
            help="Only this: telling in-distribution images from those of classes held out of training, or of an "
            "audit, folder or manifest.",
            metavar="held-out|AUDIT|PATH",
            show_default=False,
        ),
    ] = None,
    difficulty_checks: Annotated[
        bool,
        typer.Option(
            "--difficulty-checks", help="Only this: does RMD rise as images are corrupted and labels altered?"
        ),
    ] = False,
    without_scores: Annotated[
        bool, typer.Option("--without-scores", help="The model alone, as those of a grid are evaluated.")
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option(help="With --grid: write its tables into this file as well.", metavar="FILE", show_default=False),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(help="Images drawn for those three; 500, and 100 for the last, if left out.", show_default=False),
    ] = None,
    encoder_run: EncoderRunOption = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Accuracy, calibration and error by difficulty, with intervals, on images the model was not trained on.

    --grid NAME compares a grid's methods over seeds, each with cross-entropy and difficulty with its controls.
    Robustness is asked for by name: --corruptions, --ood and --difficulty-checks (docs/robustness.md).
    """
    from ..pipeline.evaluation.choose_models import choose_models
    from ..pipeline.evaluation.evaluate import evaluate as run
    from ..pipeline.evaluation.evaluate import evaluate_models
    from ..pipeline.evaluation.robustness import Robustness, evaluate_robustness
    from .text.evaluation import show_evaluations
    from .text.grid import GRID

    if markdown is not None and grid is None:
        raise BadInput("--markdown writes the tables of a grid, and none is named.", "Add --grid NAME.")
    if markdown is not None:
        refuse_taken(markdown, GRID)
    reporter = make_reporter(quiet=quiet)
    found = named_audit(audit, reporter)
    wanted = Robustness(
        corruptions, ood, difficulty_checks, kinds=class_names(kinds), images=images, encoder_run=encoder_run,
        device=device.value,
    )  # fmt: skip
    if wanted.needs_networks or every or grid is not None:
        networks = choose_models(found, model=model, every=every, grid=grid)
    else:
        networks = []
    if wanted.asked:
        done = evaluate_robustness(found, networks, wanted, reporter)
    elif networks:
        done = evaluate_models(found, networks, reporter)
    else:
        done = [run(found, reporter, model_run=model, every_score=not without_scores)]
    if not quiet:
        show_evaluations(found, [one.run for one in done])
    if grid is not None:
        _compare(found, grid, markdown, reporter, quiet)


def _compare(audit: Audit, grid: str, markdown: Path | None, reporter: Reporter, quiet: bool) -> None:
    from ..pipeline.evaluation.compare import compare_grid
    from .text.grid import as_markdown, show_report

    report = compare_grid(audit, grid, reporter)
    if not quiet:
        show_report(report)
    if markdown is not None:
        write_markdown(as_markdown(report, audit.name), markdown, reporter)
