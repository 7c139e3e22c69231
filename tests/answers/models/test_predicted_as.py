"""The images that a model takes for one class: as a selection of every page, and error along a score among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answers.models.error_by_difficulty import evaluated_order
from core.answers.models.error_slices import ErrorSlice, decode, slice_ids
from core.answers.models.predicted_as import PredictedAs, predicted_as
from core.answers.models.predictions import HELD_OUT, model_predictions
from core.answers.view.choices import score_choices
from core.answers.view.ranking import Selection, scored
from core.answers.view.reader import Reader, open_reader
from core.answers.view.subsets import subset_ids, subset_words
from core.errors import BadInput
from tests.audits import build_audit


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return open_reader(build_audit(tmp_path, n=300).audit)


def taken_for(reader: Reader, label: int = 1, within: str = "") -> PredictedAs:
    return PredictedAs(label, reader.hub.audit.latest("train").run_id, within)


def test_deciles_within_a_predicted_class_are_of_its_images_alone(reader: Reader) -> None:
    chosen = taken_for(reader)
    model = model_predictions(reader, chosen.model)
    (rmd,) = [one for one in score_choices(reader) if one.name == "rmd"]
    values = scored(reader, rmd.address)
    selection = Selection(only=chosen.encode(reader))
    order = evaluated_order(reader, values.order, values.values, rmd, model, selection)
    expected = model.held_out & (model.predicted == 1) & np.isfinite(values.values)
    assert set(order.ids.tolist()) == set(np.flatnonzero(expected).tolist())
    assert order.wrong.tolist() == (reader.labels[order.ids] != 1).tolist()
    slices = order.deciles()
    assert slices is not None
    hardest = ErrorSlice("decile 10", rmd.address, chosen.model, HELD_OUT, selection)
    payload = hardest.encode(reader).partition(":")[2]
    assert decode(reader, payload) == hardest
    assert slice_ids(reader, payload).tolist() == order.ids[int(slices.start[-1]) :][::-1].tolist()


def test_a_selection_within_another_keeps_both(reader: Reader) -> None:
    chosen = taken_for(reader, within="ids:0-99")
    only = chosen.encode(reader)
    assert predicted_as(reader, only) == chosen
    assert predicted_as(reader, "ids:0-99") is None
    everywhere = subset_ids(reader, taken_for(reader).encode(reader))
    assert subset_ids(reader, only).tolist() == [one for one in everywhere.tolist() if one < 100]
    name = reader.class_names[1]
    assert subset_words(reader, only).startswith(f"predicted {name} by resnet8, of 100 chosen images (")


@pytest.mark.parametrize("payload", ["class=nonesuch&model={model}", "class={name}&model=x", "", "class={name}"])
def test_what_this_audit_does_not_have_is_refused(reader: Reader, payload: str) -> None:
    only = f"predicted:{payload.format(model=taken_for(reader).model, name=reader.class_names[1])}"
    for ask in (subset_ids, subset_words, predicted_as):
        with pytest.raises(BadInput, match="this audit has none such"):
            ask(reader, only)
