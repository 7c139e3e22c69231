"""An audit that an earlier version made opens, says what it said then, and goes on where it was. `make.py` made it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.api import open_audit
from core.cli.app import main
from core.reviews import open_journal, states_of
from core.store import views
from core.store.audit import Audit, find_audit
from core.store.metrics import CALIBRATION_ERROR, WITHOUT_INTERVAL, read_metrics
from tests.pages.conftest import show  # noqa: F401 - a fixture
from tests.serving import PAGES

ARCHIVE = Path(__file__).with_name("earlier.zip")
MADE_IN = "/tmp/hardlook-earlier"  # where the images lay when it was made


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The audit lies in tmp_path with its images where its files say; what the earlier version said of it."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path / "unpacked")
    audit = (tmp_path / "unpacked" / "audits" / "earlier").rename(tmp_path / "earlier")
    (items,) = audit.glob("items-*.duckdb")
    with duckdb.connect(str(items)) as connection:  # the images have moved since, and nothing else has
        for table in ("images", "source"):
            connection.execute(f"UPDATE {table} SET path = replace(path, ?, ?)", [MADE_IN, str(tmp_path / "unpacked")])
    said: dict[str, Any] = json.loads((tmp_path / "unpacked" / "figures.json").read_text())
    return said


@pytest.fixture
def earlier(figures: dict[str, Any]) -> Audit:
    return find_audit("earlier")


def test_its_runs_are_all_there(earlier: Audit, figures: dict[str, Any]) -> None:
    assert sorted(run.run_id for run in earlier.runs()) == figures["runs"]
    assert earlier.unfinished() == []


def test_its_scores_are_what_they_were(earlier: Audit, figures: dict[str, Any]) -> None:
    hub = views.open_hub(earlier)
    assert {info.address for info in views.score_infos(hub)} == set(figures["scores"])
    for address, values in figures["scores"].items():
        stored = np.array([np.nan if value is None else value for value in values], np.float32)
        np.testing.assert_array_equal(views.score(hub, address), stored, err_msg=address)


def test_its_measurements_are_what_they_were(earlier: Audit, figures: dict[str, Any]) -> None:
    def row(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(None if value != value else value for value in values)

    rows = read_metrics(views.open_hub(earlier))
    read = {row((one.name, one.subject, one.slice, *one.estimate.numbers, one.estimate.n)) for one in rows}
    said = {row(values) for values in figures["metrics"]}
    # Every figure, but for the intervals around some that did not hold what they said, which are not read.
    assert read == {(*one[:4], None, None, one[6]) if one[0] in WITHOUT_INTERVAL else one for one in said}


def test_its_decisions_are_those_of_their_reviewers(earlier: Audit) -> None:
    journal = open_journal(earlier)
    try:
        states = states_of(journal, [f"{number:03d}" for number in (0, 1, 2, 8, 16, 24)])
    finally:
        journal.close()
    assert {key: state.reviewer for key, state in states.items()} == {
        "000": "ada", "008": "ada", "016": "ada", "001": "ada", "002": "ben", "024": "ben",
    }  # fmt: skip


def test_a_notebook_reads_it(figures: dict[str, Any]) -> None:
    frame = open_audit("earlier").scores()
    assert len(frame) == 120
    assert set(frame["label"]) == {"T-shirt/top", "Trouser", "Sneaker"}


@pytest.mark.parametrize("name", PAGES.values())
def test_every_page_draws_it(figures: dict[str, Any], show: Callable[..., AppTest], name: str) -> None:  # noqa: F811
    app = show(name, {"audit": "earlier"})
    assert not app.exception
    assert not app.error


DONE = [
    ["embed", "--image-size", "32"], ["embed"], ["embed", "--layers", "last"],
    ["train", "--model", "resnet8_w8", "--epochs", "3"], ["score", "duplicates"], ["score", "loss_mean"],
    ["score", "vog"], ["project", "--method", "pca"], ["project", "--method", "lda"],
]  # fmt: skip
"""What says today what it said then; scores that suggest labels say more, and are computed anew beside the old ones."""


@pytest.mark.parametrize("command", DONE, ids=" ".join)
def test_what_it_computed_is_not_computed_again(
    earlier: Audit, figures: dict[str, Any], command: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.argv", ["hardlook", *command, "--audit", "earlier"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "nothing to do" in capsys.readouterr().out
    assert sorted(run.run_id for run in earlier.runs()) == figures["runs"]


def test_it_goes_on(earlier: Audit, figures: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["hardlook", "score", "centroid", "--audit", "earlier"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert {run.name for run in earlier.runs("score")} >= {"rmd", "centroid"}


def test_the_same_images_ingested_again_are_the_same_data(
    earlier: Audit, figures: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = earlier.items_fingerprint
    options = ["--true-label-key", "true", "--split-key", "split", "--classes", "T-shirt/top,Trouser,Sneaker"]
    source = str(tmp_path / "unpacked" / "images.npz")
    monkeypatch.setattr("sys.argv", ["hardlook", "ingest", source, "--audit", "earlier", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert find_audit("earlier").items_fingerprint == before
    assert sorted(run.run_id for run in find_audit("earlier").runs()) == figures["runs"]


def test_it_is_evaluated_anew_beside_what_was_said_of_it(
    earlier: Audit, figures: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An evaluation's form is a parameter of its run: what is measured otherwise now is not taken for what was."""
    monkeypatch.setattr("sys.argv", ["hardlook", "evaluate", "--audit", "earlier"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert {run.run_id for run in earlier.runs()} > set(figures["runs"])
    (error,) = [row for row in read_metrics(views.open_hub(earlier), CALIBRATION_ERROR) if row.slice == "all"]
    assert error.estimate.has_interval
