from __future__ import annotations

import numpy as np

from core.plots.balance import balance_in_words, class_balance
from tests.audits import HOSTILE_CLASS


def test_names_reach_a_figure_without_markup() -> None:
    figure = class_balance([HOSTILE_CLASS, "<a href='x'>b</a>"], ["<b>s</b>"], np.array([[1], [2]]), dark=False)
    text = figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    assert "<img" not in text
    assert "<a href" not in text
    assert "<b>" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_bars_are_the_counts() -> None:
    counts = np.array([[3, 1], [2, 5]])
    figure = class_balance(["a", "b"], ["train", "test"], counts, dark=True)
    np.testing.assert_array_equal([trace.x for trace in figure.data], counts.T)
    assert figure.layout.title.subtitle.text == "most: b, 7; fewest: a, 4 (1.8 : 1)"


def test_many_classes_are_one_distribution_largest_first() -> None:
    total = np.arange(1000)[:, None]
    figure = class_balance([f"c{i}" for i in range(1000)], ["train"], total, dark=False)
    assert figure.data[0].y[0] == 999
    assert figure.layout.yaxis.ticktext is None


def test_what_the_counts_say() -> None:
    assert balance_in_words(["a", "b"], np.array([4, 4])) == "4 in every class"
    assert balance_in_words(["a", "b"], np.array([4, 0])) == "most: a, 4; none: b"
    assert balance_in_words([], np.array([], int)) == "no class"
