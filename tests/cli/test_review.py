from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.cli.app import main
from core.metrics.labels import average_precision
from core.reviews import By, Journal, open_journal
from core.store import views
from core.store.audit import Audit
from tests.audits import build_audit, publish
from tests.reviewing import relabel, verdict


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    return build_audit(tmp_path, n=60, n_classes=3, runs=False).audit


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["hardlook", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_reviews_says_how_far_it_has_come_and_goes_back(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = open_journal(audit)
    other = journal.class_names[2]
    relabel(journal, "000001.png", other)
    relabel(journal, "000002.png", other)
    relabel(journal, "000002.png", journal.class_names[0], "bob", seen=0)
    verdict(journal, "000003.png", "skipped")
    for i in (1, 2):
        relabel(journal, f"00000{i}.png", journal.class_names[3 - 2 * i + 1], "bob", blind=True)
    assert run("reviews", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    for part in ("2 images reviewed, 1 skips", "2 relabelled", "ann 2", "open conflicts: 2", "Krippendorff", "Cohen"):
        assert part in said, part
    assert run("reviews", "--conflicts", monkeypatch=monkeypatch) == 0
    assert "000002.png" in capsys.readouterr().out
    assert run("reviews", "--undo", "--reviewer", "ann", monkeypatch=monkeypatch) == 0  # the skip
    assert run("reviews", "--undo", "--reviewer", "ann", monkeypatch=monkeypatch) == 0
    assert "1 images changed" in capsys.readouterr().out
    assert run("reviews", "--compare", "2", monkeypatch=monkeypatch) == 0
    assert "not reviewed" in capsys.readouterr().out
    assert run("reviews", "--at", "1", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    assert "1 images reviewed" in said
    assert "open conflicts now: 2" in said  # they are not of that entry, and neither is agreement
    assert "agreement now on 2 images" in said
    assert run("reviews", "--rename-class", f"{other}=jacket", "--reviewer", "ann", monkeypatch=monkeypatch) == 0
    assert run("reviews", "--restore", "0", "--reviewer", "ann", monkeypatch=monkeypatch) == 0
    assert run("reviews", monkeypatch=monkeypatch) == 0
    assert "0 images reviewed" in capsys.readouterr().out
    journal.close()


def test_a_wrong_use_of_reviews_is_explained(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("reviews", "--undo", "--redo", monkeypatch=monkeypatch) == 1
    assert run("reviews", "--merge-class", "shirt", monkeypatch=monkeypatch) == 1
    assert "OLD=NEW" in capsys.readouterr().err
    for option in ("--at", "--compare", "--restore"):
        for entry in ("7", "-1"):
            assert run("reviews", option, entry, monkeypatch=monkeypatch) == 1
            assert f"The journal has no entry {entry}; its last is 0." in capsys.readouterr().err
    assert run("reviews", "--conflicts", "--at", "0", monkeypatch=monkeypatch) == 1
    assert "open now" in capsys.readouterr().err


def with_scores(audit: Audit, knows: bool) -> None:
    """A suspicion that knows little, and a second score that knows which labels are wrong, or nothing either."""
    rng = np.random.default_rng(0)
    n = 60
    wrong = np.arange(n) % 3 == 0
    values = {"suspicion": rng.random(n) + 0.1 * wrong, "rmd": rng.random(n) + (3 * wrong if knows else 0)}
    for name, value in values.items():
        ids = np.arange(n, dtype=np.int32)
        about = {
            "name": [name], "scorer": [name], "parameters": ["{}"], "encoder_run": [""], "model_run": [""],
            "direction": [1], "fitted_on": [""], "reason": [""],
        }  # fmt: skip
        score = {"name": [name] * n, "image_id": ids, "value": value.astype(np.float32), "suggested_label": ids % 3}
        publish(audit, "score", name, {"score": score, "score_column": about})


def decide_all(audit: Audit, journal: Journal) -> None:
    from core.reviews import Decision, ReviewedImage, decide

    hub = views.open_hub(audit)
    names = views.classes(hub)
    columns = zip(views.column(hub, "key"), views.column(hub, "content_hash"), views.labels(hub), strict=True)
    for i, (key, content, label) in enumerate(columns):
        right = names[(int(label) + (i % 3 == 0)) % 3]
        decide(journal, Decision(ReviewedImage(key, content, names[label]), "relabelled", right), By("ann"))


@pytest.mark.parametrize("knows", [True, False])
def test_rerank_stores_a_score_where_it_is_a_gain_and_says_so_where_not(
    knows: bool, audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_scores(audit, knows)
    assert run("rerank", monkeypatch=monkeypatch) == 1
    assert "Nothing has been reviewed" in capsys.readouterr().err
    journal = open_journal(audit)
    decide_all(audit, journal)
    journal.close()
    assert run("rerank", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    assert ("no gain" in said.out + said.err) is not knows
    infos = {info.name: info for info in views.score_infos(views.open_hub(audit))}
    assert ("reranked" in infos) is knows
    if knows:
        values = views.score(views.open_hub(audit), infos["reranked"].address)
        wrong = np.arange(60) % 3 == 0
        assert average_precision(values, wrong) > 0.98
        assert infos["reranked"].direction == 1
        assert run("rerank", monkeypatch=monkeypatch) == 0  # nothing new, nothing computed


def test_export_and_import_are_reached_by_their_commands(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("id,label\n000001.png,shirt\n")
    assert run("import-decisions", str(file), "--reviewer", "ann", monkeypatch=monkeypatch) == 0
    assert run("export", "--format", "decisions", "--to", str(tmp_path / "d.csv"), monkeypatch=monkeypatch) == 0
    assert "000001.png" in (tmp_path / "d.csv").read_text()
    assert run("export", "--format", "journal", "--to", str(tmp_path / "j.parquet"), monkeypatch=monkeypatch) == 0
    assert run("export", "--format", "decisions", "--to", str(tmp_path / "d.csv"), monkeypatch=monkeypatch) == 1
    assert "exists already" in capsys.readouterr().err
