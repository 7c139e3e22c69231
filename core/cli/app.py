"""The `hardlook` command: which commands there are, and what an error or a stop becomes.

Each command is a function of a module beside this one: arguments in, one pipeline call. Heavy imports stay
inside them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ..errors import HardlookError
from ..files.space import needing_space_somewhere
from ..mcp.command import mcp
from ..processes.stops import stop_pressed, stops_remembered
from .diff import diff
from .doctor.command import doctor
from .experiments import reproduce, selftest, words
from .failures import refused_by_system
from .formats import ExportCommand
from .images import embed, ingest, project
from .lookup import encoders, runs, scorers
from .options import naming_its_audit
from .own_models import import_embeddings, import_model, import_predictions, import_scores
from .proof import prove, report
from .review import export, import_decisions, rerank, reviews
from .score_evaluate import evaluate, score
from .shards.command import lens, shard, worker
from .shell.completion import completion
from .shell.help import LiteralCommand
from .shell.manual import man
from .start import audit_command, dashboard, demo
from .train import train

PANELS: dict[str, dict[Callable[..., Any], str]] = {
    "Start here": {
        demo: "demo --no-browser",
        audit_command: "audit photos/ --encoder embedded",
        dashboard: "dashboard --port 8600 --no-browser",
    },
    "Steps": {
        ingest: "ingest labels.csv --root /data/photos",
        embed: "embed --encoder open_clip:ViT-B-32@weights.safetensors",
        train: "train --model resnet8 --epochs 20",
        score: "score rmd --set pca=64",
        evaluate: "evaluate --corruptions --model resnet8",
        words: "words --score suspicion --label cat",
        selftest: "selftest --rates 5,20",
        project: "project --method pca",
        reproduce: "reproduce all --quick",
    },
    "Your own models": {
        import_predictions: "import-predictions probabilities.csv --name vit --trained-on train",
        import_embeddings: "import-embeddings features.npy --name dino",
        import_scores: "import-scores issues.parquet --lower-is-harder label_score",
        import_model: "import-model --factory nets:resnet18 --checkpoints 'ckpt/*.pt' --image-size 32 "
        "--mean 0.49,0.48,0.45 --std 0.25,0.24,0.26",
    },
    "Beyond one machine": {
        shard: "shard labels.csv --rows 100000 --to shards",
        worker: "worker embed shards --shard 1/8",
        lens: "lens shards --images 20000 --by rmd_oof,centroid",
    },
    "Look up": {
        runs: "runs --audit demo",
        diff: "diff photos photos-2026 --to differs.csv",
        encoders: "encoders",
        scorers: "scorers",
        doctor: "doctor",
        completion: "completion bash",
        man: "man",
        mcp: "mcp",
    },
    "Review": {
        reviews: "reviews --at 120",
        rerank: "rerank",
        export: "export --format manifest --to corrected.csv",
        import_decisions: "import-decisions decisions.csv",
        prove: "prove --markdown proof.md",
        report: "report --to report.html",
    },
}
"""Commands by the panel of the help they are in, each with an example, whose first word is its name."""

app = typer.Typer(
    name="hardlook",
    help="Take a hard look at your image dataset. Start with: hardlook demo, or: hardlook audit PATH",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


STOPPED = 128 + 2
"""The exit code of a process that SIGINT has ended, as shells report it."""


def _say_version(wanted: bool) -> None:
    """Print the version, for whoever reports something, and end."""
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"hardlook {version('hardlook')}")
        except PackageNotFoundError:
            print("hardlook, from a checkout that is not installed")
        raise typer.Exit


@app.callback()
def _before_every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """What stands before a command's name."""


for panel, commands in PANELS.items():
    for command, example in commands.items():
        shape = ExportCommand if command is export else LiteralCommand
        add = app.command(
            example.split()[0], cls=shape, epilog=f"Example: hardlook {example}", rich_help_panel=panel
        )  # fmt: skip
        add(naming_its_audit(command))


def _audits() -> Path:
    from ..store.audit import audits_folder  # DuckDB, which no --help waits for

    return audits_folder()


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 an error the message explains, 2 wrong usage, 130 stopped, 141 reader gone."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a path may hold bytes that are no text, and is printed
    try:
        try:
            with stops_remembered(), needing_space_somewhere(_audits):
                app()
        finally:
            sys.stdout.flush()  # here, where what comes of it can be said, and not when Python ends
    except KeyboardInterrupt:
        _stop()
    except SystemExit as end:
        if end.code == STOPPED:  # which Typer makes of Ctrl-C, without a word
            _stop()
        raise
    except Exception as error:
        if stop_pressed():
            _stop()
        known = error if isinstance(error, HardlookError) else refused_by_system(error)
        if known is None:
            raise
        _fail(known)


def _stop() -> NoReturn:
    """Say that the command was stopped, and end."""
    print("\nStopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
    raise SystemExit(STOPPED) from None


def _fail(error: HardlookError) -> NoReturn:
    """Say an error and end."""
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)
    raise SystemExit(1) from None
