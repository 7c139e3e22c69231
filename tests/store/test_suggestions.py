"""Whether a score doubts a label, and what it suggests in its place, as everything that shows them reads it.

One audit, twice. Of today: every image has the next class for its best other one, and each sixth label is doubted, in
an order of values that says nothing of it. Made before that was kept: the same labels are doubted, by a score that
suggests the given label for all others, in a table without the column.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.answers.image.detail import detail
from core.answers.image.glimpses import strongest_suspects
from core.answers.image.tiles import tiles
from core.answers.labels.suspect_rows import suspect_rows
from core.answers.labels.suspects import Cuts, listed, suspects
from core.answers.overview.standings import score_lines, suspects_by_class
from core.answers.review.card import card
from core.answers.view.choices import ScoreChoice, score_choices
from core.answers.view.ranking import Selection, scored
from core.answers.view.reader import Reader, open_reader
from core.export.rows import collect
from core.export.tables import write_cleanlab
from core.mcp.answers import one_image, suspect_images
from core.pipeline.export import export
from core.pipeline.scoring.rerank import _column as reranked_column
from core.pipeline.scoring.rerank import in_words
from core.pipeline.scoring.reranking import Learned
from core.store.comparison.attached import comparing
from core.store.comparison.moves import ScorePair, moves
from core.store.suggestions import doubted, suggested_labels, suggestions
from core.types import Estimate
from tests.audits import Made, build_audit, publish
from tests.pictures import Heard

N, K = 60, 5
IDS = np.arange(N, dtype=np.int32)
DOUBTED = IDS % 6 == 0
NOTHING = 7  # an image that the score has no value of
EXPECTED = np.flatnonzero(DOUBTED & (IDS != NOTHING))
TODAY, BEFORE = "today", "before"


def judged(made: Made, name: str, form: str, doubts: np.ndarray, *, n_others: int = 0) -> str:
    """A scoring run of one column in one of the two forms; its id."""
    other = (made.labels + 1) % K
    value = np.random.default_rng(0).random(N).astype(np.float32)
    value[NOTHING] = np.nan
    rows = {"name": [name] * N, "image_id": IDS, "value": value,
            "suggested_label": np.where(doubts | (form == TODAY), other, made.labels).astype(np.int32)}  # fmt: skip
    column = {"name": [name], "scorer": [name], "parameters": ["{}"], "direction": [1], "reason": [""],
              "encoder_run": [""], "model_run": [""], "fitted_on": [""]}  # fmt: skip
    tables = {"score": rows | ({"doubted": doubts & (IDS != NOTHING)} if form == TODAY else {}), "score_column": column}
    if n_others:
        ranks = np.tile(np.arange(n_others, dtype=np.int32), N)
        labels = (np.repeat(made.labels, n_others) + 1 + ranks) % K
        shares = np.float32(0.5) ** (1 + ranks)
        tables["other_class"] = {"name": [name] * len(ranks), "image_id": np.repeat(IDS, n_others), "rank": ranks,
                                 "label": labels.astype(np.int32), "probability": shares}  # fmt: skip
    run_id = publish(made.audit, "score", name, tables, form=form)
    if form == BEFORE:
        with duckdb.connect(str(made.audit.run_path(run_id))) as connection:
            connection.execute("ALTER TABLE score DROP COLUMN doubted")
    return run_id


@pytest.fixture(scope="module", params=[TODAY, BEFORE])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Reader, str]:
    made = build_audit(tmp_path_factory.mktemp("audits"), n=N, n_classes=K, runs=False, evaluated=False)
    judged(made, "suspicion", request.param, DOUBTED)
    judged(made, "knn", request.param, DOUBTED & (IDS % 4 == 0))
    return made, open_reader(made.audit), request.param


def choice_of(reader: Reader) -> ScoreChoice:
    return next(one for one in score_choices(reader) if one.name == "suspicion")


def test_the_same_labels_are_doubted_in_either_form(opened: tuple[Made, Reader, str]) -> None:
    made, reader, form = opened
    address = choice_of(reader).address
    assert np.flatnonzero(doubted(reader.hub, address)).tolist() == EXPECTED.tolist()
    other = suggested_labels(reader.hub, address) != made.labels
    assert other.all() if form == TODAY else other.tolist() == DOUBTED.tolist()


def test_suspects_are_the_doubted_and_voters_doubt_the_label_and_suggest_the_same(
    opened: tuple[Made, Reader, str],
) -> None:
    made, reader, _ = opened
    found = suspects(reader, choice_of(reader).address)
    assert sorted(listed(reader, found, Cuts(), 0, Selection()).tolist()) == EXPECTED.tolist()
    assert np.flatnonzero(found.votes).tolist() == np.flatnonzero(DOUBTED & (IDS % 4 == 0)).tolist()
    rows = list(suspect_rows(reader, found, EXPECTED))
    assert [row[3] for row in rows] == [reader.class_names[(made.labels[i] + 1) % K] for i in EXPECTED]


def test_the_overview_counts_and_shows_the_doubted(opened: tuple[Made, Reader, str]) -> None:
    made, reader, _ = opened
    choice = choice_of(reader)
    counted, n = suspects_by_class(reader, choice.address)
    np.testing.assert_array_equal(counted, np.bincount(made.labels[EXPECTED], minlength=K))
    assert n.sum() == N - 1
    line = next(one for one in score_lines(reader, score_choices(reader)) if one.score == choice)
    assert (line.suspects, line.n) == (len(EXPECTED), N - 1)
    shown = strongest_suspects(reader, choice, None, N)
    assert sorted(one.key for one in shown) == sorted(made.keys[i] for i in EXPECTED)
    assert all(one.suggested and one.suggested != one.given for one in shown)


def test_tiles_suggest_where_the_label_is_doubted_and_in_lists_of_suspects_wherever_there_is_another_class(
    opened: tuple[Made, Reader, str],
) -> None:
    _, reader, form = opened
    address = choice_of(reader).address
    ranked = scored(reader, address)
    shown = [tile.id for tile in tiles(reader, ranked, address, IDS, None) if tile.suggested]
    assert shown == EXPECTED.tolist()
    always = [tile.id for tile in tiles(reader, ranked, address, IDS, None, undoubted=True) if tile.suggested]
    assert always == (IDS.tolist() if form == TODAY else np.flatnonzero(DOUBTED).tolist())
    assert set(suggestions(reader.hub, address, [0, 1, 6])) == {0, 6}


def test_the_dialog_suggests_where_the_label_is_doubted(opened: tuple[Made, Reader, str]) -> None:
    made, reader, _ = opened
    choices = score_choices(reader)
    for image_id in (0, 1, 2, 6):
        found = detail(reader, image_id, choices, choice_of(reader))
        assert found is not None
        assert bool(found.suggestion) == bool(DOUBTED[image_id])
        line = next(one for one in found.scores if one.name == "suspicion")
        other = reader.class_names[(made.labels[image_id] + 1) % K]
        assert line.suggested == (other if DOUBTED[image_id] else "")


def test_the_first_key_of_the_review_card_is_another_class_wherever_a_score_has_one(
    opened: tuple[Made, Reader, str],
) -> None:
    made, reader, form = opened
    choice, choices = choice_of(reader), score_choices(reader)
    for image_id in (0, 1, 6):
        one = card(reader, image_id, choices, choice, scored(reader, choice.address), None)
        assert one is not None
        if form == BEFORE and not DOUBTED[image_id]:
            assert not one.suggestions  # nothing but the given one was kept
            continue
        first = one.suggestions[0]
        assert first.name == reader.class_names[(made.labels[image_id] + 1) % K] != one.given
        votes = int(DOUBTED[image_id]) + int(DOUBTED[image_id] and image_id % 4 == 0)
        assert (first.sources, first.asked) == (votes, 2)


def test_an_export_has_the_doubt_apart_from_the_suggestion(opened: tuple[Made, Reader, str], tmp_path: Path) -> None:
    made, _, form = opened
    exported = collect(made.audit)
    assert [row.image_id for row in exported.rows if row.doubted] == EXPECTED.tolist()
    assert all(row.suggested != row.given for row in exported.rows)
    unjudged = [row.image_id for row in exported.rows if row.likeliest is None]
    assert unjudged == [NOTHING]
    assert [row.likeliest == row.given for row in exported.rows] == [i not in (*EXPECTED, NOTHING) for i in IDS]
    write_cleanlab(exported, tmp_path / "c.csv")
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["is_label_issue"] == "True" for row in rows] == [i in EXPECTED for i in IDS]
    assert [row["predicted_label"] != row["given_label"] for row in rows] == [i in EXPECTED for i in IDS]
    assert all(row["suggested_class"] != row["given_class"] for row in rows)
    assert sum(bool(row["suggested_class"]) for row in rows) == (N if form == TODAY else DOUBTED.sum())


def test_other_programs_are_given_the_doubt_and_no_suggestion_for_a_label_that_is_not_doubted(
    opened: tuple[Made, Reader, str], tmp_path: Path
) -> None:
    made, _, form = opened
    export(made.audit, Heard(), "labelstudio", tmp_path / "tasks.json")
    by_key = {task["data"]["key"]: task for task in json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))}
    assert "predictions" not in by_key[made.keys[NOTHING]]
    for image_id in (0, 1, 6, 8):
        (made_of,) = by_key[made.keys[image_id]]["predictions"][0]["result"]
        given = by_key[made.keys[image_id]]["data"]["given_label"]
        assert (made_of["value"]["choices"] == [given]) != DOUBTED[image_id]
    export(made.audit, Heard(), "fiftyone", tmp_path / "out")
    samples = json.loads((tmp_path / "out" / "samples.json").read_text(encoding="utf-8"))["samples"]
    assert sorted(one["key"] for one in samples if one.get("doubted")) == sorted(made.keys[i] for i in EXPECTED)
    suggested = [one for one in samples if "suggested" in one]
    assert all(one["suggested"]["label"] != one["given_label"] for one in suggested)
    assert len(suggested) == (N if form == TODAY else DOUBTED.sum())


def test_an_assistant_is_told_the_doubted(opened: tuple[Made, Reader, str], monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, _ = opened
    monkeypatch.setenv("HARDLOOK_AUDITS", str(made.audit.path.parent))
    told = suspect_images(made.audit.name, "suspicion", N, 0)
    assert sorted(one["key"] for one in told["suspects"]) == sorted(made.keys[i] for i in EXPECTED)
    assert all(one["suggested_label"] != one["given_label"] for one in told["suspects"])
    undoubted, _ = one_image(made.audit.name, made.keys[1])
    assert undoubted["suggested_label"] is None


def test_what_reviews_teach_doubts_what_its_base_doubts_and_suggests_no_given_label(
    opened: tuple[Made, Reader, str],
) -> None:
    made, reader, _ = opened
    infos = {info.name: info for info in reader.scores}
    gain = Estimate(0.1, 0.05, 0.2, N)
    learned = Learned(np.zeros(N, np.float32), N, 10, 0.4, 0.5, gain)
    assert "difference +0.100 [+0.050, +0.200], estimated" in in_words(learned, "suspicion")
    assert "difference +0.000, estimated" in in_words(replace(learned, gain=Estimate(0.0, n=N)), "suspicion")
    column = reranked_column(reader.hub, learned, infos, "suspicion")
    assert column.doubted is not None
    assert np.flatnonzero(column.doubted).tolist() == EXPECTED.tolist()
    assert column.suggested_label is not None
    assert (column.suggested_label != made.labels).all()


@pytest.mark.parametrize(("before", "after"), [(BEFORE, TODAY), (TODAY, BEFORE)])
def test_two_states_are_compared_by_what_each_of_them_doubts(tmp_path: Path, before: str, after: str) -> None:
    made = build_audit(tmp_path, n=N, n_classes=K, runs=False, evaluated=False)
    doubts = {"old": DOUBTED, "new": IDS % 10 == 0}
    old, new = (judged(made, "suspicion", form, doubts[of]) for of, form in (("old", before), ("new", after)))
    with comparing() as comparison:
        items = comparison.alias(made.audit.items_path)
        for side in ("before", "after"):
            comparison.run(f"CREATE TABLE {side} AS SELECT image_id, label AS given FROM {items}.images")
        comparison.run("CREATE TABLE pair AS SELECT image_id AS before_id, image_id AS after_id FROM before")
        pair = ScorePair("suspicion", made.audit.run_path(old), made.audit.run_path(new), 1, 1)
        with moves(comparison, pair):
            found = comparison.arrays("SELECT before_id, suspect_before, suspect_after FROM move ORDER BY before_id")
    assert found["before_id"][found["suspect_before"]].tolist() == EXPECTED.tolist()
    assert found["before_id"][found["suspect_after"]].tolist() == np.flatnonzero(IDS % 10 == 0).tolist()


def test_the_card_and_the_dialog_offer_the_classes_that_a_score_believes_in_by_belief(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=N, n_classes=K, runs=False, evaluated=False)
    judged(made, "suspicion", TODAY, DOUBTED, n_others=4)
    reader = open_reader(made.audit)
    choice, choices = choice_of(reader), score_choices(reader)
    for image_id in (0, 1):
        names = [reader.class_names[(made.labels[image_id] + 1 + rank) % K] for rank in range(4)]
        one = card(reader, image_id, choices, choice, scored(reader, choice.address), None)
        found = detail(reader, image_id, choices, choice)
        assert one is not None
        assert found is not None
        assert [each.name for each in one.suggestions] == names
        assert [each.share for each in one.suggestions] == [0.5, 0.25, 0.125, 0.0625]
        (beliefs,) = found.beliefs
        assert [(each.name, each.share) for each in beliefs.classes] == list(
            zip(names, (0.5, 0.25, 0.125, 0.0625), strict=True)
        )
