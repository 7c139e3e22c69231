from __future__ import annotations

from math import inf, nan
from pathlib import Path

import pytest

from core import wording
from core.types import Estimate, Provenance


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.9537, "0.954"), (12345.6, "12,300"), (-0.0385, "−0.0385"), (9.996, "10.0"), (0, "0"), (100, "100"),
        (0.001, "0.00100"), (999.6, "1,000"), (None, "–"), (nan, "–"), (inf, "–"),
    ],
)  # fmt: skip
def test_three_significant_digits(value: float | None, said: str) -> None:
    assert wording.three(value) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.4375, "44 %"), (0.0123, "1.2 %"), (0, "0 %"), (1, "100 %"), (0.995, "99.5 %"), (nan, "–")]
)
def test_per_cent(share: float, said: str) -> None:
    assert wording.percent(share) == said


def test_intervals_keep_the_precision_of_their_value() -> None:
    assert wording.percent_interval(Estimate(0.44, 0.38, 0.5)) == "44 % [38, 50]"
    assert wording.percent_interval(Estimate(0.01, 0.002, 0.03)) == "1.0 % [0.2, 3.0]"
    assert wording.percent_interval(Estimate(-0.004, -0.021, 0.011)) == "−0.4 % [−2.1, 1.1]"
    assert wording.percent_interval(Estimate(-0.0002, -0.31, 0.0)) == "0.0 % [−31, 0]"
    assert wording.span(Estimate(0.954, 0.941, 0.966)) == "[0.941, 0.966]"
    assert wording.with_interval(Estimate(0.954, 0.941, 0.966)) == "0.954 [0.941, 0.966]"


def test_without_an_interval_the_value_stands_alone() -> None:
    assert wording.percent_interval(Estimate(0.44)) == "44 %"
    assert wording.span(Estimate(0.44)) == ""
    assert wording.with_interval(Estimate(0.44, low=0.4)) == "0.440"


def test_an_interval_is_written_in_any_form_and_never_where_there_is_none() -> None:
    assert wording.interval_of(Estimate(0.7, 0.52, 0.88), "{:.2f}".format) == "[0.52, 0.88]"
    assert wording.interval_of(Estimate(0.7), "{:.2f}".format) == ""


def test_an_estimate_is_written_in_its_unit() -> None:
    assert wording.written(Estimate(0.44, 0.38, 0.5, unit="share")) == "44 % [38, 50]"
    assert wording.written(Estimate(0.44, 0.38, 0.5, unit="nats")) == "0.440 [0.380, 0.500]"


@pytest.mark.parametrize(("n", "said"), [(12, "12 bytes"), (2048, "2.05 kB"), (7_150_000, "7.15 MB")])
def test_sizes(n: int, said: str) -> None:
    assert wording.size(n) == said


def test_a_path_inside_the_working_directory_is_said_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert wording.place(str(tmp_path / "data" / "x.parquet")) == "data/x.parquet"
    assert wording.place("/elsewhere/x") == "/elsewhere/x"
    assert wording.place("") == ""


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert wording.aligned([4.3, -0.0012]) == ["4.30", "0.00"]


def test_of_many_names_a_few_are_listed_and_the_others_counted() -> None:
    assert wording.some_of(["cat", "dog"]) == "'cat', 'dog'"
    assert wording.some_of([str(i) for i in range(1206)], 2) == "'0', '1' and 1,204 more"
    assert wording.some_of([]) == ""


def test_what_figures_are_is_said_of_those_alike_together() -> None:
    counted, assumed = Provenance("counted", "Wilson's interval over images"), Provenance("assumed")
    assert wording.provenance_in_words({"accuracy": counted, "T": assumed, "error": counted}) == (
        "Accuracy, error: counted, Wilson's interval over images. T: assumed."
    )
    twice = {"Mean": Provenance("counted"), "mean": Provenance("counted")}
    assert wording.provenance_in_words(twice) == "Mean: counted."
    assert wording.provenance_in_words({"": assumed}) == "Assumed."
    assert wording.provenance_in_words({"mean": counted, "": counted}).startswith("Mean: counted")
    assert wording.provenance_in_words({}) == ""


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("cat", True),
        ("Ünïcode 3", True),
        ("日本", True),
        ("قط", False),
        ("חתול", False),
        ("a\u202eb", False),
        ("\u2067x", False),
    ],
)
def test_a_name_that_turns_the_direction_of_writing_is_kept_from_what_follows_it(name: str, kept: bool) -> None:
    assert wording.in_sentence(name) == (name if kept else f"\u2068{name}\u2069")
