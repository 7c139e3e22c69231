"""What tells images of an audit from the others: planted words, chance, classes in their place, columns; its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, TooFewRows
from core.store import views
from core.store.metrics import metric_table
from core.types import HARDER_HIGH, HARDER_LOW
from core.words import telling
from core.words.columns import columns_of
from core.words.ends import both_ends, in_words
from core.words.kept import AT_ONCE, words_of
from core.words.rows import rows_of, told_in
from core.words.telling import CLASS, COLUMN, WORD, Told, tell
from core.words.word_list import WordList
from tests.words.planted import TELLING, TEXTS, Planted, planted


def told_of(made: Planted, *, chosen: np.ndarray | None = None, reads: bool = True, own: bool = True) -> Told:
    hub, (run,) = views.open_hub(made.audit), made.audit.runs("embed")
    mask = made.hard if chosen is None else chosen
    sides = (np.flatnonzero(mask), np.flatnonzero(~mask))
    return tell(hub, run, sides, made.labels if own else None, (lambda: (TEXTS, made.texts)) if reads else None)


def test_the_word_that_tells_by_construction_is_named_first_with_its_interval(tmp_path: Path) -> None:
    told = told_of(planted(tmp_path))
    first = told.beyond_chance(WORD)[0]
    assert first.name == TELLING
    assert first.margin.low > 0.5
    assert first.margin.low < first.margin.value < first.margin.high
    assert (first.margin.n, first.of, first.p) == (40, 60, 0.001)
    assert told.about == "40 images told from 160 others of their classes"


def test_a_selection_by_chance_is_told_by_nothing(tmp_path: Path) -> None:
    made = planted(tmp_path, strength=0)
    generator = np.random.default_rng(11)
    false = 0
    for _ in range(25):
        told = told_of(made, chosen=generator.permutation(made.hard))
        false += bool(told.beyond_chance(WORD) or told.beyond_chance(COLUMN))
        assert len(told.of_kind(WORD)) == 10  # the largest margins are kept all the same
    assert false <= 2


def test_without_text_the_nearest_classes_are_named(tmp_path: Path) -> None:
    made = planted(tmp_path, strength=0)
    names = views.classes(views.open_hub(made.audit))
    told = told_of(made, chosen=(made.labels == 3) & made.hard, reads=False, own=False)
    assert told.of_kind(WORD) == []
    assert told.beyond_chance(CLASS)[0].name == names[3]
    assert told_of(made, chosen=(made.labels == 3) & made.hard, reads=False).beyond_chance(CLASS) == []


def test_columns_tell_by_their_ends_and_values(tmp_path: Path) -> None:
    made = planted(tmp_path, strength=0)
    hub = views.open_hub(made.audit)
    width, mode = views.column(hub, "width"), views.column(hub, "mode")
    assert told_of(made, chosen=width == 200).beyond_chance(COLUMN)[0].name == "width is large"
    assert told_of(made, chosen=(width == 28) & made.hard).beyond_chance(COLUMN)[0].name in (
        "width is small", "height is small", "bytes is small"
    )  # fmt: skip
    assert told_of(made, chosen=mode == "L").beyond_chance(COLUMN)[0].name == "mode is L"
    columns = columns_of(hub, np.arange(50))
    assert len(columns.names) == len(columns.directions)
    assert columns.directions.shape[1] == columns.values.shape[1]
    assert np.isfinite(columns.values).all()
    assert not any("label" in name or "key" in name or "hash" in name for name in columns.names)


def test_many_images_are_drawn_from_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST", 30)
    told = told_of(planted(tmp_path))
    assert told.about == "40 images told from 160 others of their classes; 30 and 30 of them compared"
    assert told.beyond_chance(WORD)[0].name == TELLING
    assert told == told_of(planted(tmp_path / "again"))


def test_too_few_are_refused_before_any_text_is_encoded(tmp_path: Path) -> None:
    made = planted(tmp_path)
    hub, (run,) = views.open_hub(made.audit), made.audit.runs("embed")

    def encoded() -> tuple[tuple[str, ...], np.ndarray]:
        raise AssertionError("no text was to be encoded")

    with pytest.raises(TooFewRows, match="3 images are to be told"):
        tell(hub, run, (np.arange(3), np.arange(3, 200)), None, encoded)


def test_what_was_encoded_before_a_stop_is_kept_by_encoder_and_texts(tmp_path: Path) -> None:
    audit = planted(tmp_path, reads=False).audit
    (run,) = audit.runs("embed")
    many = tuple(f"w{i}" for i in range(AT_ONCE + 5))
    asked: list[int] = []

    def encode(texts: list[str]) -> np.ndarray:
        asked.append(len(texts))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return np.array([[len(text), int(text[1:]), 1] for text in texts], np.float32)

    with pytest.raises(KeyboardInterrupt):
        words_of(audit, run, WordList(many, many), encode, lambda done, total: None)
    names, vectors = words_of(audit, run, WordList(many, many), encode, lambda done, total: None)
    assert asked == [AT_ONCE, 5, 5]
    assert names == many
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    words_of(audit, run, WordList(many, many), encode, lambda done, total: None)
    assert asked == [AT_ONCE, 5, 5]
    words_of(audit, run, WordList(many, tuple(f"x{i}" for i in range(len(many)))), encode, lambda done, total: None)
    assert asked[3:] == [AT_ONCE, 5]  # other texts of the same words


def test_rows_give_back_what_was_told_whatever_its_names(tmp_path: Path) -> None:
    told = told_of(planted(tmp_path))
    odd = Told(told.about, tuple(
        type(one)(one.kind, name, one.margin, one.p, one.of)
        for one, name in zip(told.tells, ["a: b (p 0.5 of 3)", "two\nlines", "", "<b>", *TEXTS], strict=False)
    ))  # fmt: skip
    rows = [*rows_of(told, "hardest 10 %", "score-rmd-1:rmd"), *rows_of(odd, "hardest 10 %, class a: 1", "items")]
    found = told_in(rows)
    assert list(found) == [("score-rmd-1:rmd", "hardest 10 %"), ("items", "hardest 10 %, class a: 1")]
    for kind in (WORD, COLUMN):
        assert [one.name for one in found["items", "hardest 10 %, class a: 1"].of_kind(kind)] == [
            one.name for one in odd.of_kind(kind)
        ]
        assert [one.margin for one in found["score-rmd-1:rmd", "hardest 10 %"].of_kind(kind)] == [
            one.margin for one in told.of_kind(kind)
        ]
    assert len({(row.name, row.subject, row.slice) for row in rows}) == len(rows)
    assert len(metric_table(rows)["metric"]["note"]) == len(rows)


def test_ends_are_named_by_the_direction_and_hold_their_share() -> None:
    order = np.arange(30)
    ends = both_ends(order, HARDER_HIGH)
    assert [(name, len(one), len(rest)) for name, (one, rest) in ends.items()] == [
        ("hardest", 3, 27),
        ("easiest", 3, 27),
    ]
    assert ends["hardest"][0].tolist() == [27, 28, 29]
    low = both_ends(order, HARDER_LOW)
    assert list(low) == ["hardest", "easiest"]
    assert low["hardest"][0].tolist() == [0, 1, 2]
    assert list(both_ends(order, None, 50)) == ["highest", "lowest"]
    assert len(both_ends(order, 1, 50)["easiest"][0]) == 15
    for share in (0, 50.1, float("nan"), -3):
        with pytest.raises(BadInput, match="is asked for"):
            both_ends(order, 1, share)
    assert [in_words("hardest", share) for share in (10, 2.5, 0.25)] == [
        "hardest 10 %",
        "hardest 2.5 %",
        "hardest 0.25 %",
    ]
