from __future__ import annotations

import numpy as np
import pytest

from core.answers.image.tiles import ShownError, error_rate, tiles
from core.answers.view.choices import model_choices, score_choices
from core.answers.view.ranking import scored
from core.answers.view.reader import Reader
from core.types import Estimate
from tests.audits import Made


def test_tiles_come_in_the_order_asked_with_what_the_store_says(reader: Reader, made: Made) -> None:
    (address,) = [choice.address for choice in score_choices(reader) if choice.name == "rmd"]
    model = model_choices(reader)[0].run_id
    ids = [7, 3, 100, 0]
    found = tiles(reader, scored(reader, address), address, ids, model)
    assert [tile.id for tile in found] == ids
    assert [tile.key for tile in found] == [made.keys[i] for i in ids]
    for tile in found:
        assert tile.source.startswith("data:image/webp;base64,")
        assert tile.given == reader.class_names[made.labels[tile.id]]
        assert tile.wrong == (made.labels[tile.id] != made.predicted[tile.id])
        # Every fourth image is suggested the next label; the others their own, which is no suggestion.
        assert bool(tile.suggested) == (tile.id % 4 == 0)


def test_without_a_model_no_error_is_claimed(reader: Reader) -> None:
    (address,) = [choice.address for choice in score_choices(reader) if choice.name == "rmd"]
    found = tiles(reader, scored(reader, address), address, [0, 1], None)
    assert [tile.wrong for tile in found] == [None, None]
    assert error_rate(found) is None


def test_the_error_of_the_shown_counts_what_is_shown(reader: Reader, made: Made) -> None:
    (address,) = [choice.address for choice in score_choices(reader) if choice.name == "rmd"]
    ids = np.arange(24)
    found = error_rate(tiles(reader, scored(reader, address), address, ids, model_choices(reader)[0].run_id))
    assert found is not None
    assert found.error.value == (made.labels[ids] != made.predicted[ids]).mean()
    assert found.trained_on == np.count_nonzero(made.splits[ids] == "train")
    assert found.error.low < found.error.value < found.error.high


@pytest.mark.parametrize(("trained_on", "said"), [(0, ""), (3, ", 3 trained on"), (24, ", all trained on")])
def test_an_error_rate_says_its_interval_its_count_and_whether_the_model_saw_them(trained_on: int, said: str) -> None:
    assert (
        str(ShownError(Estimate(0.44, 0.38, 0.5, 24, "share"), trained_on))
        == f"error 44 % [38, 50], counted of 24{said}"
    )
