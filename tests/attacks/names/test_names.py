"""Every name and path that a command takes, given what nobody should give it: words, and nothing lost."""

from __future__ import annotations

import ast
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import typer

from core.answers.runs.deletion import delete_run
from core.cli.app import PANELS, app, main
from core.errors import BadInput, MissingRun
from core.files.arrow import write_parquet_file
from core.files.names import LONGEST, checked_file_name, checked_name, file_name_of
from core.images.pixels import PixelSource
from core.pipeline.shards.folder import open_shards
from core.report.write import write_report
from core.store import views
from core.store.audit import find_audit
from core.store.paths import file_to_read, path_to_write, remove
from tests.attacks.names.strange_names import AROUND, STRANGE, contents, lay_out
from tests.audits import CLASS_NAMES, FINGERPRINT, build_audit

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
ENDED = (0, 1, 2)
PATIENCE = 60  # seconds of one command
FEW = 7  # values for each parameter, where not all are asked for
EVERY_VALUE = "HARDLOOK_ATTACK" in os.environ
ENDLESS = {(command, path) for command in ("audit", "ingest") for path in ("/", "~")}
"""What may take as long as the disk is large: to look for images where somebody said they are."""

STARTS: dict[str, tuple[str, ...]] = {
    "demo": (), "audit": ("{photos}", "--plan"), "dashboard": ("--port", "1", "--no-browser"),
    "ingest": ("{photos}", "--plan"), "embed": ("--batch-size", "0"), "train": ("--epochs", "0"),
    "score": ("nonesuch",), "evaluate": ("--images", "1", "--ood", "corruptions"), "words": ("--share", "0"),
    "selftest": ("--encoder-run", "nonesuch"),
    "project": ("--encoder-run", "nonesuch"), "import-predictions": ("{around}/victim.txt",),
    "import-scores": ("{around}/victim.txt",), "import-embeddings": ("{around}/victim.txt",),
    "import-model": (
        "--factory", "json:loads", "--checkpoints", "{around}/*.pt", "--image-size", "8", "--mean", "0.5",
        "--std", "0.5",
    ),
    "shard": ("{around}/victim.txt", "--to", "{around}/shards"), "worker": ("ingest", "{around}"),
    "lens": ("{around}", "--by", "rmd"),
    "runs": (), "diff": ("mine", "--labels", "given", "reviewed"), "encoders": (), "scorers": (), "doctor": (),
    "completion": ("bash",), "man": (), "mcp": (),
    "reviews": (), "rerank": (),
    "export": ("--format", "manifest", "--to", "{around}/new.csv"), "import-decisions": ("{around}/victim.txt",),
    "prove": ("--prune", "--epochs", "0"), "reproduce": ("rmd", "--plan"), "report": ("--to", "{around}/new.html"),
}  # fmt: skip
"""What each command is given beside the strange name: enough to reach it, too little to work for long."""

NOT_NAMES = {("dashboard", "allow_host"), ("demo", "port")}
"""Options that start a server whatever they hold."""


def taken() -> list[tuple[str, Any]]:
    """Every parameter of every command that is a text or a path."""
    return [
        (name, parameter)
        for name, command in COMMANDS.items()
        for parameter in command.params
        if (name, parameter.name) not in NOT_NAMES and parameter.type_descriptor.annotation in (str, Path, list[str])
    ]


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def words_for(name: str, parameter: Any, value: str) -> list[str]:
    """A command line with the value in the place of a parameter."""
    start = [word for word in STARTS[name] if (name, word, parameter.name) != ("ingest", "--plan", "audit")]
    if not parameter.opts[0].startswith("-"):
        return [name, *start[1:], "--", value]
    for option in parameter.opts:
        if option in start:
            place = start.index(option)
            del start[place : place + 2]
    return [name, *start, f"{parameter.opts[0]}={value}"]


def filled(word: str, places: dict[str, str]) -> str:
    for place, path in places.items():
        word = word.replace(f"{{{place}}}", path)
    return word


def taken_or_refused(check: Callable[[], Any]) -> Any:
    """What a check gives back, None where it refuses in words."""
    try:
        return check()
    except BadInput as error:
        if not str(error).isprintable():
            raise
        return None


def ended(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """How a command ends, and what it says on its error stream."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "argv", ["hardlook", *arguments])
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    monkeypatch.setattr(sys, "stderr", said)
    with pytest.raises(SystemExit) as stop, at_most(PATIENCE):
        main()
    code = stop.value.code
    return (code if isinstance(code, int) else 0 if code is None else 1), said.getvalue()


def test_every_command_is_attacked() -> None:
    assert set(STARTS) == {example.split()[0] for panel in PANELS.values() for example in panel.values()}
    assert len(taken()) > 60


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two audits, and what lies around them."""
    root = tmp_path_factory.mktemp("names")
    build_audit(root / "audits", "other", n=8)
    build_audit(root / "audits", "mine", n=8)
    lay_out(root / "around")
    (root / "here").mkdir()
    photos = str(root / "audits" / "other-images")
    return {"audits": str(root / "audits"), "around": str(root / "around"), "photos": photos}


def thrown_at(number: int) -> list[str]:
    """Every strange value, or by default a few, others for each parameter."""
    values = [*STRANGE, *AROUND]
    return values if EVERY_VALUE else [values[(number * FEW + i) % len(values)] for i in range(FEW)]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(taken())), ids=lambda i: f"{taken()[i][0]} {taken()[i][1].name}")
