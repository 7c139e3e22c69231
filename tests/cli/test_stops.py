"""Ctrl-C in whatever moment is a stop in words, also where a library makes an error of its own of it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import duckdb
import pyarrow as pa
import pytest

from core.cli.app import main
from core.errors import BadInput
from core.processes.stops import stop_pressed, stops_remembered


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def in_a_query() -> None:
    """DuckDB sees it itself, and raises RuntimeError."""
    threading.Timer(0.2, press).start()
    duckdb.connect().execute("CREATE TABLE t AS SELECT range, range::VARCHAR FROM range(30_000_000)")  # seconds


def while_rows_are_read() -> None:
    """Python raises it in what DuckDB calls, which becomes InvalidInputException."""

    def rows() -> Iterator[pa.RecordBatch]:
        press()
        yield pa.record_batch({"a": [1]})

    connection = duckdb.connect()
    connection.register("v", pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), rows()))
    connection.execute("SELECT * FROM v")


def where_errors_are_read() -> None:
    """Our own words for a damaged file, of an error that only Ctrl-C has caused."""
    try:
        while_rows_are_read()
    except duckdb.Error as error:
        raise BadInput("The file could not be read.", "Write it again.") from error


def between() -> None:
    press()


@pytest.fixture
def plain_python() -> Iterator[None]:
    """Ctrl-C as a command has it, whatever runs the tests has made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("plain_python")
@pytest.mark.parametrize("pressed", [in_a_query, while_rows_are_read, where_errors_are_read, between])
def test_ctrl_c_ends_a_command_with_130_and_in_words(
    pressed: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("core.scorers.registry.all_scorers", pressed)
    monkeypatch.setattr("sys.argv", ["hardlook", "scorers"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert (ended.value.code, said) == (
        130, "\nStopped. What was done is kept; the same command goes on from there.\n",
    )  # fmt: skip
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("plain_python")
def test_an_error_that_nobody_stopped_stays_one() -> None:
    with stops_remembered():
        with pytest.raises(KeyboardInterrupt):
            press()
        assert stop_pressed()
    with stops_remembered():
        assert not stop_pressed()
        with pytest.raises(RuntimeError), stops_remembered():
            raise RuntimeError("Query interrupted")
        assert not stop_pressed()


def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as below nohup, or behind `&` in a script
    try:
        with stops_remembered():
            press()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert not stop_pressed()
    finally:
        signal.signal(signal.SIGINT, before)
