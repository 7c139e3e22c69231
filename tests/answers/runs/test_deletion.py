from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.answers.runs.cards import how_far, unfinished_lines
from core.answers.runs.deletion import delete_run, plan_deletion
from core.answers.runs.lineage import dependents, sources
from core.answers.view.reader import open_reader
from core.cli.app import app
from core.errors import MissingRun, RunBusy
from core.store import views
from core.store.unfinished import unfinished_runs
from core.store.writer import open_run
from core.types import RunSpec
from tests.audits import FINGERPRINT, Made, build_audit

ROOT = Path(__file__).parents[3]
WRITE_AND_WAIT = """
import sys
from pathlib import Path
from core.store.audit import Audit
from core.store.writer import open_run
from core.types import RunSpec
spec = RunSpec("score", "vog", {"items": "feedbeef0123", "train": sys.argv[2]}, {})
with open_run(Audit(Path(sys.argv[1])), spec) as writer:
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return build_audit(tmp_path, n=20)


def id_of(made: Made, kind: str, name: str | None = None) -> str:
    return made.audit.latest(kind, name).run_id


def test_what_was_computed_from_a_run_is_found_through_what_lies_between(made: Made) -> None:
    runs = made.audit.runs()
    embed = id_of(made, "embed")
    assert [run.name for run in dependents(embed, runs)] == ["rmd"]
    rmd = next(run for run in runs if run.name == "rmd")
    assert [(one.role, one.run_id, one.gone) for one in sources(rmd, runs)] == [("embed", embed, False)]


def test_deleting_takes_the_file_and_the_checkpoints_and_nothing_else(made: Made) -> None:
    train = id_of(made, "train")
    folder = made.audit.checkpoints(train)
    folder.mkdir(parents=True)
    (folder / "epoch-0001.pt").write_bytes(b"x" * 1000)
    before = {run.run_id for run in made.audit.runs()}
    gone = delete_run(made.audit, train)
    assert gone.bytes > 1000
    assert [run.name for run in gone.dependents] == ["vog", "resnet8"]  # its VoG, and the evaluation of it
    assert not folder.exists()
    assert {run.run_id for run in made.audit.runs()} == before - {train}


def test_a_reader_opened_before_keeps_what_it_has_and_the_next_one_does_without(made: Made) -> None:
    reader = open_reader(made.audit)
    rmd = next(info.address for info in reader.scores if info.name == "rmd")
    delete_run(made.audit, rmd.split(":")[0])
    assert len(views.score(reader.hub, rmd)) == 20
    assert rmd not in {info.address for info in open_reader(made.audit).scores}


def test_an_unknown_run_is_refused_with_the_command_that_lists_them(made: Made) -> None:
    with pytest.raises(MissingRun, match="hardlook runs"):
        delete_run(made.audit, "score-nonesuch-0")


def test_a_run_that_one_being_written_reads_is_kept_until_that_one_is_done(made: Made) -> None:
    train = id_of(made, "train")
    command = [sys.executable, "-c", WRITE_AND_WAIT, str(made.audit.path), train]
    writer = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    (running,) = unfinished_runs(made.audit)
    assert running.writing
    with pytest.raises(RunBusy, match="reads"):
        delete_run(made.audit, train)
    with pytest.raises(RunBusy, match="being written now"):
        delete_run(made.audit, running.run_id)
    assert made.audit.run_path(train).exists()
    writer.communicate("")
    plan = plan_deletion(made.audit, train)
    assert plan.stopped == (running.run_id,)
    delete_run(made.audit, running.run_id)
    assert made.audit.unfinished() == []
    assert list(made.audit.runs_folder.glob("*.progress")) == []


def test_a_stopped_run_tells_how_far_it_is_and_how_to_go_on(made: Made) -> None:
    spec = RunSpec("train", "resnet8", {"items": FINGERPRINT}, {"epochs": 12}, 1)
    with open_run(made.audit, spec, k=5) as writer:
        writer.commit("epoch 3", {}, seconds=60.0)
    with open_run(made.audit, spec, k=5) as writer:
        writer.commit("epoch 4", {}, seconds=20.0)
    (line,) = unfinished_lines(made.audit, 20)
    assert (line.state, line.share) == ("stopped", 4 / 12)
    assert line.progress.startswith("epoch 4 of 12, 1 min 20 s of work")
    assert line.again.command == "hardlook train --model resnet8 --seed 1 --epochs 12 --audit sample"


@pytest.mark.parametrize(
    ("unit", "said"),
    [("512-1024", ("1,024 of 4,000 images", 0.256)), ("prediction", ("prediction", None)), ("", ("started", None))],
)
def test_progress_is_told_in_what_the_work_counts(unit: str, said: tuple[str, float | None]) -> None:
    assert how_far({}, unit, 4000) == said


def test_the_command_deletes_a_run_and_names_what_was_computed_from_it(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    embed = id_of(made, "embed")
    done = CliRunner().invoke(app, ["runs", "--delete", embed])
    assert done.exit_code == 0
    assert f"deleted {embed}" in done.output
    assert f"{id_of(made, 'score', 'rmd')} was computed from it and stays" in done.output
