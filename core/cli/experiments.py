"""The commands that make experiments on the user's data: `words`, `selftest`, `reproduce`. Registered in app.py."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BadInput
from .choices import Against, Device
from .console import make_reporter
from .options import AuditOption, DeviceOption, EncoderRunOption, QuietOption, named_audit, numbers
from .text.markdown import refuse_taken, write_markdown

if TYPE_CHECKING:
    from ..experiments.papers.section import Paper
    from ..pipeline.evaluation.words import ChosenImages
    from ..progress import Reporter
    from ..store.audit import Audit

SHARE = 10.0


class WhichPaper(StrEnum):
    """What is reproduced."""

    rmd = "rmd"
    vog = "vog"
    further = "further"
    all = "all"


def reproduce(
    paper: Annotated[
        WhichPaper, typer.Argument(help="The paper on RMD, the one on VoG, what goes further than both, or all.")
    ],
    audit: AuditOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A first look: smaller models, fewer methods, seeds and images.")
    ] = False,
    sections: Annotated[
        list[str] | None,
        typer.Option(
            "--section",
            help="Compute only what this one needs, as rmd-groups; repeatable. The report has all.",
            metavar="KEY",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Seeds of each method; 5, or 3 with --quick.", min=2, show_default=False)
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Only say what would be computed and how long it takes.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            help="The report; AUDIT-reproduction.html, with the paper's name, if left out.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write it as Markdown as well.", metavar="FILE", show_default=False)
    ] = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """Repeat the papers' figures and tables on your data, and say which claims hold on it.

    Says first what it computes and how long that takes; what is there is kept, and a stopped one goes on. Ends with one
    report: each claim, the rule stated beforehand, your figure with its interval, and whether it holds. See
    docs/papers.md.
    """
    from ..experiments.papers.registry import wanted_sections
    from ..experiments.papers.section import PAPERS
    from ..pipeline.reproduce.reproduce import plan, refuse_failed, say_plan
    from ..pipeline.reproduce.reproduce import reproduce as run
    from ..pipeline.reproduce.steps import FULL, QUICK, Task

    reporter = make_reporter(quiet=quiet)
    of = named_audit(audit, reporter)
    papers: dict[str, Paper] = {name: name for name in PAPERS}
    chosen = papers.get(paper.value)  # None for all of them
    wanted = wanted_sections(sections or [], chosen)
    names = sorted({name for section in wanted for name in section.steps})
    for section in wanted:
        reporter.say(f"rule of {section.place}, {section.title}: {section.rule}")
    path = to or Path(f"{of.name}-reproduction{f'-{chosen}' if chosen else ''}.html")
    _refuse_files(path, markdown)
    scale = QUICK if quick else FULL
    scale = replace(scale, seeds=seeds or scale.seeds)
    if plan_only:
        say_plan(plan(Task(of, scale, device.value, reporter), names), reporter)
        return
    failed = run(of, names, scale, reporter, device=device.value)
    words = ["reproduce", paper.value, *(["--quick"] if quick else []), *(["--seeds", str(seeds)] if seeds else [])]
    words += [word for key in sections or [] for word in ("--section", key)]
    _write_reproduction(of, chosen, words, path, markdown, reporter, quiet=quiet)
    refuse_failed(failed)


def _write_reproduction(
    audit: Audit, paper: Paper | None, words: list[str], to: Path, markdown: Path | None, reporter: Reporter, *,
    quiet: bool,
) -> None:  # fmt: skip
    """Show the verdicts unless quiet, and write the report and the Markdown. words: of the command that made them."""
    from ..answers.models.papers import assessed
    from ..answers.view.reader import open_reader
    from ..errors import command
    from ..report.reproduction import write_reproduction
    from ..wording import size
    from .text.papers import as_markdown, show_verdicts

    shown = assessed(open_reader(audit), paper)
    if not quiet:
        show_verdicts(shown)
    made = write_reproduction(audit, to, paper)
    if markdown is not None:
        write_markdown(as_markdown(shown, audit.name, str(command(audit.name, *words))), markdown, reporter)
    reporter.say(f"written: {to} ({size(made)})")


def _refuse_files(to: Path, markdown: Path | None) -> None:
    """Raise BadInput where a file that is to be written is somebody else's, or both are one: before hours of work."""
    from ..report.reproduction import refuse_reproduction
    from .text.papers import REPRODUCTION

    refuse_reproduction(to)
    if markdown is not None:
        refuse_taken(markdown, REPRODUCTION)
        if markdown.absolute() == to.absolute():
            raise BadInput(f"--to and --markdown are both {to}.", "Name two files.")


