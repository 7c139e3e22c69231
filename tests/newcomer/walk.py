"""Each of the newcomer's changes used as its user would; run by `test_newcomer` in the copy that has them."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from typer.testing import CliRunner

from core.answers.runs.cards import run_card
from core.answers.runs.deletion import plan_deletion
from core.answers.view.reader import open_reader
from core.cli.app import app
from core.store.audit import find_audit
from core.store.unfinished import unfinished_runs
from core.store.writer import open_run
from core.types import RunSpec
from tests.audits import FINGERPRINT, build_audit


def hardlook(*words: str) -> str:
    """What the command says; it has to succeed."""
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def main(folder: Path) -> None:
    """Build an audit, embed, score, export and measure it with what the newcomer added, and delete the run."""
    made = build_audit(folder, "my photos", n=40)
    audit = ("--audit", made.audit.name)

    assert "mean_colour" in hardlook("encoders")
    hardlook("embed", "--encoder", "mean_colour", *audit)
    assert "class_mean" in hardlook("scorers")
    hardlook("score", "class_mean", *audit)
    made_from = made.audit.latest("score", "class_mean").inputs["embed"]
    assert made_from == made.audit.latest("embed", "mean_colour").run_id

    assert "|keys|" in hardlook("export", "--help")
    hardlook("export", "--format", "keys", "--to", str(folder / "keys.txt"), *audit)
    assert (folder / "keys.txt").read_text("utf-8").splitlines() == made.keys

    assert "length" in hardlook("--help")
    hardlook("length", "--encoder-run", "mean_colour", *audit)
    run = made.audit.latest("length")
    card = run_card(open_reader(find_audit(made.audit.name, folder)), run.run_id)
    assert card is not None
    assert card.again.command == f"hardlook length --encoder-run {made_from} --audit 'my photos'"
    hardlook(*shlex.split(card.again.command)[1:])  # computes nothing, and says so
    assert [one.run_id for one in plan_deletion(made.audit, made_from).dependents][-1] == run.run_id
    assert run.run_id in hardlook("runs", *audit)
    hardlook("runs", "--delete", run.run_id, *audit)
    assert not made.audit.runs("length")

    spec = RunSpec("length", "other", {"items": FINGERPRINT, "embed": made_from}, {})
    with open_run(made.audit, spec):
        pass  # stopped before its first commit
    (stopped,) = unfinished_runs(made.audit)
    assert stopped.spec == spec


if __name__ == "__main__":
    main(Path(sys.argv[1]))