def test_a_strange_name_is_answered_in_words_and_touches_nothing(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root = Path(places["audits"]).parent
    monkeypatch.setenv("HARDLOOK_AUDITS", places["audits"])
    monkeypatch.chdir(root / "here")
    before, wrong, (name, parameter) = contents(root), [], taken()[number]
    for value in thrown_at(number):
        if (name, value) in ENDLESS:
            continue
        words = [filled(word, places) for word in words_for(name, parameter, value)]
        try:
            code, said = ended(words, monkeypatch)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            wrong.append((value[:40], f"{type(error).__name__}: {error}"[:200]))
            continue
        after = contents(root)
        if code not in ENDED or "Traceback" in said or (code and not said.strip()):
            wrong.append((value[:40], f"ended with {code}: {said[:200]}"))
        if changed := [path for path in before if after.get(path) != before[path]]:
            wrong.append((value[:40], f"changed {changed}"))
            before = after
    if wrong:
        pytest.fail("\n".join(map(ascii, wrong)))


@pytest.mark.parametrize("value", [*STRANGE, *AROUND], ids=ascii)
def test_no_run_but_the_audits_own_is_deleted(places: dict[str, str], value: str) -> None:
    root, audit = Path(places["audits"]).parent, find_audit("mine", Path(places["audits"]))
    before = contents(root)
    for text in (filled(value, places), f"../../other/runs/{value}", f"../{value}", f"../items-{FINGERPRINT}"):
        with pytest.raises(MissingRun, match="has no run"):
            delete_run(audit, text)
    assert contents(root) == before


def test_of_a_run_that_is_a_link_the_link_goes_and_the_folder_stays(tmp_path: Path) -> None:
    audit, elsewhere = build_audit(tmp_path / "audits", n=8).audit, tmp_path / "elsewhere"
    lay_out(elsewhere)
    before, embedded = contents(elsewhere), audit.latest("embed").run_id
    for link, to in {
        audit.run_path("linked"): elsewhere / "folder" / "three.duckdb", audit.run_path("folder"): elsewhere / "folder",
        audit.checkpoints("linked"): elsewhere / "folder", audit.checkpoints(embedded): elsewhere,
        audit.partial_path("dangling"): elsewhere / "gone",
    }.items():  # fmt: skip
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(to)
    audit.run_path("real").mkdir()
    (audit.run_path("real") / "link").symlink_to(elsewhere / "folder")
    for run_id in ("linked", "folder", "dangling", "real"):
        for path in audit.files_of_runs()[run_id]:
            remove(audit, path)
    remove(audit, audit.checkpoints("linked"))
    delete_run(audit, embedded)
    assert contents(elsewhere) == before
    assert set(audit.files_of_runs()) == {run.run_id for run in audit.runs(current=False)}
    assert os.listdir(audit.path / "checkpoints") == []


def test_nothing_is_removed_where_the_audits_own_folders_lead_elsewhere(tmp_path: Path) -> None:
    audit, elsewhere = build_audit(tmp_path / "audits", n=8).audit, tmp_path / "elsewhere"
    run_id = audit.latest("train").run_id
    (elsewhere / run_id).mkdir(parents=True)
    (audit.path / "checkpoints").symlink_to(elsewhere)
    with pytest.raises(BadInput, match="outside the folder of audit"):
        delete_run(audit, run_id)
    assert (elsewhere / run_id).is_dir()
    assert audit.run_path(run_id).exists()


@pytest.mark.parametrize("value", STRANGE, ids=ascii)
def test_a_name_that_is_taken_for_a_file_is_one_file_below_its_folder(tmp_path: Path, value: str) -> None:
    for text in (value, file_name_of(value)):
        name = taken_or_refused(partial(checked_file_name, text, "an audit"))
        if name is None:
            assert text != file_name_of(value) or not text
            continue
        (tmp_path / name).mkdir(exist_ok=True)
        assert name in os.listdir(tmp_path)
        assert not set(name) & set('/\\:*?"<>|\n\x00')


@pytest.mark.parametrize("value", STRANGE, ids=ascii)
def test_a_name_that_is_kept_is_one_line_of_text(value: str) -> None:
    name = taken_or_refused(lambda: checked_name(value, "a grid"))
    if name is not None:
        assert 0 < len(name.encode()) <= 4 * LONGEST
        assert len(name.splitlines()) == 1
        assert name == name.strip()


@pytest.mark.parametrize("value", [*STRANGE, *AROUND], ids=ascii)
def test_a_path_is_answered_at_once_and_opens_files_alone(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(Path(places["around"]).parent / "here")
    path = Path(filled(value, places))
    with at_most(5):
        for check in (file_to_read, path_to_write, partial(path_to_write, folder=True)):
            if taken_or_refused(partial(check, path)) is not None:
                assert path.is_file() or (check is not file_to_read and (path.is_dir() or not path.exists()))


def test_what_a_command_writes_goes_into_a_file_and_into_nothing_else(places: dict[str, str]) -> None:
    around = Path(places["around"])
    for there, what in {
        "/dev/stdout": "is a|exists already", "/dev/null": "a device", str(around / "pipe"): "a named pipe",
        str(around): "a folder", str(around / "circle"): "cannot be reached",
        str(around / "victim.txt" / "below"): "is no folder",
    }.items():  # fmt: skip
        with pytest.raises(BadInput, match=what):
            write_report(find_audit("mine", Path(places["audits"])), Path(there))


UNSPEAKABLE = "x\udcff"
"""A folder whose name is no text: bytes that are not UTF-8, as Python carries them."""
WRITERS = {
    "shard": ("shard", "{photos}", "--rows", "3", "--to", "{odd}/shards"),
    "scores": ("export", "--format", "scores", "--to", "{odd}/scores.parquet", "--audit", "mine"),
    "manifest": ("export", "--format", "manifest", "--to", "{odd}/m.parquet", "--audit", "mine"),
    "csv": ("export", "--format", "manifest", "--to", "{odd}/m.csv", "--audit", "mine"),
    "parquet": ("export", "--format", "parquet", "--to", "{odd}/p.parquet", "--audit", "mine"),
    "decisions": ("export", "--format", "decisions", "--to", "{odd}/d.parquet", "--audit", "mine"),
    "huggingface": ("export", "--format", "huggingface", "--to", "{odd}/hf", "--audit", "mine"),
    "diff": ("diff", "mine", "--labels", "given", "reviewed", "--to", "{odd}/diff.parquet"),
}
"""Commands that write tables into such a folder."""
READERS = {
    "m.parquet": ("ingest", "{odd}/m.parquet", "--root", "{photos}", "--plan"),
    "m.csv": ("ingest", "{odd}/m.csv", "--root", "{photos}", "--plan"),
    "hf": ("ingest", "{odd}/hf", "--plan"),
    "images.parquet": ("ingest", "{odd}/images.parquet", "--audit", "odd"),
    "v.parquet": ("import-embeddings", "{odd}/v.parquet", "--audit", "mine", "--by-order"),
    "v.csv": ("import-predictions", "{odd}/v.csv", "--audit", "mine", "--by-order", "--trained-on", "none"),
}
"""What reads them there again, and tables that others wrote."""


def test_tables_are_written_and_read_in_a_folder_whose_name_is_no_text(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", places["audits"])
    odd = tmp_path / UNSPEAKABLE
    odd.mkdir()
    classes = CLASS_NAMES[:5]
    numbers = pa.table({name: np.full(8, 1 / 5) for name in classes})
    write_parquet_file(numbers, odd / "v.parquet")
    (odd / "v.csv").write_bytes(b",".join(name.encode() for name in classes) + b"\n" + b"0.2,0.2,0.2,0.2,0.2\n" * 8)
    pictures = [path.read_bytes() for path in sorted(Path(places["photos"]).iterdir())[1:3]]
    write_parquet_file(pa.table({"image": pictures, "label": ["a", "b"]}), odd / "images.parquet")
    for commands in (WRITERS, READERS):
        for name, words in commands.items():
            code, said = ended([filled(word, {**places, "odd": str(odd)}) for word in words], monkeypatch)
            assert (name, code, said) == (name, 0, said)
    folder = open_shards(odd / "shards")
    assert folder.name.endswith("x\\xff/shards")  # as a store keeps it
    assert sum(folder.items(number).num_rows for number in range(folder.count)) == 8
    hub = views.open_hub(find_audit("odd"), [])
    rows = views.images(hub, "path, row, content_hash")
    source = PixelSource(*(rows[name].to_pylist() for name in rows.column_names))
    assert [source.read(row) for row in range(2)] == pictures


def test_pyarrow_is_handed_files_that_are_open_and_never_a_path() -> None:
    """It encodes a path as UTF-8, which the name of a folder need not be."""
    readers = {"pq.read_table", "pq.read_schema", "pq.ParquetFile", "pyarrow.csv.read_csv", "pyarrow.csv.open_csv"}
    opened = ("readable(", "pa.BufferReader(", "BytesIO(", "source", "opened")
    by_path, writers = [], set()
    for path in sorted((Path(__file__).parents[3] / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in readers and not ast.unparse(node.args[0]).startswith(opened):  # type: ignore[attr-defined]
                by_path.append((path.name, ast.unparse(node)))
            if called in ("pq.write_table", "pq.ParquetWriter"):
                writers.add((path.name, ast.unparse(node.args[-1])))  # type: ignore[attr-defined]
    assert by_path == []
    assert writers == {("arrow.py", "file"), ("arrow.py", "schema"), ("divide.py", "held")}