def words(
    audit: AuditOption = None,
    score: Annotated[
        str | None,
        typer.Option(help="The score whose two ends are told; out-of-fold RMD if left out.", show_default=False),
    ] = None,
    share: Annotated[float, typer.Option(help="How many of the images are an end, in per cent.")] = SHARE,
    label: Annotated[str | None, typer.Option(help="The ends of this class alone.", show_default=False)] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="In place of both ends: a selection, as only= and drawn= in a page's address have it.",
            metavar="SELECTION",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        Against, typer.Option(help="Told from the others of their own classes, or from all others.")
    ] = Against.own_class,
    word_list: Annotated[
        Path | None,
        typer.Option("--words", help="A file with a word a line, in place of Hardlook's list.", show_default=False),
    ] = None,
    encoder_run: EncoderRunOption = None,
    device: DeviceOption = Device.auto,
    quiet: QuietOption = False,
) -> None:
    """What the hardest and the easiest images are, in words: those that tell them from the other images.

    Words need an encoder that reads text; without one the nearest classes are named. What the columns say, as size or
    whatever came with the images, is told beside it. What a selection by chance could have as well is not said.
    """
    from ..pipeline.evaluation.words import tell_in_words
    from .text.words import show_told

    if only is not None and (score is not None or label is not None or share != SHARE):
        raise BadInput("--only is a selection, and --score, --share and --label choose another.", "Leave one out.")
    reporter = make_reporter(quiet=quiet)
    of = named_audit(audit, reporter)
    chosen = None if only is None else chosen_by(of, only)
    done = tell_in_words(
        of, reporter, score=score, share=share, label=label, chosen=chosen, against=against.value, word_list=word_list,
        encoder_run=encoder_run, device=device.value,
    )  # fmt: skip
    if not quiet:
        show_told(of, done.run)


def chosen_by(audit: Audit, only: str) -> ChosenImages:
    """The images of a selection that an address has. Raises BadInput where it names none."""
    from ..answers.selections import subset_ids
    from ..answers.view.reader import open_reader
    from ..pipeline.evaluation.words import ChosenImages

    return ChosenImages(only, subset_ids(open_reader(audit), only))


def selftest(
    audit: AuditOption = None,
    encoder_run: EncoderRunOption = None,
    rates: Annotated[
        str, typer.Option(help="Per cent of the labels that are planted wrong, with commas between.", metavar="RATES")
    ] = "5,10,20",
    seeds: Annotated[int, typer.Option(help="Draws of each kind and rate.", min=1)] = 3,
    images: Annotated[
        int, typer.Option(help="At most so many take part, drawn at random: memory and time grow with them.", min=20)
    ] = 5000,
    markdown: Annotated[
        Path | None, typer.Option(help="Write every table into this file as well.", metavar="FILE", show_default=False)
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Plant wrong labels on a copy of the labels, and say which score finds them on this data and embedding.

    Symmetric, pair and instance-dependent noise; every score of labels that an embedding allows. Nothing of the
    audit's labels is changed. Planted noise is not people's: see docs/self-test.md.
    """
    from ..pipeline.self_test.self_test import self_test
    from .text.self_test import SELF_TEST, as_markdown, show_self_test, stored

    if markdown is not None:
        refuse_taken(markdown, SELF_TEST)
    reporter = make_reporter(quiet=quiet)
    found = named_audit(audit, reporter)
    planted = numbers(rates, "--rates")
    done = self_test(found, reporter, encoder_run=encoder_run, rates=planted, draws=seeds, images=images)
    tested = stored(found, done.run)
    if not quiet:
        show_self_test(tested)
    if markdown is not None:
        write_markdown(as_markdown(tested, found.name), markdown, reporter)
