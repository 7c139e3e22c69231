"""`only=confusion:…`: the images of one cell of a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import numpy as np

from ...errors import BadInput
from ...maths.sorting import stable_order
from ...store import views
from ...types import Ints
from ...wording import count
from ..view.choices import ScoreChoice, filter_of, score_choices
from ..view.journal import journal_version
from ..view.ranking import Selection
from ..view.reader import Reader
from ..view.subsets import register_subset
from .confusion import cell_ids, counted_ids
from .error_by_difficulty import ends_in_words, evaluated_ids
from .evaluating_labels import GIVEN, LABELS, REVIEWED, evaluating_labels
from .predictions import HELD_OUT, IMAGES, model_predictions

KIND = "confusion"
DECILES = tuple(str(i) for i in range(11))


@dataclass(frozen=True)
class ConfusionCell:
    """One cell. label, predicted: class numbers, -1 while none is chosen. by: a key of LABELS. decile: 1 to 10 of the
    score's order, 0 for all of it. images, selection: as in `ErrorSlice`."""

    label: int
    predicted: int
    model: str
    images: str
    by: str
    selection: Selection
    score: str = ""
    decile: int = 0

    def encode(self, reader: Reader) -> str:
        """As an address carries it after `only=`."""
        chosen, names = self.selection, reader.class_names
        fields = {
            "label": names[self.label], "predicted": names[self.predicted], "model": self.model, "images": self.images,
            "by": self.by, "split": chosen.split or "", "class": "" if chosen.label is None else names[chosen.label],
            "where": f"{chosen.where.column}:{chosen.where.value}" if chosen.where else "", "within": chosen.only,
            "score": self.score if self.decile else "", "decile": str(self.decile or ""),
        }  # fmt: skip
        return f"{KIND}:{urlencode({name: text for name, text in fields.items() if text})}"


def decode_cell(reader: Reader, payload: str) -> ConfusionCell:
    """The cell that was encoded, without its kind. Raises BadInput on anything this audit does not have."""
    fields, names = dict(parse_qsl(payload)), reader.class_names
    label, predicted, model = (fields.get(name, "") for name in ("label", "predicted", "model"))
    images, by, decile = fields.get("images", HELD_OUT), fields.get("by", GIVEN), fields.get("decile", "0")
    score, split, class_name = fields.get("score", ""), fields.get("split"), fields.get("class")
    known = (
        label in names, predicted in names, images in IMAGES, by in LABELS, decile in DECILES,
        any(run.run_id == model and run.kind == "train" for run in reader.hub.runs),
        decile == "0" or score in {info.address for info in reader.scores},
        split is None or split in reader.splits, class_name is None or class_name in names,
    )  # fmt: skip
    if not all(known):
        raise BadInput(
            f"The address asks for images of {label!r} that {model!r} takes for {predicted!r}: this audit has none "
            "such.",
            "Choose a cell again on the page Error against difficulty, or remove only= from the address.",
        )
    where = fields.get("where", "")
    selection = Selection(
        split, None if class_name is None else names.index(class_name), filter_of(reader, where) if where else None,
        fields.get("within", ""),
    )  # fmt: skip
    return ConfusionCell(
        names.index(label), names.index(predicted), model, images, by, selection, score, int(decile)
    )  # fmt: skip


def confusion_ids(reader: Reader, payload: str) -> Ints:
    """(m,) ids of the images of a cell, the most confidently predicted first."""
    cell = decode_cell(reader, payload)
    model = model_predictions(reader, cell.model)
    by = evaluating_labels(reader, cell.by, journal_version(reader.hub.audit) if cell.by == REVIEWED else 0)
    in_order = None
    if cell.decile:
        score, values = score_of(reader, cell), views.score(reader.hub, cell.score)
        # Only what is evaluated is sorted.
        lowest_first = stable_order(np.where(model.rows(cell.images), values, np.float32(np.nan)))
        in_order = evaluated_ids(reader, lowest_first, score, model, cell.selection, cell.images)
    ids = counted_ids(reader, model, cell.selection, cell.images, in_order, cell.decile)
    return cell_ids(model, by, ids, cell.label, cell.predicted)


def score_of(reader: Reader, cell: ConfusionCell) -> ScoreChoice:
    """The score whose decile a cell is of."""
    return next(one for one in score_choices(reader) if one.address == cell.score)


def cell_in_words(reader: Reader, cell: ConfusionCell, n: int) -> str:
    """What a cell of n images is: "shirt by the given labels, predicted coat, resnet8: held-out images (12)"."""
    run, names = reader.run(cell.model), reader.class_names
    words = [
        f"{names[cell.label]} by the {LABELS[cell.by]}, predicted {names[cell.predicted]}",
        f"{run.name if run else cell.model}: {IMAGES[cell.images]}",
    ]
    if cell.decile:
        score = score_of(reader, cell)
        words.append(f"decile {cell.decile} of 10 by {score.name}, 10 is {ends_in_words(score)[1]}")
    words += [cell.selection.split] if cell.selection.split else []
    return f"{', '.join(words)} ({count(n)})"


def confusion_words(reader: Reader, payload: str) -> str:
    """What a cell is, and of how many images."""
    return cell_in_words(reader, decode_cell(reader, payload), len(confusion_ids(reader, payload)))


register_subset(KIND, confusion_ids, confusion_words)
